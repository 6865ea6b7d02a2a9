/** The numbers of a command: always the same ones, and others for every other command. They do not change from version to version. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { atOf, type Moment, type Place, placeOf, stepOf } from '../src/at.js';

const numbersAt = (place: Place, count = 4): number[] => {
  const { random } = atOf(place);
  return Array.from({ length: count }, random);
};
const place = (slot: number, index: number, ...path: number[]): Place => ({ slot, index, time: 0, path });

const natural = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const anyMoment: fc.Arbitrary<Moment> = fc.record({ slot: natural, index: fc.nat(), time: natural });

describe('at.random', () => {
  it('gives numbers that are written down here', () => {
    expect(numbersAt(place(1, 0), 3)).toEqual([0.7654181100947105, 0.4387766386292622, 0.276531435072493]);
    expect(numbersAt(place(2 ** 40 + 5, 3, 1), 3)).toEqual([
      0.4754509199407674, 0.8479068085026794, 0.09015330999428206,
    ]);
  });

  it('gives the same numbers to whoever asks at the same place', () => {
    fc.assert(
      fc.property(anyMoment, fc.array(fc.nat()), (moment, path) => {
        const at = path.reduce(stepOf, placeOf(moment));
        expect(numbersAt(at)).toEqual(numbersAt({ ...at, time: at.time + 1 }));
      }),
    );
  });

  it('gives others in each slot, at each position, and in each step', () => {
    const places = [1, 2, 3, 2 ** 32 + 1, 2 ** 33].flatMap((slot) =>
      [0, 1, 2, 1000].flatMap((index) => [
        place(slot, index),
        ...[0, 1, 2].flatMap((step) => [place(slot, index, step), place(slot, index, step, 0)]),
      ]),
    );
    const all = places.flatMap((each) => numbersAt(each));
    expect(new Set(all).size).toBe(all.length);
  });

  it('gives numbers from 0 to below 1, spread evenly over neighbours in the log', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let slot = 1; slot <= 4000; slot += 1) {
      const [number = Number.NaN] = numbersAt(place(slot, 0), 1);
      const tenth = Math.floor(number * 10);
      counts[tenth] = (counts[tenth] ?? Number.NaN) + 1;
    }
    // 400 each, give or take four standard deviations.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(76);
  });

  it('may be taken out of at', () => {
    const { random } = atOf(place(1, 0));
    expect(random()).not.toBe(random());
  });
});
