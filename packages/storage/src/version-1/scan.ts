/** Reads a log of version 1 from its beginning, and judges what does not read well: a torn tail, or damage. */

import type { FileSystem } from '../file-system.js';
import type { EncodedRecord } from '../record-codec.js';
import { checksum, FILE_HEADER_BYTES, RECORD_HEADER_BYTES } from './log-format.js';

/** What a scan needs of a disk. */
type Readable = Pick<FileSystem, 'size' | 'read'>;

/** What was found in a log. */
export interface Scan {
  /** Records that are intact, seals included. */
  readonly records: number;
  /** Where the intact records end. */
  readonly end: number;
  /** Bytes behind that end. */
  readonly rest: number;
  /** Why what is behind that end is no torn tail; undefined when it is one, or nothing. */
  readonly damage: string | undefined;
}

/** The highest kind there was. */
const LAST_KIND = 8;

/** Bytes read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Visits every intact record from the file header on. A view of a payload is valid only until the visit returns.
 *
 * @param limitBytes longer payloads do not exist.
 */
export function scanLog(
  disk: Readable,
  file: number,
  limitBytes: number,
  visit: (record: EncodedRecord, position: number) => void,
): Scan {
  const size = disk.size(file);
  const window = openWindow(disk, file, size);
  let position = FILE_HEADER_BYTES;
  let records = 0;
  for (;;) {
    const record = recordAt(window, position, size, limitBytes);
    if (record === undefined) break;
    visit(record, position);
    records += 1;
    position += RECORD_HEADER_BYTES + record.payload.length;
  }
  const damage = findOversized(window, position, size, limitBytes) ?? findIntact(window, position, size, limitBytes);
  return { records, end: position, rest: Math.max(0, size - position), damage };
}

/** An intact record over the limit was written, and perhaps acknowledged, when the limit was higher: it must not be cut. */
function findOversized(window: Window, end: number, size: number, limitBytes: number): string | undefined {
  const record = recordAt(window, end, size, Number.POSITIVE_INFINITY);
  if (record === undefined || record.payload.length <= limitBytes) return undefined;
  return `an intact record of ${record.payload.length} bytes, where the limit is ${limitBytes}`;
}

/**
 * A record that ends before the file does was written in full, so whatever stands before it was written too. A length
 * that is damaged says nothing of where the next record is: every later position is tried.
 */
function findIntact(window: Window, end: number, size: number, limitBytes: number): string | undefined {
  for (let position = end + 1; position + RECORD_HEADER_BYTES <= size; position++) {
    if (recordAt(window, position, size, limitBytes) !== undefined)
      return `records are intact again at offset ${position}`;
  }
  return undefined;
}

function recordAt(window: Window, position: number, size: number, limitBytes: number): EncodedRecord | undefined {
  if (position + RECORD_HEADER_BYTES > size) return undefined;
  const header = window(position, RECORD_HEADER_BYTES);
  const length = header.readUInt32LE(0);
  const kind = header.readUInt8(8);
  if (kind === 0 || kind > LAST_KIND || length > limitBytes || position + RECORD_HEADER_BYTES + length > size)
    return undefined;
  const expected = header.readUInt32LE(4);
  const payload = window(position + RECORD_HEADER_BYTES, length);
  return checksum(position, kind, payload) === expected ? { kind, payload } : undefined;
}

/** Gives `length` bytes at `position` of a file. */
type Window = (position: number, length: number) => Buffer;

function openWindow(disk: Readable, file: number, size: number): Window {
  let chunk = Buffer.alloc(0);
  let start = 0;
  return (position, length) => {
    if (position < start || position + length > start + chunk.length) {
      const wanted = Buffer.alloc(Math.min(Math.max(CHUNK_BYTES, length), size - position));
      let filled = 0;
      while (filled < wanted.length) {
        const count = disk.read(file, wanted.subarray(filled), position + filled);
        if (count === 0) break;
        filled += count;
      }
      if (filled < length) throw new Error(`the file ends at ${position + filled}, before its own length`);
      chunk = wanted.subarray(0, filled);
      start = position;
    }
    return chunk.subarray(position - start, position - start + length);
  };
}
