import { describe, expect, it } from '@jest/globals';
import { affectedBy, comesBack, countRestart } from '../src/strategy.js';

describe('the strategies', () => {
  const children = ['a', 'b', 'c'];
  it.each([
    ['one_for_one', 0, ['a']],
    ['one_for_one', 1, ['b']],
    ['one_for_one', 2, ['c']],
    ['one_for_all', 0, ['a', 'b', 'c']],
    ['one_for_all', 2, ['a', 'b', 'c']],
    ['rest_for_one', 0, ['a', 'b', 'c']],
    ['rest_for_one', 1, ['b', 'c']],
    ['rest_for_one', 2, ['c']],
  ] as const)('%s: the end of child %i affects %j', (strategy, index, affected) => {
    expect(affectedBy(strategy, children, index)).toEqual(affected);
  });
});

describe('the kinds of restart', () => {
  it.each([
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['permanent', 'crash', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', false],
    ['transient', 'crash', true],
    ['temporary', 'normal', false],
    ['temporary', 'shutdown', false],
    ['temporary', 'crash', false],
  ] as const)('a %s child that ended as %s comes back: %p', (restart, reason, expected) => {
    expect(comesBack(restart, reason)).toBe(expected);
  });
});

describe('the restart intensity', () => {
  it('allows as many restarts in a period as it says, and not one more', () => {
    const count = { intensity: 3, periodMs: 100, recent: [] };
    expect([0, 50, 99, 100].map((now) => countRestart(count, now))).toEqual([true, true, true, false]);
  });

  it('forgets restarts that are longer than a period ago', () => {
    const count = { intensity: 2, periodMs: 100, recent: [] };
    expect([0, 100, 101, 200, 302].map((now) => countRestart(count, now))).toEqual([true, true, true, false, true]);
  });

  it('allows none when it is 0', () => {
    expect(countRestart({ intensity: 0, periodMs: 100, recent: [] }, 0)).toBe(false);
  });

  it('remembers no more than it must', () => {
    const count = { intensity: 5, periodMs: 10, recent: [] as number[] };
    for (let now = 0; now < 10_000; now += 5) countRestart(count, now);
    expect(count.recent).toHaveLength(3);
  });
});
