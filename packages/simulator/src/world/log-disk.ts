/**
 * A disk that holds the bytes of the shipped log format, and treats them badly: a crash tears what was not synced, bits rot,
 * syncs fail, space runs out. What a member finds after that is what the shipped reader makes of the bytes.
 */

import {
  decodeRecord,
  encodeRecord,
  judgeRest,
  openWindow,
  RECORD_HEADER_BYTES,
  recordBytes,
  SEAL_KIND,
  SEGMENT_HEADER_BYTES,
  scanSegment,
  toEnd,
  writeRecordHeader,
  writeSegmentHeader,
} from '@parliament/storage/format';
import type { Ballot, DurableRecord, Slot, Snapshot } from '@parliament/synod';
import { type Disk, type Found, RecordDisk, type SyncResult } from './disk.js';

/** Bytes that reach a disk together, or not at all. */
const SECTOR_BYTES = 512;

/** Records longer than this do not exist. */
const RECORD_LIMIT_BYTES = 64 * 1024 * 1024;

export class LogDisk implements Disk {
  readonly #directory: string;
  /** What was appended, as records: for the oracle, which must not depend on what the reader makes of the bytes. */
  #truth: RecordDisk;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where each of the records ends in the file, the checksum of its header, and where what it vouches for ends. */
  #ends: { readonly end: number; readonly checksum: number; readonly synced: number }[] = [];
  #life = 0;
  isFull = false;
  failsNextSync = false;
  /** After a failure nothing is written until the log is opened anew: what the disk holds is not known. */
  #hasFailed = false;

  /** @param onDurable is told of every promise and vote that becomes durable. */
  constructor(
    directory: string,
    records: readonly DurableRecord[],
    onDurable: (record: DurableRecord) => void = () => {},
  ) {
    this.#directory = directory;
    this.#truth = new RecordDisk(records, onDurable);
    this.#writeAnew();
  }

  append(records: readonly DurableRecord[]): () => SyncResult {
    if (this.isFull && records.length > 0) this.#hasFailed = true;
    if (this.#hasFailed) return () => 'failed';
    const sync = this.#truth.append(records);
    for (const record of records) this.#put(record);
    return this.#syncing(sync);
  }

  trim(snapshot: Snapshot): () => SyncResult {
    const trim = this.#truth.trim(snapshot);
    return this.#syncing(() => {
      const result = trim();
      // Written aside and renamed: what was appended since, and is not synced, goes into the new file too.
      if (result === 'done') this.#writeAnew();
      return result;
    });
  }

  crash(chance: () => number): void {
    this.#life += 1;
    this.#hasFailed = false;
    const synced = this.#endOf(this.#truth.synced);
    let end = this.#end;
    // The file ends somewhere in what was not synced; and of the sectors up to there some never came to the disk.
    if (end > synced) end = synced + Math.floor(chance() * (end - synced + 1));
    const survivors = Buffer.from(this.#bytes.subarray(0, end));
    for (let start = synced; start < end; ) {
      const next = Math.min(end, (Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      if (chance() < 0.2) survivors.fill(0, start, next);
      start = next;
    }
    this.#bytes = survivors;
    this.#ends = [];
    const records: DurableRecord[] = [];
    const { damage } = scan(survivors, (record) => records.push(record));
    if (damage !== undefined) throw new Error(`a torn append was taken for damage: ${damage}`);
    this.#truth.crash(() => 0);
    const known = this.#truth.synced;
    this.#truth.append(records.slice(known))();
    this.#writeAnew();
  }

  recover(): Found {
    const records: DurableRecord[] = [];
    const { damage } = scan(this.#bytes.subarray(0, this.#end), (record) => records.push(record));
    return damage === undefined ? { type: 'records', records } : { type: 'damaged', reason: damage };
  }

  /**
   * Flips a bit of what is durable. Not in what no later record vouches for: unless the seal behind it survived, damage there
   * looks like a torn append (a limit that packages/storage/README.md states).
   */
  rot(chance: () => number): void {
    const last = Math.max(0, ...this.#ends.slice(0, this.#truth.synced).map(({ synced }) => synced));
    if (last <= SEGMENT_HEADER_BYTES) return;
    const position = SEGMENT_HEADER_BYTES + Math.floor(chance() * (last - SEGMENT_HEADER_BYTES));
    const bit = 1 << Math.floor(chance() * 8);
    this.#bytes[position] = (this.#bytes[position] as number) ^ bit;
  }

  copy(): LogDisk {
    const copy = new LogDisk(this.#directory, []);
    copy.#truth = this.#truth.copy();
    copy.#writeAnew();
    return copy;
  }

  get position(): number {
    return this.#truth.position;
  }

  get promised(): Ballot {
    return this.#truth.promised;
  }

  get brokenPromise(): string | undefined {
    return this.#truth.brokenPromise;
  }

  get records(): readonly DurableRecord[] {
    return this.#truth.records;
  }

  get votes(): ReadonlyMap<Slot, Ballot> {
    return this.#truth.votes;
  }

  hasVote(slot: Slot, ballot: Ballot): boolean {
    return this.#truth.hasVote(slot, ballot);
  }

  get #end(): number {
    return this.#endOf(this.#ends.length);
  }

  #endOf(records: number): number {
    return records === 0 ? SEGMENT_HEADER_BYTES : (this.#ends[records - 1]?.end as number);
  }

  #syncing(sync: () => SyncResult): () => SyncResult {
    const life = this.#life;
    return () => {
      if (life !== this.#life) return 'lost';
      this.#hasFailed ||= this.failsNextSync;
      this.failsNextSync = false;
      return this.#hasFailed ? 'failed' : sync();
    };
  }

  #put(record: DurableRecord): void {
    const { kind, payload } = encodeRecord(record);
    const start = this.#end;
    const end = start + recordBytes(payload.length);
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, end, 4096));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#bytes.fill(0, start, end);
    this.#bytes.set(payload, start + RECORD_HEADER_BYTES);
    const position = start - SEGMENT_HEADER_BYTES;
    const previous = this.#ends.at(-1)?.checksum ?? 0;
    const synced = Math.min(position, this.#endOf(this.#truth.synced) - SEGMENT_HEADER_BYTES);
    const header = { previous, synced, group: 1, kind, payloadBytes: payload.length };
    const checksum = writeRecordHeader(this.#bytes, start, position, header);
    this.#ends.push({ end, checksum, synced: SEGMENT_HEADER_BYTES + synced });
  }

  #writeAnew(): void {
    this.#bytes = Buffer.alloc(4096);
    const header = { version: 2, sequence: 1, directory: this.#directory, start: 0, previous: 0 };
    this.#bytes.set(writeSegmentHeader(header), 0);
    this.#ends = [];
    for (const record of this.#truth.records) this.#put(record);
  }
}

/** What the shipped reader makes of the bytes of a segment. */
function scan(bytes: Buffer, visit: (record: DurableRecord) => void): { readonly damage: string | undefined } {
  const reader = {
    size: () => bytes.length,
    read: (_: number, target: Uint8Array, position: number) => bytes.copy(target, 0, position),
  };
  const window = openWindow(reader, 0, 'the log');
  const found = toEnd(
    scanSegment(window, { start: 0, previous: 0 }, RECORD_LIMIT_BYTES, ({ kind, payload }) => {
      if (kind !== SEAL_KIND) visit(decodeRecord({ kind, payload }));
    }),
  );
  return toEnd(judgeRest(window, 0, found.end, RECORD_LIMIT_BYTES));
}
