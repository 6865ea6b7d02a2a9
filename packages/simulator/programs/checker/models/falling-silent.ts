/** Models of catching up, of those who know one after the other, who may fall silent at any time. */

import { foundingConfiguration, type MemberId, type Message, majority } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, happens } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, handedOver, heardBy, voted } from './set-up.js';

/** What catching up needs of messages; who decides is done with before the search begins. */
const CATCHING_UP = ['heartbeat to learner', 'fetch', 'decided', 'fetch-snapshot', 'snapshot-part'];

function isOver(message: Message): boolean {
  return message.type === 'prepare' || message.type === 'promise' || message.type === 'accept';
}

/** Member 1 has a slot decided by itself and another, and knows; so may the other. */
function decidedBy(other: MemberId): PreludeStep[] {
  return [...voted(1, [other, 1], [1]), ['proposer 1', 'watermark', 1]];
}

/**
 * Slots 1 and 2 are decided, and member 1 knows. Member 0 has a snapshot of the first and no slots, and may take one of the second: both
 * of one size, and of two parts. Member 2 fetches what it missed of both, and waits for either in vain as often as makes it ask the other.
 */
export function fallingSilent(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1],
    proposers: [{ member: 1, stands: 1, values: [value(11), value(12)], beats: 1 }],
    learners: [0, 1, 2],
    learnerLimits: { 0: { snapshots: 2 }, 2: { waits: 5 } },
    tailSlots: 0,
    stateBytes: 8,
    learnerSizes: { replySlots: 1, partBytes: 4 },
    options: { lastSlot: 2 },
    carries: [...CORE, ...CATCHING_UP],
    remembers: ['behind', 'senders'],
    isLost: (message, _, to) =>
      isOver(message) ||
      (message.type === 'accepted' && to !== 'learner 0') ||
      (message.type === 'heartbeat' && to !== 'learner 2'),
    prelude: [
      ...electedBy(1, [0]),
      ...decidedBy(0),
      ...heardBy(0, [0, 1]),
      ['learner 0', 'takes a snapshot'],
      ...decidedBy(0),
      ['proposer 1', 'sends a heartbeat'],
      ['learner 2', 'heartbeat', 1],
    ],
    reach: [
      happens('a learner learns by decided'),
      happens('a learner takes a snapshot of another'),
      happens('a learner begins another snapshot'),
    ],
  });
}

/**
 * From slot 2 on member 0 votes alone. Member 1 had both slots decided, and says so when it promises member 0, whose learner knows the
 * first one only: it has lost what it heard of its own vote, and there is nobody left to ask. Phase 1 brings the vote back.
 */
export function lastMember(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(majority([0, 1]), majority([0])),
    acceptors: [0, 1],
    proposers: [
      { member: 0, stands: 2, values: [], beats: 2, waits: 1 },
      { member: 1, stands: 1, values: [value(11), value(12)] },
    ],
    learners: [0, 1],
    learnerLimits: { 0: { waits: 3 } },
    options: { lastSlot: 2 },
    carries: [...CORE, ...CATCHING_UP],
    remembers: ['behind', 'senders', 'confirmations'],
    isLost: (message, _, to) => message.type === 'accepted' && to === 'learner 0' && message.ballot % 1024 === 1,
    prelude: [
      ...electedBy(1, [0]),
      ...voted(1, [0, 1], [0, 1]),
      ...voted(1, [0, 1], [1]),
      ['acceptor 1', 'watermark', 1],
      // At its second attempt its ballot is the higher one.
      ['proposer 0', 'stands for election'],
      ...electedBy(0, [1]),
      ['proposer 0', 'sends a heartbeat'],
      ['learner 0', 'heartbeat', 0],
    ],
    reach: [happens('a leader prepares anew'), happens('a learner learns by accepted'), ballotsDecide(2, 2)],
  });
}

/**
 * Slot 1 is decided, and members 0 and 1 may each take a snapshot of it, of one size and in two parts, in other bytes. Member 2 fetches
 * from either, and waits in vain as often as makes it ask the other: what comes late of the first is none of the second.
 */
export function twoSenders(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1],
    proposers: [{ member: 1, stands: 1, values: [value(11)], beats: 1 }],
    learners: [0, 1, 2],
    learnerLimits: { 0: { snapshots: 1 }, 1: { snapshots: 1 }, 2: { waits: 5 } },
    tailSlots: 0,
    stateBytes: 6,
    learnerSizes: { partBytes: 3 },
    options: { lastSlot: 1 },
    carries: [...CORE, ...CATCHING_UP],
    remembers: ['behind', 'senders'],
    isLost: (message, _, to) =>
      isOver(message) || message.type === 'accepted' || (message.type === 'heartbeat' && to !== 'learner 2'),
    prelude: [
      ...electedBy(1, [0]),
      ...decidedBy(0),
      ...heardBy(0, [0, 1]),
      ['learner 0', 'takes a snapshot'],
      ['learner 1', 'takes a snapshot'],
      ['proposer 1', 'sends a heartbeat'],
      ['learner 2', 'heartbeat', 1],
    ],
    reach: [happens('a learner takes a snapshot of another'), happens('a learner begins another snapshot')],
  });
}
