/** A machine as a replica has it: bytes in, bytes out. Only what is here is ever called where commands are applied. */

import { type Moment, placeOf } from './at.js';
import type { Core } from './core.js';
import { checkNames, coreOf } from './definition.js';
import { guarded } from './development/forbidden.js';
import { freeze } from './development/freeze.js';
import { copyOf, watch } from './development/watch.js';
import { fromStream, toStream } from './frames.js';
import { plainly } from './handlers.js';
import { weightOf, writeReplied, writeThrown } from './outcome.js';
import { readState, writeState } from './snapshot.js';
import { named } from './thrown.js';
import type { Machine } from './types.js';
import { otherVersion, upFrom, versionOf, versionsOf } from './versions.js';

/** What applying one command gives. */
export interface Applied<State> {
  /** The same as before, when the command was rejected or failed. */
  readonly state: State;
  /** For `decodeReply`. */
  readonly reply: Uint8Array;
}

/** A machine past its types. The state is a value that never changes: keep it, hand it back, take a snapshot of it at any time. */
export interface Hosted<State> {
  readonly name: string;
  readonly version: number;
  /** Those that it can be at, or come from, its own one last. */
  readonly versions: readonly number[];
  initial(): State;
  /**
   * Applies the bytes of a command. Never throws, whatever the bytes: what is wrong with them is an outcome as well, and changes
   * nothing, on every member alike.
   */
  apply(state: State, command: Uint8Array, moment: Moment): Applied<State>;
  /**
   * What a reply weighs, in bytes: the same on every member. The bytes of one that tells of a failure may differ where members run other
   * versions of JavaScript, which word their errors in other ways: nothing that members must agree on may depend on them.
   */
  weigh(reply: Uint8Array): number;
  /** Answers the bytes of a query, for `decodeAnswer`. Never throws, whatever the bytes. */
  query(state: State, query: Uint8Array): Uint8Array;
  /** The state in chunks of 256 KiB and less, made as they are asked for. @throws MachineError `unencodable` */
  snapshot(state: State): Iterable<Uint8Array>;
  /**
   * The state of a snapshot of this version, or of one of `versions`. The chunks may be cut anew, and are read one after the other.
   *
   * @throws MachineError `bad-snapshot`, `other-version`
   */
  restore(chunks: Iterable<Uint8Array>): State;
  /** The machine as it was in an earlier version, for what was decided before all members had this one. @throws MachineError `other-version` */
  at(version: number): Hosted<unknown>;
  /** Makes a state of this version of one that `at(from)` has given. @throws MachineError `other-version` */
  migrate(state: unknown, from: number): State;
}

export interface HostOptions {
  /**
   * Finds what would make members differ: calls of a clock, of chance, of timers; states that are changed in place; handlers that
   * give something else when they run again; snapshots that do not restore. Each call of a handler costs several snapshots of the
   * state. Default: false.
   */
  readonly development?: boolean;
}

/**
 * Hosts a machine: what a replica needs of it, without its types.
 *
 * @example
 * ```ts
 * import { decodeReply, encodeCommand, host, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 * });
 * const hosted = host(counter);
 * const command = encodeCommand(counter, { type: 'add', by: 5 });
 * const { state, reply } = hosted.apply(hosted.initial(), command, { slot: 1, index: 0, time: Date.now() });
 * console.log(state, decodeReply(counter, { type: 'add' }, reply)); // 5 5
 * ```
 */
export function host<State>(machine: Machine<State>, options: HostOptions = {}): Hosted<State> {
  const inner = coreOf(machine, 'host');
  checkNames(`${machine.name}: host`, options, ['development']);
  return hosted(inner as Core<State>, options.development === true);
}

function hosted<State>(inner: Core<State>, isWatched: boolean): Hosted<State> {
  const { name, version } = inner;
  const watching = isWatched ? watch : plainly;
  const made = (what: string, make: () => State): State =>
    isWatched ? freeze(guarded(`${name}.${what}`, make)) : make();
  return {
    name,
    version,
    versions: versionsOf(inner),
    initial: () => made('initial', () => named(`${name}.initial`, () => inner.initial())),
    apply(state, command, moment) {
      try {
        const { state: next, reply } = inner.apply(state, inner.commands.read(command), placeOf(moment), watching);
        return { state: next, reply: writeReplied(inner.replies, reply) };
      } catch (error) {
        return { state, reply: writeThrown(error, name) };
      }
    },
    weigh: weightOf,
    query(state, query) {
      try {
        return writeReplied(inner.answers, inner.ask(state, inner.queries.read(query), watching));
      } catch (error) {
        return writeThrown(error, name);
      }
    },
    snapshot(state) {
      if (isWatched) copyOf(inner, state);
      return toStream(writeState(inner, state), name);
    },
    restore: (chunks) => made('restore', () => readState(inner, fromStream(chunks, name))),
    at(earlier) {
      const then = versionOf(inner, earlier);
      if (then !== undefined) return hosted(then, isWatched);
      throw otherVersion(inner, earlier);
    },
    migrate: (state, from) => made('migrate', () => upFrom(inner, state, from)),
  };
}
