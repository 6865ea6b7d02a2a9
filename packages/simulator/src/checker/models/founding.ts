/**
 * The founding: three members meet, in any order and with anything lost or told twice; they crash, and member 0 may lose its disk, before
 * the founding or after it. Nobody votes here: what is searched is who has written down whom when a member may (rule 10).
 */

import {
  createFounding,
  type DurableRecord,
  type FoundingState,
  foundingConfiguration,
  type Introduction,
  introductionTo,
  isKnown,
  majority,
  type MemberId,
  meet,
  missing,
  recoverFounding,
} from '@parliament/synod';
import { happens } from '../goals.js';
import type { Component, Effect, Input, Model } from '../model.js';

const MEMBERS: readonly MemberId[] = [0, 1, 2];

/** A member's founding, and what its disk holds of it. */
interface FoundingLocal {
  state: FoundingState;
  log: DurableRecord[];
  crashes: number;
  losses: number;
  /** It was founded before it lost its disk. */
  wasFounded: boolean;
}

export function founding(name: string): Model {
  const components = MEMBERS.map((member) => foundingComponent(member, 1, member === 0 ? 1 : 0));
  return {
    name,
    components: components as unknown as Component<unknown>[],
    joint: [],
    pairs: [
      ['founding 0', 'founding 1'],
      ['founding 0', 'founding 2'],
      ['founding 1', 'founding 2'],
    ].map(([left, right]) => ({ left: left as string, right: right as string, violation: strangers })),
    inputLimit: 256,
    history: [foundingConfiguration(majority(MEMBERS))],
    reach: [
      happens('a member is founded'),
      happens('a member is founded after a crash'),
      happens('a member is noticed that has lost its disk'),
      happens('a member is told that it has lost its disk'),
    ],
  };
}

function foundingComponent(member: MemberId, crashes: number, losses: number): Component<FoundingLocal> {
  const first = createFounding(member, directoryOf(member, 0), MEMBERS);
  return {
    name: `founding ${member}`,
    member,
    initial: { state: first, log: [], crashes, losses, wasFounded: false },
    actions(local) {
      const names = ['introduces itself'];
      if (local.crashes > 0) names.push('crashes');
      if (local.losses > 0) names.push('loses its disk');
      return names;
    },
    act(local, action) {
      const { state } = local;
      if (action === 'introduces itself') {
        const others = state.founded ? state.others : missing(state);
        return { next: local, effects: others.map((to) => introduce(state, to)) };
      }
      if (action === 'crashes') {
        local.crashes -= 1;
        local.state = createFounding(member, state.directory, MEMBERS);
        for (const record of local.log) recover(local.state, record);
        return { next: local, effects: [] };
      }
      local.losses -= 1;
      local.wasFounded = state.founded;
      local.log = [];
      local.state = createFounding(member, directoryOf(member, 1), MEMBERS);
      return { next: local, effects: [] };
    },
    receive(local, from, input) {
      const { state, crashes: left } = local;
      const { founded } = state;
      const { records, introduce: owed, mismatch } = meet(state, from, introductionOf(input));
      // What is sent is sent when the records are durable; were they lost, it would be as if nothing had come.
      local.log.push(...records);
      const effects = owed.map((to) => introduce(state, to));
      const reached: string[] = [];
      if (state.founded && !founded) reached.push('a member is founded');
      if (state.founded && !founded && left < crashes) reached.push('a member is founded after a crash');
      if (mismatch?.whose === 'sender') reached.push('a member is noticed that has lost its disk');
      if (mismatch?.whose === 'own') reached.push('a member is told that it has lost its disk');
      const violation =
        state.founded && local.wasFounded ? `member ${member} is founded again, and has lost its memory` : undefined;
      return { next: local, effects, reached, ...(violation === undefined ? {} : { violation }) };
    },
  };
}

/** Rule 10: whoever is founded has written down all others, and they it, unless they have lost what they wrote. */
function strangers(left: unknown, right: unknown): string | undefined {
  for (const [one, two] of [
    [left, right],
    [right, left],
  ] as [FoundingLocal, FoundingLocal][]) {
    const { state } = one;
    const other = two.state;
    if (!state.founded) continue;
    const known = state.introduced.get(other.member);
    if (known === undefined) return `member ${state.member} is founded, and knows no directory of ${other.member}`;
    if (isKnown(state, other.member, other.directory) !== (known === other.directory)) {
      return `member ${state.member} counts member ${other.member} by another directory than the one it wrote down`;
    }
    if (known !== other.directory || other.introduced.get(state.member) === state.directory) continue;
    return `member ${state.member} is founded, and member ${other.member} has not written down its directory`;
  }
  return undefined;
}

function introduce(state: FoundingState, to: MemberId): Effect {
  const input: Input = { type: 'watermark', content: introductionTo(state, to) };
  return { type: 'input', to: `founding ${to}`, from: state.member, input };
}

function introductionOf(input: Input): Introduction {
  if (input.type !== 'watermark') throw new Error(`nobody sends ${input.type} here`);
  return input.content as Introduction;
}

function recover(state: FoundingState, record: DurableRecord): void {
  if (record.type === 'introduced' || record.type === 'founded') recoverFounding(state, record);
}

/** A directory of a member: its first one, or the one after it has lost its disk. */
function directoryOf(member: MemberId, losses: number): string {
  return `${member}${losses}`.padStart(32, '0');
}
