import { pack, type Packed } from './bytes.js';
import type { Span } from './range.js';
import { ABSENT, type KvState, leaseEntry, type Version, type View } from './state.js';
import { emptyTree, entries, find, remove, set, type Tree } from './tree.js';

/** A key space while one transaction writes it: nobody else sees it. What it reads is what it has written. */
export class Draft implements View {
  readonly #base: KvState;
  readonly #changed: string[] = [];
  #live: Tree<string, Version>;
  #past: Tree<string, Tree<number, Version>>;
  #leases: Tree<string, true>;

  constructor(base: KvState) {
    this.#base = base;
    this.#live = base.live;
    this.#past = base.past;
    this.#leases = base.leases;
  }

  /** That of the transaction once it has changed something. */
  get revision(): number {
    return this.#base.revision + (this.#changed.length === 0 ? 0 : 1);
  }

  get compacted(): number {
    return this.#base.compacted;
  }

  get live(): Tree<string, Version> {
    return this.#live;
  }

  get past(): Tree<string, Tree<number, Version>> {
    return this.#past;
  }

  /** Puts a key, which this transaction has not changed before. */
  put(key: string, value: Packed, lease: number): void {
    const before = find(this.#live, key);
    if (before !== undefined) this.#supersede(key, before);
    const mod = this.#base.revision + 1;
    const version = { value, create: before?.create ?? mod, mod, version: (before?.version ?? 0) + 1, lease };
    this.#live = set(this.#live, key, version);
    if (lease !== 0) this.#leases = set(this.#leases, leaseEntry(lease, key), true);
    this.#changed.push(key);
  }

  /** Deletes the keys of a span. Gives what they were. */
  delete({ from, until }: Span): (readonly [key: string, version: Version])[] {
    const found = [...entries(this.#live, from, until)];
    const mod = this.#base.revision + 1;
    for (const [key, before] of found) {
      const history = this.#supersede(key, before);
      this.#past = set(this.#past, key, set(history, mod, { ...ABSENT, mod }));
      this.#live = remove(this.#live, key);
      this.#changed.push(key);
    }
    return found;
  }

  /** What the key space is afterwards; the same as before when nothing was changed. */
  state(): KvState {
    if (this.#changed.length === 0) return this.#base;
    const { compacted, swept, changed, revision } = this.#base;
    return {
      ...{ revision: revision + 1, compacted, swept },
      ...{
        live: this.#live,
        past: this.#past,
        changed: set(changed, revision + 1, this.#changed.slice()),
        leases: this.#leases,
      },
    };
  }

  /** Keeps what a key was. Gives the history of the key. */
  #supersede(key: string, before: Version): Tree<number, Version> {
    const history = set(find(this.#past, key) ?? emptyTree<number, Version>(), before.mod, before);
    this.#past = set(this.#past, key, history);
    if (before.lease !== 0) this.#leases = remove(this.#leases, leaseEntry(before.lease, key));
    return history;
  }
}

/** What is kept of a value that a request brings. */
export function packedValue(value: Uint8Array | undefined): Packed {
  return value === undefined ? '' : pack(value);
}
