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
  /** @throws MachineError `malformed` */
  read(bytes: Uint8Array): unknown;
}

/** A machine, past the types. */
export interface Core<State> {
  readonly name: string;
  readonly version: number;
  readonly commands: Form;
  readonly queries: Form;
  /** Writes what `apply` gives as a reply, and reads what the caller gets. */
  readonly replies: Form;
  /** Writes what `ask` gives, and reads what the caller gets. */
  readonly answers: Form;
  /** Of a composition, in order. */
  readonly parts?: ReadonlyMap<string, Core<unknown>>;
  /** The machine as it was in an earlier version. */
  readonly previous?: Previous<State>;
  initial(): State;
  /** What is proposed for a command that a caller gives. @throws MachineError `unknown-command`, `invalid` */
  admitCommand(command: unknown): unknown;
  /** What is asked for a query that a caller gives. @throws MachineError `unknown-command`, `invalid` */
  admitQuery(query: unknown): unknown;
  /** Applies a command as it was read. Throws whatever the handler throws. */
  apply(state: State, command: unknown, place: Place, watch: Watch): Given<State>;
  /** Answers a query as it was read. Throws whatever the handler throws. */
  ask(state: State, query: unknown, watch: Watch): unknown;
  /** The state in chunks of any size; `restore` gets the same ones. */
  snapshot(state: State): Iterable<Uint8Array>;
  restore(chunks: Iterable<Uint8Array>): State;
}

export interface Previous<State> {
  readonly core: Core<unknown>;
  migrate(state: unknown): State;
}

/** One call of a handler. */
export interface Call<State, Result> {
  readonly core: Core<State>;
  /** What the handler is called in errors: `account.deposit`. */
  readonly called: string;
  readonly state: State;
  readonly kind: 'command' | 'query';
  readonly input: unknown;
  /** How the input becomes bytes. */
  readonly form: Form;
  readonly run: (state: State, input: unknown) => Result;
  readonly compared: (result: Result) => Compared;
}

/** What of a result must be the same on every member. */
export type Compared = readonly (readonly [what: string, value: unknown, bytes: Uint8Array])[];

/** Makes a call: as it is, or in development mode, which throws what it finds. */
export type Watch = <State, Result>(call: Call<State, Result>) => Result;
