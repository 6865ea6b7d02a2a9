/** Models of reads: whoever asks a leader where to read is not told a slot below what was applied anywhere by then. */

import { type Configuration, foundingConfiguration, majority, type QuorumSystem } from '@parliament/synod';
import type { Steps } from '../../world/node.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, decidedWith, happens } from '../goals.js';
import type { Model } from '../model.js';
import type { PreludeStep } from '../prelude.js';

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

/** Two configurations in sight: the second governs from slot 2 on, as was decided before the first slot. */
export function handedOver(before: QuorumSystem, after: QuorumSystem): readonly [Configuration, Configuration] {
  const first = foundingConfiguration(before, 2);
  const learners = after.members.filter((member) => !before.members.includes(member));
  const spent = before.members.filter((member) => !after.members.includes(member));
  return [
    { ...first, learners },
    { number: 1, from: 2, alpha: 2, voters: after, learners: [], spent },
  ];
}

/** Member 0 leads in both configurations, by itself, members 1 and 3. */
const LEADING_BOTH: readonly PreludeStep[] = [
  ['proposer 0', 'stands for election'],
  ['acceptor 0', 'prepare', 0],
  ['proposer 0', 'promise', 0],
  ['acceptor 1', 'prepare', 0],
  ['proposer 0', 'promise', 1],
  ['acceptor 3', 'prepare', 0],
  ['proposer 0', 'promise', 3],
];

const OLD = majority([0, 1, 2]);
const NEW = majority([0, 1, 3]);

/**
 * Reads while member 2 is replaced by member 3. Member 0 has slot 1 decided, and may have slot 2 decided by 0 and 3; then the
 * old members 1 and 2 make member 1 their leader, who cannot know of slot 2 before member 3 has promised.
 */
export function readingInChange(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: handedOver(OLD, NEW),
    acceptors: [0, 1, 2, 3],
    proposers: [
      { member: 0, stands: 1, values: [value(1), value(2)] },
      { member: 1, stands: 1, values: [], asks: 1 },
    ],
    learners: [0],
    options: { lastSlot: 2 },
    carries: [...CORE, ...READS],
    remembers: ['confirmations'],
    // Member 0 leads no more, and what member 1 proposes is of no importance.
    isLost: (message, from) => (message.type === 'prepare' && from === 0) || (message.type === 'accept' && from === 1),
    prelude: [
      ...LEADING_BOTH,
      ['proposer 0', 'proposes'],
      ['acceptor 0', 'accept', 0],
      ['acceptor 1', 'accept', 0],
      ['learner 0', 'accepted', 0],
      ['learner 0', 'accepted', 1],
      ['proposer 0', 'proposes'],
      ['acceptor 0', 'accept', 0],
      ['learner 0', 'accepted', 0],
    ],
    reach: [happens('a read is answered'), decidedWith(2, 3, NEW)],
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
      (message.type === 'prepare' && from === 0) || (message.type === 'accepted' && to === 'learner 0' && message.ballot > 1024),
    prelude: [
      ...LEADING_BOTH,
      ['proposer 0', 'proposes'],
      ['acceptor 0', 'accept', 0],
      ['acceptor 1', 'accept', 0],
      ['learner 1', 'accepted', 0],
      ['learner 1', 'accepted', 1],
      ['proposer 1', 'watermark', 1],
    ],
    reach: [happens('a read is answered'), decidedWith(2, 3, NEW)],
  });
}
