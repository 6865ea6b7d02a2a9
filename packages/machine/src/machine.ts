/** A machine as its user writes it: a state, and a handler for each command and each query. */

import { type At, atOf } from './at.js';
import { type Codec, formOf, optionalFormOf, stateFromCbor, stateToCbor } from './codec.js';
import { type Compared, type Core, core, type Given } from './core.js';
import { checkDefinition, coreOf } from './definition.js';
import { joined, pieces } from './frames.js';
import { admit, find, resultOf, tableOf } from './handlers.js';
import { settled } from './promises.js';
import { chunksOf } from './snapshot.js';
import type { CommandTable, CommandTypes, Machine, QueryTable, QueryTypes, Schemas } from './types.js';

/** What {@link machine} is given. */
export interface Definition<
  State,
  Commands,
  Queries,
  CommandSchemas extends Schemas,
  QuerySchemas extends Schemas,
  Older = unknown,
> {
  /** What it is called: in errors, and in its snapshots, which no machine of another name takes. */
  readonly name: string;
  /** From 1. One more for each change of what a handler does, or of what the state looks like. */
  readonly version: number;
  /** The state before the first command: the same whenever it is called. */
  readonly initial: () => State;
  readonly commands: Commands & NoInfer<CommandTable<State, CommandSchemas>>;
  readonly queries?: Queries & NoInfer<QueryTable<State, QuerySchemas>>;
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
  /** The machine as it was in the version before this one, for as long as members or snapshots may be of that. */
  readonly previous?: Machine<Older>;
  /** Makes a state of this version of one of `previous`. With it, or not at all. */
  readonly migrate?: (state: NoInfer<Older>) => NoInfer<State>;
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
  Older = never,
>(
  definition: Definition<State, Commands, Queries, CommandSchemas, QuerySchemas, Older>,
): Machine<State, NoInfer<CommandTypes<Commands, CommandSchemas>>, NoInfer<QueryTypes<Queries, QuerySchemas>>> {
  checkDefinition(definition);
  const { name, version } = definition;
  return { name, version, [core]: madeOf(definition) };
}

function madeOf<State, Commands, Queries, CommandSchemas extends Schemas, QuerySchemas extends Schemas, Older>(
  definition: Definition<State, Commands, Queries, CommandSchemas, QuerySchemas, Older>,
): Core<State> {
  const { name, version, schema, codec, previous, migrate } = definition;
  const commands = tableOf<(state: State, command: unknown, at: At) => unknown>(name, 'command', definition.commands);
  const queries = tableOf<(state: State, query: unknown) => unknown>(name, 'query', definition.queries);
  const inner: Core<State> = {
    name,
    version,
    commands: formOf(codec, 'command', name),
    queries: formOf(codec, 'query', name),
    replies: optionalFormOf(codec, 'reply', name),
    answers: optionalFormOf(codec, 'answer', name),
    initial: () => settled(definition.initial(), `${name}.initial`),
    admitCommand: (command) => admit(commands, schema?.commands, command),
    admitQuery: (query) => admit(queries, schema?.queries, query),
    apply(state, command, place, watch) {
      const [handler, called] = find(commands, command);
      const run = (from: State, input: unknown): Given<State> => resultOf(handler(from, input, atOf(place)), called);
      const compared = (result: Given<State>): Compared => [
        ['state', result.state, joined(chunksOf(inner, result.state))],
        ['reply', result.reply, inner.replies.write(result.reply)],
      ];
      return watch({
        core: inner,
        called,
        kind: 'command',
        state,
        input: command,
        form: inner.commands,
        run,
        compared,
      });
    },
    ask(state, query, watch) {
      const [handler, called] = find(queries, query);
      const run = (from: State, input: unknown): unknown => settled(handler(from, input), called);
      const compared = (answer: unknown): Compared => [['answer', answer, inner.answers.write(answer)]];
      return watch({ core: inner, called, kind: 'query', state, input: query, form: inner.queries, run, compared });
    },
    snapshot: definition.snapshot ?? ((state) => pieces(stateToCbor(state))),
    // Whatever CBOR gave for a state: the type is the user's word, as it is for a command.
    restore: definition.restore ?? ((chunks) => stateFromCbor(joined(chunks)) as State),
    ...(previous === undefined || migrate === undefined
      ? {}
      : {
          previous: {
            core: coreOf(previous, name),
            migrate: (state: unknown) => settled(migrate(state as Older), `${name}.migrate`),
          },
        }),
  };
  return inner;
}
