/**
 * The deadlines of calls. There may be very many, and nearly all are met: so those of the same length share one timer of
 * Node's, and wait in a line, in which they come due in the order in which they came.
 */

import * as platform from '#platform';

import { LONGEST_TIMEOUT_MS } from '../promises.js';

/** What has a deadline. The fields are the line's. */
export interface Due {
  /** Monotonic milliseconds, whole ones: a fraction would cost an object each. */
  dueAt: number;
  earlier: Due | undefined;
  later: Due | undefined;
  /** The deadline has passed. It is out of the line already. */
  timedOut(): void;
}

/** Those who wait equally long. */
export class Line {
  readonly lengthMs: number;
  #first: Due | undefined;
  #last: Due | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  join(due: Due): void {
    due.dueAt = Math.ceil(performance.now() + this.lengthMs);
    due.earlier = this.#last;
    if (this.#last === undefined) this.#first = due;
    else this.#last.later = due;
    this.#last = due;
    if (this.#timer === undefined) this.#arm(this.lengthMs);
    // Somebody waits: the process is kept alive.
    else if (this.#first === due) platform.keepAlive(this.#timer, true);
  }

  leave(due: Due): void {
    const { earlier, later } = due;
    if (earlier !== undefined) earlier.later = later;
    else if (this.#first === due) this.#first = later;
    // Not in the line any more.
    else return;
    if (later !== undefined) later.earlier = earlier;
    else this.#last = earlier;
    due.earlier = undefined;
    due.later = undefined;
    // Another one will soon come: the timer stays, but keeps nothing alive.
    if (this.#first === undefined && this.#timer !== undefined) platform.keepAlive(this.#timer, false);
  }

  #arm(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#fire();
    }, afterMs);
  }

  #fire(): void {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#first !== undefined && this.#first.dueAt <= now) {
      const due = this.#first;
      this.leave(due);
      due.timedOut();
    }
    if (this.#first === undefined) {
      if (lines.get(this.lengthMs) === this) lines.delete(this.lengthMs);
    } else if (this.#timer === undefined) this.#arm(Math.max(1, this.#first.dueAt - now));
  }
}

const lines = new Map<number, Line>();

/** So many lengths are kept apart. With more, as when every call has a time of its own, they are rounded up by up to 1 in 64. */
const LINES_LIMIT = 256;

/** The line of those who wait `lengthMs` milliseconds, or a little longer. */
export function lineOf(lengthMs: number): Line {
  const known = lines.get(lengthMs);
  if (known !== undefined) return known;
  if (lines.size < LINES_LIMIT) return newLine(lengthMs);
  const rounded = roundedUp(lengthMs);
  return lines.get(rounded) ?? newLine(rounded);
}

function newLine(lengthMs: number): Line {
  const line = new Line(lengthMs);
  lines.set(lengthMs, line);
  return line;
}

/** Up to the next of 64 steps between two powers of 2; there are fewer than 2,000 of them. */
export function roundedUp(lengthMs: number): number {
  const step = 2 ** Math.max(0, 25 - Math.clz32(lengthMs));
  return Math.min(LONGEST_TIMEOUT_MS, Math.ceil(lengthMs / step) * step);
}
