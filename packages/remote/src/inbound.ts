/**
 * The frames that have come over one link and wait to be handled. One link must not keep the event loop from the others,
 * however much comes over it in however small pieces: it gets a slice of each turn, and is not read while it has more.
 */

import * as platform from '#platform';

/** What one link may take of a turn of the event loop, in milliseconds; more by one frame, or by one read of its socket. */
const SLICE_MS = 0.25;

export interface InboundOptions {
  handle(frame: Uint8Array): void;
  /** Stops and resumes the reading of what frames come from. */
  pause(isPaused: boolean): void;
}

export class Inbound {
  readonly #options: InboundOptions;
  #waiting: Uint8Array[] = [];
  /** By the clock of `performance`; undefined: nothing was handled in this turn yet. */
  #sliceEnds: number | undefined;
  /** What it took beyond its slices, in milliseconds: it stays paused for as many turns as pay that back. */
  #debt = 0;
  #isPaused = false;
  #ended = false;
  readonly #turn = (): void => this.#nextTurn();

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** Whether frames wait. */
  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  /** Has it handled after those that came before, in this turn or in a later one. */
  take(frame: Uint8Array): void {
    this.#waiting.push(frame);
    if (this.#waiting.length > 1) return;
    this.#handleUntil(this.#sliceEnds ?? this.#beginSlice());
    this.#pauseIfNeeded();
  }

  /** A read took so long, with all that `take` did meanwhile. */
  charge(milliseconds: number): void {
    if (milliseconds <= SLICE_MS) return;
    this.#debt += milliseconds - SLICE_MS;
    if (this.#sliceEnds === undefined) this.#beginSlice();
    this.#pauseIfNeeded();
  }

  /** Handles all that waits, now. */
  drain(): void {
    this.#handleUntil(Number.POSITIVE_INFINITY);
  }

  /** What waits is not handled any more. */
  end(): void {
    this.#waiting = [];
    this.#debt = 0;
    // A socket that is not read would not see the other side close it.
    this.#pauseIfNeeded();
    this.#ended = true;
  }

  /** Gives when it ends. */
  #beginSlice(): number {
    platform.soon(this.#turn);
    this.#sliceEnds = performance.now() + SLICE_MS;
    return this.#sliceEnds;
  }

  #nextTurn(): void {
    this.#sliceEnds = undefined;
    if (this.#ended) return;
    this.#debt = Math.max(0, this.#debt - SLICE_MS);
    if (this.#debt > 0) this.#beginSlice();
    else if (this.#waiting.length > 0) this.#handleUntil(this.#beginSlice());
    this.#pauseIfNeeded();
  }

  #handleUntil(end: number): void {
    while (performance.now() < end) {
      const frame = this.#waiting[0];
      if (frame === undefined) break;
      this.#options.handle(frame);
      // One that has ended it meanwhile has taken all away.
      this.#waiting.shift();
    }
  }

  #pauseIfNeeded(): void {
    const isPaused = this.#waiting.length > 0 || this.#debt > 0;
    if (isPaused === this.#isPaused || this.#ended) return;
    this.#isPaused = isPaused;
    this.#options.pause(isPaused);
  }
}
