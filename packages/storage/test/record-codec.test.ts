import { describe, expect, it } from '@jest/globals';
import { HIGHEST_BALLOT } from '@parliament/synod';
import {
  decodeRecord,
  decodeSnapshotTaken,
  decodeTrimmed,
  encodeRecord,
  encodeSnapshotTaken,
  encodeTrimmed,
  glance,
  MalformedRecord,
  SNAPSHOT_TAKEN_KIND,
  TRIMMED_KIND,
} from '../src/record-codec.js';
import { SAMPLE } from './support.js';

/** A field of protobuf that is a number below 128, as a varint. */
const field = (number: number, value: number): readonly number[] => [number * 8, value];
const bytes = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
/** A varint of 2^53, and one above any uint64 that is exact. */
const TOO_LARGE = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

describe('a record', () => {
  it.each(SAMPLE.map((record) => [record.type, record] as const))('%s comes back as it was', (_, record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it.each(SAMPLE.filter((record) => 'slot' in record || 'ballot' in record))(
    'shows its slot and its ballot without its value: %j',
    (record) => {
      const { kind, payload } = encodeRecord(record);
      const seen = { slot: 'slot' in record ? record.slot : 0, ballot: 'ballot' in record ? record.ballot : 0 };
      expect(glance({ kind, payload })).toEqual(seen);
      expect(glance(encodeRecord(record))).toEqual(seen);
    },
  );

  it('has zeros where a writer of protobuf has left them out', () => {
    expect(decodeRecord({ kind: 11, payload: bytes(field(1, 2)) })).toEqual({ type: 'heard', member: 2, position: 0 });
    expect(decodeRecord({ kind: 11, payload: bytes(field(2, 9)) })).toEqual({ type: 'heard', member: 0, position: 9 });
    expect(decodeTrimmed(bytes())).toBe(0);
    expect(decodeSnapshotTaken(bytes(field(1, 5)))).toEqual({ slot: 5, bytes: 0, checksum: 0 });
    expect(decodeRecord({ kind: 4, payload: bytes(field(1, 3)) })).toEqual({
      type: 'learned',
      slot: 3,
      value: new Uint8Array(0),
    });
    const directory = [18, 16, ...new Uint8Array(16).fill(0xab)];
    expect(decodeRecord({ kind: 5, payload: bytes(directory) })).toEqual({
      type: 'introduced',
      member: 0,
      directory: 'ab'.repeat(16),
    });
  });

  it.each<[string, number, Uint8Array]>([
    ['no ballot', 1, bytes()],
    ['a ballot that is none', 1, bytes(field(1, 1))],
    ['no slot', 2, bytes(field(2, 0))],
    ['no ballot, and a slot', 3, bytes(field(1, 3))],
    ['a number that is not exact', 3, bytes([8, ...TOO_LARGE])],
    ['no slot at all', 4, bytes()],
    ['an id of a directory that is too short', 5, bytes([18, 2, 1, 2])],
    ['no id of a directory', 5, bytes(field(1, 1))],
    ['no history', 8, bytes(field(1, 3))],
    ['a kind that there is not', 9, bytes()],
    ['a kind above all', 12, bytes()],
    ['a position that is not exact', 11, bytes(field(1, 1), [16, ...TOO_LARGE])],
  ])('with %s is none', (_, kind, payload) => {
    expect(() => decodeRecord({ kind, payload })).toThrow(MalformedRecord);
  });

  it.each([0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER])(
    'has numbers up to 2^53 as they are: %i',
    (position) => {
      expect(decodeTrimmed(encodeTrimmed(position).payload)).toBe(position);
      const taken = { slot: 1, bytes: position, checksum: position % 2 ** 32 };
      expect(decodeSnapshotTaken(encodeSnapshotTaken(taken).payload)).toEqual(taken);
      const heard = { type: 'heard', member: 1023, position } as const;
      expect(decodeRecord(encodeRecord(heard))).toEqual(heard);
      if (position === 0) return;
      const vote = { type: 'voted', slot: position, ballot: HIGHEST_BALLOT, value: new Uint8Array(2) } as const;
      expect(decodeRecord(encodeRecord(vote))).toEqual(vote);
      const { kind, payload } = encodeRecord(vote);
      expect(glance({ kind, payload })).toEqual({ slot: position, ballot: HIGHEST_BALLOT });
    },
  );

  it('of the log itself has a kind of its own', () => {
    expect([encodeSnapshotTaken({ slot: 1, bytes: 1, checksum: 1 }).kind, encodeTrimmed(1).kind]).toEqual([
      SNAPSHOT_TAKEN_KIND,
      TRIMMED_KIND,
    ]);
  });
});
