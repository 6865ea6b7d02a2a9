/** What the rest of the package knows of a machine, whose commands and replies are nothing but values to it. */

import type { Place } from './at.js';

/** Under this symbol. */
export const core: unique symbol = Symbol('machine');

/** What a handler gives: the next state, and the reply; without one it is undefined. */
export interface Given<State> {
  readonly state: State;
  readonly reply?: unknown;
}

/** One kind of values as bytes. */
export interface Form {
  /** @throws MachineError `unencodable` */
  write(value: unknown): Uint8Array;
  /** @throws MachineError `undecodable` */
  read(bytes: Uint8Array): unknown;
}

/** A machine, past the types. */
export interface Core<State> {
  readonly name: string;
  readonly version: number;
  readonly commands: Form;
  readonly queries: Form;
  readonly replies: Form;
  readonly answers: Form;
  initial(): State;
  /** What is proposed for a command that a caller gives. @throws MachineError `unknown-command`, `invalid` */
  admitCommand(command: unknown): unknown;
  /** What is asked for a query that a caller gives. @throws MachineError `unknown-command`, `invalid` */
  admitQuery(query: unknown): unknown;
  /** Applies a command as it was read. Throws whatever the handler throws. */
  apply(state: State, command: unknown, place: Place): Given<State>;
  /** Answers a query as it was read. Throws whatever the handler throws. */
  ask(state: State, query: unknown): unknown;
  snapshot(state: State): Iterable<Uint8Array>;
  restore(chunks: Iterable<Uint8Array>): State;
}
