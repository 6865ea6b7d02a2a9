/** A leader that cannot go on: its own learner is behind, or nobody answers. */

import { foundingConfiguration, majority } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, happens } from '../goals.js';
import type { Model } from '../model.js';
import { electedBy, ledBy, voted } from './set-up.js';

/**
 * Member 1 has had slot 1 decided by 1 and 2, and says so when it promises member 0, which knows nothing of it and so cannot
 * propose. It hands over to one that is further; or, if those who know are gone, prepares anew and has the votes told.
 */
export function behind(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 2, values: [value(1)], beats: 1, ticks: 1, waits: 1 },
      { member: 1, stands: 1, values: [value(11), value(12)] },
    ],
    learners: [0, 1],
    options: { lastSlot: 2 },
    carries: [...CORE, 'heartbeat to acceptor', 'heartbeat to proposer', 'heartbeat-reply', 'handover'],
    remembers: ['leader', 'confirmations'],
    isLost: (message, from, to) =>
      (message.type === 'prepare' && from === 1 && message.ballot < 2048) ||
      (message.type === 'accepted' && to === 'learner 0' && message.ballot < 2048) ||
      ('heartbeat' === message.type && to === 'proposer 0'),
    prelude: [
      ...electedBy(1, [2]),
      ...voted(1, [1, 2], [1]),
      ['acceptor 1', 'watermark', 1],
      ['proposer 1', 'watermark', 1],
      // At its second attempt its ballot is the higher one.
      ['proposer 0', 'stands for election'],
      ...ledBy([1]),
      ['proposer 0', 'sends a heartbeat'],
      ['proposer 1', 'heartbeat', 0],
    ],
    reach: [
      happens('a leader hands over'),
      happens('an heir leads'),
      happens('a leader prepares anew'),
      happens('a leader steps down by hears nobody'),
      ballotsDecide(1, 2),
      ballotsDecide(2, 2),
    ],
  });
}

/**
 * Member 0 leads, and has proposed nothing; then member 1 leads, and has slot 1 decided. The learner of member 0 may know before anybody
 * has told its proposer of the other leader: that one must notice, for phase 1 told it of nothing in that slot.
 */
export function idleLeader(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 1, values: [] },
      { member: 1, stands: 1, values: [value(11)] },
    ],
    learners: [0],
    options: { lastSlot: 2 },
    prelude: ledBy([1]),
    reach: [happens('a leader steps down by what was decided'), ballotsDecide(1, 1)],
  });
}
