/** Models in which two configurations are in sight from the beginning: the second governs from slot 2 on. */

import { flexible, grid, type MemberId, majority, type QuorumSystem } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, chooses, decidedWith, happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, handedOver, heardBy, LEADING_BOTH, ledBy, NEW, OLD, voted } from './set-up.js';

/**
 * Member 0 has proposed in both slots; then member 1 is made leader by old members, and may get to know from member 0 that
 * more is decided than it can know the votes of.
 */
export function overtaken(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [0],
    options: { lastSlot: 2 },
    isLost: (message, from) => message.type === 'prepare' && from === 0,
    prelude: [...LEADING_BOTH, ...voted(0, [0, 1]), ...heardBy(0, [0]), ['proposer 0', 'proposes']],
    reach: [decidedWith(2, 3, NEW), valuesChosen(2, 2), happens('a leader steps down by promise')],
  });
}

/**
 * Member 0 has slots 1 and 2 voted for, the second by 0, 1 and 3; then old members make member 1 their leader, whose learner may
 * know of slot 2 before it can propose there.
 */
export function knownAhead(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [1],
    options: { lastSlot: 3 },
    // Member 0 leads no more, and member 1 has no need of it.
    isLost: (message, from, to) =>
      from === 0 || to === 'acceptor 0' || (message.type === 'accepted' && from === 3 && message.ballot > 1024),
    prelude: [...LEADING_BOTH, ...voted(0, [1], [1]), ...voted(0, [1], [1]), ['acceptor 3', 'accept', 0]],
    reach: [happens('a leader skips what is decided'), chooses(3, value(11))],
  });
}

/**
 * The same with a slot more, of which 1 and 3 have voted for the third: the learner of member 1 may know that one to be decided while
 * member 1 cannot propose in the second, for no quorum of the new members has promised.
 */
export function knownFurther(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW, 3),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2), value(3)] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [1],
    options: { lastSlot: 4 },
    isLost: (message, from, to) =>
      from === 0 || to === 'acceptor 0' || (message.type === 'accepted' && from === 3 && message.ballot > 1024),
    prelude: [
      ...LEADING_BOTH,
      ...[1, 2, 3].flatMap(() => voted(0, [1], [1])),
      ['acceptor 3', 'accept', 0],
      ['learner 1', 'accepted', 3],
    ],
    reach: [happens('a leader skips what is decided'), chooses(4, value(11))],
  });
}

/**
 * Member 1 has had slot 1 decided, after which member 0 is no member any longer, and members 1 and 2 know; then member 0 leads at a
 * higher ballot, as it was promised before, and knows nothing of it. It has slot 1 to see through, and is told of the votes.
 */
export function seeingThrough(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, majority([1, 2, 3])),
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 2, values: [] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [0, 1, 2],
    options: { lastSlot: 2 },
    remembers: ['confirmations'],
    // What decided slot 1 at the lower ballot does not come to member 0.
    isLost: (message, from, to) =>
      from === 3 ||
      (from === 1 && (message.type === 'accept' || message.type === 'prepare')) ||
      (message.type === 'accepted' && to === 'learner 0' && message.ballot < 2048),
    prelude: [
      ...electedBy(1, [2]),
      ...voted(1, [1, 2]),
      // At its second attempt its ballot is the higher one.
      ['proposer 0', 'stands for election'],
      ...ledBy([2]),
      ...heardBy(1, [1, 2]),
      ['acceptor 1', 'watermark', 1],
      ...heardBy(2, [1, 2]),
      ['acceptor 2', 'watermark', 2],
    ],
    reach: [happens('a learner learns by accepted'), ballotsDecide(1, 2)],
  });
}

/** Nobody else stands: member 0 leads on through the change, has both slots decided, answers, and never steps down. */
export function undisputed(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [{ member: 0, stands: 1, values: [value(1), value(2)], asks: 1, ticks: 1 }],
    learners: [0],
    options: { lastSlot: 2 },
    carries: [...CORE, 'nack', 'heartbeat to acceptor', 'heartbeat-reply'],
    remembers: ['confirmations'],
    isUndisputed: true,
    prelude: ledBy([1]),
    reach: [happens('a read is answered'), decidedWith(2, 3, NEW)],
  });
}

/** From slot 2 on members 0 and 3 vote alone, and both must: the promises that made member 0 leader are not enough there. */
export function preparedAnew(name: string, steps: Partial<Steps> = {}): Model {
  const after = majority([0, 3]);
  return build({
    name,
    steps,
    history: handedOver(OLD, after),
    acceptors: [0, 1, 2, 3],
    proposers: [{ member: 0, stands: 1, values: [value(1), value(2)] }],
    learners: [0],
    options: { lastSlot: 2 },
    isUndisputed: true,
    isLost: (_message, _from, to) => to === 'acceptor 2',
    prelude: ledBy([1]),
    reach: [decidedWith(2, 3, after)],
  });
}

/** Member 0 is replaced by member 3: it has slot 1 decided, in which it still votes, and hands over to another. */
export function leaving(name: string, steps: Partial<Steps> = {}): Model {
  const after = majority([1, 2, 3]);
  return build({
    name,
    steps,
    history: handedOver(OLD, after),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)], beats: 1, ticks: 1 },
      { member: 1, stands: 0, values: [value(11)] },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to proposer', 'handover'],
    remembers: ['leader', 'confirmations'],
    isLost: (message, from, to) => message.type === 'prepare' && from === 0 && to !== 'acceptor 3',
    prelude: [
      ...ledBy([1]),
      ['proposer 0', 'sends a heartbeat'],
      ['proposer 1', 'heartbeat', 0],
      ...voted(0, [0], [0]),
    ],
    reach: [happens('a leader hands over'), happens('an heir leads'), decidedWith(2, 3, after), ballotsDecide(2, 2)],
  });
}

/**
 * The same members, and another quorum system from slot 2 on. Member 0 leads by itself and `others`, and slot 1 is decided by
 * `voted`; then member 1 leads.
 */
function requorumed(
  name: string,
  before: QuorumSystem,
  after: QuorumSystem,
  steps: Partial<Steps>,
  others: readonly MemberId[],
  voted: readonly MemberId[],
  pageBytes?: number,
): Model {
  return build({
    ...(pageBytes === undefined ? {} : { acceptorSizes: { pageBytes } }),
    name,
    steps,
    history: handedOver(before, after),
    acceptors: before.members,
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    options: { lastSlot: 2 },
    isLost: (message, from) => message.type === 'prepare' && from === 0,
    prelude: [
      ...ledBy(others),
      ['proposer 0', 'proposes'],
      ...voted.map((member): PreludeStep => [`acceptor ${member}`, 'accept', 0]),
      ['proposer 0', 'proposes'],
    ],
    reach: [ballotsDecide(1, 2), ballotsDecide(2, 2), valuesChosen(2, 2)],
  });
}

const GRID: QuorumSystem = grid([
  [0, 1],
  [2, 3],
]);

export function gridToFlexible(name: string, steps: Partial<Steps> = {}): Model {
  return requorumed(name, GRID, flexible([0, 1, 2, 3], { phase1: 3, phase2: 2 }), steps, [1, 2], [0, 1]);
}

export function majorityToOne(name: string, steps: Partial<Steps> = {}): Model {
  return requorumed(name, OLD, flexible([0, 1, 2], { phase1: 3, phase2: 1 }), steps, [1, 2], [0, 1]);
}

/** The same, where each vote comes on a page of its own: who has told of slot 1 may have more to tell. */
export function majorityToOneInPages(name: string, steps: Partial<Steps> = {}): Model {
  const after = flexible([0, 1, 2], { phase1: 3, phase2: 1 });
  return requorumed(name, OLD, after, steps, [1, 2], [0, 1], 1);
}

export function flexibleToGrid(name: string, steps: Partial<Steps> = {}): Model {
  return requorumed(name, flexible([0, 1, 2, 3], { phase1: 2, phase2: 3 }), GRID, steps, [2], [0, 1, 3]);
}
