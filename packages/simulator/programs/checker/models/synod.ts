/** Models of the synod itself: one decree or two, and members that never change. */

import { foundingConfiguration, majority } from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { build, value } from '../build.js';
import { ballotsDecide, chosenAgain, happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';
import { electedBy, heardBy, voted } from './set-up.js';

/**
 * One slot, three acceptors: the synod of 1998.
 *
 * @param stands how often members 0 and 1 may stand, which makes so many ballots.
 * @param crashes whether they may crash at any time.
 */
export function singleDecree(
  name: string,
  stands: readonly number[],
  options: { readonly steps?: Partial<Steps>; readonly learner?: boolean; readonly crashes?: boolean } = {},
): Model {
  const { steps = {}, learner = false, crashes = false } = options;
  // In each life it has something else to propose.
  const proposers = stands.map((times, member) => {
    const lives = crashes ? times : 1;
    return { member, stands: times, values: Array.from({ length: lives }, (_, life) => value(10 * member + life)) };
  });
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 1)],
    acceptors: [0, 1, 2],
    proposers,
    learners: learner ? [2] : [],
    crashes: crashes ? proposers.map(({ member }) => member) : [],
    options: { lastSlot: 1 },
    reach: [
      valuesChosen(1, 2),
      ballotsDecide(1, stands.length),
      chosenAgain(1),
      ...(learner ? [happens('a learner learns by accepted')] : []),
    ],
  });
}

/** Two slots in flight, two members that lead in turn. */
export function twoSlots(name: string, steps: Partial<Steps> = {}): Model {
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 2)],
    acceptors: [0, 1, 2],
    proposers: [0, 1].map((member) => ({
      member,
      stands: 1,
      values: [value(10 * member + 1), value(10 * member + 2)],
    })),
    options: { lastSlot: 2 },
    reach: [valuesChosen(1, 2), chosenAgain(1), valuesChosen(2, 2)],
  });
}

/**
 * A long promise in pages, a vote in each. Member 2 has led, and three slots are decided by 1 and 2; member 0 prepares, while the
 * learner of member 1 moves on, and with it the slots that its acceptor still speaks of.
 */
export function paged(name: string, steps: Partial<Steps> = {}): Model {
  const votes = [1, 2, 3].flatMap(() => [...voted(2, [1, 2]), ...heardBy(1, [1])]);
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 3)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 0, stands: 2, values: [value(1)] },
      { member: 2, stands: 1, values: [value(21), value(22), value(23)] },
    ],
    learners: [1],
    acceptorSizes: { pageBytes: 1 },
    // Two votes weigh as much.
    promiseBytes: 40,
    options: { lastSlot: 3 },
    isLost: (message, from, to) =>
      (message.type === 'prepare' && (from === 2 || to === 'acceptor 2')) ||
      (message.type === 'accepted' && from === 0),
    prelude: [...electedBy(2, [1]), ...votes, ['proposer 0', 'stands for election']],
    reach: [
      happens('a promise comes in pages'),
      happens('a long promise is asked for piece by piece'),
      happens('a member leads'),
      chosenAgain(3),
    ],
  });
}

/** The same, for a candidate that has all these votes itself: its own acceptor promises it once only, and so tells all at once. */
export function pagedOwn(name: string, steps: Partial<Steps> = {}): Model {
  const votes = [1, 2, 3].flatMap(() => voted(2, [1]));
  return build({
    name,
    steps,
    history: [foundingConfiguration(majority([0, 1, 2]), 3)],
    acceptors: [0, 1, 2],
    proposers: [
      { member: 1, stands: 2, values: [] },
      { member: 2, stands: 1, values: [value(21), value(22), value(23)] },
    ],
    acceptorSizes: { pageBytes: 1 },
    promiseBytes: 40,
    options: { lastSlot: 3 },
    isLost: (message, from) => from === 2 && (message.type === 'prepare' || message.type === 'accept'),
    prelude: [
      ...electedBy(2, [1]),
      ...votes,
      // At its second attempt its ballot is the higher one.
      ['proposer 1', 'stands for election'],
      ['proposer 1', 'stands for election'],
    ],
    reach: [happens('a promise comes in pages'), happens('a member leads'), ballotsDecide(3, 1)],
  });
}
