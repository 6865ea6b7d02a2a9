/**
 * The log, byte by byte. It is one sequence of records; a *position* counts its bytes from 0, whichever file they are in.
 * Records lie in segments, files of a fixed size that are filled with zeros before they are used. All numbers are
 * little-endian.
 *
 *     segment header   magic "PARLSEG\n" (8) | format version u32 | sequence u32 | directory id (16) | start position u64
 *     (64 bytes)       | checksum of the record before it u32 | zeros (16) | checksum u32 of these 60
 *     record header    checksum of this header u32 | checksum of the payload u32 | bytes of the payload u32
 *     (24 bytes)       | checksum of the record before it u32 | how far back all was synced u32 | group u16 | kind u8 | 0
 *     payload          and zeros up to a multiple of 8 bytes
 *
 * A header's checksum (CRC-32) covers the record's position and the payload's checksum: a record in the wrong place, or left
 * over from what the file held before, is not valid. "The checksum of the record before it" is that of its header, so that a
 * record which the disk never wrote is missed. "How far back all was synced" tells, when something before a valid record is
 * damaged, whether that had been durable: a torn append is told from damage.
 */

import { crc32 } from 'node:zlib';

export const FORMAT_VERSION = 2;
export const SEGMENT_HEADER_BYTES = 64;
export const RECORD_HEADER_BYTES = 24;
/** Records begin at multiples of this. */
export const ALIGNMENT = 8;

const MAGIC = Buffer.from('PARLSEG\n', 'latin1');

/** A segment's header. */
export interface SegmentHeader {
  readonly version: number;
  /** Counts the segments of a directory, from 1. */
  readonly sequence: number;
  /** 32 hexadecimal digits. */
  readonly directory: string;
  /** The position of its first record. */
  readonly start: number;
  /** The header checksum of the record before that; 0 for none. */
  readonly previous: number;
}

export function writeSegmentHeader({ version, sequence, directory, start, previous }: SegmentHeader): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(sequence, 12);
  Buffer.from(directory, 'hex').copy(header, 16);
  header.writeBigUInt64LE(BigInt(start), 32);
  header.writeUInt32LE(previous, 40);
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  return header;
}

/** What a segment's header says; undefined when it is none or is damaged. */
export function readSegmentHeader(header: Buffer): SegmentHeader | undefined {
  if (header.length < SEGMENT_HEADER_BYTES || !header.subarray(0, 8).equals(MAGIC)) return undefined;
  if (header.readUInt32LE(60) !== crc32(header.subarray(0, 60))) return undefined;
  return {
    version: header.readUInt32LE(8),
    sequence: header.readUInt32LE(12),
    directory: header.subarray(16, 32).toString('hex'),
    start: Number(header.readBigUInt64LE(32)),
    previous: header.readUInt32LE(40),
  };
}

/** A record's header. */
export interface RecordHeader {
  /** Its own checksum: by it the next record refers to this one. */
  readonly checksum: number;
  readonly payloadChecksum: number;
  readonly payloadBytes: number;
  readonly previous: number;
  /** Up to this position all had been synced when the record was written. */
  readonly synced: number;
  readonly group: number;
  readonly kind: number;
}

/** Bytes of a whole record. */
export function recordBytes(payloadBytes: number): number {
  return RECORD_HEADER_BYTES + Math.ceil(payloadBytes / ALIGNMENT) * ALIGNMENT;
}

/** What is needed to write a record's header. */
export type NewRecord = Pick<RecordHeader, 'previous' | 'synced' | 'group' | 'kind' | 'payloadBytes'>;

/**
 * Writes the header of the record at `position` into `target` at `offset`; its payload and the zeros must stand behind that
 * already.
 *
 * @returns its checksum.
 */
export function writeRecordHeader(target: Buffer, offset: number, position: number, record: NewRecord): number {
  const { previous, synced, group, kind, payloadBytes } = record;
  const end = offset + recordBytes(payloadBytes);
  target.writeUInt32LE(crc32(target.subarray(offset + RECORD_HEADER_BYTES, end)), offset + 4);
  target.writeUInt32LE(payloadBytes, offset + 8);
  target.writeUInt32LE(previous, offset + 12);
  target.writeUInt32LE(position - synced, offset + 16);
  target.writeUInt16LE(group, offset + 20);
  target.writeUInt8(kind, offset + 22);
  target.writeUInt8(0, offset + 23);
  const checksum = headerChecksum(target, offset, position);
  target.writeUInt32LE(checksum, offset);
  return checksum;
}

/** The header of a record at `position`, which stands in `source` at `offset`; undefined when it is not valid there. */
export function readRecordHeader(source: Buffer, offset: number, position: number): RecordHeader | undefined {
  const kind = source[offset + 22] as number;
  // Most of what is no header is seen at once.
  if (kind === 0 || source[offset + 23] !== 0) return undefined;
  const checksum = source.readUInt32LE(offset);
  if (headerChecksum(source, offset, position) !== checksum) return undefined;
  return {
    checksum,
    payloadChecksum: source.readUInt32LE(offset + 4),
    payloadBytes: source.readUInt32LE(offset + 8),
    previous: source.readUInt32LE(offset + 12),
    synced: position - source.readUInt32LE(offset + 16),
    group: source.readUInt16LE(offset + 20),
    kind,
  };
}

/** The highest kind of record that this version knows. A header of a higher one is valid: a newer version wrote it. */
export const LAST_KIND = 11;

const place = Buffer.alloc(8);

function headerChecksum(bytes: Buffer, offset: number, position: number): number {
  place.writeUInt32LE(position % 0x1_0000_0000, 0);
  place.writeUInt32LE(Math.floor(position / 0x1_0000_0000), 4);
  return crc32(bytes.subarray(offset + 4, offset + RECORD_HEADER_BYTES), crc32(place));
}
