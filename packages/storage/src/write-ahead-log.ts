/**
 * The write-ahead log of a data directory, shared by all groups in it.
 *
 * One sync serves all that was appended while the one before was under way (group commit; "Group Commit Timers and High
 * Volume Transaction Systems", Helland et al., 1987). After a failed write or sync nothing in memory is believed, and the
 * file is not touched again: what the disk then holds only a new opening can tell (Rebello et al., "Can Applications
 * Recover from fsync Failures?", USENIX ATC 2020).
 */

import { AppendQueue, type Batch, type Waiting } from './append-queue.js';
import { bytesOf, type Chunk, layOut, type Place } from './batch.js';
import { LedgerError, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import {
  countSpent,
  type GroupNumber,
  type GroupState,
  noteRecord,
  type Segment,
  standingRecords,
} from './group-state.js';
import { isDiskFull, logDirectory, retireSegment, takeSpare } from './log-files.js';
import { FORMAT_VERSION } from './log-format.js';
import { readGroup } from './read-group.js';
import { type EncodedRecord, encodeTrimmed, SEAL_KIND, type SnapshotTaken } from './record-codec.js';
import { offsetIn, type RecoveredLog } from './recover-log.js';
import { SpaceKeeper, type SpaceReport } from './space.js';

/** The log as it was at one moment, when all that it had was on disk. Nothing of it goes until it is released. */
export interface LogView {
  /** The snapshot that the group had: what the records below it say is in there. */
  readonly snapshot: SnapshotTaken | undefined;
  /** Visits every record of the group in order. */
  read(visit: (record: EncodedRecord) => void): Promise<void>;
  /** To be called once, when it is not needed any more. */
  release(): void;
}

/** What an opened log works with. */
export interface LogOptions {
  readonly disk: FileSystem;
  readonly directory: string;
  /** The directory's id. */
  readonly id: string;
  readonly recordLimitBytes: number;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
  onSpace(report: SpaceReport): void;
}

/** How long records that nobody waits for may wait for a sync, in milliseconds. */
const LATER_MS = 100;

/**
 * So much of a segment is kept, once the disk is full, for what comes with a snapshot. Were it used up, no snapshot could let
 * anything go any more, and the log would stay full for ever.
 */
const KEPT_BYTES = 4096;

export class WriteAheadLog {
  readonly #options: LogOptions;
  readonly #segments: Segment[];
  readonly #groups: Map<GroupNumber, GroupState>;
  readonly #space: SpaceKeeper;
  #file: number;
  #end: number;
  #previous: number;
  /** Up to here all is on the disk. */
  #synced: number;
  readonly #queue = new AppendQueue();
  #working: Promise<void> | undefined;
  #isUrgentInFlight = false;
  #timer: NodeJS.Timeout | undefined;
  #failure: LedgerError | undefined;
  #closing: Promise<void> | undefined;
  /** How many are reading: nothing is taken away under them. */
  #readers = 0;
  /** What was before this position is on record as not needed. */
  #trimmedTo: number;

  /** `file` is the last segment of the log, opened, its end settled. */
  constructor(options: LogOptions, log: RecoveredLog, file: number) {
    this.#options = options;
    this.#segments = log.segments;
    this.#groups = log.groups;
    this.#file = file;
    this.#end = log.end;
    this.#synced = log.end;
    this.#previous = log.previous;
    this.#trimmedTo = log.trimmedTo;
    const { disk, directory, segmentBytes, reserveBytes, onSpace } = options;
    this.#space = new SpaceKeeper({
      disk,
      directory,
      segmentBytes,
      reserveBytes,
      onSpace,
      present: () => ({ sequence: this.#segment.sequence, bytes: this.#segment.bytes, left: this.#left }),
      onError: (error) => this.#fail(error, []),
    });
    this.#trim();
  }

  /** Why it can be used no longer. */
  get failure(): LedgerError | undefined {
    return this.#failure;
  }

  /** Up to here all is on the disk. It never goes back. */
  get position(): number {
    return this.#synced;
  }

  /** Longer records could not be read again. It is the same for all groups: those who opened the directory first said it. */
  get recordLimitBytes(): number {
    return this.#options.recordLimitBytes;
  }

  get space(): SpaceReport {
    return { space: this.#space.space, bytes: this.#left };
  }

  /** The state of a group; it is created when there is none. */
  group(number: GroupNumber, create: () => GroupState): GroupState {
    const known = this.#groups.get(number);
    if (known !== undefined) return known;
    const created = create();
    this.#groups.set(number, created);
    return created;
  }

  /** See `Ledger.append`. */
  append(group: GroupNumber, records: readonly EncodedRecord[], isUrgent: boolean): Promise<void> {
    const isBarrier = records.length === 0;
    const isIdle = this.#refusal === undefined && !this.#isUrgentInFlight && !this.#queue.isUrgent;
    if (isBarrier && isIdle) return Promise.resolve();
    return this.#enqueue(isBarrier ? [] : [{ group, records }], isBarrier || isUrgent, () => undefined);
  }

  /** Resolves when all that was appended before is on disk, whether or not somebody waits for it; or the log has failed. */
  async settled(): Promise<void> {
    if (this.#queue.isEmpty && this.#working === undefined) return;
    await this.#enqueue([], true, () => undefined).catch(() => undefined);
  }

  /**
   * The records and the snapshot of a group, once all that was appended before is on disk. The two belong together: a
   * snapshot that is saved afterwards takes nothing of either away.
   */
  async view(group: GroupState): Promise<LogView> {
    const { snapshot, segments, upTo } = await this.#enqueue([], true, () => {
      // The batch is synced, and the next one not yet taken: what is noted is what is on disk.
      this.#readers += 1;
      return { snapshot: group.snapshot, segments: [...this.#segments], upTo: this.#synced };
    });
    const { disk, directory, recordLimitBytes: limitBytes } = this.#options;
    return {
      snapshot,
      read: async (visit) => {
        for (const [index, segment] of segments.entries()) {
          const end = segments[index + 1]?.start ?? upTo;
          await readGroup({ disk, directory, limitBytes }, segment, end, group.number, visit);
        }
      },
      release: () => {
        this.#readers -= 1;
        this.#trim();
      },
    };
  }

  /**
   * Takes note that a group has a durable snapshot file, and needs no records of slots up to `trimmedUpTo` any more. All
   * that stands is written again, so that segments can go: as it stands behind whatever is appended before.
   */
  async snapshotTaken(group: GroupState, taken: SnapshotTaken, trimmedUpTo: number): Promise<void> {
    const { number } = group;
    let [standsFrom, neededFrom] = [0, 0];
    const standing = (): Chunk[] => {
      standsFrom = this.#end;
      const after = { ...group, standsFrom, trimmedUpTo: Math.max(group.trimmedUpTo, trimmedUpTo) };
      neededFrom = this.#neededFrom(new Map(this.#groups).set(number, after));
      const chunk = { group: number, records: standingRecords(group, taken) };
      // In one append: where there is room for the snapshot only, what it lets go would not go, and there would be no more room.
      return neededFrom > this.#trimmedTo ? [chunk, trimmed(neededFrom)] : [chunk];
    };
    await this.#enqueue(standing, true, () => undefined, true);
    group.standsFrom = standsFrom;
    group.trimmedUpTo = Math.max(group.trimmedUpTo, trimmedUpTo);
    this.#trimUpTo(neededFrom);
    await this.#spend();
  }

  /** Syncs what waits, and seals the end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #segment(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  /** Bytes that are left of the present segment. */
  get #left(): number {
    return this.#segment.bytes - offsetIn(this.#segment, this.#end);
  }

  /** Bytes of that which are for what lets the log be trimmed. */
  get #kept(): number {
    return this.#space.space === 'ok' ? 0 : KEPT_BYTES;
  }

  /** Where the next record goes. A seal before it may not be synced. */
  get #place(): Place {
    return { position: this.#end, synced: this.#synced, previous: this.#previous };
  }

  async #close(): Promise<void> {
    try {
      await this.#flush();
      await this.#space.end();
      // A log that ends with a seal shows damage to its last record.
      if (this.#failure === undefined && this.#synced < this.#end) await this.#options.disk.sync(this.#file);
    } catch (error) {
      this.#fail(error, []);
    } finally {
      clearTimeout(this.#timer);
    }
    try {
      this.#options.disk.close(this.#file);
    } catch {
      // What was to be kept was synced, and this said so.
    }
  }

  /** Why nothing can be appended. */
  get #refusal(): LedgerError | undefined {
    return this.#failure ?? (this.#closing === undefined ? undefined : this.#closed());
  }

  /** Appends, and gives what `atRest` does: it is called when the batch is on disk, before anything of the next one is noted. */
  #enqueue<Result>(
    chunks: Waiting['chunks'],
    isUrgent: boolean,
    atRest: () => Result,
    isFreeing = false,
  ): Promise<Result> {
    const refusal = this.#refusal;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ chunks, isUrgent, isFreeing, resolve: () => resolve(atRest()), reject });
      if (isUrgent) this.#begin();
      else
        this.#timer ??= setTimeout(() => {
          this.#begin();
        }, LATER_MS);
    });
  }

  /** Waits until nothing waits. */
  async #flush(): Promise<void> {
    while (!this.#queue.isEmpty || this.#working !== undefined) {
      this.#begin();
      await this.#working;
    }
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // What came in after the last look, and whose own call found the work still going on. What may come later has a timer.
      if (this.#queue.isUrgent) this.#begin();
    });
  }

  /** Never rejects: nobody may be waiting. */
  async #work(): Promise<void> {
    // One turn of the microtask queue, so that all that is appended in one go is synced in one go.
    await null;
    while (!this.#queue.isEmpty && this.#failure === undefined) {
      let batch: Batch | undefined;
      try {
        batch = this.#takeBatch();
        if (batch.waiting.length === 0) {
          await this.#roll(this.#queue.firstBytes + this.#kept);
          continue;
        }
        this.#isUrgentInFlight = batch.waiting.some(({ isUrgent }) => isUrgent);
        await this.#write(batch);
      } catch (error) {
        this.#fail(error, batch?.waiting ?? []);
        return;
      } finally {
        this.#isUrgentInFlight = false;
      }
      for (const { resolve } of batch.waiting) resolve();
      this.#space.changed();
      // Those just released often append again at once: let them join the next batch, rather than the one after it.
      await null;
      await null;
      if (batch.bytes > 0 && this.#queue.isEmpty) this.#seal();
    }
  }

  /**
   * What waits and fits into the present segment. It is noted as it gets its place, so that what stands is known in the order
   * of the log; should it not be written, nothing in memory is believed.
   */
  #takeBatch(): Batch {
    return this.#queue.take(this.#left, this.#kept, ({ group, records }: Chunk) => {
      const state = this.#groups.get(group);
      if (state !== undefined) for (const record of records) noteRecord(state, this.#segment, record);
    });
  }

  async #write({ chunks, bytes: size }: Batch): Promise<void> {
    const { disk } = this.#options;
    if (size === 0) return;
    const { bytes, previous } = layOut(chunks, size, this.#place);
    writeAll(disk, this.#file, bytes, offsetIn(this.#segment, this.#end));
    await disk.sync(this.#file);
    this.#end += bytes.length;
    this.#synced = this.#end;
    this.#previous = previous;
  }

  /** Goes on to the next segment. When the disk has no room for one, the append that needs it is refused: nothing of it was written. */
  async #roll(neededBytes: number): Promise<void> {
    const { disk, directory, id } = this.#options;
    try {
      await this.#space.prepare(neededBytes);
    } catch (error) {
      if (!isDiskFull(error)) return this.#fail(error, []);
      const refusal = new LedgerError('no-space', `the disk of ${directory} is full: free space on it`, {
        cause: error,
      });
      // What is shorter may still fit.
      this.#queue.shift()?.reject(refusal);
      return;
    }
    try {
      // A seal that is not synced yet: the next segment says that all before it is.
      if (this.#synced < this.#end) await disk.sync(this.#file);
      this.#synced = this.#end;
      const sequence = this.#segment.sequence + 1;
      const header = { version: FORMAT_VERSION, sequence, directory: id, start: this.#end, previous: this.#previous };
      const taking = takeSpare(disk, directory, header);
      // It is gone by now; while its header is written there may be another one.
      this.#space.taken();
      const next = await taking;
      disk.close(this.#file);
      this.#file = next;
      this.#segments.push({ sequence, start: this.#end, highest: new Map(), bytes: disk.size(next) });
    } catch (error) {
      this.#fail(error, []);
    }
  }

  /**
   * Writes, unsynced, that everything before was synced. As long as it survives, damage to the last record is told from an
   * append that was torn.
   */
  #seal(): void {
    const records = [{ kind: SEAL_KIND, payload: new Uint8Array(0) }];
    const size = bytesOf(records);
    if (this.#left < size + this.#kept) return;
    try {
      const { bytes, previous } = layOut([{ group: 0, records }], size, this.#place);
      writeAll(this.#options.disk, this.#file, bytes, offsetIn(this.#segment, this.#end));
      this.#end += bytes.length;
      this.#previous = previous;
    } catch (error) {
      this.#fail(error, []);
    }
  }

  /** What is before this position, to where a segment begins, is not needed by these groups. */
  #neededFrom(groups: ReadonlyMap<GroupNumber, GroupState>): number {
    return (this.#segments[countSpent(this.#segments, groups)] as Segment).start;
  }

  /** What two groups let go together, when both have saved a snapshot at the same time. */
  async #spend(): Promise<void> {
    const neededFrom = this.#neededFrom(this.#groups);
    if (neededFrom <= this.#trimmedTo) return;
    try {
      await this.#enqueue([trimmed(neededFrom)], true, () => undefined, true);
    } catch (error) {
      // The snapshot counts all the same; the next one lets it go.
      if (error instanceof LedgerError && error.code === 'no-space') return;
      throw error;
    }
    this.#trimUpTo(neededFrom);
  }

  /** It is on record by now: what is missing is told from what was trimmed. */
  #trimUpTo(position: number): void {
    this.#trimmedTo = Math.max(this.#trimmedTo, position);
    this.#trim();
  }

  #trim(): void {
    const { disk, directory } = this.#options;
    if (this.#readers > 0 || this.#failure !== undefined || this.#closing !== undefined) return;
    let count = 0;
    try {
      while (this.#segments.length > 1 && (this.#segments[1] as Segment).start <= this.#trimmedTo) {
        const { sequence, bytes } = this.#segments.shift() as Segment;
        retireSegment(disk, directory, sequence, bytes >= this.#segment.bytes);
        count += 1;
      }
      if (count === 0) return;
      disk.syncDirectory(logDirectory(directory));
    } catch (error) {
      this.#fail(error, []);
      return;
    }
    this.#space.returned();
  }

  #fail(error: unknown, batch: readonly Waiting[]): void {
    if (this.#failure === undefined) {
      const { directory } = this.#options;
      const remedy = isDiskFull(error) ? 'the disk is full: free space on it' : 'check the disk';
      const message = `the log in ${directory} cannot be written: ${textOf(error)}; ${remedy}`;
      this.#failure = new LedgerError('failed', message, { cause: error });
    }
    const waiting = [...batch, ...this.#queue.clear()];
    for (const { reject } of waiting) reject(this.#failure);
  }

  #closed(): LedgerError {
    return new LedgerError('closed', `the ledger in ${this.#options.directory} is closed`);
  }
}

function trimmed(position: number): Chunk {
  return { group: 0, records: [encodeTrimmed(position)] };
}
