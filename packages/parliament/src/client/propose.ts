/** Functions over references to parliaments that run a machine of their user's. They work alike on a local one and on one of another node. */

import {
  type AnswerOf,
  type AnyMachine,
  type CommandInputOf,
  decodeAnswer,
  decodeReply,
  encodeCommand,
  encodeQuery,
  type QueryInputOf,
  type ReplyOf,
} from '@parliament/machine';
import { isReference, type Reference } from '@parliament/otp';
import { AskError } from '../errors.js';
import { CALL_OPTIONS, type CallOptions, checkCall, send } from './calling.js';
import {
  type FoundReply,
  isSlot,
  type ProposeRequest,
  READ_LEVELS,
  type ReadLevel,
  type ReadRequest,
  type SaidReply,
} from './requests.js';

declare const machineOf: unique symbol;

/** A reference to a parliament that runs this machine: the compiler knows its commands and queries by it. */
export type ParliamentOf<M extends AnyMachine> = Reference & { readonly [machineOf]?: M };

/** What each reference was given to run. References from elsewhere are not in it. */
const machines = new WeakMap<Reference, AnyMachine>();

/** What a read takes. */
export interface ReadOptions extends CallOptions {
  /**
   * `linearizable`, the default: the answer knows of all that was decided when the read was asked for. A majority is asked for that.
   * `lease`: the same, from the leader alone, which asks nobody while its lease holds; it rests on clocks. Other members refuse (`no-lease`).
   * `local`: the answer is what the asked member has applied, which may be behind. It needs nobody else.
   */
  readonly level?: ReadLevel;
  /**
   * Waits until the asked member has applied all up to this slot. With the `slot` of `proposeAt` or `readAt` a program reads what it
   * has written, or not behind what it has read, at any member. Default: 0, for no slot in particular.
   */
  readonly atLeast?: number;
}

const READ_OPTIONS: readonly string[] = [...CALL_OPTIONS, 'level', 'atLeast'];

/** What came of a command. */
export interface ProposeResult<Reply> {
  readonly reply: Reply;
  /**
   * The slot in which it was applied. When the asked member took a snapshot over meanwhile, it may be a later one: whoever reads with this
   * `atLeast` reads what the command did.
   */
  readonly slot: number;
}

/** What came of a read. */
export interface ReadResult<Answer> {
  readonly answer: Answer;
  /** The answer stands for the state after this slot, and no other. */
  readonly slot: number;
  /**
   * How old the answer is, at most, in milliseconds: all that had been decided, and told to anybody, so long before it was given is in it.
   * `Infinity` where the member does not know, as it has just started, or hears no leader.
   */
  readonly ageMs: number;
}

/**
 * A reference to a parliament that runs a machine, from one of which that is not known: of another node, or out of a message. It says so
 * to this process only; what runs there is not asked.
 *
 * @param reference as `node.ref('b', ['accounts'])` gives it.
 * @throws AskError `bad-request` when it is no reference.
 * @example
 * ```ts
 * import { machine, openNode, propose, startSystem, withMachine } from 'parliament';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: count + by }) },
 * });
 *
 * const node = await openNode(startSystem('client'), { name: 'client', peers: { a: '127.0.0.1:7101' } });
 * const count = withMachine(node.ref('a', ['count']), counter);
 * console.log(await propose(count, { type: 'add', by: 1 }));
 * ```
 */
export function withMachine<M extends AnyMachine>(reference: Reference, machine: M): ParliamentOf<M> {
  if (!isReference(reference)) throw new AskError('bad-request', 'not-applied', 'what is given is no reference');
  machines.set(reference, machine);
  return reference;
}

/**
 * Has a command decided, and applied by every member: once, however often it had to be sent. Gives the reply of the machine.
 *
 * @throws Rejection as the machine threw it: nothing was applied.
 * @throws MachineError when the command is none of the machine's, its schema refuses it, it has no form as bytes, or its handler failed:
 *   nothing was applied. Its `outcome` is `unknown` where a reply came that this machine cannot read (`malformed`): that command was applied.
 * @throws AskError with `outcome: 'not-applied' | 'unknown'` when no reply came.
 * @example
 * ```ts
 * import { machine, propose, read, spawnParliament, startSystem } from 'parliament';
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
 *   },
 *   queries: { balance: ({ balance }) => balance },
 * });
 *
 * const system = startSystem('a');
 * const members = { 0: 'a' };
 * const accounts = await spawnParliament(system, 'accounts', { machine: account, member: 0, members, directory: './data-a' });
 *
 * console.log(await propose(accounts, { type: 'deposit', amount: 5 }, { timeoutMs: 1000 })); // 5, the first time
 * console.log(await read(accounts, { type: 'balance' })); // 5
 * ```
 */
export async function propose<M extends AnyMachine, const Command extends CommandInputOf<M>>(
  parliament: ParliamentOf<M>,
  command: Command,
  options: CallOptions = {},
): Promise<ReplyOf<M, Command>> {
  return (await proposeAt(parliament, command, options)).reply;
}

/**
 * As {@link propose}, and says in which slot the command was applied.
 *
 * @throws as `propose` does.
 * @example
 * ```ts
 * import { machine, proposeAt, readAt, spawnParliament, startSystem } from 'parliament';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: count + by }) },
 *   queries: { count: (count) => count },
 * });
 *
 * const system = startSystem('a');
 * const count = await spawnParliament(system, 'count', { machine: counter, member: 0, members: { 0: 'a' }, directory: './data-a' });
 *
 * const { slot } = await proposeAt(count, { type: 'add', by: 1 });
 * // At whichever member: it waits until that one has come so far.
 * const { answer, ageMs } = await readAt(count, { type: 'count' }, { level: 'local', atLeast: slot });
 * console.log(answer, ageMs);
 * ```
 */
export async function proposeAt<M extends AnyMachine, const Command extends CommandInputOf<M>>(
  parliament: ParliamentOf<M>,
  command: Command,
  options: CallOptions = {},
): Promise<ProposeResult<ReplyOf<M, Command>>> {
  const timeoutMs = checkCall(parliament, options);
  const machine = knownMachine(parliament);
  const request: ProposeRequest = { type: 'propose', command: encodeCommand(machine, command), timeoutMs };
  const { bytes, slot } = await send<SaidReply>(parliament, request, timeoutMs, options.signal, true);
  return { reply: decodeReply(machine, command, bytes) as ReplyOf<M, Command>, slot };
}

/**
 * Asks the machine, and changes nothing.
 *
 * @throws Rejection as the machine threw it.
 * @throws MachineError when the query is none of the machine's, its schema refuses it, or its handler failed.
 * @throws AskError when no answer came.
 */
export async function read<M extends AnyMachine, const Query extends QueryInputOf<M>>(
  parliament: ParliamentOf<M>,
  query: Query,
  options: ReadOptions = {},
): Promise<AnswerOf<M, Query>> {
  return (await readAt(parliament, query, options)).answer;
}

/**
 * As {@link read}, and says which slot the answer stands for, and how old it is at most.
 *
 * @throws as `read` does.
 */
export async function readAt<M extends AnyMachine, const Query extends QueryInputOf<M>>(
  parliament: ParliamentOf<M>,
  query: Query,
  options: ReadOptions = {},
): Promise<ReadResult<AnswerOf<M, Query>>> {
  const timeoutMs = checkCall(parliament, options, READ_OPTIONS);
  const { level = 'linearizable', atLeast = 0 } = options;
  if (!READ_LEVELS.includes(level)) throw new RangeError(`level: ${level} is none of ${READ_LEVELS.join(', ')}`);
  if (!isSlot(atLeast)) throw new RangeError(`atLeast: ${String(atLeast)} is no slot; give one of proposeAt or readAt`);
  const machine = knownMachine(parliament);
  const request: ReadRequest = { type: 'read', query: encodeQuery(machine, query), level, atLeast, timeoutMs };
  const { bytes, slot, ageMs } = await send<FoundReply>(parliament, request, timeoutMs, options.signal, false);
  const answer = decodeAnswer(machine, query, bytes) as AnswerOf<M, Query>;
  return { answer, slot, ageMs: ageMs ?? Number.POSITIVE_INFINITY };
}

/** @throws AskError `bad-request` when it is not known which machine runs there. */
export function knownMachine<M extends AnyMachine>(parliament: ParliamentOf<M>): M {
  const machine = machines.get(parliament);
  if (machine !== undefined) return machine as M;
  const message =
    'it is not known which machine runs there: give what spawnParliament gave, or say it with withMachine(reference, machine)';
  throw new AskError('bad-request', 'not-applied', message);
}
