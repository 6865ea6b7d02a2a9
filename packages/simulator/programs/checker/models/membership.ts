/** Models in which the members change. */

import {
  type Configuration,
  foundingConfiguration,
  majority,
  promote,
  reconfigurationValue,
  replace,
  type Value,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { chooses, chosenAgain, decidedWith, happens } from '../goals.js';
import type { Goal, Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, heardBy, ledBy, voted } from './set-up.js';

/** Members 0, 1 and 2 vote, and member 3 has learned: it is on its way in. A decree governs from the next slot on. */
const BEFORE_CHANGE: Configuration = { ...foundingConfiguration(majority([0, 1, 2]), 1), learners: [3] };

/** Slot 1 gives member 3 a vote, from slot 2 on. */
const PROMOTED = reconfigurationValue(promote(BEFORE_CHANGE, [3]));

/** Slot 1 replaces member 2 by member 3: a majority of the old members and one of the new need not meet. */
const REPLACED = reconfigurationValue(replace(BEFORE_CHANGE, 2, 3));

/** Member 0 would have slot 1 change the membership, and slot 2 hold something else; member 1 may stand meanwhile. */
function changing(
  name: string,
  stands: readonly number[],
  change: Value,
  others: readonly Value[],
  steps: Partial<Steps>,
  reach: readonly Goal[],
  prelude: readonly PreludeStep[] = [],
): Model {
  return build({
    name,
    steps,
    history: [BEFORE_CHANGE],
    acceptors: [0, 1, 2, 3],
    proposers: stands.map((times, member) => {
      return { member, stands: times, values: member === 0 ? [change, value(1)] : others };
    }),
    learners: stands.map((_, member) => member),
    options: { lastSlot: 2 },
    inputLimit: 1024,
    reach,
    prelude,
  });
}

export function reconfiguration(name: string, steps: Partial<Steps> = {}): Model {
  return changing(name, [1, 1], PROMOTED, [value(11), value(12)], steps, [chooses(1, PROMOTED)]);
}

/** The same, begun when two of the old members have voted for the change, so that what comes after it is decided too. */
export function reconfigured(name: string, steps: Partial<Steps> = {}): Model {
  const prelude: PreludeStep[] = [
    ...ledBy([1]),
    ...voted(0, [0, 1], [0]),
    ...heardBy(1, [1]),
    ['proposer 0', 'watermark', 0],
    ['acceptor 3', 'prepare', 0],
    ['acceptor 2', 'prepare', 0],
    ['proposer 0', 'promise', 3],
  ];
  const after = majority([0, 1, 2, 3]);
  return changing(
    name,
    [1, 1],
    PROMOTED,
    [value(11), value(12)],
    steps,
    [decidedWith(2, 3, after), chosenAgain(1)],
    prelude,
  );
}

export function replacement(name: string, steps: Partial<Steps> = {}): Model {
  return changing(name, [1, 1], REPLACED, [REPLACED, value(11)], steps, [chooses(1, REPLACED)]);
}

/**
 * The same, with a prelude: member 1 has led, and had the change voted for by 1 and 2; then 0 and 2 promised member 0, which
 * adopts it. Each may come to lead the new members, who need not have promised the later of the two.
 */
export function disputedReplacement(name: string, steps: Partial<Steps> = {}): Model {
  const prelude: PreludeStep[] = [
    ...electedBy(1, [2]),
    ...voted(1, [1, 2]),
    // At its second attempt its ballot is the higher one.
    ['proposer 0', 'stands for election'],
    ...ledBy([2]),
    ...heardBy(1, [1, 2]),
    ['proposer 1', 'watermark', 1],
  ];
  return changing(name, [2, 1], REPLACED, [REPLACED, value(11)], steps, [chooses(1, REPLACED)], prelude);
}

/** Slot 1 leaves members 1 and 3, from slot 2 on: the old members 0 and 2 are a quorum that none of the new ones is in. */
const LEFT_TO_TWO = reconfigurationValue({ base: 0, voters: majority([1, 3]), learners: [] });

/**
 * Reads of a deposed leader that does not know of the change. Member 0 has proposed it in slot 1, and members 0 and 1 have voted for
 * it; member 1, which knows, leads the new members, and has slot 2 decided. The old members 0 and 2 confirm all the same that member 0
 * leads.
 */
export function readingUnknownDeposed(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [BEFORE_CHANGE],
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [LEFT_TO_TWO], asks: 1 },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [1],
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to acceptor', 'heartbeat-reply'],
    remembers: ['confirmations'],
    // The old members that are left out hear of member 0 only, and the new ones of member 1 only.
    isLost: (message, from, to) => {
      const isNew = to === 'acceptor 1' || to === 'acceptor 3';
      if (message.type === 'heartbeat') return from === 1 || isNew;
      return (
        (from === 0 && (message.type === 'prepare' || message.type === 'accept')) || (from === 1 && to === 'acceptor 0')
      );
    },
    prelude: [...ledBy([2]), ...voted(0, [0, 1], [1]), ['proposer 1', 'watermark', 1]],
    reach: [decidedWith(2, 3, majority([1, 3]))],
  });
}

/**
 * Reads while the replacement is not known yet to whoever is asked. Member 0 has the change decided in slot 1, and may have slot 2
 * decided by 0 and 3; then the old members 1 and 2 make member 1 their leader, who must propose the change, and cannot know yet
 * who votes in slot 2.
 */
export function readingUnknown(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [BEFORE_CHANGE],
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [REPLACED, value(1)] },
      { member: 1, stands: 1, values: [], asks: 1 },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to acceptor', 'heartbeat-reply'],
    remembers: ['confirmations'],
    // Member 0 leads no more, and is cut off from member 1, which learns what it has decided itself.
    isLost: (message, from, to) => {
      if (message.type === 'accepted') return (to === 'learner 1') !== message.ballot > 1024;
      if (message.type === 'accept') return from === 1 && (message.slot > 1 || to === 'acceptor 0');
      return from === 0 || to === 'acceptor 0';
    },
    prelude: [
      ...ledBy([1]),
      ...voted(0, [0, 1], [0]),
      ['proposer 0', 'watermark', 0],
      ['acceptor 3', 'prepare', 0],
      ['proposer 0', 'promise', 3],
      ...voted(0, [0], [0]),
    ],
    reach: [happens('a read is answered'), decidedWith(2, 3, majority([0, 1, 3]))],
  });
}
