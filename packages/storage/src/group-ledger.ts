/** The ledger of one group, over the log that all groups of its directory share. */

import type { DurableRecord, Slot, Snapshot } from '@parliament/synod';
import { LedgerError, textOf } from './errors.js';
import type { FileSystem } from './file-system.js';
import { createGroupState, type GroupNumber, type GroupState } from './group-state.js';
import type { AppendedRecord, AppendOptions, Identity, Ledger, Recovery } from './ledger.js';
import { isDiskFull } from './log-files.js';
import { checkSnapshot, checkTail } from './options.js';
import {
  decodeRecord,
  decodeSnapshotTaken,
  type EncodedRecord,
  encodeRecord,
  MalformedRecord,
  SNAPSHOT_TAKEN_KIND,
} from './record-codec.js';
import { readSnapshot, removeOtherSnapshots, writeSnapshot } from './snapshot-file.js';
import type { SpaceReport } from './space.js';
import type { WriteAheadLog } from './write-ahead-log.js';

export interface GroupOptions {
  readonly disk: FileSystem;
  readonly directory: string;
  readonly identity: Identity;
  readonly recovery: Recovery;
  readonly number: GroupNumber;
  readonly log: WriteAheadLog;
  /** Called once, when its close has begun. */
  noteClosing(closing: Promise<void>): void;
  /** Called once, when it is closed. */
  release(): Promise<void>;
}

export class GroupLedger implements Ledger {
  readonly identity: Identity;
  readonly recovery: Recovery;
  readonly #options: GroupOptions;
  readonly #group: GroupState;
  #saving: Promise<void> | undefined;
  /** The replays that are under way: the snapshot files that they may be reading stay. */
  readonly #replays = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(options: GroupOptions) {
    this.identity = options.identity;
    this.recovery = options.recovery;
    this.#options = options;
    this.#group = options.log.group(options.number, () => createGroupState(options.number));
    // What a process that was ended in the middle of saving one has left behind.
    removeOtherSnapshots(options.disk, options.directory, options.number, this.#group.snapshot?.slot);
  }

  get position(): number {
    return this.#options.log.position;
  }

  get space(): SpaceReport {
    return this.#options.log.space;
  }

  /** Not an async function: who appends again once it has resolved is to be in time for the next batch. */
  append(records: readonly AppendedRecord[], options: AppendOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closed());
    const { number, log } = this.#options;
    try {
      const encoded = records.map((record) => encode(record, log.recordLimitBytes));
      return log.append(number, encoded, options.sync !== 'later');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async replay(visit: (record: DurableRecord) => void): Promise<void> {
    this.#refuseIfUnusable();
    const replay = this.#replay(visit);
    this.#replays.add(replay);
    try {
      await replay;
    } finally {
      this.#replays.delete(replay);
      this.#tidy();
    }
  }

  async saveSnapshot(snapshot: Snapshot, tailSlots: Slot): Promise<void> {
    while (this.#saving !== undefined) await this.#saving.catch(() => undefined);
    this.#refuseIfUnusable();
    checkSnapshot(snapshot, tailSlots);
    if (snapshot.slot <= (this.#group.snapshot?.slot ?? 0)) return;
    await this.#inTurn(this.#save(snapshot, tailSlots));
  }

  async trim(tailSlots: Slot): Promise<void> {
    while (this.#saving !== undefined) await this.#saving.catch(() => undefined);
    this.#refuseIfUnusable();
    checkTail(tailSlots);
    const { snapshot, trimmedUpTo } = this.#group;
    if (snapshot === undefined || snapshot.slot - tailSlots <= trimmedUpTo) return;
    await this.#inTurn(this.#options.log.snapshotTaken(this.#group, snapshot, snapshot.slot - tailSlots));
  }

  /** One after the other, and all before the close. */
  async #inTurn(saving: Promise<void>): Promise<void> {
    this.#saving = saving;
    try {
      await saving;
    } finally {
      this.#saving = undefined;
      this.#tidy();
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#close();
      this.#options.noteClosing(this.#closing);
    }
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.#saving, ...this.#replays]);
    // The log may go on for others.
    await this.#options.log.settled();
    await this.#options.release();
  }

  /** The snapshot and the records above it are read as they were at one moment: what is saved meanwhile changes neither. */
  async #replay(visit: (record: DurableRecord) => void): Promise<void> {
    const { disk, directory, identity, number, log } = this.#options;
    const view = await log.view(this.#group);
    let isOurs = true;
    const show = (record: DurableRecord): void => {
      isOurs = false;
      visit(record);
      isOurs = true;
    };
    try {
      const taken = view.snapshot;
      const snapshot = taken && (await readSnapshot(disk, directory, identity.directory, number, taken));
      let isShown = false;
      await view.read((record) => {
        if (record.kind !== SNAPSHOT_TAKEN_KIND) return show(decodeRecord(record));
        // It is written down again with each later one.
        if (isShown || snapshot === undefined || decodeSnapshotTaken(record.payload).slot !== snapshot.slot) return;
        isShown = true;
        show({ type: 'snapshot', snapshot });
      });
    } catch (error) {
      throw isOurs ? this.#unread(error) : error;
    } finally {
      view.release();
    }
  }

  async #save(snapshot: Snapshot, tailSlots: Slot): Promise<void> {
    const { disk, directory, identity, number, log } = this.#options;
    const taken = await writeSnapshot(disk, directory, identity.directory, number, snapshot).catch((error: unknown) => {
      throw this.#unsaved(error);
    });
    await log.snapshotTaken(this.#group, taken, Math.max(0, snapshot.slot - tailSlots));
  }

  /** Removes the snapshot files that nobody needs, once nobody may be reading or writing one. */
  #tidy(): void {
    const { disk, directory, number, log } = this.#options;
    if (this.#replays.size > 0 || this.#saving !== undefined || log.failure !== undefined) return;
    try {
      removeOtherSnapshots(disk, directory, number, this.#group.snapshot?.slot);
    } catch {
      // They take room, and no more: the next replay, snapshot or opening tries again.
    }
  }

  /** The one before still counts. */
  #unsaved(error: unknown): LedgerError {
    const { directory } = this.#options;
    return isDiskFull(error)
      ? new LedgerError('no-space', `the disk of ${directory} is full: no snapshot was saved`, { cause: error })
      : new LedgerError('failed', `no snapshot could be saved in ${directory}: ${textOf(error)}`, { cause: error });
  }

  #unread(error: unknown): unknown {
    if (error instanceof LedgerError) return error;
    const { directory } = this.#options;
    if (error instanceof MalformedRecord) {
      return new LedgerError(
        'corrupt',
        `the log in ${directory} has a record that was never written so: ${error.message}`,
      );
    }
    return new LedgerError('failed', `${directory} cannot be read: ${textOf(error)}; check the disk`, { cause: error });
  }

  #refuseIfUnusable(): void {
    if (this.#closing !== undefined) throw this.#closed();
    const { failure } = this.#options.log;
    if (failure !== undefined) throw failure;
  }

  #closed(): LedgerError {
    return new LedgerError('closed', `the ledger in ${this.#options.directory} is closed`);
  }
}

/** @throws RangeError for a record that is too long, or could be written and not be read again. */
function encode(record: AppendedRecord, limitBytes: number): EncodedRecord {
  let encoded: EncodedRecord;
  try {
    encoded = encodeRecord(record);
  } catch (error) {
    throw new RangeError(`a record that cannot be read again: ${textOf(error)}`, { cause: error });
  }
  const { length } = encoded.payload;
  if (length > limitBytes) throw new RangeError(`a record of ${length} bytes; the limit is ${limitBytes}`);
  return encoded;
}
