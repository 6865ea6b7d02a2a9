import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { layOut } from '../src/batch.js';
import {
  readRecordHeader,
  readSegmentHeader,
  recordBytes,
  type SegmentHeader,
  writeSegmentHeader,
} from '../src/log-format.js';
import { checksum } from '../src/version-1/log-format.js';

/** Bytes as they are described, one field after the other: by length in bytes and value. */
function fields(...all: readonly (readonly [number, number | bigint])[]): Buffer {
  return Buffer.concat(
    all.map(([length, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, length);
    }),
  );
}

/** Below and above what 32 bits can tell. */
const POSITIONS = [0, 8, 2 ** 32 - 8, 2 ** 32, 5 * 2 ** 32 + 64];

describe('the bytes of a log', () => {
  it.each(POSITIONS)('are those that the format says, for a record at %i', (position) => {
    const payload = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const synced = Math.max(0, position - 4096);
    const { bytes, previous } = layOut([{ group: 300, records: [{ kind: 5, payload }] }], 40, {
      position,
      synced,
      previous: 0xdeadbeef,
    });
    const padded = Buffer.concat([payload, Buffer.alloc(7)]);
    const rest = Buffer.concat([
      fields([4, crc32(padded)], [4, 9], [4, 0xdeadbeef], [4, position - synced], [2, 300], [1, 5], [1, 0]),
    ]);
    const sum = crc32(rest, crc32(fields([8, position])));
    expect(bytes).toEqual(Buffer.concat([fields([4, sum]), rest, padded]));
    expect(previous).toBe(sum);
    expect(readRecordHeader(bytes, 0, position)).toEqual({
      checksum: sum,
      payloadChecksum: crc32(padded),
      payloadBytes: 9,
      previous: 0xdeadbeef,
      synced,
      group: 300,
      kind: 5,
    });
    // It is valid nowhere else, and not when any bit of it is another.
    for (const other of [position + 8, position + 2 ** 32]) expect(readRecordHeader(bytes, 0, other)).toBeUndefined();
    for (let bit = 0; bit < 24 * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readRecordHeader(changed, 0, position)).toBeUndefined();
    }
  });

  it.each(POSITIONS)('are those that the format says, for a segment that begins at %i', (start) => {
    const header: SegmentHeader = {
      version: 2,
      sequence: 70_000,
      directory: '00112233445566778899aabbccddeeff',
      start,
      previous: 0xfeedface,
    };
    const bytes = writeSegmentHeader(header);
    const rest = Buffer.concat([
      Buffer.from('PARLSEG\n'),
      fields([4, 2], [4, 70_000]),
      Buffer.from(header.directory, 'hex'),
      fields([8, start], [4, 0xfeedface]),
      Buffer.alloc(16),
    ]);
    expect(bytes).toEqual(Buffer.concat([rest, fields([4, crc32(rest)])]));
    expect(readSegmentHeader(bytes)).toEqual(header);
    for (let bit = 0; bit < 64 * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readSegmentHeader(changed)).toBeUndefined();
    }
    expect(readSegmentHeader(bytes.subarray(0, 63))).toBeUndefined();
  });

  it('are none of another kind, though their checksum fits', () => {
    const bytes = writeSegmentHeader({ version: 2, sequence: 1, directory: 'ab'.repeat(16), start: 0, previous: 0 });
    bytes.write('PARLSNAP');
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
    expect(readSegmentHeader(bytes)).toBeUndefined();
  });

  it.each([
    [0, 24],
    [1, 32],
    [8, 32],
    [9, 40],
  ])('are whole words: a payload of %i takes %i', (payload, whole) => {
    expect(recordBytes(payload)).toBe(whole);
  });

  it.each(POSITIONS)('of version 1 are those that its format says, for a record at %i', (position) => {
    const payload = Buffer.from([1, 2, 3]);
    const covered = fields([8, position], [1, 2], [4, 3]);
    expect(checksum(position, 2, payload)).toBe(crc32(payload, crc32(covered)));
  });
});
