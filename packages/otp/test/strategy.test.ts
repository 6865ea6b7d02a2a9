import { describe, expect, it } from '@jest/globals';
import type { ExitReason, Restart } from '../src/index.js';
import { affectedBy, backoffMs, comesBack, countedSince, countRestart, endsWith } from '../src/supervisor/strategy.js';

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
  const crash = { crash: new Error('boom') };
  const detail = { shutdown: 'done' };

  // OTP, supervisor(3): "A transient child process is restarted only if it terminates abnormally, that is, with an exit
  // reason other than normal, shutdown, or {shutdown,Term}".
  it.each<[Restart, boolean, readonly ExitReason[]]>([
    ['permanent', true, ['normal', 'shutdown', detail, crash, 'killed', 'noproc', 'noconnection']],
    ['transient', false, ['normal', 'shutdown', detail]],
    ['transient', true, [crash, 'killed', 'noproc', 'noconnection']],
    ['temporary', false, ['normal', 'shutdown', detail, crash, 'killed', 'noproc', 'noconnection']],
  ])('a %s child comes back, %p, after an end for %j', (restart, expected, reasons) => {
    for (const reason of reasons) expect(comesBack(restart, reason)).toBe(expected);
  });
});

describe('the automatic shutdown', () => {
  const child = (significant: boolean, present: boolean): { significant: boolean; present: boolean } => {
    return { significant, present };
  };

  // OTP, supervisor(3), "Automatic Shutdown".
  it.each([
    ['never', true, [], false],
    ['any_significant', false, [], false],
    ['any_significant', true, [child(true, true)], true],
    ['all_significant', false, [child(true, false)], false],
    ['all_significant', true, [child(true, true)], false],
    ['all_significant', true, [child(true, false), child(false, true)], true],
    ['all_significant', true, [], true],
  ] as const)(
    '%s: after the end of a child, significant: %p, and with others %j: %p',
    (policy, significant, others, expected) => {
      expect(endsWith(policy, child(significant, false), others)).toBe(expected);
    },
  );
});

describe('the back-off', () => {
  it('doubles from its first time up to its last, and is by up to a half shorter', () => {
    const backoff = { firstMs: 100, maxMs: 1000 };
    expect([1, 2, 3, 4, 5, 2000].map((nth) => backoffMs(backoff, nth, 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect([1, 2, 5].map((nth) => backoffMs(backoff, nth, 0))).toEqual([50, 100, 500]);
    expect(backoffMs(backoff, 1, 0.5)).toBe(75);
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

  it('tells how many count without going through them all, as it does at each crash', () => {
    let reads = 0;
    const all = Array.from({ length: 100_000 }, (_, at) => at);
    const recent = new Proxy(all, {
      get(target, name) {
        reads += 1;
        return Reflect.get(target, name);
      },
    });
    expect(countedSince({ intensity: 0, periodMs: 10, recent }, 100_000)).toBe(10);
    expect(reads).toBeLessThan(100);
    const counted = [-5, 0, 4, 10, 15, 20, 21].map((now) =>
      countedSince({ intensity: 9, periodMs: 10, recent: [0, 5, 5, 10] }, now),
    );
    expect(counted).toEqual([4, 4, 4, 4, 3, 1, 0]);
    expect(countedSince({ intensity: 9, periodMs: 10, recent: [] }, 0)).toBe(0);
  });
});
