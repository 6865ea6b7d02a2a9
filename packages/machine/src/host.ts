/** A machine as a replica has it: bytes in, bytes out. Only what is here is ever called where commands are applied. */

import { type Moment, placeOf } from './at.js';
import { core } from './core.js';
import { fromStream, toStream } from './frames.js';
import { writeReplied, writeThrown } from './outcome.js';
import { readState, writeState } from './snapshot.js';
import type { Machine } from './types.js';

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
  initial(): State;
  /**
   * Applies the bytes of a command. Never throws, whatever the bytes: what is wrong with them is an outcome as well, and changes
   * nothing, on every member alike.
   */
  apply(state: State, command: Uint8Array, moment: Moment): Applied<State>;
  /** Answers the bytes of a query, for `decodeAnswer`. Never throws, whatever the bytes. */
  query(state: State, query: Uint8Array): Uint8Array;
  /** The state in chunks, made as they are asked for. */
  snapshot(state: State): Iterable<Uint8Array>;
  restore(chunks: Iterable<Uint8Array>): State;
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
export function host<State>(machine: Machine<State>): Hosted<State> {
  const inner = machine[core];
  const { name, version } = inner;
  return {
    name,
    version,
    initial: () => inner.initial(),
    apply(state, command, moment) {
      try {
        const { state: next, reply } = inner.apply(state, inner.commands.read(command), placeOf(moment));
        return { state: next, reply: writeReplied(inner.replies, reply) };
      } catch (error) {
        return { state, reply: writeThrown(error, name) };
      }
    },
    query(state, query) {
      try {
        return writeReplied(inner.answers, inner.ask(state, inner.queries.read(query)));
      } catch (error) {
        return writeThrown(error, name);
      }
    },
    snapshot: (state) => toStream(writeState(inner, state), name),
    restore: (chunks) => readState(inner, fromStream(chunks, name)),
  };
}
