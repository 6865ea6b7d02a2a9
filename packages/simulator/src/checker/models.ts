/** How the models are built that are searched. */

import {
  type Configuration,
  foundingConfiguration,
  type History,
  holdsLease,
  isPhase2Quorum,
  type MemberId,
  majority,
  type ProposerOptions,
  promote,
  reconfigurationValue,
  replace,
  type Value,
} from '@parliament/synod';
import { SHIPPED_STEPS, type Steps } from '../world/node.js';
import type { Component, JointAction, Model } from './model.js';
import { type PreludeStep, playPrelude } from './prelude.js';
import {
  acceptorComponent,
  learnerComponent,
  type ProposerLocal,
  proposerComponent,
  type RoleSettings,
  recover,
} from './roles.js';

/** A proposer of a model: its member, how often it may stand, and what it has to propose. */
interface Standing {
  readonly member: MemberId;
  readonly stands: number;
  readonly values: readonly Value[];
  readonly beats?: number;
}

const value = (number: number): Value => new Uint8Array([1, number]);

/** The messages without which no value is chosen; heartbeats and what serves reads, catching up or progress are left out. */
const CORE = new Set(['prepare', 'promise', 'accept', 'accepted']);

const OPTIONS: Partial<ProposerOptions> = { standing: false, leaseMs: 0 };

/**
 * One slot, three acceptors: the synod of 1998.
 *
 * @param stands how often members 0 and 1 may stand, which makes so many ballots.
 * @param crashes whether they may crash at any time.
 */
export function singleDecree(
  name: string,
  stands: readonly number[],
  options: {
    readonly steps?: Partial<Steps>;
    readonly learner?: boolean;
    readonly crashes?: boolean;
    readonly acceptors?: number;
  } = {},
): Model {
  const members = Array.from({ length: options.acceptors ?? 3 }, (_, member) => member);
  // In each life it has something else to propose.
  const proposers = stands.map((times, member) => {
    const lives = options.crashes === true ? times : 1;
    return { member, stands: times, values: Array.from({ length: lives }, (_, life) => value(10 * member + life)) };
  });
  return build(name, members, proposers, {
    steps: options.steps ?? {},
    slots: 1,
    alpha: 1,
    learners: options.learner === true ? [members.length - 1] : [],
    crashes: options.crashes === true,
  });
}

interface BuildOptions {
  readonly steps: Partial<Steps>;
  readonly slots: number;
  readonly alpha: number;
  readonly learners: readonly MemberId[];
  readonly crashes: boolean;
  readonly carries?: ReadonlySet<string>;
  readonly history?: History;
  readonly inputLimit?: number;
  /** Whether who may decide depends on what was decided before. */
  readonly reconfigures?: boolean;
}

function build(
  name: string,
  members: readonly MemberId[],
  proposers: readonly Standing[],
  options: BuildOptions,
): Model {
  const history: History = options.history ?? [foundingConfiguration(majority(members), options.alpha)];
  const settings: RoleSettings = {
    steps: { ...SHIPPED_STEPS, ...options.steps },
    history,
    options: { ...OPTIONS, lastSlot: options.slots },
    carries: options.carries ?? CORE,
    leaseMs: 0,
  };
  const components: Component<never>[] = [
    ...members.map((member) => acceptorComponent(member, settings)),
    ...proposers.map(({ member, ...limits }) => proposerComponent(member, limits, settings)),
    ...options.learners.map((member) => learnerComponent(member, settings)),
  ] as unknown as Component<never>[];
  const names = new Set(components.map((component) => component.name));
  const joint: JointAction[] = [];
  for (const { member } of options.crashes ? proposers : []) {
    const involved = [`acceptor ${member}`, `proposer ${member}`, `learner ${member}`].filter((each) =>
      names.has(each),
    );
    joint.push({
      name: `member ${member} crashes and recovers`,
      components: involved,
      act(locals) {
        const [acceptor, proposer, learner] = locals as Parameters<typeof recover>[1];
        // A member that cannot stand again can do nothing new after a crash.
        return (proposer as ProposerLocal).stands > 0
          ? recover(member, [acceptor, proposer, learner], settings)
          : undefined;
      },
    });
  }
  const { voters } = history[0];
  return {
    name,
    components: components as unknown as Component<unknown>[],
    joint,
    pairs: [],
    inputLimit: options.inputLimit ?? 512,
    isChosen:
      options.reconfigures === true
        ? undefined
        : (voted) => isPhase2Quorum(voters, 'classic', (member) => voted.has(member)),
  };
}

/** Two slots in flight, two members that lead in turn. */
export function twoSlots(name: string, stands: readonly number[], steps: Partial<Steps> = {}): Model {
  const proposers = stands.map((times, member) => {
    return { member, stands: times, values: [value(10 * member + 1), value(10 * member + 2)] };
  });
  return build(name, [0, 1, 2], proposers, {
    steps,
    slots: 2,
    alpha: 2,
    learners: [],
    crashes: false,
  });
}

/** Members 0, 1 and 2 vote, and member 3 has learned: it is on its way in. A decree governs from the next slot on. */
const BEFORE_CHANGE: Configuration = { ...foundingConfiguration(majority([0, 1, 2]), 1), learners: [3] };

/** Member 0 would have slot 1 change the membership, and slot 2 hold something else; member 1 may stand meanwhile. */
function changing(
  name: string,
  stands: readonly number[],
  change: Value,
  others: readonly Value[],
  steps: Partial<Steps>,
): Model {
  const proposers = stands.map((times, member) => {
    return { member, stands: times, values: member === 0 ? [change, value(1)] : others };
  });
  return build(name, [0, 1, 2, 3], proposers, {
    steps,
    slots: 2,
    alpha: 1,
    learners: stands.map((_, member) => member),
    crashes: false,
    history: [BEFORE_CHANGE],
    inputLimit: 1024,
    reconfigures: true,
  });
}

/** Slot 1 gives member 3 a vote, from slot 2 on. */
export function reconfiguration(name: string, stands: readonly number[], steps: Partial<Steps> = {}): Model {
  const change = reconfigurationValue(promote(BEFORE_CHANGE, [3]));
  return changing(name, stands, change, [value(11), value(12)], steps);
}

/** One slot, and a leader that announces it as decided: rule 6, on which followers rely for what they voted for. */
export function announcing(name: string, steps: Partial<Steps> = {}): Model {
  const proposers = [0, 1].map((member) => {
    return { member, stands: 1, values: [value(member + 1)], beats: member === 0 ? 1 : 0 };
  });
  return build(name, [0, 1, 2], proposers, {
    steps,
    slots: 1,
    alpha: 1,
    learners: [0, 2],
    crashes: false,
    carries: new Set([...CORE, 'heartbeat']),
  });
}

/**
 * The slowest and the fastest clock, for three units of true time, and a bound that both keep: far apart, so that few steps
 * show it. A clock that keeps to one of them throughout is the worst there is.
 */
const RATES = [2, 4] as const;
const DRIFT = 0.34;
const LEASE = 8;

/** Two members lead in turn, with leases, while every clock goes as it likes within its bound; acceptors crash. */
export function leases(name: string, ticks: number, steps: Partial<Steps> = {}): Model {
  const members = [0, 1, 2];
  const history: History = [foundingConfiguration(majority(members))];
  const settings: RoleSettings = {
    steps: { ...SHIPPED_STEPS, ...steps },
    history,
    options: {
      standing: true,
      leaseMs: LEASE,
      clockDrift: DRIFT,
      electionTimeoutMaxMs: 1e9,
      electionTimeoutMinMs: 1e9,
    },
    carries: new Set(['prepare', 'promise', 'heartbeat', 'heartbeat-reply']),
    leaseMs: LEASE,
  };
  const proposers = [0, 1].map((member) => {
    return proposerComponent(member, { stands: 1, values: [] }, settings);
  });
  const components = [
    ...members.map((member) => acceptorComponent(member, settings)),
    ...proposers,
  ] as never as Component<unknown>[];
  const names = components.map((component) => component.name);
  const joint: JointAction[] = [];
  for (let choice = 0; choice < 2 ** members.length; choice++) {
    const rates = members.map((member) => RATES[(choice >> member) & 1] as number);
    joint.push({
      name: `time passes; the clocks advance by ${rates.join(', ')}`,
      components: names,
      actEach(local, { member }) {
        const { now, rate } = local as { now: number; rate: number };
        const drawn = rates[member] as number;
        if ((rate !== 0 && rate !== drawn) || now >= ticks * drawn) return undefined;
        return { ...(local as object), now: now + drawn, rate: drawn };
      },
    });
  }
  for (const member of [1]) {
    joint.push({
      name: `acceptor ${member} crashes and recovers`,
      components: [`acceptor ${member}`],
      act: ([acceptor]) => recover(member, [acceptor as never, undefined, undefined], settings),
    });
  }
  // Member 0 has been elected by all when the search begins, and its first heartbeats are on their way.
  const others = members.filter((member) => member !== 0);
  const elected = playPrelude(components, [
    ['proposer 0', 'stands for election'],
    ['acceptor 0', 'prepare', 0],
    ['proposer 0', 'promise', 0],
    ...others.flatMap((member): PreludeStep[] => [
      [`acceptor ${member}`, 'prepare', 0],
      ['proposer 0', 'promise', member],
    ]),
  ]);
  return {
    name,
    components: elected.components,
    effects: elected.effects,
    joint,
    pairs: [{ left: 'proposer 0', right: 'proposer 1', violation: overlap }],
    inputLimit: 512,
    isChosen: undefined,
  };
}

/** O8: while a lease holds, by its leader's clock, nobody leads at a higher ballot. */
function overlap(left: unknown, right: unknown): string | undefined {
  for (const [one, two] of [
    [left, right],
    [right, left],
  ] as [ProposerLocal, ProposerLocal][]) {
    const [holder, other] = [one.state.role, two.state.role];
    if (holder.name !== 'leading' || other.name !== 'leading' || other.ballot < holder.ballot) continue;
    if (!holdsLease(one.state, one.now)) continue;
    return `member ${two.state.member} leads while member ${one.state.member} has a lease`;
  }
  return undefined;
}

/** Slot 1 replaces member 2 by member 3: a majority of the old members and one of the new need not meet. */
export function replacement(name: string, stands: readonly number[], steps: Partial<Steps> = {}): Model {
  const change = reconfigurationValue(replace(BEFORE_CHANGE, 2, 3));
  return changing(name, stands, change, [change, value(11)], steps);
}

/**
 * The same, with a prelude: member 1 has led, and had the change voted for by 1 and 2; then 0 and 2 promised member 0, which
 * adopts it. Each may come to lead the new members, who need not have promised the later of the two.
 */
export function disputedReplacement(name: string, steps: Partial<Steps> = {}): Model {
  const model = replacement(name, [2, 1], steps);
  const { components, effects } = playPrelude(model.components, [
    ['proposer 1', 'stands for election'],
    ['acceptor 1', 'prepare', 1],
    ['proposer 1', 'promise', 1],
    ['acceptor 2', 'prepare', 1],
    ['proposer 1', 'promise', 2],
    ['proposer 1', 'proposes'],
    ['acceptor 1', 'accept', 1],
    ['acceptor 2', 'accept', 1],
    // At its second attempt its ballot is the higher one.
    ['proposer 0', 'stands for election'],
    ['proposer 0', 'stands for election'],
    ['acceptor 0', 'prepare', 0],
    ['proposer 0', 'promise', 0],
    ['acceptor 2', 'prepare', 0],
    ['proposer 0', 'promise', 2],
    ['learner 1', 'accepted', 1],
    ['learner 1', 'accepted', 2],
    ['proposer 1', 'watermark', 1],
  ]);
  return { ...model, components, effects };
}
