/** What a world is about: the machine under test, and what its clients do with it. */

import { type At, joinChunks, type Machine, type MachineCodec } from '@parliament/synod';
import type { Specification } from '../linearizability.js';
import { jsonCodec, type RegisterCommand, type Registers, registerAfter, registers } from './machines.js';

/** A whole number from 0 to `limit` - 1, from the world's seed. */
export type Draw = (limit: number) => number;

/** The specification knows no slots: what a machine answers must not depend on where its commands stand in the log. */
const NOWHERE: At = { slot: 0, index: 0, time: 0 };

/**
 * A user's machine, as a world needs it. Commands, replies and answers must survive JSON, unless there is a codec. What it answers must
 * not depend on slot and time: against its answers the history is checked, and who checks it knows neither.
 */
export interface Subject<State, Command, Reply, Query = never> {
  readonly machine: Machine<State, Command, Reply>;
  /** Default: JSON. */
  readonly codec?: MachineCodec<Command, Reply>;
  /** A random command. Worlds find more when many clients meet at few keys. */
  readonly command: (draw: Draw) => Command;
  /** A random question, and its answer from a state. Default: no reads. */
  readonly query?: (draw: Draw) => Query;
  readonly answer?: (state: State, query: Query) => unknown;
  /** What commands and queries are about, if some have nothing to do with others: it makes the check much faster. */
  readonly keyOf?: (input: ClientInput<Command, Query>) => string | number;
}

/** What a client asks. */
export type ClientInput<Command, Query> =
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'query'; readonly query: Query };

/** The specification against which a history is checked: the machine itself, alone and without faults. */
export function specificationOf<State, Command, Reply, Query>(
  subject: Subject<State, Command, Reply, Query>,
): Specification<State, ClientInput<Command, Query>, unknown> {
  const { machine, answer, keyOf } = subject;
  const base = {
    initial: machine.initial(),
    step(state: State, input: ClientInput<Command, Query>, output: unknown, returned: boolean) {
      if (input.type === 'query') {
        const fits = !returned || same(answer?.(state, input.query), output);
        return { fits, state };
      }
      const next = machine.restore(machine.snapshot(state));
      const reply = machine.apply(next, input.command, NOWHERE);
      return { fits: !returned || same(reply, output), state: next };
    },
    fingerprint: (state: State) => joinChunks(machine.snapshot(state)).join(),
  };
  return keyOf === undefined ? base : { ...base, keyOf };
}

function same(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

/** Few keys, so that clients meet; small values, so that a lost write is likely to show. */
const KEYS = 5;

/** The registers of the worlds that come with the simulator. */
export const registerSubject: Subject<Registers, RegisterCommand, number, number> = {
  machine: registers,
  // A reply is a number: of fixed size.
  codec: { ...jsonCodec(), weighReply: () => 8 },
  command(draw) {
    const key = draw(KEYS);
    const value = 1 + draw(1_000_000);
    const kind = draw(4);
    if (kind === 0) return { type: 'swap', key, expected: 0, value };
    return { type: kind === 1 ? 'put' : 'add', key, value };
  },
  query: (draw) => draw(KEYS),
  answer: (state, key) => state.get(key) ?? 0,
  keyOf: (input) => (input.type === 'query' ? input.query : input.command.key),
};

/** The registers' specification, key by key: much faster than snapshots of all of them. */
export const registerSpecification: Specification<number, ClientInput<RegisterCommand, number>, unknown> = {
  initial: 0,
  step(before, input, output, returned) {
    const fits = !returned || output === before;
    return { fits, state: input.type === 'query' ? before : registerAfter(before, input.command) };
  },
  fingerprint: (state) => state,
  keyOf: (input) => (input.type === 'query' ? input.query : input.command.key),
};
