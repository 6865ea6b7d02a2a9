/** How a model is put together from the members that play in it. */

import type { History, MemberId, ProposerOptions, Value } from '@parliament/synod';
import { SHIPPED_STEPS, type Steps } from '#src/world/member.js';
import { acceptorComponent } from './acceptor-component.js';
import { askingOf } from './asking.js';
import { crashOf } from './crash.js';
import { type LearnerLimits, learnerComponent } from './learner-component.js';
import { type MemberLimits, memberComponent, memberCrash } from './member-component.js';
import type { Component, Goal, JointAction, Model } from './model.js';
import { type PreludeStep, playPrelude } from './prelude.js';
import { type ProposerLimits, proposerComponent } from './proposer-component.js';
import type { Memory, RoleSettings } from './role-settings.js';

/** A proposer of a model, and what it may do. */
type Standing = { readonly member: MemberId } & ProposerLimits;

/** What a model is made of. */
export interface Parts {
  readonly name: string;
  readonly steps: Partial<Steps>;
  readonly history: History;
  /** Members of which the acceptor plays by itself. */
  readonly acceptors: readonly MemberId[];
  readonly proposers: readonly Standing[];
  /** Members of which the learner plays by itself. Default: none. */
  readonly learners?: readonly MemberId[];
  /** What each of these learners may do, how often; by member, if they differ. Default: nothing. */
  readonly snapshots?: number;
  readonly learnerLimits?: Readonly<Record<MemberId, LearnerLimits>>;
  /** Members of which acceptor and learner write into one log, and may crash. Default: none. */
  readonly members?: readonly ({ readonly member: MemberId; readonly lost?: number } & MemberLimits)[];
  /** Members whose separate roles may crash. Default: none. */
  readonly crashes?: readonly MemberId[];
  readonly options?: Partial<ProposerOptions>;
  readonly carries?: readonly string[];
  readonly isLost?: RoleSettings['isLost'];
  readonly remembers?: readonly Memory[];
  readonly tailSlots?: number;
  readonly acceptorSizes?: RoleSettings['acceptorSizes'];
  readonly learnerSizes?: RoleSettings['learnerSizes'];
  readonly stateBytes?: number;
  readonly promiseBytes?: number;
  readonly isUndisputed?: boolean;
  /** The leases that leaders ask for and acceptors grant. Default 0: nobody has one. */
  readonly leaseMs?: number;
  /** Default: nothing has happened. */
  readonly prelude?: readonly PreludeStep[];
  readonly inputLimit?: number;
  readonly reach: readonly Goal[];
}

/** The messages without which no value is chosen; heartbeats and what serves reads, catching up or progress are left out. */
export const CORE = ['prepare', 'promise', 'accept', 'accepted'] as const;

/** A value that is a command, by its number. */
export function value(number: number): Value {
  return new Uint8Array([1, number]);
}

/** Settings of models in which leaders lead on demand. */
function settingsOf(parts: Parts): RoleSettings {
  const { isLost, tailSlots, acceptorSizes, learnerSizes, promiseBytes, stateBytes, isUndisputed, leaseMs = 0 } = parts;
  return {
    steps: { ...SHIPPED_STEPS, ...parts.steps },
    history: parts.history,
    options: { standing: false, leaseMs, ...parts.options },
    carries: new Set(parts.carries ?? CORE),
    leaseMs,
    remembers: new Set(parts.remembers ?? []),
    ...(isLost === undefined ? {} : { isLost }),
    ...(tailSlots === undefined ? {} : { tailSlots }),
    ...(acceptorSizes === undefined ? {} : { acceptorSizes }),
    ...(learnerSizes === undefined ? {} : { learnerSizes }),
    ...(stateBytes === undefined ? {} : { stateBytes }),
    ...(promiseBytes === undefined ? {} : { promiseBytes }),
    ...(isUndisputed === undefined ? {} : { isUndisputed }),
  };
}

export function build(parts: Parts): Model {
  const { isLost, ...settings } = settingsOf(parts);
  // Nothing is lost in a prelude: it says itself what arrives.
  const played = playPrelude(componentsOf(parts, settings), parts.prelude ?? []);
  const lossy = isLost === undefined ? settings : { ...settings, isLost };
  const components = componentsOf(parts, lossy).map((component, index) => {
    return { ...component, initial: played.components[index]?.initial };
  });
  const effects = played.effects.filter((effect) => {
    if (effect.type !== 'input' || effect.input.type !== 'message') return true;
    return isLost?.(effect.input.message, effect.from, effect.to) !== true;
  });
  return {
    name: parts.name,
    components,
    effects,
    joint: jointOf(parts, components, lossy),
    pairs: [],
    inputLimit: parts.inputLimit ?? 512,
    history: parts.history,
    reach: parts.reach,
  };
}

function componentsOf(parts: Parts, settings: RoleSettings): Component<unknown>[] {
  const { learners = [], members = [], snapshots = 0, learnerLimits = {} } = parts;
  return [
    ...members.map(({ member, ...limits }) => memberComponent(member, limits, settings)),
    ...parts.acceptors.map((member) => acceptorComponent(member, settings)),
    ...parts.proposers.map(({ member, ...limits }) => proposerComponent(member, limits, settings)),
    ...learners.map((member) => learnerComponent(member, settings, learnerLimits[member] ?? { snapshots })),
  ] as unknown as Component<unknown>[];
}

function jointOf(parts: Parts, components: readonly Component<unknown>[], settings: RoleSettings): JointAction[] {
  const { learners = [], members = [], crashes = [] } = parts;
  const names = new Set(components.map(({ name }) => name));
  const knowing = [
    ...members.map(({ member }) => `member ${member}`),
    ...learners.map((member) => `learner ${member}`),
  ];
  return [
    ...crashes.map((member) => crashOf(member, names, settings)),
    ...members.flatMap(({ member, lost = 0, crashes: lives }) => {
      if (lives === 0) return [];
      const hasProposer = names.has(`proposer ${member}`);
      return Array.from({ length: lost + 1 }, (_, count) => memberCrash(member, count, settings, hasProposer));
    }),
    ...parts.proposers.flatMap(({ member, asks = 0 }) => (asks > 0 ? [askingOf(member, knowing, settings)] : [])),
  ];
}
