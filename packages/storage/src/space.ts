/**
 * Room for the log: the segment that will be next is prepared before the present one is used up, so that a full disk is
 * noticed while there is still room; and a reserve is kept that can be given back to the disk when it is full, for a
 * snapshot that lets the log be trimmed.
 */

import path from 'node:path';
import type { FileSystem } from './file-system.js';
import { isDiskFull, makeZeros, type Pace, segmentSize, sparePath } from './log-files.js';

/**
 * How much room the log has. `low`: the disk is full, and what is left is the present segment. `full`: not much is left of
 * that either; it is kept for promises.
 */
export type Space = 'ok' | 'low' | 'full';

export interface SpaceReport {
  readonly space: Space;
  /** What is left of the present segment. */
  readonly bytes: number;
}

export interface SpaceOptions {
  readonly disk: FileSystem;
  readonly directory: string;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
  /** The number and the size of the present segment, and what is left of it. */
  present(): { readonly sequence: number; readonly bytes: number; readonly left: number };
  onSpace(report: SpaceReport): void;
  /** Something else than a full disk kept the next segment from being prepared. */
  onError(error: unknown): void;
}

/** A full disk is tried again after this time, in milliseconds. */
const RETRY_MS = 1000;

export class SpaceKeeper {
  readonly #options: SpaceOptions;
  #preparing: Promise<void> | undefined;
  #isDiskFull = false;
  #space: Space = 'ok';
  #timer: NodeJS.Timeout | undefined;
  #isSpareReady: boolean;
  #lastError: unknown;
  #isReserveDue = false;
  /** The most that was refused for want of room: until there is room for it, or it may fit elsewhere, the disk counts as full. */
  #wantedBytes = 0;
  #ended = false;
  /** The log stands still until there is a spare segment. */
  #isAwaited = false;
  readonly #pace: Pace = { isWanted: () => !this.#ended, isAwaited: () => this.#isAwaited };

  constructor(options: SpaceOptions) {
    this.#options = options;
    this.#isSpareReady = this.#hasSpare(0);
  }

  get space(): Space {
    return this.#space;
  }

  /** Where the reserve is. */
  get #reserve(): string {
    return path.join(this.#options.directory, 'reserve');
  }

  /** To be called when something was written, or trimmed. */
  changed(): void {
    const { bytes, left } = this.#options.present();
    if (left < bytes / 2 && this.#preparing === undefined && this.#timer === undefined && !this.#isSpareReady) {
      this.#retry();
    }
    this.#orTell(() => this.#judge());
  }

  /** The spare was put into use. */
  taken(): void {
    this.#isSpareReady = false;
    this.#wantedBytes = 0;
  }

  /** A segment was taken out of the log: it may be the spare now, and its space is free otherwise. */
  returned(): void {
    this.#orTell(() => {
      this.#isSpareReady ||= this.#hasSpare(0);
      if (this.#isSpareReady) this.#relieved();
      else if (this.#isDiskFull) this.#retry();
      if (this.#isReserveDue) this.#renewReserve();
    });
  }

  /** Nobody waits for what is looked after by the way: it must not throw. */
  #orTell(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.#ended) this.#options.onError(error);
    }
  }

  /**
   * Resolves when there is a spare segment with room for `neededBytes`. The log waits for it.
   *
   * @throws the error of the disk.
   */
  async prepare(neededBytes: number): Promise<void> {
    this.#isAwaited = true;
    try {
      await this.#prepare(neededBytes);
    } finally {
      this.#isAwaited = false;
    }
  }

  async #prepare(neededBytes: number): Promise<void> {
    const isReady = (): boolean => this.#isSpareReady && this.#hasSpare(neededBytes);
    // The reserve may still be on its way.
    while (!isReady() && this.#preparing !== undefined) await this.#preparing.catch(() => undefined);
    // The directory may be another process's by now, and so may what is made there.
    if (this.#ended) throw new Error('the log is closed');
    if (isReady()) {
      if (neededBytes >= this.#wantedBytes) this.#relieved();
      return;
    }
    // Tried a moment ago.
    if (this.#timer !== undefined) throw this.#lastError;
    this.#preparing = this.#make(neededBytes);
    try {
      await this.#preparing;
    } finally {
      this.#preparing = undefined;
    }
    // By itself: nobody waits for it.
    this.#renewReserve();
  }

  /** Gives the reserve back to the disk. */
  #release(): void {
    const { disk } = this.#options;
    if (disk.kindOf(this.#reserve) === undefined) return;
    disk.remove(this.#reserve);
    this.#isReserveDue = true;
  }

  /** With each segment that is prepared; and a log that uses its old ones again prepares none, and would be without for ever. */
  #renewReserve(): void {
    if (this.#preparing !== undefined || this.#isDiskFull || this.#ended) return;
    this.#preparing = this.#makeReserve()
      .catch((error: unknown) => {
        if (!this.#ended) this.#options.onError(error);
      })
      .finally(() => {
        this.#preparing = undefined;
      });
  }

  /** Resolves when nothing is under way any more; what is being prepared is let go. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#preparing?.catch(() => undefined);
  }

  #hasSpare(neededBytes: number): boolean {
    const { disk, directory } = this.#options;
    const spare = sparePath(directory);
    if (disk.kindOf(spare) !== 'file') return false;
    if (neededBytes === 0) return true;
    const file = disk.openToRead(spare);
    try {
      return disk.size(file) >= segmentSize(1, 0, neededBytes);
    } finally {
      disk.close(file);
    }
  }

  async #make(neededBytes: number): Promise<void> {
    const { segmentBytes } = this.#options;
    const { sequence } = this.#options.present();
    try {
      await this.#makeSpare(
        segmentSize(sequence + 1, segmentBytes, neededBytes),
        segmentSize(1, segmentBytes, neededBytes),
      );
      this.#isSpareReady = true;
    } catch (error) {
      if (isDiskFull(error)) {
        this.#isDiskFull = true;
        this.#wantedBytes = Math.max(this.#wantedBytes, neededBytes);
        this.#lastError = error;
        // The log is refused what it wants to append: whoever wanted that can do nothing but save a snapshot.
        if (this.#isAwaited) this.#orTell(() => this.#release());
        this.#judge();
        this.#retryLater();
      }
      throw error;
    }
    this.#relieved();
  }

  async #makeReserve(): Promise<void> {
    const { disk, reserveBytes } = this.#options;
    if (reserveBytes === 0 || disk.kindOf(this.#reserve) !== undefined) return;
    try {
      await makeZeros(disk, this.#reserve, reserveBytes, this.#pace);
      this.#isReserveDue = false;
    } catch (error) {
      // One can do without it, and it is tried again.
      if (!isDiskFull(error)) throw error;
    }
  }

  /** Of the usual size, or as small as it may be where the disk has no room for that. */
  async #makeSpare(usualBytes: number, leastBytes: number): Promise<void> {
    const { disk, directory } = this.#options;
    try {
      await makeZeros(disk, sparePath(directory), usualBytes, this.#pace);
    } catch (error) {
      if (!isDiskFull(error) || leastBytes >= usualBytes) throw error;
      await makeZeros(disk, sparePath(directory), leastBytes, this.#pace);
    }
  }

  #relieved(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDiskFull = false;
    this.#wantedBytes = 0;
    this.#judge();
  }

  #retryLater(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#retry();
    }, RETRY_MS);
    this.#timer.unref();
  }

  #retry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#prepare(this.#wantedBytes).catch((error: unknown) => {
      if (!isDiskFull(error) && !this.#ended) this.#options.onError(error);
    });
  }

  #judge(): void {
    const { bytes, left } = this.#options.present();
    const space = !this.#isDiskFull ? 'ok' : left > bytes / 4 ? 'low' : 'full';
    if (space === this.#space || this.#ended) return;
    this.#space = space;
    if (space === 'full') this.#release();
    this.#options.onSpace({ space, bytes: left });
  }
}
