/** Models in which a member crashes that has written what it knows to be decided beside what it has promised and voted. */

import { flexible, foundingConfiguration, type MemberId, type Message, majority } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, chosenAgain, happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, heardBy, voted } from './set-up.js';

/**
 * Rule 6 and a crash. Two of four members promise, three decide. Member 1 leads, and members 0 and 1 have voted for what it
 * proposed; member 2 leads at a higher ballot, and has proposed something else; then member 3 may lead. Member 0 votes, hears
 * from member 1 what is decided, crashes, and reads its log.
 */
export function recovery(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(flexible([0, 1, 2, 3], { phase1: 2, phase2: 3 }), 1)],
    acceptors: [1, 2, 3],
    members: [{ member: 0, records: 5, crashes: 1 }],
    proposers: [
      { member: 1, stands: 1, values: [value(1)], beats: 1 },
      { member: 2, stands: 1, values: [value(2)] },
      { member: 3, stands: 1, values: [] },
    ],
    learners: [1],
    options: { lastSlot: 1 },
    carries: [...CORE, 'heartbeat to learner'],
    isLost: (message, from, to) => !isHeard(message, from, to),
    prelude: [
      ...electedBy(1, [2]),
      ...voted(1, [1, 0]),
      ...heardBy(0, [0]),
      ...electedBy(2, [3]),
      ['proposer 2', 'proposes'],
    ],
    reach: [
      valuesChosen(1, 2),
      chosenAgain(1),
      happens('a member learns by heartbeat'),
      happens('a member recovers what is decided'),
      happens('a member recovers by a vote that is not its last'),
    ],
  });
}

/** The messages of this model. Members 1 and 2 lead no second time, and member 0 learns from its own vote, or who leads. */
function isHeard(message: Message, from: MemberId, to: string): boolean {
  switch (message.type) {
    case 'prepare':
      return from === 3;
    case 'accept':
      return from === 3 || (from === 2 && to !== 'acceptor 1');
    case 'heartbeat':
      return to === 'learner 0';
    default:
      return to !== 'learner 0' || from === 0;
  }
}

/** One decree, three members, of which member 0 may crash with records that its disk has not synced. */
export function slowDisk(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [1, 2],
    members: [{ member: 0, records: 5, crashes: 1, isSlow: true, lost: 2 }],
    proposers: [
      { member: 0, stands: 2, values: [value(1), value(2)] },
      { member: 1, stands: 1, values: [value(3)] },
    ],
    options: { lastSlot: 1 },
    reach: [
      valuesChosen(1, 2),
      ballotsDecide(1, 3),
      happens('a member loses records'),
      happens('a member recovers what is decided'),
    ],
  });
}

/**
 * Catching up and a crash. Slots 1 and 2 are decided, and members 0 and 1 know; member 2 has voted for something else in slot 1.
 * It fetches what it missed, slot by slot, or a snapshot, part by part, and crashes.
 */
export function catchingUp(name: string, steps: Partial<Steps> = {}): Model {
  const decided = [0, 1].flatMap((): PreludeStep[] => [...voted(1, [0, 1], [0, 1]), ['proposer 1', 'watermark', 1]]);
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1],
    members: [{ member: 2, records: 7, crashes: 1, snapshots: 1 }],
    proposers: [
      { member: 0, stands: 1, values: [value(1)] },
      { member: 1, stands: 1, values: [value(11), value(12)], beats: 1 },
    ],
    learners: [0, 1],
    snapshots: 1,
    tailSlots: 0,
    learnerSizes: { replySlots: 1, partBytes: 3 },
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to learner', 'fetch', 'decided', 'fetch-snapshot', 'snapshot-part'],
    remembers: ['behind'],
    isLost: (message, from, to) => {
      if (message.type === 'prepare') return true;
      if (message.type === 'heartbeat') return to !== 'learner 2';
      return message.type === 'accepted' && (to !== 'learner 2' || from === 0);
    },
    prelude: [...electedBy(0, [2]), ...voted(0, [2], [2]), ...electedBy(1, [0]), ...decided],
    reach: [
      happens('a member learns by decided'),
      happens('a member takes a snapshot of another'),
      happens('a member recovers what is decided'),
    ],
  });
}
