/** Where callers stand: commands and queries become bytes here, and bytes of outcomes replies. */

import { coreOf } from './definition.js';
import { MachineError } from './errors.js';
import { readOutcome } from './outcome.js';
import type { AnswerOf, AnyMachine, CommandInputOf, CommandOf, QueryInputOf, QueryOf, ReplyOf } from './types.js';

export interface EncodeOptions {
  /** How many bytes there may be. Default: any number. */
  readonly bytesMax?: number;
}

/**
 * The bytes of a command, which a replica applies: what its schema makes of it, in the codec of the machine.
 *
 * @throws MachineError `unknown-command`, `invalid`, `unencodable`, `too-large`
 * @example
 * ```ts
 * import { encodeCommand, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 * });
 * const bytes = encodeCommand(counter, { type: 'add', by: 5 }, { bytesMax: 1_000_000 });
 * console.log(bytes.length);
 * ```
 */
export function encodeCommand<M extends AnyMachine>(
  machine: M,
  command: NoInfer<CommandInputOf<M>>,
  options: EncodeOptions = {},
): Uint8Array {
  const { name, commands, admitCommand } = coreOf(machine, 'encodeCommand');
  return within(options, commands.write(admitCommand(command)), `${name}: a command`);
}

/**
 * The bytes of a query, which a replica answers.
 *
 * @throws MachineError `unknown-command`, `invalid`, `unencodable`, `too-large`
 * @example
 * ```ts
 * import { encodeQuery, host, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 *   queries: { sum: (sum) => sum },
 * });
 * const answer = host(counter).query(5, encodeQuery(counter, { type: 'sum' }));
 * console.log(answer.length);
 * ```
 */
export function encodeQuery<M extends AnyMachine>(
  machine: M,
  query: NoInfer<QueryInputOf<M>>,
  options: EncodeOptions = {},
): Uint8Array {
  const { name, queries, admitQuery } = coreOf(machine, 'encodeQuery');
  return within(options, queries.write(admitQuery(query)), `${name}: a query`);
}

/**
 * A command from its bytes, for whoever looks at what was decided. It may be one that no handler is there for.
 *
 * @throws MachineError `malformed`
 * @example
 * ```ts
 * import { decodeCommand, encodeCommand, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 *   queries: { sum: (sum) => sum },
 * });
 * const bytes = encodeCommand(counter, { type: 'add', by: 5 });
 * console.log(decodeCommand(counter, bytes)); // { type: 'add', by: 5 }
 * ```
 */
export function decodeCommand<M extends AnyMachine>(machine: M, bytes: Uint8Array): CommandOf<M> {
  return coreOf(machine, 'decodeCommand').commands.read(bytes) as CommandOf<M>;
}

/**
 * The reply in the bytes that `apply` gave for a command.
 *
 * @throws Rejection when a handler has refused the command
 * @throws MachineError `handler-failed`, `unknown-command`, `malformed`, `unencodable`: why else it was not applied; with the outcome
 *   `unknown`, that it may have been, although its reply cannot be read
 * @example
 * ```ts
 * import { decodeReply, encodeCommand, host, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 *   queries: { sum: (sum) => sum },
 * });
 * const command = { type: 'add', by: 5 } as const;
 * const { reply } = host(counter).apply(0, encodeCommand(counter, command), { slot: 1, index: 0, time: 0 });
 * const sum: number = decodeReply(counter, command, reply);
 * console.log(sum); // 5
 * ```
 */
export function decodeReply<M extends AnyMachine, const Command extends { readonly type: CommandOf<M>['type'] }>(
  machine: M,
  _command: Command,
  bytes: Uint8Array,
): ReplyOf<M, Command> {
  const { name, replies } = coreOf(machine, 'decodeReply');
  return readOutcome(replies, bytes, name, true) as ReplyOf<M, Command>;
}

/**
 * The answer in the bytes that `query` gave for a query.
 *
 * @throws Rejection, MachineError as `decodeReply` does
 * @example
 * ```ts
 * import { decodeAnswer, encodeQuery, host, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 *   queries: { sum: (sum) => sum },
 * });
 * const query = { type: 'sum' } as const;
 * const sum: number = decodeAnswer(counter, query, host(counter).query(5, encodeQuery(counter, query)));
 * console.log(sum); // 5
 * ```
 */
export function decodeAnswer<M extends AnyMachine, const Query extends { readonly type: QueryOf<M>['type'] }>(
  machine: M,
  _query: Query,
  bytes: Uint8Array,
): AnswerOf<M, Query> {
  const { name, answers } = coreOf(machine, 'decodeAnswer');
  return readOutcome(answers, bytes, name, false) as AnswerOf<M, Query>;
}

function within({ bytesMax }: EncodeOptions, bytes: Uint8Array, what: string): Uint8Array {
  if (bytesMax === undefined || bytes.length <= bytesMax) return bytes;
  throw new MachineError(
    'too-large',
    `${what} has ${bytes.length} bytes, where there may be ${bytesMax}: send it in parts`,
  );
}
