/**
 * Registers and `kv` as chunks of bytes: a head, then what registers give, each chunk with its length before it, then what `kv` gives. A
 * snapshot of registers alone, as they were before `kv` was beside them, has no head, and no `kv`.
 */

import { readChunks } from '@parliament/synod';
import type { HostedMachine } from '../host/hosted.js';
import { type Registers, registers } from '../registers/registers.js';

/** The state of both. */
export interface Pair<Kv> {
  readonly registers: Registers;
  readonly kv: Kv;
}

/** A byte that no message of protobuf begins with, as a snapshot of registers alone does; and the version of the form. */
const FORM = 0;
const VERSION = 1;

const LENGTH_BYTES = 4;

/** Both are what they were when this was called, whatever becomes of them while the chunks are taken. */
export function* pairChunks(
  ofRegisters: Iterable<Uint8Array>,
  ofKv: Iterable<Uint8Array>,
): Generator<Uint8Array, void> {
  yield Uint8Array.of(FORM, VERSION);
  for (const chunk of ofRegisters) {
    yield lengthAsBytes(chunk.length);
    yield chunk;
  }
  yield lengthAsBytes(0);
  yield* ofKv;
}

/** @throws Error when the chunks are neither those of {@link pairChunks}, in whichever way they are cut, nor those of registers alone. */
export function restorePair<Kv>(chunks: Iterable<Uint8Array>, kv: HostedMachine<Kv>): Pair<Kv> {
  const parts = nonEmpty(chunks);
  const first = parts.next();
  // Registers without a value have no bytes.
  if (first.done === true) return { registers: registers.initial(), kv: kv.initial() };
  const all = following(first.value, parts);
  if (first.value[0] !== FORM) return { registers: registers.restore(all), kv: kv.initial() };
  const reader = readChunks(all);
  const [, version] = reader.take(2);
  if (version !== VERSION) throw new Error(`registers and kv in version ${version}; this is version ${VERSION}`);
  const restored = registers.initial();
  for (;;) {
    const length = lengthIn(reader.take(LENGTH_BYTES));
    if (length === 0) break;
    for (const [key, value] of registers.restore([reader.take(length)])) restored.set(key, value);
  }
  return { registers: restored, kv: kv.restore(reader.rest()) };
}

function lengthAsBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

function lengthIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
}

function* nonEmpty(chunks: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  for (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

function* following(first: Uint8Array, rest: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  yield first;
  yield* rest;
}
