/** A set of paths that counts how often each was added. It is looked at with every message, so it costs a step for each name. */
export class PathTree {
  readonly #root: Branch = { count: 0, below: new Map() };
  #size = 0;

  /** The returned function takes it back, once. */
  add(path: readonly string[]): () => void {
    let place = this.#root;
    for (const name of path) {
      let next = place.below.get(name);
      if (next === undefined) {
        next = { count: 0, below: new Map() };
        place.below.set(name, next);
      }
      place = next;
    }
    place.count += 1;
    this.#size += 1;
    let isThere = true;
    return () => {
      if (!isThere) return;
      isThere = false;
      this.#size -= 1;
      this.#remove(path);
    };
  }

  /** Whether the very path is there. */
  has(path: readonly string[]): boolean {
    if (this.#size === 0) return false;
    let place: Branch | undefined = this.#root;
    for (const name of path) {
      place = place.below.get(name);
      if (place === undefined) return false;
    }
    return place.count > 0;
  }

  /** Whether the path, or one that it is below, is there. */
  covers(path: readonly string[]): boolean {
    if (this.#size === 0) return false;
    let place: Branch | undefined = this.#root;
    for (const name of path) {
      place = place.below.get(name);
      if (place === undefined) return false;
      if (place.count > 0) return true;
    }
    return false;
  }

  /** What holds nothing any more goes, too. */
  #remove(path: readonly string[]): void {
    const way: Branch[] = [this.#root];
    for (const name of path) way.push((way.at(-1) as Branch).below.get(name) as Branch);
    (way.at(-1) as Branch).count -= 1;
    for (let depth = path.length; depth > 0; depth -= 1) {
      const { count, below } = way[depth] as Branch;
      if (count > 0 || below.size > 0) break;
      (way[depth - 1] as Branch).below.delete(path[depth - 1] as string);
    }
  }
}

interface Branch {
  count: number;
  readonly below: Map<string, Branch>;
}
