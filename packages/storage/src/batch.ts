/** Lays the records of a batch out as bytes, each with the place that it will have. */

import { RECORD_HEADER_BYTES, recordBytes, writeRecordHeader } from './log-format.js';
import type { EncodedRecord } from './record-codec.js';

/** Records of one group, to be appended together. */
export interface Chunk {
  readonly group: number;
  readonly records: readonly EncodedRecord[];
}

/** Bytes that records take in the log. */
export function bytesOf(records: readonly EncodedRecord[]): number {
  let bytes = 0;
  for (const { payload } of records) bytes += recordBytes(payload.length);
  return bytes;
}

/** What is laid out, and the checksum of its last record. */
export interface Layout {
  readonly bytes: Buffer;
  readonly previous: number;
}

/** Where a batch is to be written: behind a record with this checksum, when all up to `synced` is. */
export interface Place {
  readonly position: number;
  readonly synced: number;
  readonly previous: number;
}

export function layOut(chunks: readonly Chunk[], bytes: number, { position, synced, ...before }: Place): Layout {
  const target = Buffer.allocUnsafe(bytes);
  let offset = 0;
  let { previous } = before;
  for (const { group, records } of chunks) {
    for (const { kind, payload } of records) {
      const end = offset + recordBytes(payload.length);
      target.set(payload, offset + RECORD_HEADER_BYTES);
      target.fill(0, offset + RECORD_HEADER_BYTES + payload.length, end);
      const record = { previous, synced, group, kind, payloadBytes: payload.length };
      previous = writeRecordHeader(target, offset, position + offset, record);
      offset = end;
    }
  }
  return { bytes: target, previous };
}
