import { expect, it } from '@jest/globals';
import {
  createOnDisk,
  type DecisionRecord,
  durableUpTo,
  noteInstalling,
  noteLeftOut,
  noteRewritten,
  noteSaved,
  noteWritten,
  takeMissing,
} from '../src/on-disk.js';
import type { Slot } from '../src/slot.js';

const learned = (slot: Slot, bytes = 1): DecisionRecord => ({ type: 'learned', slot, value: new Uint8Array(bytes) });

it('what was left out for want of room counts as on disk when it has been written later, with what followed it', () => {
  const onDisk = createOnDisk();
  noteWritten(onDisk, 9);
  noteLeftOut(onDisk, [learned(11), learned(10), { type: 'promised', ballot: 1024 }], 11);
  noteWritten(onDisk, 12);
  expect(durableUpTo(onDisk)).toBe(9);
  expect(takeMissing(onDisk)).toEqual([learned(11), learned(10)]);
  expect(takeMissing(onDisk)).toBeUndefined();
  expect(durableUpTo(onDisk)).toBe(9);
  // Meanwhile there is no room for another one.
  noteLeftOut(onDisk, [learned(13)], 13);
  noteRewritten(onDisk, false);
  noteWritten(onDisk, 14);
  expect(durableUpTo(onDisk)).toBe(9);
  expect(takeMissing(onDisk)?.map(({ slot }) => slot)).toEqual([11, 10, 13]);
  noteRewritten(onDisk, true);
  expect(durableUpTo(onDisk)).toBe(14);
  expect(takeMissing(onDisk)).toBeUndefined();
});

it('a snapshot stands for what was left out below it, and for nothing above', () => {
  const onDisk = createOnDisk();
  noteLeftOut(onDisk, [learned(10), learned(20)], 10);
  noteSaved(onDisk, 15);
  noteWritten(onDisk, 30);
  expect(durableUpTo(onDisk)).toBe(19);
  expect(takeMissing(onDisk)?.map(({ slot }) => slot)).toEqual([20]);
  // That it is on disk is known when the write has ended, and not before.
  noteLeftOut(onDisk, [learned(25)], 25);
  noteSaved(onDisk, 22);
  expect(takeMissing(onDisk)).toBeUndefined();
  expect(durableUpTo(onDisk)).toBe(19);
  noteRewritten(onDisk, true);
  expect(durableUpTo(onDisk)).toBe(24);
});

it('much that was left out is written piece by piece', () => {
  const onDisk = createOnDisk();
  const mebibyte = 1024 * 1024;
  noteLeftOut(
    onDisk,
    Array.from({ length: 10 }, (_, index) => learned(index + 1, mebibyte)),
    10,
  );
  noteWritten(onDisk, 10);
  const upTo: Slot[] = [];
  while (takeMissing(onDisk) !== undefined) {
    noteRewritten(onDisk, true);
    upTo.push(durableUpTo(onDisk));
  }
  expect(upTo).toEqual([4, 8, 10]);
});

it('a snapshot is on disk as decided, with the very slot that it is of', () => {
  const onDisk = createOnDisk();
  noteLeftOut(onDisk, [learned(7), learned(8)], 8);
  noteSaved(onDisk, 7);
  expect(durableUpTo(onDisk)).toBe(7);
  expect(takeMissing(onDisk)).toEqual([learned(8)]);
});

it('a record that only names its slot weighs nothing: of 65536 at most so many are written at a time', () => {
  const onDisk = createOnDisk();
  const decided: DecisionRecord[] = Array.from({ length: 70_000 }, (_, index) => ({
    type: 'decided',
    slot: index + 1,
    ballot: 1024,
  }));
  noteLeftOut(onDisk, decided, 70_000);
  expect(takeMissing(onDisk)).toEqual(decided.slice(0, 65_536));
  noteRewritten(onDisk, true);
  expect(takeMissing(onDisk)).toHaveLength(70_000 - 65_536);
});

it('of values four MiB and one more are written at a time', () => {
  const limit = 4 * 1024 * 1024;
  const onDisk = createOnDisk();
  noteLeftOut(onDisk, [{ type: 'decided', slot: 1, ballot: 1024 }, learned(2, limit - 1), learned(3), learned(4)], 4);
  expect(takeMissing(onDisk)?.map(({ slot }) => slot)).toEqual([1, 2, 3]);
});

it('what follows a snapshot of another member counts when that is on disk, too: not when an older one is', () => {
  const onDisk = createOnDisk(4);
  noteInstalling(onDisk, 20);
  noteWritten(onDisk, 22);
  expect(durableUpTo(onDisk)).toBe(4);
  // What was handed over before it does not rest on it.
  noteWritten(onDisk, 6);
  expect(durableUpTo(onDisk)).toBe(6);
  noteSaved(onDisk, 10);
  expect(durableUpTo(onDisk)).toBe(6);
  // Another one takes its place before it is there.
  noteInstalling(onDisk, 30);
  noteSaved(onDisk, 20);
  noteWritten(onDisk, 31);
  expect(durableUpTo(onDisk)).toBe(6);
  noteSaved(onDisk, 30);
  expect(durableUpTo(onDisk)).toBe(31);
});

it('what follows a snapshot that is not on disk does not count either when a later one has been taken over meanwhile', () => {
  const onDisk = createOnDisk(4);
  noteInstalling(onDisk, 20);
  noteInstalling(onDisk, 30);
  for (const decidedUpTo of [20, 22]) noteWritten(onDisk, decidedUpTo);
  expect(durableUpTo(onDisk)).toBe(4);
  noteWritten(onDisk, 19);
  expect(durableUpTo(onDisk)).toBe(19);
  noteSaved(onDisk, 30);
  expect(durableUpTo(onDisk)).toBe(30);
  // The next one is the first again.
  noteInstalling(onDisk, 40);
  noteWritten(onDisk, 35);
  expect(durableUpTo(onDisk)).toBe(35);
});

it('once it is written it counts, though nothing follows it', () => {
  const onDisk = createOnDisk(9);
  noteLeftOut(onDisk, [learned(10), learned(11)], 11);
  expect(takeMissing(onDisk)).toHaveLength(2);
  noteRewritten(onDisk, false);
  expect(durableUpTo(onDisk)).toBe(9);
  expect(takeMissing(onDisk)).toHaveLength(2);
  // What is left out while these are written is behind them.
  noteLeftOut(onDisk, [learned(12)], 12);
  noteRewritten(onDisk, true);
  expect(durableUpTo(onDisk)).toBe(11);
  expect(takeMissing(onDisk)).toEqual([learned(12)]);
  noteRewritten(onDisk, true);
  expect(durableUpTo(onDisk)).toBe(12);
  expect(takeMissing(onDisk)).toBeUndefined();
});

it('where a snapshot stands for all that was left out, what was decided above it counts when all before is written', () => {
  const onDisk = createOnDisk(9);
  // 11 and 12 were written before they were in order; with 10 they are.
  noteLeftOut(onDisk, [learned(10)], 12);
  noteSaved(onDisk, 10);
  expect(durableUpTo(onDisk)).toBe(10);
  expect(takeMissing(onDisk)).toEqual([]);
  expect(takeMissing(onDisk)).toBeUndefined();
  noteRewritten(onDisk, true);
  expect(durableUpTo(onDisk)).toBe(12);
  expect(takeMissing(onDisk)).toBeUndefined();
});
