/** Reads a log of version 1 from its beginning, and judges what does not read well: a torn tail, or damage. */

import type { FileSystem } from '../file-system.js';
import { type FileWindow, openWindow } from '../file-window.js';
import type { EncodedRecord } from '../record-codec.js';
import { checksum, FILE_HEADER_BYTES, RECORD_HEADER_BYTES } from './log-format.js';

/** What a scan needs of a disk. */
type Readable = Pick<FileSystem, 'size' | 'read'>;

/** What was found in a log. */
export interface Scan {
  /** Where the intact records end. */
  readonly end: number;
  /** Why what is behind that end is no torn tail; undefined when it is one, or nothing. */
  readonly damage: string | undefined;
}

/** What a record without a value takes at most. */
const SHORT_BYTES = 64;

/** The highest kind there was. */
const LAST_KIND = 8;

/** An intact record, and where it is. The payload is valid until the next one is asked for. */
export interface OldRecord {
  readonly record: EncodedRecord;
  readonly position: number;
}

/**
 * Every intact record from the file header on.
 *
 * @param limitBytes longer payloads do not exist.
 * @returns where they end.
 */
export function* oldRecords(window: FileWindow, limitBytes: number): Generator<OldRecord, number> {
  let position = FILE_HEADER_BYTES;
  for (;;) {
    const record = recordAt(window, position, limitBytes);
    if (record === undefined) return position;
    const { length } = record.payload;
    yield { record, position };
    position += RECORD_HEADER_BYTES + length;
  }
}

/** Visits every intact record, and judges what stands behind the last. A payload is valid until the visit returns. */
export function scanLog(
  disk: Readable,
  file: number,
  name: string,
  limitBytes: number,
  visit: (record: EncodedRecord, position: number) => void,
): Scan {
  const window = openWindow(disk, file, name);
  const records = oldRecords(window, limitBytes);
  for (;;) {
    const step = records.next();
    if (step.done !== true) {
      visit(step.value.record, step.value.position);
      continue;
    }
    const end = step.value;
    return { end, damage: findOversized(window, end, limitBytes) ?? findIntact(window, end, limitBytes) };
  }
}

/** An intact record over the limit was written, and perhaps acknowledged, when the limit was higher: it must not be cut. */
function findOversized(window: FileWindow, end: number, limitBytes: number): string | undefined {
  const record = recordAt(window, end, Number.POSITIVE_INFINITY);
  if (record === undefined) return undefined;
  return `an intact record of ${record.payload.length} bytes, where the limit is ${limitBytes}`;
}

/**
 * A record that ends before the file does was written in full, so whatever stands before it was written too. A length
 * that is damaged says nothing of where the next record is: every later position is tried.
 */
function findIntact(window: FileWindow, end: number, limitBytes: number): string | undefined {
  for (let position = end + 1; position + RECORD_HEADER_BYTES <= window.size; position++) {
    if (recordAt(window, position, limitBytes) !== undefined) return `records are intact again at offset ${position}`;
  }
  return undefined;
}

function recordAt(window: FileWindow, position: number, limitBytes: number): EncodedRecord | undefined {
  const header = window.at(position, RECORD_HEADER_BYTES);
  if (header === undefined) return undefined;
  const length = header.readUInt32LE(0);
  const kind = header.readUInt8(8);
  if (kind === 0 || kind > LAST_KIND || length > limitBytes) return undefined;
  const expected = header.readUInt32LE(4);
  // Where a record is looked for at every position, what has the look of a header is common in some values; to read as many
  // bytes as each of them says would take hours.
  if (length > SHORT_BYTES && !beginsLong(window, position, kind)) return undefined;
  const payload = window.at(position + RECORD_HEADER_BYTES, length);
  return payload !== undefined && checksum(position, kind, payload) === expected ? { kind, payload } : undefined;
}

/** Votes, what was learned, and snapshots have a value; and before it a slot, as field 1. */
function beginsLong(window: FileWindow, position: number, kind: number): boolean {
  if (kind !== 2 && kind !== 4 && kind !== 8) return false;
  return window.at(position + RECORD_HEADER_BYTES, 1)?.readUInt8() === 8;
}
