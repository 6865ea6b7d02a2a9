import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import {
  compact,
  deleteRange,
  emptyKv,
  eventsSince,
  type KvState,
  keysOfLease,
  put,
  restore,
  snapshot,
  startRestoring,
} from '../src/index.js';
import { after, bytes, deleting, putting, read, refusal, snapshotText, text, written } from './support.js';

const long = 'v'.repeat(30_000);

const states: [string, KvState][] = [
  ['without keys', emptyKv()],
  ['with a history', written('a=1', 'b=1', 'a=2', '-b', 'b=2', '-b')],
  ['with what changed together', after([[putting('b'), putting('a')], [deleting('a', '\0')]])],
  ['compacted', compact(written('a=1', 'b=1', 'a=2', '-b', 'b=2', '-b'), { revision: 5 }).state],
  ['not swept to its end', { ...written('a=1', 'a=2', 'a=3', '-a', 'a=4'), compacted: 5 }],
  ['with leases', put(written('a='), { key: bytes('b'), lease: 2 ** 53 - 1 }, () => true).state],
  ['with long values', written(`a=${long}`, `b=${long}`, `a=x`)],
  ['with all bytes', written(`${String.fromCharCode(...Array(255).keys())}\xff=\0\xff`)],
  ['with many keys', after(Array.from({ length: 3_000 }, (_, i) => [putting(`${i % 1_500}`, `${i}`)]))],
];

describe.each(states)('a key space %s', (_, state) => {
  it.each([1, 7, 1_000, 10_000_000])('is the same after its snapshot came in pieces of %d bytes', (length) => {
    const whole = bytes(snapshotText(state));
    if (whole.length / length > 20_000) return;
    const restoring = startRestoring();
    for (let at = 0; at < whole.length; at += length) restoring.take(whole.subarray(at, at + length));
    const restored = restoring.state();
    expect(snapshotText(restored)).toBe(text(whole));
    expect(read(restored)).toEqual(read(state));
    const { compacted } = state;
    const request = { from: Math.max(compacted, 0), previous: true, limit: 1e6 };
    expect(isDeepStrictEqual(eventsSince(restored, request), eventsSince(state, request))).toBe(true);
    expect(keysOfLease(restored, 2 ** 53 - 1)).toEqual(keysOfLease(state, 2 ** 53 - 1));
    const more = { key: bytes('a'), value: bytes('more') };
    expect(snapshotText(put(restored, more).state)).toBe(snapshotText(put(state, more).state));
  });
});

describe('a snapshot', () => {
  it('is made and read in steps that do not grow with the longest record', () => {
    const many = Array.from({ length: 4_000 }, (_, i) => `${i}`.padStart(8, '0'));
    let state = emptyKv();
    for (const key of many) state = put(state, { key: bytes(key) }).state;
    const { state: gone } = deleteRange(state, { key: bytes('0'), rangeEnd: bytes('1') });
    const moved = jest.spyOn(Uint8Array.prototype, 'copyWithin');
    const set = jest.spyOn(Uint8Array.prototype, 'set');
    const restoring = startRestoring();
    let length = 0;
    for (const chunk of snapshot(gone, 100)) {
      restoring.take(chunk);
      length += chunk.length;
    }
    const inWays = [
      ...set.mock.calls.map(([from]) => from.length),
      ...moved.mock.calls.map(([, start = 0, end = 0]) => end - start),
    ];
    moved.mockRestore();
    set.mockRestore();
    expect(restoring.state().revision).toBe(gone.revision);
    // Written, put out, taken in, and now and then moved.
    expect(inWays.reduce((sum, each) => sum + each, 0)).toBeLessThan(10 * length);
  });

  it('comes in chunks of a size, whatever is in it', () => {
    const chunks = [...snapshot(written(`a=${long}`, 'b=1', `c=${long}`), 5_000)];
    expect(chunks.length).toBeGreaterThan(11);
    expect(new Set(chunks.slice(0, -1).map(({ length }) => length))).toEqual(new Set([5_000]));
    expect(text(Buffer.concat(chunks))).toContain(long);
  });

  it('is of the key space as it was, whatever is written while it is taken', () => {
    const before = after(Array.from({ length: 500 }, (_, i) => [putting(`${i}`, long.slice(0, 100))]));
    const expected = snapshotText(before);
    let state = before;
    const chunks: Uint8Array[] = [];
    for (const chunk of snapshot(before, 1_000)) {
      chunks.push(chunk);
      state = put(state, { key: bytes(`${chunks.length}`), value: bytes('other') }).state;
    }
    expect(chunks.length).toBeGreaterThan(50);
    expect(text(Buffer.concat(chunks))).toBe(expected);
  });

  it('is made when it is asked for, chunk by chunk', () => {
    const chunks = snapshot(after(Array.from({ length: 500 }, (_, i) => [putting(`${i}`, long.slice(0, 100))])), 1_000);
    expect(chunks.next().value).toHaveLength(1_000);
    expect(chunks.return().done).toBe(true);
  });
});

describe('a snapshot that is damaged', () => {
  const whole = bytes(snapshotText(written('a=1', 'b=1', 'a=2', '-b', 'c=')));

  it('is refused wherever it ends', () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect(refusal(() => restore([whole.subarray(0, length)]))).toBe('damaged-snapshot');
    }
  });

  it('is refused when something comes behind it', () => {
    expect(refusal(() => restore([whole, Uint8Array.of(0)]))).toBe('damaged-snapshot');
    expect(refusal(() => restore([whole, Uint8Array.of(5)]))).toBe('damaged-snapshot');
  });

  it('is refused, or is another key space, whatever byte is another', () => {
    let refused = 0;
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const other = whole.slice();
        other[at] = byte;
        if (Buffer.from(other).equals(whole)) continue;
        const code = refusal(() => expect(snapshotText(restore([other]))).toBe(text(other)));
        expect([undefined, 'damaged-snapshot']).toContain(code);
        if (code !== undefined) refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(whole.length);
  });

  /** Bytes as records, each with its length before. */
  const records = (...all: readonly (readonly number[])[]): Uint8Array =>
    Uint8Array.from(all.flatMap((record) => [record.length, ...record]));
  const a = 97;

  it.each<[string, Uint8Array]>([
    ['a revision below the first one', records([1, 0, 0, 0, 0, 0, 0])],
    ['more compacted than there is', records([1, 1, 3, 0, 0, 0, 0])],
    ['more swept than is compacted', records([1, 5, 3, 4, 0, 0, 0])],
    ['a key without bytes', records([1, 2, 0, 0, 1, 0, 0], [0, 2, 2, 1, 0, 0])],
    ['a key that changes at a revision to come', records([1, 2, 0, 0, 1, 0, 0], [1, a, 2, 3, 1, 0, 0])],
    ['a key that changed before it came to be', records([1, 3, 0, 0, 1, 0, 0], [1, a, 3, 2, 1, 0, 0])],
    ['a key that came to be before all revisions', records([1, 2, 0, 0, 1, 0, 0], [1, a, 0, 2, 1, 0, 0])],
    ['a key that is there, and deleted', records([1, 2, 0, 0, 1, 0, 0], [1, a, 0, 2, 0, 0, 0])],
    ['a key that is deleted, with a value', records([1, 2, 0, 0, 0, 1, 0], [1, a, 1, 0, 2, 0, 0, 1, 9])],
    ['a key that is deleted, with a lease', records([1, 2, 0, 0, 0, 1, 0], [1, a, 1, 0, 2, 0, 7, 0])],
    ['a key without a history', records([1, 2, 0, 0, 0, 1, 0], [1, a, 0])],
    ['a revision without changes', records([1, 2, 0, 0, 0, 0, 1], [2, 0])],
    ['a change at a revision to come', records([1, 2, 0, 0, 0, 0, 1], [3, 1, 1, a])],
    ['a change at the first revision', records([1, 2, 0, 0, 0, 0, 1], [1, 1, 1, a])],
  ])('is refused that has %s', (_, damaged) => {
    expect(refusal(() => restore([damaged]))).toBe('damaged-snapshot');
  });

  it('is not taken for one that is whole: the same with sound numbers', () => {
    const sound = records(
      [1, 3, 2, 2, 1, 1, 2],
      ...[
        [1, a, 2, 2, 1, 0, 0],
        [1, a + 1, 1, 0, 3, 0, 0, 0],
      ],
      ...[
        [2, 1, 1, a],
        [3, 1, 1, a + 1],
      ],
    );
    expect(snapshotText(restore([sound]))).toBe(text(sound));
  });

  it('of a format to come is refused by name', () => {
    const other = whole.slice();
    other[1] = 2;
    expect(() => restore([other])).toThrow('its format is 2, and this version of @parliament/machines reads 1');
  });
});
