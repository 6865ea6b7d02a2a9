import { describe, expect, it } from '@jest/globals';
import { ageOf, latestOf, type Marks, type Moment, noteMark } from '../src/actors/age.js';

/** Both clocks go alike, and `asleep` ms of the calendar were missed by the monotonic one. */
const at = (ms: number, asleep = 0): Moment => ({ at: ms, time: 1_700_000_000_000 + ms + asleep });

describe('the age of what a member has applied', () => {
  it('is not known before it has come to a mark', () => {
    const marks: Marks = [];
    expect(ageOf(marks, 5, at(0))).toBe(Number.POSITIVE_INFINITY);
    noteMark(marks, 6, at(0));
    expect(ageOf(marks, 5, at(10))).toBe(Number.POSITIVE_INFINITY);
    expect(ageOf(marks, 6, at(10))).toBe(10);
  });

  it('counts from the latest question whose mark it has come to', () => {
    const marks: Marks = [];
    noteMark(marks, 5, at(0));
    noteMark(marks, 7, at(100));
    noteMark(marks, 9, at(200));
    expect([5, 6, 7, 8, 9].map((slot) => ageOf(marks, slot, at(300)))).toEqual([300, 300, 200, 200, 100]);
  });

  it('is what a learner that has gone back can still say of itself: nothing, until it has come so far again', () => {
    const marks: Marks = [];
    noteMark(marks, 5, at(0));
    noteMark(marks, 9, at(200));
    expect(ageOf(marks, 9, at(300))).toBe(100);
    expect(ageOf(marks, 6, at(400))).toBe(Number.POSITIVE_INFINITY);
    expect(ageOf(marks, 9, at(500))).toBe(300);
  });

  it('goes by a later mark that lies lower, for what an earlier leader had on its way may come to nothing', () => {
    const marks: Marks = [];
    noteMark(marks, 9, at(0));
    noteMark(marks, 6, at(100));
    // One that was asked for before, and comes later, adds nothing.
    noteMark(marks, 8, at(50));
    expect([8, 6, 5].map((slot) => ageOf(marks, slot, at(150)))).toEqual([50, 50, Number.POSITIVE_INFINITY]);
  });

  it('and one that was asked for before, and comes later, for less', () => {
    const marks: Marks = [];
    noteMark(marks, 9, at(100));
    noteMark(marks, 6, at(50));
    expect([6, 9].map((slot) => ageOf(marks, slot, at(150)))).toEqual([100, 50]);
  });

  it('is what the clock says that has gone further: one stood still, or was set back', () => {
    const marks: Marks = [];
    noteMark(marks, 1, at(0));
    expect(ageOf(marks, 1, at(10, 60_000))).toBe(60_010);
    expect(ageOf(marks, 1, at(10, -60_000))).toBe(10);
    // Never less than nothing.
    expect(ageOf(marks, 1, at(-5))).toBe(0);
  });

  it('is not lost, but too great, when a member stands still for long', () => {
    const marks: Marks = [];
    for (let slot = 1; slot <= 1000; slot++) noteMark(marks, slot, at(slot));
    expect(marks.length).toBeLessThan(100);
    expect(ageOf(marks, 1, at(2000))).toBe(1999);
    expect(ageOf(marks, 1000, at(2000))).toBeLessThan(2000);
    noteMark(marks, 1000, at(1500));
    expect(ageOf(marks, 1000, at(2000))).toBe(500);
    expect(latestOf(marks)).toEqual(at(1500));
  });
});
