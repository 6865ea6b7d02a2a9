/** Reads the records of a log, one after the other, also while it grows. */

import type { DurableRecord } from '@parliament/synod';
import { explain } from '../data-directory.js';
import { LedgerError } from '../errors.js';
import { openWindow } from '../file-window.js';
import { segmentPath } from '../log-files.js';
import {
  FORMAT_VERSION,
  LAST_KIND,
  RECORD_HEADER_BYTES,
  readRecordHeader,
  readSegmentHeader,
  recordBytes,
  SEGMENT_HEADER_BYTES,
} from '../log-format.js';
import { toEnd } from '../pausing.js';
import { decodeRecord, SEAL_KIND, SNAPSHOT_TAKEN_KIND, TRIMMED_KIND } from '../record-codec.js';
import { corrupt, newerFormat, segmentsOf } from '../recover-log.js';
import { type FoundRecord, judgeRest, scanSegment } from '../scan-segment.js';
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
 * The entries of a log in order. Damage ends it with an error, after all that comes before. What a node trims meanwhile is left
 * out: it goes on with what is there.
 *
 * @throws LedgerError
 */
export async function* readEntries(directory: string, options: ReadOptions = {}): AsyncGenerator<LogEntry> {
  try {
    yield* read(directory, options);
  } catch (error) {
    throw explain(error, directory);
  }
}

async function* read(directory: string, options: ReadOptions): AsyncGenerator<LogEntry> {
  const readable = readDirectory(directory);
  const { disk } = readable.source;
  const isThere = (number: number): boolean => disk.kindOf(segmentPath(directory, number)) === 'file';
  let sequence = firstSegment(readable, 0);
  let place: Place | undefined;
  let attempts = 0;
  let isQuiet = options.fromEnd === true;
  for (;;) {
    const isNext = (segmentsOf(disk, directory).at(-1) as number) > sequence;
    const isEnding = options.follow === undefined || options.follow.aborted;
    // When there is a next segment, this one grows no more.
    const found = readIfThere(readable, sequence, place, isEnding);
    if (found === undefined) {
      [sequence, place] = [firstSegment(readable, sequence), undefined];
      continue;
    }
    if (!isQuiet) yield* found.entries;
    place = found;
    if (isNext) {
      const start = startOf(readable, sequence + 1);
      if (start !== found.end && isThere(sequence) && isThere(sequence + 1)) {
        const cause = `segment ${sequence + 1} does not begin where it ends`;
        throw new LedgerError('corrupt', `${found.where} is damaged: ${cause}`);
      }
      sequence += 1;
      continue;
    }
    isQuiet = false;
    if (isEnding) {
      // A node that writes meanwhile can make it look so; what is damaged looks so every time.
      attempts += 1;
      if (found.damage !== undefined && attempts < ATTEMPTS) continue;
      if (found.damage !== undefined) throw new LedgerError('corrupt', `${found.where} is damaged (${found.damage})`);
      return;
    }
    do await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    while (options.follow?.aborted === false && isAtRest(readable, sequence, found));
  }
}

/**
 * Whether no record begins where a segment ended, and there is no later segment. Whoever follows a log asks this ten times a second; all
 * else is read only when it is not so. What stands there may be zeros, or what the file held before.
 */
function isAtRest(
  { directory, source }: ReadableDirectory,
  sequence: number,
  { end, offset }: SegmentEntries,
): boolean {
  const { disk } = source;
  if (disk.kindOf(segmentPath(directory, sequence + 1)) !== undefined) return false;
  const name = segmentPath(directory, sequence);
  if (disk.kindOf(name) !== 'file') return false;
  const file = disk.openToRead(name);
  try {
    const header = Buffer.alloc(RECORD_HEADER_BYTES);
    if (disk.read(file, header, offset) < header.length) return true;
    return readRecordHeader(header, 0, end) === undefined;
  } finally {
    disk.close(file);
  }
}

/** The first segment behind `before`, which is not there: that is no damage when all before it have gone, too. */
function firstSegment({ directory, source }: ReadableDirectory, before: number): number {
  const [first] = segmentsOf(source.disk, directory);
  if (first !== undefined && first > before) return first;
  throw corrupt(segmentPath(directory, before), undefined, 'it is missing');
}

/** Where to read on, and the checksum of the record before. */
interface Place {
  readonly end: number;
  readonly previous: number;
}

/** Undefined for a segment that has gone, be it in the middle of reading: its file is used for others then. */
function readIfThere(
  readable: ReadableDirectory,
  sequence: number,
  from: Place | undefined,
  isJudged: boolean,
): SegmentEntries | undefined {
  const { directory, source } = readable;
  const isThere = (): boolean => source.disk.kindOf(segmentPath(directory, sequence)) === 'file';
  try {
    const found = isThere() ? entriesOf(readable, sequence, from, isJudged) : undefined;
    return isThere() ? found : undefined;
  } catch (error) {
    if (isThere()) throw error;
    return undefined;
  }
}

interface SegmentEntries extends Place {
  readonly entries: readonly LogEntry[];
  /** The file and the offset where it ends. */
  readonly where: string;
  readonly offset: number;
  /** Why what stands there is more than a torn append. */
  readonly damage: string | undefined;
}

function entriesOf(
  readable: ReadableDirectory,
  sequence: number,
  from: Place | undefined,
  isJudged: boolean,
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
    if (header.version > FORMAT_VERSION) throw newerFormat(name, `format ${header.version}`);
    const isOn = from !== undefined && from.end > header.start;
    const [start, previous] = isOn ? [from.end, from.previous] : [header.start, header.previous];
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
    // All of what is behind is read for that.
    const damage = isJudged ? toEnd(judgeRest(window, header.start, end, limitBytes)).damage : undefined;
    const offset = base + end;
    return { entries, end, previous: last, where: `${name}, at offset ${offset},`, offset, damage };
  } finally {
    disk.close(file);
  }
}

/** Undefined for a segment that has gone. */
function startOf({ directory, source }: ReadableDirectory, sequence: number): number | undefined {
  const name = segmentPath(directory, sequence);
  if (source.disk.kindOf(name) !== 'file') return undefined;
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
  if (kind > LAST_KIND) throw newerFormat(`${file}, at offset ${base + position},`, `kind ${kind}`);
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
