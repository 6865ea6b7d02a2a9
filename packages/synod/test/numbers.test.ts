import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  HIGHEST_BALLOT,
  isBallot,
  isMemberId,
  isQuorum,
  majority,
  nextBallot,
  nextRandom,
  ownerOf,
  quorumSize,
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
        // The very next: no ballot of this member lies between.
        expect(ballot - below).toBeLessThanOrEqual(2048);
        expect(roundOf(ballot)).toBe(roundOf(below) + 1);
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

describe('quorums', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('of %d members always share one', (size) => {
    const members = Array.from({ length: size }, (_, index) => index);
    const quorums = majority(members);
    const sets = Array.from({ length: 2 ** size }, (_, bits) => members.filter((id) => bits & (1 << id)));
    const holding = sets.filter((set) => isQuorum(quorums, set));
    expect(holding.length).toBeGreaterThan(0);
    const smallest = holding.filter((set) => set.length === quorumSize(quorums));
    for (const one of smallest) {
      for (const two of smallest) expect(one.some((id) => two.includes(id))).toBe(true);
    }
  });

  it('count nobody twice and no stranger', () => {
    const quorums = majority([3, 5, 8]);
    expect(isQuorum(quorums, [3, 3, 3])).toBe(false);
    expect(isQuorum(quorums, [3, 9, 10])).toBe(false);
    expect(isQuorum(quorums, [8, 3])).toBe(true);
  });

  it('are refused when they make no sense', () => {
    for (const members of [[], [1, 1], [-1], [1024], [0.5]]) expect(() => majority(members)).toThrow(RangeError);
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
