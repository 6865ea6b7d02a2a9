/** The queue of a world: what happens next, in virtual time. */

/** Something that will happen. */
interface Scheduled {
  readonly at: number;
  /** Breaks ties: what was scheduled first happens first. */
  readonly order: number;
  readonly action: () => void;
}

/** A binary heap by time. */
export class EventQueue {
  readonly #heap: Scheduled[] = [];
  #order = 0;
  /** Virtual milliseconds since the beginning of the world. */
  now = 0;

  get size(): number {
    return this.#heap.length;
  }

  schedule(delayMs: number, action: () => void): void {
    this.#order += 1;
    const heap = this.#heap;
    heap.push({ at: this.now + delayMs, order: this.#order, action });
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index] as Scheduled, heap[parent] as Scheduled)) break;
      swap(heap, index, parent);
      index = parent;
    }
  }

  /** Lets the next thing happen. False when nothing is left. */
  step(): boolean {
    const heap = this.#heap;
    const next = heap[0];
    const last = heap.pop();
    if (next === undefined || last === undefined) return false;
    if (heap.length > 0) {
      heap[0] = last;
      sink(heap);
    }
    this.now = next.at;
    next.action();
    return true;
  }
}

function sink(heap: Scheduled[]): void {
  let index = 0;
  for (;;) {
    let least = index;
    for (const child of [2 * index + 1, 2 * index + 2]) {
      const candidate = heap[child];
      if (candidate !== undefined && isBefore(candidate, heap[least] as Scheduled)) least = child;
    }
    if (least === index) return;
    swap(heap, index, least);
    index = least;
  }
}

function isBefore(left: Scheduled, right: Scheduled): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at;
}

function swap(heap: Scheduled[], left: number, right: number): void {
  const kept = heap[left] as Scheduled;
  heap[left] = heap[right] as Scheduled;
  heap[right] = kept;
}
