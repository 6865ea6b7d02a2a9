/**
 * Models about rule 6: a leader that was deposed, and does not know it, announces what is decided; followers take their votes
 * at its ballot for that.
 */

import { foundingConfiguration, majority } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, heardBy, voted } from './set-up.js';

/** One slot, and a leader that announces it as decided: rule 6, on which followers rely for what they voted for. */
export function announcing(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [0, 1, 2],
    proposers: [0, 1].map((member) => {
      return { member, stands: 1, values: [value(member + 1)], beats: member === 0 ? 1 : 0 };
    }),
    learners: [0, 2],
    options: { lastSlot: 1 },
    carries: [...CORE, 'heartbeat'],
    reach: [valuesChosen(1, 2), happens('a learner learns by accepted')],
  });
}

/** Member 0 leads by 0 and 2, and member 2 has voted for what it proposed in `slots` slots, in the first
 * perhaps member 0 too. Then 0 and 1 promised member 1. */
function deposed(slots: number, isFirstShared = false): PreludeStep[] {
  return [
    ...electedBy(0, [2]),
    ...Array.from({ length: slots }, (_, index): PreludeStep[] => [
      ...voted(0, isFirstShared && index === 0 ? [0, 2] : [2]),
      ...heardBy(2, [2]),
    ]).flat(),
    ...electedBy(1, [0]),
    ...Array.from({ length: slots }, (): PreludeStep => ['proposer 1', 'proposes']),
  ];
}

/**
 * Two slots, of which the first is decided by the votes of 0 and 2, and the second otherwise than member 0 proposed. Its learner
 * hears of that in any order.
 */
export function announcingTwo(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)], beats: 1 },
      { member: 1, stands: 1, values: [value(11), value(12)] },
    ],
    learners: [0, 2],
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to learner'],
    // The follower learns from its own votes, and from whoever leads.
    isLost: (message, from, to) =>
      (message.type === 'prepare' && from === 0) || (message.type === 'accepted' && to === 'learner 2' && from !== 2),
    prelude: deposed(2, true),
    reach: [
      valuesChosen(1, 1),
      valuesChosen(2, 1),
      happens('a leader steps down by what was decided'),
      happens('a learner learns by heartbeat'),
    ],
  });
}

/** One slot: the deposed leader's learner fetches what it missed, or is sent a snapshot. */
export function announcingFetched(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 1, values: [value(1)], beats: 1 },
      { member: 1, stands: 1, values: [value(11)], beats: 1 },
    ],
    learners: [0, 1, 2],
    snapshots: 1,
    tailSlots: 0,
    options: { lastSlot: 1 },
    carries: [...CORE, 'heartbeat to learner', 'fetch', 'decided', 'snapshot-part', 'fetch-snapshot'],
    remembers: ['behind'],
    isLost: (message, from, to) =>
      (message.type === 'prepare' && from === 0) || (message.type === 'accepted' && to === 'learner 0' && from !== 2),
    prelude: [...deposed(1), ['acceptor 1', 'accept', 1], ['learner 1', 'accepted', 1]],
    reach: [
      valuesChosen(1, 1),
      happens('a leader steps down by what was decided'),
      happens('a leader steps down by a snapshot'),
      happens('a learner learns by decided'),
      happens('a learner learns by heartbeat'),
      happens('a learner takes a snapshot of another'),
    ],
  });
}
