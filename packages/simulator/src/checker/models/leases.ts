/** Models with leases and clocks. */

import { foundingConfiguration, type History, holdsLease, majority } from '@parliament/synod';
import { SHIPPED_STEPS, type Steps } from '../../world/node.js';
import { acceptorComponent } from '../acceptor-component.js';
import { crashOf } from '../crash.js';
import { happens } from '../goals.js';
import type { Component, JointAction, Model } from '../model.js';
import { type PreludeStep, playPrelude } from '../prelude.js';
import { type ProposerLocal, proposerComponent } from '../proposer-component.js';
import type { RoleSettings } from '../role-settings.js';

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
  // Its acceptor alone: that one must know to whom it may have granted a lease.
  joint.push(crashOf(1, new Set(['acceptor 1']), settings));
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
    options: {
      standing: true,
      leaseMs: 2,
      clockDrift: 0,
      electionTimeoutMaxMs: 1e9,
      electionTimeoutMinMs: 1e9,
      // Nothing is proposed here, so that nothing in flight is waited for.
      lastSlot: 0,
    },
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
    ['proposer 0', 'stands for election'],
    ['acceptor 0', 'prepare', 0],
    ['proposer 0', 'promise', 0],
    ['acceptor 1', 'prepare', 0],
    ['proposer 0', 'promise', 1],
    ...members.map((member): PreludeStep => [`acceptor ${member}`, 'heartbeat', 0]),
    ['proposer 1', 'heartbeat', 0],
  ]);
  const time: JointAction = {
    name: 'time passes',
    components: components.map(({ name: each }) => each),
    actEach(local) {
      const { now } = local as { now: number };
      return now >= ticks ? undefined : { ...(local as object), now: now + 1 };
    },
  };
  return {
    name,
    components: elected.components,
    effects: elected.effects,
    joint: [time, crashOf(1, new Set(['acceptor 1']), settings)],
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
