/** Models of the synod itself: one decree or two, and members that never change. */

import { foundingConfiguration, majority } from '@parliament/synod';
import type { Steps } from '../../world/node.js';
import { build, CORE, value } from '../build.js';
import { ballotsDecide, chosenAgain, happens, valuesChosen } from '../goals.js';
import type { Model } from '../model.js';

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
    proposers: [0, 1].map((member) => ({ member, stands: 1, values: [value(10 * member + 1), value(10 * member + 2)] })),
    options: { lastSlot: 2 },
    reach: [valuesChosen(1, 2), chosenAgain(1), valuesChosen(2, 2)],
  });
}

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
