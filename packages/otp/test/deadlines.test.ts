import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type Due, Line, lineOf, roundedUp } from '../src/call/deadlines.js';

/** A timer by hand: nothing waits. */
function clock(): {
  readonly advance: (ms: number) => void;
  readonly armed: () => number;
  readonly restore: () => void;
} {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  return {
    advance: (ms) => jest.advanceTimersByTime(ms),
    armed: () => jest.getTimerCount(),
    restore: () => jest.useRealTimers(),
  };
}

function due(onTimeOut: () => void): Due {
  return { dueAt: 0, earlier: undefined, later: undefined, timedOut: onTimeOut };
}

describe('a line of deadlines', () => {
  it('is gone with the last of those who wait: lengths that come later are exact, be there ever so many', () => {
    // Before any other test: lines that nobody joins stay.
    const time = clock();
    let told = 0;
    for (let lengthMs = 10_001; lengthMs <= 11_000; lengthMs += 1) {
      const line = lineOf(lengthMs);
      line.join(due(() => (told += 1)));
      if (lengthMs % 100 === 0) time.advance(12_000);
    }
    expect(told).toBe(1000);
    expect(time.armed()).toBe(0);
    expect(lineOf(20_001).lengthMs).toBe(20_001);
    time.restore();
  });

  it('tells each one that is still in it when its time has passed, in order, and no other', () => {
    const steps = fc.array(
      fc.oneof(fc.constant('join' as const), fc.nat({ max: 20 }), fc.tuple(fc.constant('leave'), fc.nat({ max: 30 }))),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (orders) => {
        const time = clock();
        try {
          const line = new Line(20);
          const told: number[] = [];
          const expected: number[] = [];
          const all: { readonly due: Due; readonly at: number; isOver: boolean }[] = [];
          let now = 0;
          const overdue = (): void => {
            for (const [index, one] of all.entries()) {
              if (one.isOver || one.at > now) continue;
              one.isOver = true;
              expected.push(index);
            }
          };
          for (const order of orders) {
            if (order === 'join') {
              const index = all.length;
              const joining = due(() => told.push(index));
              line.join(joining);
              all.push({ due: joining, at: now + 20, isOver: false });
            } else if (typeof order === 'number') {
              // Step by step, as time goes.
              for (let ms = 0; ms < order; ms += 1) {
                now += 1;
                time.advance(1);
                overdue();
              }
            } else {
              const one = all[order[1]];
              if (one === undefined) continue;
              line.leave(one.due);
              one.isOver = true;
            }
            expect(told).toEqual(expected);
          }
          now += 20;
          time.advance(20);
          overdue();
          expect(told).toEqual(expected);
          time.advance(40);
          expect(time.armed()).toBe(0);
        } finally {
          time.restore();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is shared by those of the same length; of very many lengths, by those of nearly the same', () => {
    const time = clock();
    expect(lineOf(5000)).toBe(lineOf(5000));
    expect(lineOf(5000).lengthMs).toBe(5000);
    const lines = new Set<Line>();
    for (let count = 0; count < 20_000; count += 1) {
      const lengthMs = 1 + ((count * 7919) % 100_000) + 0.5;
      const line = lineOf(lengthMs);
      lines.add(line);
      expect(line.lengthMs).toBeGreaterThanOrEqual(lengthMs);
      expect(line.lengthMs).toBeLessThanOrEqual(Math.max(lengthMs + 1, lengthMs * (1 + 1 / 64)));
    }
    expect(lines.size).toBeLessThan(1500);
    expect(roundedUp(2 ** 31 - 1)).toBe(2 ** 31 - 1);
    // A length that was there before stays exact.
    expect(lineOf(5000).lengthMs).toBe(5000);
    time.restore();
  });

  it.each([
    [64, 64],
    [129, 130],
    [10_001, 10_112],
    [2 ** 31 - 2, 2 ** 31 - 1],
  ])('of %i milliseconds is rounded up to %i among very many', (lengthMs, rounded) => {
    expect(roundedUp(lengthMs)).toBe(rounded);
  });

  it('may be left, and joined, by those who are told', () => {
    const time = clock();
    const told: string[] = [];
    const line = new Line(10);
    const second = due(() => told.push('second'));
    const first = due(() => {
      told.push('first');
      line.leave(second);
      line.join(due(() => told.push('third')));
    });
    line.join(first);
    line.join(second);
    time.advance(10);
    expect(told).toEqual(['first']);
    time.advance(10);
    expect(told).toEqual(['first', 'third']);
    time.restore();
  });
});
