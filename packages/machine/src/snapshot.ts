/** A state with the name and the version of its machine before it, so that another machine, or another version, knows. */

import { fromCbor, toCbor } from './codec.js';
import type { Core } from './core.js';
import { MachineError } from './errors.js';
import { forget, isPromise } from './promises.js';
import { messageOf, quoted } from './text.js';
import { otherVersion, upFrom, versionOf } from './versions.js';

/** How a snapshot is laid out, in its head: for those that a later version may write in another way. */
const FORMAT = 1;

/** The head of a state, then the chunks of the machine. */
export function* writeState<State>(core: Core<State>, state: State): Generator<Uint8Array> {
  yield toCbor([FORMAT, core.name, core.version], 'head');
  yield* chunksOf(core, state);
}

/** What the machine gives. @throws MachineError `unencodable` */
export function* chunksOf<State>(core: Core<State>, state: State): Generator<Uint8Array> {
  try {
    yield* core.snapshot(state);
  } catch (error) {
    if (error instanceof MachineError) throw error;
    throw new MachineError('unencodable', `${core.name}: the state has no form as bytes: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * The state in chunks that {@link writeState} gave, brought up to the version of this machine.
 *
 * @throws MachineError `bad-snapshot`, `other-version`
 */
export function readState<State>(core: Core<State>, chunks: Iterable<Uint8Array>): State {
  const all = chunks[Symbol.iterator]();
  const version = readHead(core, all.next());
  const from = versionOf(core, version);
  if (from === undefined) throw otherVersion(core, version);
  const rest = { [Symbol.iterator]: () => all };
  const state = restored(from, rest);
  if (all.next().done !== true) throw bad(core, 'its restore did not take all chunks');
  return upFrom(core, state, version);
}

function readHead(core: Core<unknown>, { value, done }: IteratorResult<Uint8Array>): number {
  if (done === true) throw bad(core, 'it is empty');
  let head: unknown;
  try {
    head = fromCbor(value);
  } catch {
    throw bad(core, 'it does not begin as one');
  }
  const [format, name, version] = Array.isArray(head) ? (head as readonly unknown[]) : [];
  if (typeof format !== 'number' || typeof name !== 'string' || typeof version !== 'number') {
    throw bad(core, 'it does not begin as one');
  }
  if (format !== FORMAT)
    throw bad(core, `it is laid out in the way ${format}, which this program does not know: install a newer one`);
  if (name !== core.name) throw bad(core, `it is of the machine ${quoted(name)}`);
  return version;
}

function restored<State>(core: Core<State>, chunks: Iterable<Uint8Array>): State {
  let state: unknown;
  try {
    state = core.restore(chunks);
  } catch (error) {
    if (error instanceof MachineError && error.code !== 'malformed') throw error;
    throw bad(core, messageOf(error), { cause: error });
  }
  if (!isPromise(state)) return state as State;
  forget(state);
  throw bad(core, 'its restore gave a promise: it is synchronous');
}

function bad(core: Core<unknown>, why: string, options?: ErrorOptions): MachineError {
  return new MachineError('bad-snapshot', `${core.name}: the snapshot cannot be restored: ${why}`, options);
}
