/**
 * The frames that have come over one link and wait to be handled. One link must not keep the event loop from the others,
 * however much comes over it in however small pieces: it gets a slice of each turn, and is not read while it has more.
 */

import { soon } from '../platform/unattended.js';

/** What one link may take of a turn of the event loop, in milliseconds; more by one item, or by one read of its socket. */
const SLICE_MS = 0.25;
/** By so much one item may pass its slice, in milliseconds; what is more has to be paid back twice, as all others waited. */
const OVERRUN_MS = 1;
const OVERRUN_PRICE = 2;

export interface InboxOptions<Item> {
  /** What a frame holds, in order. Takes no longer than its bytes do. */
  open(frame: Uint8Array): readonly Item[];
  handle(item: Item): void;
  /** Stops and resumes the reading of what frames come from. */
  pause(isPaused: boolean): void;
}

export class Inbox<Item> {
  readonly #options: InboxOptions<Item>;
  #waiting: Uint8Array[] = [];
  /** What is in the frame that was opened last, and how much of it was handled. */
  #items: readonly Item[] = [];
  #handled = 0;
  /** By the clock of `performance`; undefined: nothing was handled in this turn yet. */
  #sliceEnds: number | undefined;
  /** What it took beyond its slices, in milliseconds: it stays paused for as many turns as pay that back. */
  #debt = 0;
  /** How long handling has taken since the last charge, in milliseconds. */
  #handledMs = 0;
  #isPaused = false;
  #ended = false;
  #onHandled: (() => void) | undefined;
  readonly #turn = (): void => this.#nextTurn();

  constructor(options: InboxOptions<Item>) {
    this.#options = options;
  }

  /** Whether something waits, or is not read at all. */
  get isBehind(): boolean {
    return this.#hasMore || this.#isPaused;
  }

  get #hasMore(): boolean {
    return this.#waiting.length > 0 || this.#handled < this.#items.length;
  }

  /** Has it handled after those that came before, in this turn or in a later one. */
  take(frame: Uint8Array): void {
    const isFirst = !this.#hasMore;
    this.#waiting.push(frame);
    if (isFirst) this.#handleUntil(this.#sliceEnds ?? this.#beginSlice());
    this.#pauseIfNeeded();
  }

  /** A read took so long, with all that `take` did meanwhile, which is counted by itself. */
  charge(milliseconds: number): void {
    const readMs = milliseconds - this.#handledMs;
    this.#handledMs = 0;
    if (readMs > SLICE_MS) this.#owe(readMs - SLICE_MS);
  }

  #owe(milliseconds: number): void {
    this.#debt += milliseconds;
    if (this.#sliceEnds === undefined) this.#beginSlice();
    this.#pauseIfNeeded();
  }

  /** No more comes. Calls back once all that came is handled, at the pace of always: the others do not wait for it. */
  whenHandled(done: () => void): void {
    if (this.#hasMore) this.#onHandled = done;
    else done();
  }

  /** What waits is not handled any more. */
  end(): void {
    this.#waiting = [];
    this.#items = [];
    this.#debt = 0;
    this.#onHandled = undefined;
    // A socket that is not read would not see the other side close it.
    this.#pauseIfNeeded();
    this.#ended = true;
  }

  /** Gives when it ends. */
  #beginSlice(): number {
    soon(this.#turn);
    this.#sliceEnds = performance.now() + SLICE_MS;
    return this.#sliceEnds;
  }

  #nextTurn(): void {
    this.#sliceEnds = undefined;
    if (this.#ended) return;
    this.#debt = Math.max(0, this.#debt - SLICE_MS);
    this.#handledMs = 0;
    if (this.#debt > 0) this.#beginSlice();
    else if (this.#hasMore) this.#handleUntil(this.#beginSlice());
    this.#pauseIfNeeded();
    if (this.#hasMore || this.#onHandled === undefined) return;
    const done = this.#onHandled;
    this.#onHandled = undefined;
    done();
  }

  #handleUntil(end: number): void {
    const begun = performance.now();
    // One that has ended it meanwhile has taken all away.
    while (performance.now() < end && this.#hasMore) {
      if (this.#handled < this.#items.length) {
        this.#handled += 1;
        this.#options.handle(this.#items[this.#handled - 1] as Item);
      } else {
        this.#handled = 0;
        this.#items = [];
        this.#items = this.#options.open(this.#waiting.shift() as Uint8Array);
      }
    }
    const now = performance.now();
    this.#handledMs += now - begun;
    const over = now - Math.max(begun, end);
    if (over > OVERRUN_MS) this.#owe(over * OVERRUN_PRICE);
  }

  #pauseIfNeeded(): void {
    const isPaused = this.#hasMore || this.#debt > 0;
    if (isPaused === this.#isPaused || this.#ended) return;
    this.#isPaused = isPaused;
    this.#options.pause(isPaused);
  }
}
