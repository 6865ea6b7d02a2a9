/** What waits to be appended to a log, in order. */

import { bytesOf, type Chunk } from './batch.js';
import type { GroupNumber } from './group-state.js';
import type { EncodedRecord } from './record-codec.js';

/** An append, and who waits for it. */
export interface Waiting {
  readonly group: GroupNumber;
  /**
   * What is to be written; or what gives it, called once all before it has its place: what stands then is not what stood
   * when the append was asked for. It may be called again, when there was no room the first time.
   */
  readonly records: readonly EncodedRecord[] | (() => readonly EncodedRecord[]);
  readonly isUrgent: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** What is to be written together. */
export interface Batch {
  readonly chunks: readonly Chunk[];
  readonly bytes: number;
  readonly waiting: readonly Waiting[];
}

/** A batch has at most so many bytes, unless a single append has more. */
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

export class AppendQueue {
  #waiting: Waiting[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether somebody waits for something in it. */
  get isUrgent(): boolean {
    return this.#waiting.some(({ isUrgent }) => isUrgent);
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** Bytes of the first append, which there is. */
  get firstBytes(): number {
    return bytesOf(recordsOf(this.#waiting[0] as Waiting));
  }

  /** Takes what fits into `room` bytes; each append is shown to `note` before the next one is looked at. */
  take(room: number, note: (chunk: Chunk) => void): Batch {
    const chunks: Chunk[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      const chunk = { group: waiting.group, records: recordsOf(waiting) };
      const more = bytesOf(chunk.records);
      if (bytes + more > (chunks.length === 0 ? room : Math.min(room, BATCH_BYTES_MAX))) break;
      bytes += more;
      chunks.push(chunk);
      note(chunk);
    }
    return { chunks, bytes, waiting: this.#waiting.splice(0, chunks.length) };
  }

  /** Takes the first one away. */
  shift(): Waiting | undefined {
    return this.#waiting.shift();
  }

  /** Takes all away. */
  clear(): Waiting[] {
    return this.#waiting.splice(0);
  }
}

function recordsOf({ records }: Waiting): readonly EncodedRecord[] {
  return typeof records === 'function' ? records() : records;
}
