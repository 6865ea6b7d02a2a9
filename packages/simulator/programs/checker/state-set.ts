/**
 * The states that were seen: of each a fingerprint of 64 bits and the state it was reached from, in typed arrays.
 *
 * Two states with one fingerprint would pass for one, and what follows from the second would go unseen. With n states the
 * chance of that is about n² / 2^65: one in 10^6 at 5 million states, one in 3,700 at 100 million.
 */

/** Where no state is. */
export const NONE = 0xffffffff;

export class StateSet {
  /** By number of a state: its fingerprint, and the number of the state it was reached from. */
  #low: Uint32Array;
  #high: Uint32Array;
  #parents: Uint32Array;
  /** Open addressing: numbers of states plus 1. */
  #table: Uint32Array;
  #size = 0;

  constructor(capacity: number = 1 << 16) {
    this.#low = new Uint32Array(capacity);
    this.#high = new Uint32Array(capacity);
    this.#parents = new Uint32Array(capacity);
    this.#table = new Uint32Array(2 * capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return 4 * (3 * this.#low.length + this.#table.length);
  }

  /** Adds a state unless it is there. @returns its number if it is new, and {@link NONE} if not. */
  add(low: number, high: number, parent: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = (low ^ (high >>> 7)) & mask;
    for (let entry = table[place] as number; entry !== 0; entry = table[place] as number) {
      if (this.#low[entry - 1] === low && this.#high[entry - 1] === high) return NONE;
      place = (place + 1) & mask;
    }
    const number = this.#size;
    this.#size += 1;
    this.#low[number] = low;
    this.#high[number] = high;
    this.#parents[number] = parent;
    table[place] = number + 1;
    if (this.#size === this.#low.length) this.#grow();
    return number;
  }

  parentOf(state: number): number {
    return this.#parents[state] as number;
  }

  hasFingerprint(state: number, low: number, high: number): boolean {
    return this.#low[state] === low && this.#high[state] === high;
  }

  /** The arrays themselves, to be written to disk; and back. */
  dump(): readonly Uint32Array[] {
    return [this.#low, this.#high, this.#parents].map((array) => array.subarray(0, this.#size));
  }

  static restore([low, high, parents]: readonly Uint32Array[]): StateSet {
    const size = (low as Uint32Array).length;
    let capacity = 1 << 16;
    while (capacity <= size) capacity *= 2;
    const set = new StateSet(capacity);
    for (let state = 0; state < size; state++) {
      set.add(
        (low as Uint32Array)[state] as number,
        (high as Uint32Array)[state] as number,
        (parents as Uint32Array)[state] as number,
      );
    }
    return set;
  }

  #grow(): void {
    const capacity = 2 * this.#low.length;
    this.#low = grown(this.#low, capacity);
    this.#high = grown(this.#high, capacity);
    this.#parents = grown(this.#parents, capacity);
    const table = new Uint32Array(2 * capacity);
    const mask = table.length - 1;
    for (let state = 0; state < this.#size; state++) {
      let place = ((this.#low[state] as number) ^ ((this.#high[state] as number) >>> 7)) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = state + 1;
    }
    this.#table = table;
  }
}

function grown(array: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
