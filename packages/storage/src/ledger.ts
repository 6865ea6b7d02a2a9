/**
 * The ledger: a member's durable, append-only log.
 *
 * One sync serves all that was appended while the one before was under way (group commit). After a failed write or sync
 * nothing in memory is believed, and the file is not touched again: what the disk then holds only a new opening can tell
 * (on Linux a failed sync may have dropped the pages that it could not write).
 */

import path from 'node:path';
import type { DurableRecord } from '@parliament/synod';
import { LedgerError, systemCode, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import type { Identity } from './identity.js';
import { RECORD_HEADER_BYTES, writeRecordHeader } from './log-format.js';
import { decodeRecord, type EncodedRecord, encodeRecord, SEAL_KIND } from './record-codec.js';
import { scanLog } from './scan.js';

/** What was found when a ledger was opened. */
export interface Recovery {
  readonly records: number;
  /** Bytes of the log. */
  readonly bytes: number;
  /** Bytes of an append that was under way when the last process ended; it had never been acknowledged. They were cut. */
  readonly tornBytes: number;
}

export interface AppendOptions {
  /**
   * `now` (the default) syncs at once, with whatever else waits. `later` lets the records ride with the next ones that
   * somebody waits for, or syncs them after 100 ms.
   */
  readonly sync?: 'now' | 'later';
}

export interface Ledger {
  readonly identity: Identity;
  readonly recovery: Recovery;
  /**
   * Appends records, all or none of them in this order, and resolves when they are on disk. No records: resolves when all
   * that was appended with `sync: 'now'` before is.
   *
   * @throws RangeError when a record is over the limit; then nothing was appended.
   * @throws LedgerError `no-space` or `failed`: it is not known what is on disk; open the ledger anew. `closed`.
   */
  append(records: readonly DurableRecord[], options?: AppendOptions): Promise<void>;
  /**
   * Visits every record in the order of the appends, once all that was appended before is on disk.
   *
   * @throws LedgerError `corrupt`, `no-space`, `failed` or `closed`.
   */
  replay(visit: (record: DurableRecord) => void): Promise<void>;
  /** Syncs what waits, and gives the directory free. Once is enough. */
  close(): Promise<void>;
}

interface Waiting {
  readonly records: readonly EncodedRecord[];
  readonly bytes: number;
  readonly isUrgent: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long records that nobody waits for may wait for a sync, in milliseconds. */
const LATER_MS = 100;

/** An opened log file. */
export interface LogFile {
  readonly disk: FileSystem;
  readonly directory: string;
  readonly file: number;
  readonly end: number;
  readonly recordLimitBytes: number;
}

/** The ledger over an opened, sound log. `release` is called once, when it is closed. */
export class FileLedger implements Ledger {
  readonly identity: Identity;
  readonly recovery: Recovery;
  readonly #log: LogFile;
  readonly #release: () => void;
  #end: number;
  #queue: Waiting[] = [];
  #syncing: Promise<void> | undefined;
  #isUrgentInFlight = false;
  #timer: NodeJS.Timeout | undefined;
  #failure: LedgerError | undefined;
  #closing: Promise<void> | undefined;

  constructor(log: LogFile, identity: Identity, recovery: Recovery, release: () => void) {
    this.#log = log;
    this.#end = log.end;
    this.identity = identity;
    this.recovery = recovery;
    this.#release = release;
  }

  append(records: readonly DurableRecord[], options: AppendOptions = {}): Promise<void> {
    const refusal = this.#failure ?? (this.#closing === undefined ? undefined : this.#closed());
    if (refusal !== undefined) return Promise.reject(refusal);
    const isBarrier = records.length === 0;
    const isPending = this.#isUrgentInFlight || this.#queue.some(({ isUrgent }) => isUrgent);
    if (isBarrier && !isPending) return Promise.resolve();
    const encoded: EncodedRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      const item = encodeRecord(record);
      if (item.payload.length > this.#log.recordLimitBytes) {
        const { length } = item.payload;
        return Promise.reject(
          new RangeError(`a record of ${length} bytes; the limit is ${this.#log.recordLimitBytes}`),
        );
      }
      encoded.push(item);
      bytes += RECORD_HEADER_BYTES + item.payload.length;
    }
    return new Promise((resolve, reject) => {
      const isUrgent = isBarrier || options.sync !== 'later';
      this.#queue.push({ records: encoded, bytes, isUrgent, resolve, reject });
      if (isUrgent) this.#begin();
      else this.#timer ??= setTimeout(() => this.#begin(), LATER_MS);
    });
  }

  async replay(visit: (record: DurableRecord) => void): Promise<void> {
    await this.#flush();
    if (this.#failure !== undefined) throw this.#failure;
    // The number of a closed file may be that of another file by now.
    if (this.#closing !== undefined) throw this.#closed();
    const { disk, file, recordLimitBytes, directory } = this.#log;
    const { end, damage } = scanLog(disk, file, recordLimitBytes, (record) => {
      if (record.kind !== SEAL_KIND) visit(decodeRecord(record));
    });
    if (end !== this.#end || damage !== undefined) {
      const log = path.join(directory, 'log');
      throw new LedgerError('corrupt', `${log} is damaged at offset ${end}: restore the directory from a copy`);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#flush();
      if (this.#failure === undefined) this.#seal();
    } finally {
      clearTimeout(this.#timer);
      this.#log.disk.close(this.#log.file);
      this.#release();
    }
  }

  /** Waits until nothing waits. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#syncing !== undefined) {
      this.#begin();
      await this.#syncing;
    }
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#syncing ??= this.#work().finally(() => {
      this.#syncing = undefined;
      // What came in after the last look, and whose own call found the work still going on.
      if (this.#queue.some(({ isUrgent }) => isUrgent)) this.#begin();
      else if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#begin(), LATER_MS);
    });
  }

  async #work(): Promise<void> {
    // One turn of the microtask queue, so that all that is appended in one go is synced in one go.
    await null;
    while (this.#queue.length > 0 && this.#failure === undefined) {
      const batch = this.#queue;
      this.#queue = [];
      this.#isUrgentInFlight = batch.some(({ isUrgent }) => isUrgent);
      try {
        const bytes = this.#lay(batch);
        if (bytes.length > 0) {
          writeAll(this.#log.disk, this.#log.file, bytes, this.#end);
          await this.#log.disk.sync(this.#log.file);
          this.#end += bytes.length;
        }
      } catch (error) {
        this.#fail(error, batch);
        return;
      } finally {
        this.#isUrgentInFlight = false;
      }
      for (const { resolve } of batch) resolve();
      // Those just released often append again at once: let them join the next batch, rather than the one after it.
      await null;
      await null;
      if (this.#queue.length === 0) this.#markSynced();
    }
  }

  /** The bytes of a batch, each record with the position that it will have. */
  #lay(batch: readonly Waiting[]): Buffer {
    const bytes = Buffer.allocUnsafe(batch.reduce((sum, waiting) => sum + waiting.bytes, 0));
    let offset = 0;
    for (const { records } of batch) {
      for (const { kind, payload } of records) {
        bytes.set(payload, offset + RECORD_HEADER_BYTES);
        writeRecordHeader(bytes, offset, kind, payload.length, this.#end + offset);
        offset += RECORD_HEADER_BYTES + payload.length;
      }
    }
    return bytes;
  }

  /**
   * Writes, unsynced, that everything before was synced. As long as it survives, damage to the last record is told from an
   * append that was torn.
   */
  #markSynced(): void {
    try {
      const seal = Buffer.alloc(RECORD_HEADER_BYTES);
      writeRecordHeader(seal, 0, SEAL_KIND, 0, this.#end);
      writeAll(this.#log.disk, this.#log.file, seal, this.#end);
      this.#end += seal.length;
    } catch (error) {
      this.#fail(error, []);
    }
  }

  #seal(): void {
    try {
      this.#log.disk.syncNow(this.#log.file);
    } catch (error) {
      this.#fail(error, []);
    }
  }

  #fail(error: unknown, batch: readonly Waiting[]): void {
    const isFull = systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT';
    const log = path.join(this.#log.directory, 'log');
    this.#failure = isFull
      ? new LedgerError('no-space', `the disk of ${log} is full: free space on it`, { cause: error })
      : new LedgerError('failed', `${log} cannot be written: ${textOf(error)}; check the disk`, { cause: error });
    const waiting = [...batch, ...this.#queue];
    this.#queue = [];
    for (const { reject } of waiting) reject(this.#failure);
  }

  #closed(): LedgerError {
    return new LedgerError('closed', `the ledger in ${this.#log.directory} is closed`);
  }
}
