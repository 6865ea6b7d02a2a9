/** A machine as its user writes it: a state, and a handler for each command and each query. */

import { type At, atOf } from './at.js';
import { CBOR, type Codec, decodeBy, encodeBy } from './codec.js';
import { type Core, core, type Form } from './core.js';
import { checkDefinition } from './definition.js';
import { admit, find, given, settled, tableOf } from './handlers.js';
import { joined, pieces } from './snapshot.js';
import type { CommandTable, CommandTypes, Machine, QueryTable, QueryTypes, Schemas } from './types.js';

/** What {@link machine} is given. */
export interface Definition<State, Commands, Queries, CommandSchemas extends Schemas, QuerySchemas extends Schemas> {
  /** What it is called: in errors, and in its snapshots, which no machine of another name takes. */
  readonly name: string;
  /** From 1. One more for each change of what a handler does, or of what the state looks like. */
  readonly version: number;
  /** The state before the first command: the same whenever it is called. */
  readonly initial: () => State;
  readonly commands: Commands & CommandTable<State, CommandSchemas>;
  readonly queries?: Queries & QueryTable<State, QuerySchemas>;
  /**
   * What commands and queries must be like, by a Standard Schema: where a caller gives them, and not where they are applied. A schema
   * sees the fields without the `type`, and what it gives is what is proposed.
   */
  readonly schema?: { readonly commands?: CommandSchemas; readonly queries?: QuerySchemas };
  /** How commands, queries and what answers them become bytes. Default: CBOR. */
  readonly codec?: Codec;
  /** The state as chunks of bytes, as it is when this is called: later states must not change them. Default: CBOR of it all. */
  readonly snapshot?: (state: State) => Iterable<Uint8Array>;
  /** The state of a snapshot, given the same chunks one after the other. With `snapshot`, or not at all. */
  readonly restore?: (chunks: Iterable<Uint8Array>) => State;
}

/** No tables, where none are given. */
type None = Record<never, never>;

/**
 * Makes a machine: a state, and what commands make of it. All is inferred: the state from `initial`, commands and replies from the
 * handlers.
 *
 * @throws MachineError `bad-machine`, which says what in the definition is not right.
 * @example
 * ```ts
 * import { machine, Rejection } from '@parliament/machine';
 *
 * const account = machine({
 *   name: 'account',
 *   version: 1,
 *   initial: () => ({ balance: 0 }),
 *   commands: {
 *     deposit: ({ balance }, { amount }: { amount: number }) => ({
 *       state: { balance: balance + amount },
 *       reply: balance + amount,
 *     }),
 *     withdraw({ balance }, { amount }: { amount: number }) {
 *       if (amount > balance) throw new Rejection('too-little', `there are ${balance}`);
 *       return { state: { balance: balance - amount }, reply: balance - amount };
 *     },
 *   },
 *   queries: { balance: ({ balance }) => balance },
 * });
 * console.log(account.name, account.version); // account 1
 * ```
 */
export function machine<
  State,
  Commands,
  Queries = None,
  CommandSchemas extends Schemas = None,
  QuerySchemas extends Schemas = None,
>(
  definition: Definition<State, Commands, Queries, CommandSchemas, QuerySchemas>,
): Machine<State, CommandTypes<Commands, CommandSchemas>, QueryTypes<Queries, QuerySchemas>> {
  checkDefinition(definition);
  const { name, version } = definition;
  return { name, version, [core]: coreOf(definition) };
}

function coreOf<State, Commands, Queries, CommandSchemas extends Schemas, QuerySchemas extends Schemas>(
  definition: Definition<State, Commands, Queries, CommandSchemas, QuerySchemas>,
): Core<State> {
  const { name, version, schema, codec = CBOR } = definition;
  const commands = tableOf<(state: State, command: unknown, at: At) => unknown>(name, 'command', definition.commands);
  const queries = tableOf<(state: State, query: unknown) => unknown>(name, 'query', definition.queries);
  const form = (what: string): Form => ({
    write: (value) => encodeBy(codec, value, `${name}: ${what}`),
    read: (bytes) => decodeBy(codec, bytes, `${name}: ${what}`),
  });
  return {
    name,
    version,
    commands: form('a command'),
    queries: form('a query'),
    replies: form('a reply'),
    answers: form('an answer'),
    initial: definition.initial,
    admitCommand: (command) => admit(commands, schema?.commands, command),
    admitQuery: (query) => admit(queries, schema?.queries, query),
    apply(state, command, place) {
      const [handler, called] = find(commands, command);
      return given<State>(handler(state, command, atOf(place)), called);
    },
    ask(state, query) {
      const [handler, called] = find(queries, query);
      return settled(handler(state, query), called);
    },
    snapshot: definition.snapshot ?? ((state) => pieces(encodeBy(CBOR, state, `${name}: the state`))),
    // Whatever CBOR gave for a state: the type is the user's word, as it is for a command.
    restore: definition.restore ?? ((chunks) => CBOR.decode(joined(chunks)) as State),
  };
}
