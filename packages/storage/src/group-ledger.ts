/** The ledger of one group, over the log that all groups of its directory share. */

import { checkedHistory, type DurableRecord, type Slot, type Snapshot } from '@parliament/synod';
import { LedgerError, textOf } from './errors.js';
import type { FileSystem } from './file-system.js';
import { createGroupState, type GroupNumber, type GroupState } from './group-state.js';
import type { AppendedRecord, AppendOptions, Identity, Ledger, Recovery } from './ledger.js';
import {
  decodeRecord,
  decodeSnapshotTaken,
  type EncodedRecord,
  encodeRecord,
  SNAPSHOT_TAKEN_KIND,
} from './record-codec.js';
import { isDiskFull } from './segments.js';
import { readSnapshot, removeOtherSnapshots, writeSnapshot } from './snapshot-file.js';
import type { SpaceReport } from './space.js';
import type { WriteAheadLog } from './write-ahead-log.js';

export interface GroupOptions {
  readonly disk: FileSystem;
  readonly directory: string;
  readonly recordLimitBytes: number;
  readonly identity: Identity;
  readonly recovery: Recovery;
  readonly number: GroupNumber;
  readonly log: WriteAheadLog;
  /** Called once, when it is closed. */
  release(): Promise<void>;
}

export class GroupLedger implements Ledger {
  readonly identity: Identity;
  readonly recovery: Recovery;
  readonly #options: GroupOptions;
  readonly #group: GroupState;
  #saving: Promise<void> | undefined;
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

  append(records: readonly AppendedRecord[], options: AppendOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closed());
    const { recordLimitBytes, number, log } = this.#options;
    const encoded: EncodedRecord[] = [];
    for (const record of records) {
      const item = encodeRecord(record);
      const { length } = item.payload;
      if (length > recordLimitBytes) {
        return Promise.reject(new RangeError(`a record of ${length} bytes; the limit is ${recordLimitBytes}`));
      }
      encoded.push(item);
    }
    return log.append(number, encoded, options.sync !== 'later');
  }

  async replay(visit: (record: DurableRecord) => void): Promise<void> {
    this.#refuseIfClosed();
    const { disk, directory, identity, number, log } = this.#options;
    // One that is saved meanwhile would take the file away.
    await this.#saving?.catch(() => undefined);
    const { snapshot: taken } = this.#group;
    const snapshot = taken && (await readSnapshot(disk, directory, identity.directory, number, taken));
    let isShown = false;
    await log.replay(number, (record) => {
      if (record.kind !== SNAPSHOT_TAKEN_KIND) return visit(decodeRecord(record));
      // It is written down again with each later one.
      if (isShown || snapshot === undefined || decodeSnapshotTaken(record.payload).slot !== snapshot.slot) return;
      isShown = true;
      visit({ type: 'snapshot', snapshot });
    });
  }

  async saveSnapshot(snapshot: Snapshot, tailSlots: Slot): Promise<void> {
    while (this.#saving !== undefined) await this.#saving.catch(() => undefined);
    this.#refuseIfClosed();
    // What is not a history could be written, and not be read again.
    checkedHistory(snapshot.history);
    if (snapshot.slot <= (this.#group.snapshot?.slot ?? 0)) return;
    this.#saving = this.#save(snapshot, tailSlots);
    try {
      await this.#saving;
    } finally {
      this.#saving = undefined;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#saving?.catch(() => undefined);
    await this.#options.release();
  }

  async #save(snapshot: Snapshot, tailSlots: Slot): Promise<void> {
    const { disk, directory, identity, number, log } = this.#options;
    const taken = await writeSnapshot(disk, directory, identity.directory, number, snapshot).catch((error: unknown) => {
      throw this.#unsaved(error);
    });
    await log.snapshotTaken(this.#group, taken, Math.max(0, snapshot.slot - tailSlots));
    removeOtherSnapshots(disk, directory, number, snapshot.slot);
  }

  /** The one before still counts. */
  #unsaved(error: unknown): LedgerError {
    const { directory } = this.#options;
    return isDiskFull(error)
      ? new LedgerError('no-space', `the disk of ${directory} is full: no snapshot was saved`, { cause: error })
      : new LedgerError('failed', `no snapshot could be saved in ${directory}: ${textOf(error)}`, { cause: error });
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw this.#closed();
  }

  #closed(): LedgerError {
    return new LedgerError('closed', `the ledger in ${this.#options.directory} is closed`);
  }
}
