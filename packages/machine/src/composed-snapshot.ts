/** The snapshot of a composition: for each part its name, then its own chunks, each after a mark, then another mark. */

import { fromCbor, toCbor } from './codec.js';
import type { CoreParts } from './composed.js';
import { MachineError } from './errors.js';
import type { ComposedState } from './multi.js';
import { readState, writeState } from './snapshot.js';
import { listOf, quoted } from './text.js';

/** Before each chunk of a part. */
const MORE = 1;
/** After the last one. */
const END = 0;

export function* composedSnapshot(parts: CoreParts, state: ComposedState): Generator<Uint8Array> {
  for (const [type, part] of parts) {
    yield toCbor(type, 'part');
    for (const chunk of writeState(part, state[type])) {
      yield Uint8Array.of(MORE);
      yield chunk;
    }
    yield Uint8Array.of(END);
  }
}

/** @throws MachineError `bad-snapshot`, `other-version` */
export function composedRestore(parts: CoreParts, name: string, chunks: Iterable<Uint8Array>): ComposedState {
  const all = chunks[Symbol.iterator]();
  const states = new Map<string, unknown>();
  for (let next = all.next(); next.done !== true; next = all.next()) {
    const type = nameIn(next.value, name);
    const part = parts.get(type);
    if (part === undefined || states.has(type)) throw bad(name, `it has the part ${quoted(type)}`);
    states.set(type, readState(part, chunksOfPart(all, name)));
  }
  const missing = [...parts.keys()].filter((type) => !states.has(type));
  if (missing.length > 0) throw bad(name, `it does not have: ${listOf(missing)}`);
  // In the order of the composition.
  return Object.fromEntries([...parts.keys()].map((type) => [type, states.get(type)]));
}

function nameIn(chunk: Uint8Array, name: string): string {
  let type: unknown;
  try {
    type = fromCbor(chunk);
  } catch {
    type = undefined;
  }
  if (typeof type !== 'string') throw bad(name, 'it names no part where one begins');
  return type;
}

function* chunksOfPart(all: Iterator<Uint8Array>, name: string): Generator<Uint8Array> {
  for (;;) {
    const mark = all.next();
    const kind = mark.done === true || mark.value.length !== 1 ? undefined : mark.value[0];
    if (kind === END) return;
    const chunk = kind === MORE ? all.next() : undefined;
    if (chunk === undefined || chunk.done === true) throw bad(name, 'a part of it ends too early');
    yield chunk.value;
  }
}

function bad(name: string, why: string): MachineError {
  return new MachineError('bad-snapshot', `${name}: the snapshot cannot be restored: ${why}`);
}
