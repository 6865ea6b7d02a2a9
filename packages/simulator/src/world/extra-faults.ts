/**
 * Faults that only some worlds have, beside those that their plan draws (`plan.ts`): each is drawn by itself, from a stream of its
 * own, so that a world without any is the same whatever there is here.
 */

import { nextRandom, seededRandom } from '@parliament/synod';
import type { Draw } from './subject.js';

export const EXTRA_FAULTS = [
  'later version',
  'made-up words',
  'change by hand',
  'careless client',
  'crowd',
  'flood',
  'orphaned office',
  'suspension',
] as const;

export type ExtraFault = (typeof EXTRA_FAULTS)[number];

/** One world in so many has it. What comes by thousands is dear. */
const ONE_IN: Record<ExtraFault, number> = {
  'later version': 10,
  'made-up words': 6,
  'change by hand': 6,
  'careless client': 6,
  crowd: 60,
  flood: 40,
  'orphaned office': 12,
  suspension: 6,
};

/** The numbers of a seed that have nothing to do with those of its world. */
export function apart(seed: number): Draw {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5eed);
  return (limit) => Math.floor(nextRandom(random) * limit);
}

export function drawExtraFaults(draw: Draw): ExtraFault[] {
  return EXTRA_FAULTS.filter((fault) => fault !== 'suspension' && draw(ONE_IN[fault]) === 0);
}

/** The same for what came to be drawn after all else: what was drawn before it stays as it was. */
export function drawSuspension(draw: Draw): ExtraFault[] {
  return draw(ONE_IN.suspension) === 0 ? ['suspension'] : [];
}
