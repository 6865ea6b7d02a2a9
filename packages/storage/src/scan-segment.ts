/** Reads a segment from its beginning, and judges what does not read well: a torn append, or damage. */

import { crc32 } from 'node:zlib';
import type { FileWindow } from './file-window.js';
import {
  ALIGNMENT,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  readRecordHeader,
  recordBytes,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './log-format.js';

/** An intact record. */
export interface FoundRecord {
  readonly position: number;
  readonly group: number;
  readonly kind: number;
  /** Valid until the visit returns. */
  readonly payload: Buffer;
}

/** What was found in a segment. */
export interface SegmentScan {
  /** The position at which the intact records end. */
  readonly end: number;
  /** The header checksum of the last one. */
  readonly previous: number;
  /** Up to here all is known to have been synced: later records say so. */
  readonly synced: number;
  /** What is wrong with the record at `end`; undefined when there is none. */
  readonly flaw: string | undefined;
}

/**
 * Visits every intact record of a segment in order, up to the first that is not. After about `PAUSE_BYTES` it gives the event
 * loop a turn.
 */
export function* scanSegment(
  window: FileWindow,
  segment: Pick<SegmentHeader, 'start' | 'previous'>,
  limitBytes: number,
  visit: (record: FoundRecord) => void,
): Generator<undefined, SegmentScan> {
  let { start: end, previous } = segment;
  let synced = segment.start;
  let pauseAt = end + PAUSE_BYTES;
  const base = SEGMENT_HEADER_BYTES - segment.start;
  for (;;) {
    const header = headerAt(window, base, end);
    if (header === undefined) return { end, previous, synced, flaw: undefined };
    const flaw = flawOf(window, base, end, header, previous, limitBytes);
    if (typeof flaw === 'string') return { end, previous, synced, flaw };
    visit({ position: end, group: header.group, kind: header.kind, payload: flaw });
    synced = Math.max(synced, header.synced);
    previous = header.checksum;
    end += recordBytes(header.payloadBytes);
    if (end >= pauseAt) {
      pauseAt = end + PAUSE_BYTES;
      yield;
    }
  }
}

const PAUSE_BYTES = 4 * 1024 * 1024;

function headerAt(window: FileWindow, base: number, position: number): RecordHeader | undefined {
  const bytes = window.at(base + position, RECORD_HEADER_BYTES);
  return bytes && readRecordHeader(bytes, 0, position);
}

/** What is wrong with a record whose header is valid; or its payload. */
function flawOf(
  window: FileWindow,
  base: number,
  position: number,
  header: RecordHeader,
  previous: number,
  limitBytes: number,
): string | Buffer {
  if (header.previous !== previous) return 'it does not follow the record before it';
  const { payloadBytes } = header;
  if (payloadBytes > limitBytes) return `it has ${payloadBytes} bytes, where the limit is ${limitBytes}`;
  const padded = recordBytes(payloadBytes) - RECORD_HEADER_BYTES;
  const payload = window.at(base + position + RECORD_HEADER_BYTES, padded);
  if (payload === undefined) return 'it is longer than its segment';
  if (crc32(payload) !== header.payloadChecksum) return 'the checksum of its payload does not fit';
  return payload.subarray(0, payloadBytes);
}

/** What stands behind the end of the intact records of the last segment. */
export interface Rest {
  /** Why it is damage; undefined when it is a torn append, or nothing. */
  readonly damage: string | undefined;
  /** The bytes behind the end that show traces of an append. */
  readonly bytes: number;
}

/**
 * A batch is written when the one before it was synced. So a valid record behind `end` that was written when all up to a
 * position behind `end` had been synced shows that what stands at `end` was durable once. Without such a record it is an
 * append that was never acknowledged. A header that is damaged says nothing of where the next record is: every later
 * position is tried.
 */
export function* judgeRest(
  window: FileWindow,
  start: number,
  end: number,
  limitBytes: number,
): Generator<undefined, Rest> {
  const base = SEGMENT_HEADER_BYTES - start;
  const here = headerAt(window, base, end);
  if (here !== undefined && here.payloadBytes > limitBytes) {
    const flaw = flawOf(window, base, end, here, here.previous, Number.POSITIVE_INFINITY);
    // It was written, and perhaps acknowledged, when the limit was higher.
    if (typeof flaw !== 'string')
      return damaged(`it is intact, but has ${here.payloadBytes} bytes, where the limit is ${limitBytes}`);
  }
  let traces = here === undefined ? 0 : recordBytes(here.payloadBytes);
  // What is inside a payload is what somebody has written there, and shows nothing, however much it looks like a record.
  const behind = end + Math.max(traces, ALIGNMENT);
  const last = window.size - base - RECORD_HEADER_BYTES;
  for (let position = behind; position <= last; ) {
    const span = Math.min(SPAN_BYTES, last - position);
    const bytes = window.at(base + position, span + RECORD_HEADER_BYTES) as Buffer;
    for (let offset = 0; offset <= span; offset += ALIGNMENT) {
      const header = readRecordHeader(bytes, offset, position + offset);
      if (header === undefined) continue;
      const found = position + offset;
      if (header.synced > end) return damaged(`a later record, at position ${found}, shows that it was synced`);
      traces = Math.max(traces, found - end + recordBytes(header.payloadBytes));
    }
    position += span - (span % ALIGNMENT) + ALIGNMENT;
    if (position % PAUSE_BYTES < SPAN_BYTES) yield;
  }
  return { damage: undefined, bytes: Math.min(traces, window.size - base - end) };
}

const SPAN_BYTES = 64 * 1024;

function damaged(damage: string): Rest {
  return { damage, bytes: 0 };
}
