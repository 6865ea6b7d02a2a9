/** Reads the records of a log, one after the other, also while it grows. */

import type { DurableRecord } from '@parliament/synod';
import { LedgerError } from '../errors.js';
import { readSegmentHeader, recordBytes, SEGMENT_HEADER_BYTES } from '../log-format.js';
import { toEnd } from '../pausing.js';
import { decodeRecord, SEAL_KIND, SNAPSHOT_TAKEN_KIND, TRIMMED_KIND } from '../record-codec.js';
import { openWindow } from '../segment-reader.js';
import { type FoundRecord, judgeRest, scanSegment } from '../segment-scan.js';
import { listSegments, segmentPath } from '../segments.js';
import { groupName, type ReadableDirectory, readDirectory } from './directory.js';

/** One record, as the tools show it. */
export interface LogEntry {
  readonly position: number;
  readonly file: string;
  readonly offset: number;
  readonly group: string;
  readonly kind: DurableRecord['type'] | 'sealed' | 'snapshot-taken' | 'trimmed';
  /** Bytes in the log. */
  readonly bytes: number;
  /** What it says; undefined for those of the log itself. */
  readonly record: DurableRecord | undefined;
  /** Of a record that says that a snapshot was taken. */
  readonly payload: Uint8Array | undefined;
}

export interface ReadOptions {
  /** Waits at the end for more, until the signal. */
  readonly follow?: AbortSignal;
  /** Begins at the end of what is there: for `follow`. */
  readonly fromEnd?: boolean;
}

const ATTEMPTS = 4;

/** How often a log that is followed is looked at, in milliseconds. */
const POLL_MS = 100;

/**
 * The entries of a log in order. Damage ends it with an error, after all that comes before.
 *
 * @throws LedgerError
 */
export async function* readEntries(directory: string, options: ReadOptions = {}): AsyncGenerator<LogEntry> {
  const readable = readDirectory(directory);
  const { disk } = readable.source;
  let sequence = listSegments(disk, directory)[0];
  let previous: number | undefined;
  let position: number | undefined;
  let attempts = 0;
  let isQuiet = options.fromEnd === true;
  while (sequence !== undefined) {
    const { entries, ...read } = readSegment(readable, sequence, position, previous);
    if (!isQuiet) yield* entries;
    ({ end: position, previous } = read);
    if (disk.kindOf(segmentPath(directory, sequence + 1)) === 'file') {
      // What was appended to this one before the next was begun.
      const rest = readSegment(readable, sequence, position, previous);
      if (!isQuiet) yield* rest.entries;
      ({ end: position, previous } = rest);
      sequence += 1;
      if (startOf(readable, sequence) !== position) {
        throw new LedgerError('corrupt', `${rest.place} is damaged: segment ${sequence} does not begin where it ends`);
      }
      continue;
    }
    isQuiet = false;
    if (options.follow === undefined || options.follow.aborted) {
      // A node that writes meanwhile can make it look so; what is damaged looks so every time.
      attempts += 1;
      if (read.damage !== undefined && attempts < ATTEMPTS) continue;
      if (read.damage !== undefined) throw new LedgerError('corrupt', `${read.place} is damaged (${read.damage})`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface SegmentEntries {
  readonly entries: readonly LogEntry[];
  readonly end: number;
  readonly previous: number;
  /** The file and the offset where it ends. */
  readonly place: string;
  /** Why what stands there is more than a torn append. */
  readonly damage: string | undefined;
}

function readSegment(
  readable: ReadableDirectory,
  sequence: number,
  from: number | undefined,
  before: number | undefined,
): SegmentEntries {
  const { directory, source } = readable;
  const { disk, limitBytes } = source;
  const name = segmentPath(directory, sequence);
  const file = disk.openToRead(name);
  try {
    const window = openWindow(disk, file, name);
    const header = readSegmentHeader(Buffer.from(window.at(0, SEGMENT_HEADER_BYTES) ?? []));
    if (header === undefined)
      throw new LedgerError('corrupt', `${name} is damaged at offset 0 (its header is damaged)`);
    const start = from === undefined || from < header.start ? header.start : from;
    const previous = start === header.start ? header.previous : (before ?? header.previous);
    const entries: LogEntry[] = [];
    const base = SEGMENT_HEADER_BYTES - header.start;
    // The scan counts from where it begins: the window begins as much earlier.
    const shifted = {
      size: window.size,
      at: (offset: number, length: number) => window.at(offset + start - header.start, length),
    };
    const scan = scanSegment(shifted, { start, previous }, limitBytes, (record) => {
      entries.push(entryOf(readable, name, base, record));
    });
    const { end, previous: last } = toEnd(scan);
    const { damage } = toEnd(judgeRest(window, header.start, end, limitBytes));
    return { entries, end, previous: last, place: `${name}, at offset ${base + end},`, damage };
  } finally {
    disk.close(file);
  }
}

function startOf({ directory, source }: ReadableDirectory, sequence: number): number | undefined {
  const name = segmentPath(directory, sequence);
  const file = source.disk.openToRead(name);
  try {
    const bytes = openWindow(source.disk, file, name).at(0, SEGMENT_HEADER_BYTES);
    return bytes && readSegmentHeader(bytes)?.start;
  } finally {
    source.disk.close(file);
  }
}

function entryOf(readable: ReadableDirectory, file: string, base: number, found: FoundRecord): LogEntry {
  const { position, group, kind, payload } = found;
  const own = OWN_KINDS.get(kind);
  const record = own === undefined ? decodeRecord({ kind, payload }) : undefined;
  return {
    position,
    file,
    offset: base + position,
    group: groupName(readable, group),
    kind: own ?? (record as DurableRecord).type,
    bytes: recordBytes(payload.length),
    record,
    payload: kind === SNAPSHOT_TAKEN_KIND ? new Uint8Array(payload) : undefined,
  };
}

/** Kinds that are about the log itself. */
const OWN_KINDS: ReadonlyMap<number, LogEntry['kind']> = new Map([
  [SEAL_KIND, 'sealed'],
  [SNAPSHOT_TAKEN_KIND, 'snapshot-taken'],
  [TRIMMED_KIND, 'trimmed'],
]);
