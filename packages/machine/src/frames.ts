/**
 * Chunks of any size as a stream of bytes, in chunks that are neither large nor small, and back: whoever stores or sends a snapshot may
 * cut the stream anew, and `restore` still gets the chunks that `snapshot` has given. Each has its length before it, and a mark ends
 * the stream, so that one which was cut off is found.
 */

import { MachineError } from './errors.js';
import { kindOf } from './text.js';

/** So many bytes has a chunk of a stream at most, and all but the last one have them. */
export const CHUNK_BYTES_MAX: number = 256 * 1024;

const HEAD_BYTES = 4;
/** In place of a length: no more comes. */
const END = 0xffff_ffff;

/** Bytes in chunks. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES_MAX) {
    yield bytes.subarray(start, start + CHUNK_BYTES_MAX);
  }
}

/** Chunks that stay as they are: who makes them may use the memory of one for the next. */
export function* kept(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield new Uint8Array(chunk);
}

/** Chunks as bytes. */
export function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const all = [...chunks];
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const bytes = new Uint8Array(all.reduce((total, { length }) => total + length, 0));
  let end = 0;
  for (const chunk of all) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

/** @throws MachineError `unencodable` when one of the chunks is none. */
export function* toStream(chunks: Iterable<Uint8Array>, name: string): Generator<Uint8Array> {
  // Each is new, for whoever got the last one may still have it.
  let open = new Uint8Array(CHUNK_BYTES_MAX);
  let filled = 0;
  for (const part of framed(chunks, name)) {
    for (let start = 0; start < part.length; ) {
      const length = Math.min(part.length - start, CHUNK_BYTES_MAX - filled);
      open.set(part.subarray(start, start + length), filled);
      start += length;
      filled += length;
      if (filled < CHUNK_BYTES_MAX) continue;
      yield open;
      open = new Uint8Array(CHUNK_BYTES_MAX);
      filled = 0;
    }
  }
  if (filled > 0) yield open.slice(0, filled);
}

function* framed(chunks: Iterable<Uint8Array>, name: string): Generator<Uint8Array> {
  for (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      throw new MachineError('unencodable', `${name}: its snapshot gave ${kindOf(chunk)}, and no Uint8Array`);
    }
    if (chunk.length >= END)
      throw new MachineError('too-large', `${name}: a chunk of a snapshot has ${chunk.length} bytes`);
    yield headOf(chunk.length);
    yield chunk;
  }
  yield headOf(END);
}

function headOf(length: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  new DataView(head.buffer).setUint32(0, length);
  return head;
}

/** The chunks, each in memory of its own. @throws MachineError `bad-snapshot` when the stream ends early, or goes on after its end. */
export function* fromStream(stream: Iterable<Uint8Array>, name: string): Generator<Uint8Array> {
  const reader = new Reader(stream);
  for (;;) {
    const head = reader.read(HEAD_BYTES);
    const length = head === undefined ? undefined : new DataView(head.buffer).getUint32(0);
    if (length === END) break;
    const chunk = length === undefined ? undefined : reader.read(length);
    if (chunk === undefined) throw new MachineError('bad-snapshot', `${name}: the snapshot ends too early`);
    yield chunk;
  }
  if (reader.read(1) !== undefined)
    throw new MachineError('bad-snapshot', `${name}: the snapshot goes on after its end`);
}

/** Takes bytes from chunks. */
class Reader {
  readonly #chunks: Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  /** A copy of the next bytes; undefined when there are less. */
  read(length: number): Uint8Array<ArrayBuffer> | undefined {
    const parts: Uint8Array[] = [];
    let due = length;
    while (due > 0) {
      if (this.#start === this.#chunk.length) {
        const next = this.#chunks.next();
        if (next.done === true) return undefined;
        this.#chunk = next.value;
        this.#start = 0;
      }
      const part = this.#chunk.subarray(this.#start, this.#start + due);
      parts.push(part);
      this.#start += part.length;
      due -= part.length;
    }
    const bytes = new Uint8Array(length);
    let end = 0;
    for (const part of parts) {
      bytes.set(part, end);
      end += part.length;
    }
    return bytes;
  }
}
