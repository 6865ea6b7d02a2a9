/** What waits to be appended to a log, in order. */

import { bytesOf, type Chunk } from './batch.js';

/** An append, and who waits for it. */
export interface Waiting {
  /**
   * What is to be written, all of it or nothing; or what gives it, called once all before it has its place: what stands then
   * is not what stood when the append was asked for. It may be called again, when there was no room the first time.
   */
  readonly chunks: readonly Chunk[] | (() => readonly Chunk[]);
  readonly isUrgent: boolean;
  /** It lets the log be trimmed: it may have the room that is kept for that. */
  readonly isFreeing: boolean;
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
    return bytesOfAll(chunksOf(this.#waiting[0] as Waiting));
  }

  /**
   * Takes what fits into `room` bytes, `kept` of which are for what lets the log be trimmed; each append is shown to `note`
   * before the next one is looked at.
   */
  take(room: number, kept: number, note: (chunk: Chunk) => void): Batch {
    const chunks: Chunk[] = [];
    let [bytes, count] = [0, 0];
    for (const waiting of this.#waiting) {
      const own = chunksOf(waiting);
      const more = bytesOfAll(own);
      const limit = more === 0 || waiting.isFreeing ? room : room - kept;
      if (bytes + more > (count === 0 ? limit : Math.min(limit, BATCH_BYTES_MAX))) break;
      bytes += more;
      count += 1;
      for (const chunk of own) {
        chunks.push(chunk);
        note(chunk);
      }
    }
    return { chunks, bytes, waiting: this.#waiting.splice(0, count) };
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

function chunksOf({ chunks }: Waiting): readonly Chunk[] {
  return typeof chunks === 'function' ? chunks() : chunks;
}

function bytesOfAll(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { records }) => sum + bytesOf(records), 0);
}
