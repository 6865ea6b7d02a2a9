/** Models with leases and clocks. */

import {
  flexible,
  foundingConfiguration,
  type History,
  holdsLease,
  type MemberId,
  majority,
  type Slot,
} from '@parliament/synod';
import { SHIPPED_STEPS, type Steps } from '#src/world/member.js';
import { acceptorComponent } from '../acceptor-component.js';
import { crashOf } from '../crash.js';
import { happens } from '../goals.js';
import type { Component, JointAction, Model } from '../model.js';
import { type PreludeStep, playPrelude } from '../prelude.js';
import { type ProposerLocal, proposerComponent } from '../proposer-component.js';
import type { RoleSettings } from '../role-settings.js';
import { handedOver, ledBy, OLD } from './set-up.js';

/**
 * The slowest and the fastest clock, for three units of true time, and a bound that both keep: far apart, so that few steps
 * show it. A clock that keeps to one of them throughout is the worst there is.
 */
const RATES = [2, 4] as const;
const DRIFT = 0.34;
const LEASE = 8;

/** Where clocks go alike, leases are as short as can be; nobody stands of itself. */
const ALIKE = {
  standing: true,
  leaseMs: 2,
  clockDrift: 0,
  electionTimeoutMaxMs: 1e9,
  electionTimeoutMinMs: 1e9,
} as const;

/** Two members lead in turn, with leases, while every clock goes as it likes within its bound; acceptors crash. */
export function leases(name: string, ticks: number, steps: Partial<Steps> = {}): Model {
  const members = [0, 1, 2];
  const history: History = [foundingConfiguration(majority(members))];
  const settings: RoleSettings = {
    steps: { ...SHIPPED_STEPS, ...steps },
    history,
    options: {
      standing: true,
      // More than any acceptor grants: what it grants is what it holds back for after a crash.
      leaseMs: 2 * LEASE,
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
  // Its acceptor alone: that one must know to whom it may have granted a lease.
  joint.push(crashOf(1, new Set(['acceptor 1']), settings));
  // Member 0 has been elected by all when the search begins, and its first heartbeats are on their way.
  const others = members.filter((member) => member !== 0);
  const elected = playPrelude(components, ledBy(others));
  return {
    name,
    components: elected.components,
    effects: elected.effects,
    joint,
    pairs: [{ left: 'proposer 0', right: 'proposer 1', violation: overlap }],
    inputLimit: 512,
    history,
    reach: [happens('a member leads')],
  };
}

/**
 * A leadership is handed over while its lease holds at the acceptors: they promise the heir all the same, and nobody else. All
 * clocks go alike here; the acceptor of the heir may crash.
 */
export function handingOver(name: string, ticks: number, steps: Partial<Steps> = {}): Model {
  const members = [0, 1, 2];
  const history: History = [foundingConfiguration(majority(members))];
  const settings: RoleSettings = {
    steps: { ...SHIPPED_STEPS, ...steps },
    history,
    // Nothing is proposed here, so that nothing in flight is waited for.
    options: { ...ALIKE, lastSlot: 0 },
    carries: new Set([
      'prepare',
      'promise',
      'heartbeat to acceptor',
      'heartbeat to proposer',
      'heartbeat-reply',
      'handover',
    ]),
    remembers: new Set(['leader']),
    leaseMs: 2,
  };
  const components = [
    ...members.map((member) => acceptorComponent(member, settings)),
    proposerComponent(0, { stands: 1, values: [], heirs: [1] }, settings),
    proposerComponent(1, { stands: 0, values: [] }, settings),
    proposerComponent(2, { stands: 1, values: [] }, settings),
  ] as never as Component<unknown>[];
  const elected = playPrelude(components, [
    ...ledBy([1]),
    ...members.map((member): PreludeStep => [`acceptor ${member}`, 'heartbeat', 0]),
    ['proposer 1', 'heartbeat', 0],
  ]);
  return {
    name,
    components: elected.components,
    effects: elected.effects,
    joint: [timePasses(components, ticks), crashOf(1, new Set(['acceptor 1']), settings)],
    pairs: [
      { left: 'proposer 0', right: 'proposer 1', violation: overlap },
      { left: 'proposer 0', right: 'proposer 2', violation: overlap },
      { left: 'proposer 1', right: 'proposer 2', violation: overlap },
    ],
    inputLimit: 256,
    history,
    reach: [
      happens('a leader hands over'),
      happens('an heir stands'),
      happens('an heir leads'),
      happens('a member leads'),
      happens('a promise is given in spite of a lease, which was released'),
    ],
  };
}

/** Everything that follows a lease, with clocks that go alike: who else comes to lead, and when. */
function succeeding(
  name: string,
  history: History,
  stands: readonly (readonly [member: MemberId, stands: number])[],
  ticks: number,
  prelude: readonly PreludeStep[],
  steps: Partial<Steps>,
  lastSlot: Slot = 0,
): Model {
  const settings: RoleSettings = {
    steps: { ...SHIPPED_STEPS, ...steps },
    history,
    options: { ...ALIKE, lastSlot },
    carries: new Set(['prepare', 'promise', 'heartbeat to acceptor', 'heartbeat-reply']),
    leaseMs: 2,
  };
  const components = [
    ...history[0].voters.members.map((member) => acceptorComponent(member, settings)),
    ...stands.map(([member, times]) => proposerComponent(member, { stands: times, values: [] }, settings)),
  ] as never as Component<unknown>[];
  const played = playPrelude(components, prelude);
  const [left, right] = stands.map(([member]) => `proposer ${member}`) as [string, string];
  return {
    name,
    components: played.components,
    effects: played.effects,
    joint: [timePasses(components, ticks)],
    pairs: [{ left, right, violation: overlap }],
    inputLimit: 512,
    history,
    reach: [happens('a member leads')],
  };
}

/** Two of five members decide, four promise: as long as two hold back, the other three elect nobody. */
export function leaseOfFew(name: string, steps: Partial<Steps> = {}): Model {
  const quorums = flexible([0, 1, 2, 3, 4], { phase1: 4, phase2: 2 });
  const stands = [
    [0, 1],
    [4, 1],
  ] as const;
  return succeeding(name, [foundingConfiguration(quorums)], stands, 2, [...ledBy([1, 2, 3]), ...leased([0, 1])], steps);
}

/**
 * Member 0 has had a lease of acceptor 2. Should member 1 come to lead by the others, it gets one of acceptor 2 when the first has run
 * out; and member 0 stands again.
 */
export function leaseAfterLease(name: string, steps: Partial<Steps> = {}): Model {
  const stands = [
    [0, 2],
    [1, 1],
  ] as const;
  const history: History = [foundingConfiguration(majority([0, 1, 2]))];
  return succeeding(name, history, stands, 3, [...ledBy([2]), ...leased([2])], steps);
}

/**
 * From slot 2 on member 0 votes alone; it has proposed in slot 1 and waits for that. Its own word is no lease: the other two may elect
 * one of them, and decide slot 1 otherwise.
 */
export function leaseInChange(name: string, steps: Partial<Steps> = {}): Model {
  const history = handedOver(OLD, majority([0]));
  const stands = [
    [0, 1],
    [1, 1],
  ] as const;
  return succeeding(name, history, stands, 3, [...ledBy([1]), ...leased([0])], steps, 1);
}

/** These acceptors have granted member 0 a lease, and it knows. */
function leased(members: readonly MemberId[]): PreludeStep[] {
  return members.flatMap((member): PreludeStep[] => [
    [`acceptor ${member}`, 'heartbeat', 0],
    ['proposer 0', 'heartbeat-reply', member],
  ]);
}

/** All clocks go on by one. */
function timePasses(components: readonly Component<unknown>[], ticks: number): JointAction {
  return {
    name: 'time passes',
    components: components.map(({ name }) => name),
    actEach(local) {
      const { now } = local as { now: number };
      return now >= ticks ? undefined : { ...(local as object), now: now + 1 };
    },
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
