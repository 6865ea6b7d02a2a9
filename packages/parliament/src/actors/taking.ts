/** A snapshot is taken chunk by chunk, so that nobody waits for long. */

import type { History, Slot } from '@parliament/synod';

/** A snapshot that is being taken. */
export interface Taking {
  readonly slot: Slot;
  readonly history: History;
  tailSlots: number;
  /** A step for each chunk, and some to put them together. */
  readonly steps: Generator<undefined, Uint8Array>;
}

/** So many bytes are put together in one step. */
const COPIED_BYTES = 8 * 1024 * 1024;

/** All chunks in one piece, step by step. */
export function* gather(chunks: Iterable<Uint8Array>): Generator<undefined, Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const chunk of chunks) {
    parts.push(chunk);
    total += chunk.length;
    yield undefined;
  }
  const bytes = Buffer.allocUnsafe(total);
  let end = 0;
  let copied = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
    copied += part.length;
    if (copied < COPIED_BYTES) continue;
    copied = 0;
    yield undefined;
  }
  return bytes;
}
