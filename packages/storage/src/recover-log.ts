/** Reads a log when its directory is opened: finds its end, judges what stands there, and builds the index. */

import path from 'node:path';
import { KEEP_THE_REST, LedgerError, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import { openWindow } from './file-window.js';
import { createGroupState, type GroupNumber, type GroupState, noteRecord, type Segment } from './group-state.js';
import { listSegments, logDirectory, segmentPath } from './log-files.js';
import {
  FORMAT_VERSION,
  LAST_KIND,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './log-format.js';
import { pausing } from './pausing.js';
import { decodeTrimmed, SEAL_KIND, TRIMMED_KIND } from './record-codec.js';
import { judgeRest, type SegmentScan, scanSegment } from './scan-segment.js';

/** A log whose end was found. */
export interface RecoveredLog {
  readonly segments: Segment[];
  readonly groups: Map<GroupNumber, GroupState>;
  /** The position where the next record goes. */
  readonly end: number;
  /** The header checksum of the last record. */
  readonly previous: number;
  /** Up to here all is known to be on the disk: later records say so. */
  readonly synced: number;
  /** What was before this position is not needed. */
  readonly trimmedTo: number;
  /** Records of groups. */
  readonly records: number;
  /** Bytes behind the end that show traces of an append that was never acknowledged. */
  readonly tornBytes: number;
}

/** A directory's log as it is to be read. */
export interface LogSource {
  readonly disk: FileSystem;
  readonly directory: string;
  /** The directory's id. */
  readonly id: string;
  readonly groups: readonly GroupNumber[];
  readonly limitBytes: number;
  /** Hears how many bytes of how many were read, after each segment. */
  onProgress?(done: number, total: number): void;
}

/**
 * Reads the whole log once. Changes nothing.
 *
 * @throws LedgerError `corrupt` or `newer-format`.
 */
export async function recoverLog(source: LogSource): Promise<RecoveredLog> {
  const { disk, directory, limitBytes } = source;
  const groups = new Map(source.groups.map((number) => [number, createGroupState(number)]));
  const segments: Segment[] = [];
  const sequences = segmentsOf(disk, directory);
  let [records, trimmedTo, oldest, tornBytes] = [0, 0, 0, 0];
  let scan: SegmentScan | undefined;
  let read = 0;
  const total = sequences.length;
  for (const [index, sequence] of sequences.entries()) {
    const name = segmentPath(directory, sequence);
    const file = disk.openToRead(name);
    try {
      const window = openWindow(disk, file, name);
      const header = checkedHeader(source, window.at(0, SEGMENT_HEADER_BYTES), name, sequence, scan);
      const segment = { sequence, start: header.start, highest: new Map(), bytes: window.size };
      segments.push(segment);
      if (index === 0) oldest = header.start;
      scan = await pausing(
        scanSegment(window, header, limitBytes, ({ group: number, kind, payload, position }) => {
          if (kind > LAST_KIND) throw newerFormat(`${name}, at offset ${offsetIn(segment, position)},`, `kind ${kind}`);
          if (number === 0) {
            if (kind === TRIMMED_KIND) trimmedTo = Math.max(trimmedTo, decodeTrimmed(payload));
            else if (kind !== SEAL_KIND) throw corrupt(name, offsetIn(segment, position), `a record of kind ${kind}`);
            return;
          }
          const group = groups.get(number);
          if (group === undefined) throw corrupt(name, offsetIn(segment, position), `a record of group ${number}`);
          try {
            noteRecord(group, segment, { kind, payload });
          } catch (error) {
            throw corrupt(name, offsetIn(segment, position), textOf(error));
          }
          records += 1;
        }),
      );
      read += window.size;
      source.onProgress?.(read, (read * total) / (index + 1));
      if (index < sequences.length - 1) continue;
      const rest = await pausing(judgeRest(window, segment.start, scan.end, limitBytes));
      if (rest.damage !== undefined) {
        const cause = scan.flaw === undefined ? rest.damage : `${scan.flaw}; ${rest.damage}`;
        throw corrupt(name, offsetIn(segment, scan.end), cause);
      }
      tornBytes = rest.bytes;
    } finally {
      disk.close(file);
    }
  }
  if (oldest > trimmedTo) throw corrupt(path.join(directory, 'log'), 0, 'its first segments are missing');
  const { end, previous, synced } = scan as SegmentScan;
  return { segments, groups, end, previous, synced, trimmedTo, records, tornBytes };
}

/**
 * The numbers of the segments of a log that must have some.
 *
 * @throws LedgerError `corrupt`
 */
export function segmentsOf(disk: FileSystem, directory: string): number[] {
  const log = logDirectory(directory);
  if (disk.kindOf(log) !== 'directory') throw corrupt(log, undefined, 'it is missing, but the directory was in use');
  const sequences = listSegments(disk, directory);
  if (sequences.length === 0) throw corrupt(log, undefined, 'it has no segments');
  return sequences;
}

function checkedHeader(
  { id }: LogSource,
  bytes: Buffer | undefined,
  name: string,
  sequence: number,
  before: SegmentScan | undefined,
): SegmentHeader {
  const header = bytes && readSegmentHeader(bytes);
  if (header === undefined) throw corrupt(name, 0, 'its header is damaged');
  if (header.version > FORMAT_VERSION)
    throw newerFormat(name, `format ${header.version}; this one knows ${FORMAT_VERSION}`);
  if (header.directory !== id) throw corrupt(name, 0, 'it belongs to another directory');
  if (header.sequence !== sequence) throw corrupt(name, 0, `it is segment ${header.sequence}, not ${sequence}`);
  if (before !== undefined && (header.start !== before.end || header.previous !== before.previous)) {
    const cause = `what was at position ${before.end} is missing: ${before.flaw ?? 'no record is there'}`;
    const segment = path.join(path.dirname(name), String(sequence - 1).padStart(10, '0'));
    throw corrupt(segment, undefined, `${cause}, but segment ${sequence} begins at ${header.start}`);
  }
  return header;
}

/** Where in its file a position is. */
export function offsetIn({ start }: Pick<Segment, 'start'>, position: number): number {
  return SEGMENT_HEADER_BYTES + position - start;
}

/**
 * Makes the end of a recovered log what it is taken for. What no later record vouches for may be in the memory of the
 * system only, although it reads well: after a failed sync its pages count as clean, and would never be written. So it is
 * written again; and the traces of a torn append are made zeros.
 */
export async function settleEnd(disk: FileSystem, file: number, log: RecoveredLog): Promise<void> {
  const { segments, end, synced, tornBytes } = log;
  const segment = segments.at(-1) as Segment;
  const from = Math.max(synced, segment.start);
  if (from === end && tornBytes === 0) return;
  if (end > from) {
    const bytes = Buffer.alloc(end - from);
    for (let filled = 0; filled < bytes.length; ) {
      const count = disk.read(file, bytes.subarray(filled), offsetIn(segment, from + filled));
      if (count === 0) throw new Error('the log ends before its own end');
      filled += count;
    }
    writeAll(disk, file, bytes, offsetIn(segment, from));
  }
  if (tornBytes > 0) writeAll(disk, file, Buffer.alloc(tornBytes), offsetIn(segment, end));
  await disk.sync(file);
}

/** Something was written by a version that knows more than this one. */
export function newerFormat(what: string, cause: string): LedgerError {
  const remedy = 'start the newer version again, which can read it';
  return new LedgerError('newer-format', `${what} was written by a newer version (${cause}): ${remedy}`);
}

/** Something in a log is damaged. `offset` is where in the file. */
export function corrupt(
  file: string,
  offset: number | undefined,
  cause: string,
  remedy: string = KEEP_THE_REST,
): LedgerError {
  const where = offset === undefined ? '' : ` at offset ${offset}`;
  return new LedgerError(
    'corrupt',
    `${file} is damaged${where} (${cause}). What this member promised and voted cannot be known, so it must not vote: ${remedy}`,
  );
}
