import { Octets } from './octets.js';
import type { KvState, Version } from './state.js';
import { entries } from './tree.js';

/** What a snapshot begins with. */
export const FORMAT = 1;

/** The bytes of a chunk when nobody says: well below a millisecond's work. */
const CHUNK_BYTES = 64 * 1_024;

/**
 * A key space as chunks of bytes, of a size each but the last; equal ones give equal bytes. They are made when they are asked for, while
 * the key space goes on: what is written meanwhile is another one.
 *
 * The records, each with its length before: the head; a live key each; a key's history each; a revision with what changed each.
 *
 * @example
 * ```ts
 * import { emptyKv, restore, snapshot } from '@parliament/machines';
 *
 * const state = emptyKv();
 * for (const chunk of snapshot(state)) console.log(chunk.length); // 8
 * console.log(restore(snapshot(state)).revision); // 1
 * ```
 */
export function* snapshot(state: KvState, chunkBytes: number = CHUNK_BYTES): Generator<Uint8Array, void> {
  const record = new Octets();
  const out = new Octets();
  for (const write of records(state)) {
    record.drop(record.length);
    write(record);
    out.number(record.length);
    out.append(record.all());
    while (out.length >= chunkBytes) yield taken(out, chunkBytes);
  }
  if (out.length > 0) yield taken(out, out.length);
}

function taken(out: Octets, length: number): Uint8Array {
  const chunk = out.all().slice(0, length);
  out.drop(length);
  return chunk;
}

function* records(state: KvState): Generator<(out: Octets) => void, void> {
  yield (out) => writeHead(out, state);
  for (const [key, version] of entries(state.live)) {
    yield (out) => {
      out.run(key);
      writeVersion(out, version);
    };
  }
  for (const [key, history] of entries(state.past)) {
    yield (out) => {
      out.run(key);
      out.number(history.size);
      for (const [, version] of entries(history)) writeVersion(out, version);
    };
  }
  for (const [revision, keys] of entries(state.changed)) {
    yield (out) => {
      out.number(revision);
      out.number(keys.length);
      for (const key of keys) out.run(key);
    };
  }
}

function writeHead(out: Octets, { revision, compacted, swept, live, past, changed }: KvState): void {
  out.number(FORMAT);
  out.number(revision);
  // Both are -1 in the beginning.
  out.number(compacted + 1);
  out.number(swept + 1);
  for (const tree of [live, past, changed]) out.number(tree.size);
}

function writeVersion(out: Octets, { value, create, mod, version, lease }: Version): void {
  for (const number of [create, mod, version, lease]) out.number(number);
  out.run(value);
}
