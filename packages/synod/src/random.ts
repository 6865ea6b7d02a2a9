/** Seeded randomness as plain data, so that a run can be replayed and a state cloned. */

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { imul } = Math;

/** The state of a generator: one 32-bit word. */
export interface RandomState {
  word: number;
}

/** A generator that always gives the same numbers for the same `seed` (any number; its lower 32 bits count). */
export function seededRandom(seed: number): RandomState {
  return { word: seed >>> 0 };
}

/** The next number, from 0 (inclusive) to 1 (exclusive). The step and the mix are those of Mulberry32. */
export function nextRandom(state: RandomState): number {
  state.word = (state.word + 0x6d2b79f5) >>> 0;
  let mixed = state.word;
  mixed = imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
}
