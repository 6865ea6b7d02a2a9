/**
 * The deadlines of calls. There may be very many, and nearly all are met: so those of the same length share one timer of
 * Node's, and wait in a line, in which they come due in the order in which they came.
 */

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
    else if (this.#first === due) this.#timer.ref();
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
    if (this.#first === undefined) this.#timer?.unref();
  }

  #arm(afterMs: number): void {
    this.#timer = setTimeout(() => this.#fire(), afterMs);
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

/** The line of those who wait `lengthMs` milliseconds. */
export function lineOf(lengthMs: number): Line {
  const known = lines.get(lengthMs);
  if (known !== undefined) return known;
  const line = new Line(lengthMs);
  lines.set(lengthMs, line);
  return line;
}
