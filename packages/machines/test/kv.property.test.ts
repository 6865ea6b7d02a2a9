import { isDeepStrictEqual } from 'node:util';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyKv, restore, sweep, unswept } from '../src/index.js';
import { NaiveKv } from './naive.js';
import { play, playNaive } from './playing.js';
import { bytes, snapshotText } from './support.js';
import { anyStep, dated, LEASES, type Step } from './steps.js';

/** A few thousand in a test; 100,000 with `npm run properties:kv`. */
const SEQUENCES = process.env.PROPERTIES === 'long' ? 100_000 : 2_000;

/** The last resort for what is tried so often; how long it takes tells nothing. */
const LIMIT_MS = 3 * 60 * 60_000;

function* pieces(whole: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < whole.length; at += length) yield whole.subarray(at, at + length);
}

it(
  'answers as a naive key space does, whatever it is asked, and so does what was restored of it',
  () => {
    const sequence = fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(sequence, fc.nat(39), fc.integer({ min: 1, max: 200 }), (steps, restoredAt, length) => {
        const naive = new NaiveKv(LEASES);
        let state = emptyKv();
        const done: Step[] = [];
        steps.forEach((step, i) => {
          const request = dated(step, naive.revision);
          done.push(request);
          const before = i % 10 === 0 ? snapshotText(state) : undefined;
          const played = play(state, request);
          const expected = playNaive(naive, request);
          if (!isDeepStrictEqual(played.answer, expected)) {
            expect({ done, answer: played.answer }).toEqual({ done, answer: expected });
          }
          // Nobody who held it sees a change.
          if (before !== undefined) expect(snapshotText(state)).toBe(before);
          state = played.state;
          if (i !== restoredAt) return;
          const whole = snapshotText(state);
          state = restore(pieces(bytes(whole), length));
          expect(snapshotText(state)).toBe(whole);
        });
        expect(unswept(sweep(state, Number.MAX_SAFE_INTEGER))).toBe(0);
      }),
      { numRuns: SEQUENCES },
    );
  },
  LIMIT_MS,
);
