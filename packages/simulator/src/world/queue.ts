/** The queue of a world: what happens next, in virtual time. */

/**
 * A binary heap by time; what was scheduled first happens first where times are the same. The times lie beside the actions, as plain
 * numbers: this is the busiest place of a world.
 */
export class EventQueue {
  #times = new Float64Array(64);
  #orders = new Float64Array(64);
  readonly #actions: (() => void)[] = [];
  #order = 0;
  /** Virtual milliseconds since the beginning of the world. */
  now = 0;

  get size(): number {
    return this.#actions.length;
  }

  schedule(delayMs: number, action: () => void): void {
    this.#order += 1;
    const index = this.#actions.length;
    this.#actions.push(action);
    if (index === this.#times.length) {
      this.#times = larger(this.#times);
      this.#orders = larger(this.#orders);
    }
    this.#rise(index, this.now + delayMs, this.#order, action);
  }

  /** Lets the next thing happen. False when nothing is left. */
  step(): boolean {
    const actions = this.#actions;
    const next = actions[0];
    const last = actions.pop();
    if (next === undefined || last === undefined) return false;
    this.now = this.#times[0] as number;
    const { length } = actions;
    if (length > 0) this.#sink(this.#times[length] as number, this.#orders[length] as number, last);
    next();
    return true;
  }

  /** Finds the place for what stands last. */
  #rise(from: number, at: number, order: number, action: () => void): void {
    const times = this.#times;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      // It is the newest: of those at the same time it is the last.
      if (at >= (times[parent] as number)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, at, order, action);
  }

  /** Finds the place for what stood last, from the top. */
  #sink(at: number, order: number, action: () => void): void {
    const { length } = this.#actions;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (
        child + 1 < length &&
        this.#isBefore(child + 1, this.#times[child] as number, this.#orders[child] as number)
      ) {
        child += 1;
      }
      if (!this.#isBefore(child, at, order)) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(index, at, order, action);
  }

  #isBefore(index: number, at: number, order: number): boolean {
    const time = this.#times[index] as number;
    return time === at ? (this.#orders[index] as number) < order : time < at;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] as number, this.#orders[from] as number, this.#actions[from] as () => void);
  }

  #put(index: number, at: number, order: number, action: () => void): void {
    this.#times[index] = at;
    this.#orders[index] = order;
    this.#actions[index] = action;
  }
}

function larger(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const twice = new Float64Array(2 * numbers.length);
  twice.set(numbers);
  return twice;
}
