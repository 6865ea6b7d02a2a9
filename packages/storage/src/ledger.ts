/** What a member sees of its durable log: the records and the snapshot of one group in a data directory. */

import type { DurableRecord, Slot, Snapshot } from '@parliament/synod';
import type { SpaceReport } from './space.js';

/** Whose a ledger is, and where it lies. */
export interface Identity {
  readonly cluster: string;
  readonly group: string;
  readonly member: number;
  /** The random id of the directory, drawn when it was created: 32 hexadecimal digits. */
  readonly directory: string;
  readonly formatVersion: number;
}

/** What was found when a directory was opened; of all groups in it. */
export interface Recovery {
  readonly records: number;
  /** Bytes of the log, those that were trimmed included. */
  readonly bytes: number;
  /** Those of them that are kept. */
  readonly keptBytes: number;
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

/** A record that can be appended. A snapshot is saved instead: {@link Ledger.saveSnapshot}. */
export type AppendedRecord = Exclude<DurableRecord, { type: 'snapshot' }>;

export interface Ledger {
  readonly identity: Identity;
  readonly recovery: Recovery;
  /** How far all of the directory is durable, in bytes ever written. Told to others, it shows them when a copy is put back. */
  readonly position: number;
  /** How much room there is. */
  readonly space: SpaceReport;
  /**
   * Appends records, all or none of them in this order, and resolves when they are on disk. No records: resolves when all
   * that was appended with `sync: 'now'` before is.
   *
   * @throws RangeError when a record is over the limit; then nothing was appended.
   * @throws LedgerError `no-space`: nothing of it was written, and the ledger goes on. `failed`: it is not known what is on
   *   disk; open the ledger anew. `closed`.
   */
  append(records: readonly AppendedRecord[], options?: AppendOptions): Promise<void>;
  /**
   * Visits every record in the order of the appends, once all that was appended before is on disk; and the latest snapshot
   * at the place where it was saved.
   *
   * @throws LedgerError `corrupt`, `failed` or `closed`.
   */
  replay(visit: (record: DurableRecord) => void): Promise<void>;
  /**
   * Writes a snapshot, and trims: records of slots up to `tailSlots` below it are not needed any more. One that is not
   * further than the present one is left aside.
   *
   * @throws Error when its history is none, or a number is out of range; nothing was written then.
   * @throws LedgerError `no-space`: the one before still counts, and the ledger goes on. `failed`, `closed`.
   */
  saveSnapshot(snapshot: Snapshot, tailSlots: Slot): Promise<void>;
  /**
   * Trims by the snapshot that there is: records of slots up to `tailSlots` below it are not needed any more. For a disk that has become
   * full since: this needs no room for another snapshot.
   *
   * @throws RangeError when the number is out of range.
   * @throws LedgerError `no-space`, `failed`, `closed`, as `saveSnapshot` does.
   */
  trim(tailSlots: Slot): Promise<void>;
  /** Syncs what waits, and gives the directory free, unless others of this process use it. Once is enough. */
  close(): Promise<void>;
}
