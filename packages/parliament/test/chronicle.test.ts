/** What a member remembers for those who watch. */

import { describe, expect, it } from '@jest/globals';
import type { HostedMachine } from '../src/host/hosted.js';
import { beginAfter, createChronicle, type Chronicle, noteApplied, noting, pageOf } from '../src/watch/chronicle.js';
import { counter, encodeAdd } from './support/counter.js';

/** Of each command nothing else is told than what it adds; of nothing, nothing. */
const telling: HostedMachine<{ sum: number }> = {
  ...counter,
  told: (command, reply) => (command.every((byte) => byte === 0) ? undefined : { command, reply }),
};

/** What one command of these weighs: its bytes, those of its reply, and the rest. */
const WEIGHT = 4 + 4 + 128;

/** Applies slots, each with commands that add so much, and gives what notes them. */
function apply(chronicle: Chronicle, slots: readonly (readonly number[])[]): void {
  const noted = noting(telling, chronicle);
  const state = { sum: 0 };
  for (const amounts of slots) {
    const slot = chronicle.upTo + 1;
    for (const [index, amount] of amounts.entries())
      noted.apply(state, encodeAdd(amount), { slot, index, time: 10 * slot });
    noteApplied(chronicle, slot);
  }
}

function noted(limitBytes: number, ...slots: readonly (readonly number[])[]): Chronicle {
  const chronicle = createChronicle(limitBytes);
  apply(chronicle, slots);
  return chronicle;
}

/** The slots of a page with the places of their commands, and where it goes on. */
function shown(chronicle: Chronicle, slot: number | undefined, skip = 0, bytesMax = 1e6) {
  const page = pageOf(chronicle, slot === undefined ? undefined : { slot, skip }, bytesMax);
  if (page === undefined) return undefined;
  return { slots: page.slots.map((each) => [each.slot, ...each.commands.map(({ index }) => index)]), next: page.next };
}

it('a chronicle keeps no decree for the sake of one command in it', () => {
  const chronicle = createChronicle(1e6);
  const decree = new Uint8Array(100_000);
  decree.set(encodeAdd(5), 1000);
  noting(telling, chronicle).apply({ sum: 0 }, decree.subarray(1000, 1004), { slot: 1, index: 0, time: 0 });
  noteApplied(chronicle, 1);
  const [told] = pageOf(chronicle, { slot: 1, skip: 0 }, 1e6)?.slots ?? [];
  expect(told?.commands.map(({ command }) => [...command])).toEqual([[...encodeAdd(5)]]);
  expect(told?.commands[0]?.command.buffer.byteLength).toBe(4);
});

describe('a page', () => {
  const chronicle = noted(1e6, [1, 2, 3], [], [4, 0, 5], [0], [6]);

  it('has what is told from its place on, with the places in the decree, and ends behind all that is applied', () => {
    const next = { slot: 6, skip: 0 };
    expect(shown(chronicle, 1)).toEqual({
      slots: [
        [1, 0, 1, 2],
        [3, 0, 2],
        [5, 0],
      ],
      next,
    });
    expect(shown(chronicle, 2)).toEqual({
      slots: [
        [3, 0, 2],
        [5, 0],
      ],
      next,
    });
    expect(shown(chronicle, 3, 1)).toEqual({
      slots: [
        [3, 2],
        [5, 0],
      ],
      next,
    });
    expect(shown(chronicle, 3, 2)).toEqual({ slots: [[5, 0]], next });
    expect(shown(chronicle, 4)).toEqual({ slots: [[5, 0]], next });
    expect(pageOf(chronicle, { slot: 5, skip: 0 }, 1)?.slots).toEqual([
      { slot: 5, time: 50, commands: [{ index: 0, command: encodeAdd(6), reply: expect.any(Uint8Array) }] },
    ]);
  });

  it('is of so many bytes, one command at least, and goes on within a slot', () => {
    expect(shown(chronicle, 1, 0, 1)).toEqual({ slots: [[1, 0]], next: { slot: 1, skip: 1 } });
    expect(shown(chronicle, 1, 0, 2 * WEIGHT)).toEqual({ slots: [[1, 0, 1]], next: { slot: 1, skip: 2 } });
    expect(shown(chronicle, 1, 0, 3 * WEIGHT)).toEqual({ slots: [[1, 0, 1, 2]], next: { slot: 3, skip: 0 } });
    expect(shown(chronicle, 1, 2, 2 * WEIGHT)).toEqual({
      slots: [
        [1, 2],
        [3, 0],
      ],
      next: { slot: 3, skip: 1 },
    });
    expect(shown(chronicle, 3, 1, 1)).toEqual({ slots: [[3, 2]], next: { slot: 5, skip: 0 } });
  });

  it('of a place that has not come yet leaves it as it is; without a place it is where all begins that is to come', () => {
    expect(shown(chronicle, 6)).toEqual({ slots: [], next: { slot: 6, skip: 0 } });
    expect(shown(chronicle, 9, 2)).toEqual({ slots: [], next: { slot: 9, skip: 2 } });
    expect(shown(chronicle, undefined)).toEqual({ slots: [], next: { slot: 6, skip: 0 } });
    expect(shown(chronicle, 1, 1e9)).toEqual({
      slots: [
        [3, 0, 2],
        [5, 0],
      ],
      next: { slot: 6, skip: 0 },
    });
  });
});

it('what is too much is given up, whole slots, the oldest first; the newest is kept whatever it weighs', () => {
  const exact = noted(3 * WEIGHT, [1], [], [2], [3]);
  expect(shown(exact, 1)).toEqual({
    slots: [
      [1, 0],
      [3, 0],
      [4, 0],
    ],
    next: { slot: 5, skip: 0 },
  });
  apply(exact, [[4], []]);
  expect(shown(exact, 1)).toBeUndefined();
  expect(shown(exact, 2)).toEqual({
    slots: [
      [3, 0],
      [4, 0],
      [5, 0],
    ],
    next: { slot: 7, skip: 0 },
  });
  const narrow = noted(1, [1], [2, 3, 4]);
  expect(shown(narrow, 1)).toBeUndefined();
  expect(shown(narrow, 2)).toEqual({ slots: [[2, 0, 1, 2]], next: { slot: 3, skip: 0 } });
});

it('what was given up takes no room, however much it was', () => {
  const chronicle = noted(10 * WEIGHT, ...Array.from({ length: 10_000 }, () => [1]));
  expect(chronicle.slots.length).toBeLessThan(2100);
  expect(chronicle.bytes).toBe(10 * WEIGHT);
  expect(shown(chronicle, 9990)).toBeUndefined();
  expect(shown(chronicle, 9991)?.slots).toEqual(Array.from({ length: 10 }, (_, index) => [9991 + index, 0]));
});

it('after a state that was taken over it knows of nothing before', () => {
  const chronicle = noted(1e6, [1], [2]);
  beginAfter(chronicle, 7);
  expect(shown(chronicle, 7)).toBeUndefined();
  expect(shown(chronicle, undefined)).toEqual({ slots: [], next: { slot: 8, skip: 0 } });
  apply(chronicle, [[3]]);
  expect(shown(chronicle, 8)).toEqual({ slots: [[8, 0]], next: { slot: 9, skip: 0 } });
});

it('of a machine of which nothing is told, nothing is noted', () => {
  expect(noting(counter, createChronicle(1))).toBe(counter);
});
