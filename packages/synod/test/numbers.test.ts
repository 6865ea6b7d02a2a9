import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  HIGHEST_BALLOT,
  isBallot,
  isMemberId,
  nextBallot,
  nextRandom,
  ownerOf,
  roundOf,
  seededRandom,
} from '../src/index.js';

const member = fc.integer({ min: 0, max: 1023 });
const floor = fc.oneof(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 2 ** 50, max: HIGHEST_BALLOT - 4096 }));

describe('ballots', () => {
  it('of a member are its own, and above whatever they must be above', () => {
    fc.assert(
      fc.property(member, floor, (id, below) => {
        const ballot = nextBallot(id, below);
        expect(ballot).toBeGreaterThan(below);
        expect(ownerOf(ballot)).toBe(id);
        expect(isBallot(ballot)).toBe(true);
        // The very next classic one: no ballot of this member lies between but those of a round that is kept for fast ones.
        expect(roundOf(ballot) % 2).toBe(1);
        expect(roundOf(ballot) - roundOf(below)).toBeLessThanOrEqual(2);
        expect(isBallot(ballot - 1024)).toBe(false);
      }),
    );
  });

  it('of two members are never the same', () => {
    fc.assert(
      fc.property(member, member, floor, floor, (one, two, x, y) => {
        if (one !== two) expect(nextBallot(one, x)).not.toBe(nextBallot(two, y));
      }),
    );
  });

  it('end before numbers become inexact', () => {
    expect(() => nextBallot(0, HIGHEST_BALLOT)).toThrow(RangeError);
    expect(Number.isSafeInteger(HIGHEST_BALLOT + 1023)).toBe(true);
    for (const number of [0, 1, 1023, -1024, 1024.5, Number.NaN, 2 ** 53]) expect(isBallot(number)).toBe(false);
  });

  it('have members from 0 to 1023', () => {
    for (const id of [0, 1, 1023]) expect(isMemberId(id)).toBe(true);
    for (const id of [-1, 1024, 0.5, Number.NaN]) expect(isMemberId(id)).toBe(false);
  });
});

describe('randomness', () => {
  it('follows from its seed, lies from 0 to 1, and does not repeat at once', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [one, two] = [seededRandom(seed), seededRandom(seed)];
        const numbers = Array.from({ length: 20 }, () => nextRandom(one));
        expect(Array.from({ length: 20 }, () => nextRandom(two))).toEqual(numbers);
        for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
        expect(new Set(numbers).size).toBe(20);
      }),
    );
  });
});
