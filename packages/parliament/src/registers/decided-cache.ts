/** Decided values that a node remembers: what is decided stays so for ever, so nobody need be asked again. */

/** Half as many are remembered at least of those that were asked for last, or that many units of text. */
const GENERATION_ENTRIES = 5000;
const GENERATION_UNITS = 32 * 1024 * 1024;

/** A bounded map in two generations: when the young one is full it becomes the old one, and the one before is forgotten. */
export class DecidedCache {
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #units = 0;

  get(key: string): string | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    // Who is asked for stays.
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: string): void {
    if (this.#young.has(key)) return;
    if (this.#young.size >= GENERATION_ENTRIES || this.#units >= GENERATION_UNITS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#units = 0;
    }
    this.#young.set(key, value);
    this.#units += key.length + value.length;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#units = 0;
  }
}
