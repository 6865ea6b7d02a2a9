/** Models of reads: whoever asks a leader where to read is not told a slot below what was applied anywhere by then. */

import { foundingConfiguration, majority, weighted } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, decidedWith, happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';
import { electedBy, handedOver, heardBy, LEADING_BOTH, ledBy, NEW, OLD, voted } from './set-up.js';

/** What reads need of messages, beside what decides. */
const READS = ['heartbeat to acceptor', 'heartbeat-reply'];

/** Two members that lead in turn, and are asked where to read. */
export function reading(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 1, values: [value(1)], asks: 1 },
      { member: 1, stands: 1, values: [value(11)], asks: 1 },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    reach: [happens('a read is answered'), ballotsDecide(1, 2)],
  });
}

/**
 * Reads where no quorum is without member 1, and it is one alone: what all others confirm is worth nothing. Member 0 leads by its
 * promise, and is asked after member 1 has come to lead without anybody else.
 */
export function readingOfOne(name: string, steps: Partial<Steps> = {}): Model {
  const voters = weighted({ 0: 1, 1: 3, 2: 1 });
  return build({
    name,
    steps,
    history: [foundingConfiguration(voters, 2)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 1, values: [value(1)], asks: 1 },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    // Member 1 asks nobody else for a promise.
    isLost: (message, from, to) => message.type === 'prepare' && from === 1 && to !== 'acceptor 1',
    prelude: [
      ...electedBy(0, [1]),
      ...voted(0, [0, 1], [0]),
      ['proposer 0', 'watermark', 0],
      ...heardBy(1, [1]),
      ['proposer 1', 'watermark', 1],
      ...electedBy(1, []),
      ['proposer 1', 'proposes'],
    ],
    // No read can be answered: what it takes, member 1 has promised not to say.
    reach: [decidedWith(2, 1, voters)],
  });
}

/**
 * Reads while member 2 is replaced by member 3. Member 0 has slot 1 decided, and may have slot 2 decided by 0 and 3; then the
 * old members 1 and 2 make member 1 their leader, who cannot know of slot 2 before member 3 has promised.
 */
export function readingInChange(name: string, steps: Partial<Steps> = {}, leaseMs = 0): Model {
  return build({
    name,
    steps,
    leaseMs,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)] },
      // A leader that has a lease has sent a heartbeat for it.
      { member: 1, stands: 1, values: [], asks: 1, ...(leaseMs > 0 ? { beats: 1 } : {}) },
    ],
    learners: [0],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    // Member 0 leads no more, and what member 1 proposes is of no importance.
    isLost: (message, from, to) =>
      (from === 0 && (message.type === 'prepare' || message.type === 'heartbeat')) ||
      (message.type === 'accept' && from === 1) ||
      (message.type === 'heartbeat' && leaseMs > 0 && to !== 'acceptor 1' && to !== 'acceptor 3'),
    prelude: [...LEADING_BOTH, ...voted(0, [0, 1], [0]), ...voted(0, [0], [0])],
    reach: [happens('a read is answered'), decidedWith(2, 3, NEW)],
  });
}

/** The same, where a lease answers: time stands still, so it never ends. */
export function readingOnLease(name: string, steps: Partial<Steps> = {}): Model {
  return readingInChange(name, steps, 2);
}

/**
 * Member 0 leads, and reads on a lease of the members to come, 0 and 2; of those before, 1 and 3, who granted none, elect member 1. It
 * has slot 1 decided; what it asks of member 2, which may crash, must not make that one promise it more before the lease has ended.
 */
export function readingOnLeaseOfNew(name: string, steps: Partial<Steps> = {}): Model {
  const before = majority([1, 2, 3]);
  const after = majority([0, 1, 2]);
  return build({
    name,
    steps,
    leaseMs: 2,
    history: handedOver(before, after),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1)], beats: 1, asks: 1 },
      { member: 1, stands: 2, values: [value(11), value(12)], beats: 1 },
    ],
    learners: [1],
    crashes: [2],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    // Member 0 has said all that it says, and hears nothing more.
    isLost: (message, from, to) =>
      from === 0 ||
      to === 'acceptor 0' ||
      message.type === 'heartbeat-reply' ||
      (message.type === 'heartbeat' && to !== 'acceptor 2'),
    prelude: [
      ...ledBy([2, 1]),
      ['proposer 0', 'proposes'],
      ['proposer 0', 'sends a heartbeat'],
      ...[0, 2].flatMap((member): PreludeStep[] => [
        [`acceptor ${member}`, 'heartbeat', 0],
        ['proposer 0', 'heartbeat-reply', member],
      ]),
    ],
    reach: [happens('a read is answered'), ballotsDecide(1, 2)],
  });
}

/**
 * The other way round: member 1, which knows slot 1, is made leader by the new members 1 and 3 alone, and has slot 2 decided.
 * The old members 0 and 2 can confirm no more that member 0 leads.
 */
export function readingFromDeposed(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1)], asks: 1 },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    isLost: (message, from, to) =>
      (message.type === 'prepare' && from === 0) ||
      (message.type === 'accepted' && to === 'learner 0' && message.ballot > 1024),
    prelude: [...LEADING_BOTH, ...voted(0, [0, 1], [1]), ['proposer 1', 'watermark', 1]],
    reach: [happens('a read is answered'), decidedWith(2, 3, NEW)],
  });
}

/**
 * A member leads for the second time, while what confirmed its first leadership is still on its way; and a third one may have
 * begun elsewhere.
 */
export function readingAgain(name: string, steps: Partial<Steps> = {}): Model {
  const elected: readonly PreludeStep[] = ledBy([1]);
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 2, values: [], beats: 1, asks: 1 },
      { member: 1, stands: 3, values: [value(11)] },
    ],
    learners: [1],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    isLost: (message, from) => message.type === 'prepare' && from === 0,
    prelude: [
      ...elected,
      ['proposer 0', 'sends a heartbeat'],
      ['acceptor 1', 'heartbeat', 0],
      ['acceptor 2', 'heartbeat', 0],
      ...elected,
      // At its second attempt its ballot is the higher one.
      ['proposer 1', 'stands for election'],
      ['proposer 1', 'stands for election'],
    ],
    reach: [happens('a read is answered'), valuesChosen(1, 1)],
  });
}

/**
 * Member 1 has had slots 1 and 2 decided; then member 0 leads, which knows nothing of that and is bound to propose the same, one slot
 * after the other. It is told to hand over to member 1 meanwhile, and from then on proposes nothing more.
 */
export function readingInTransfer(name: string, steps: Partial<Steps> = {}): Model {
  const decided = [0, 1].flatMap((): PreludeStep[] => [...voted(1, [1, 2], [1]), ['proposer 1', 'watermark', 1]]);
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 2, values: [], asks: 1, heirs: [1] },
      { member: 1, stands: 1, values: [value(11), value(12)] },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    // Member 1 leads no more, and member 2 is not needed for anything.
    isLost: (message, from, to) => {
      if (message.type === 'accept' || message.type === 'heartbeat') return from === 1 || to === 'acceptor 2';
      if (message.type === 'accepted') return to === 'learner 1' || message.ballot < 2048;
      return message.type !== 'heartbeat-reply';
    },
    prelude: [
      ...electedBy(1, [2]),
      ...decided,
      // At its second attempt its ballot is the higher one.
      ['proposer 0', 'stands for election'],
      ...ledBy([1]),
    ],
    reach: [happens('a read is answered'), happens('a leader hands over'), ballotsDecide(1, 2)],
  });
}
