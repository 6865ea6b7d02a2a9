/** Functions over references to parliaments of registers, and for all. They work alike on a local one and on one of another node. */

import type { Reference } from '@parliament/otp';
import { AskError } from '../errors.js';
import type { ParliamentStatus } from '../status.js';
import { type CallOptions, checkCall, send } from './calling.js';
import {
  type AskReply,
  type AskRequest,
  type ClearReply,
  type ClearRequest,
  type ListReply,
  type ListRequest,
  objectionTo,
  type StatusReply,
  type StatusRequest,
} from './requests.js';

/**
 * gen_paxos' `ask`. With a value: proposes it for `key`, and gives the value that is decided: this one, or the one that was
 * decided before, on every node and for ever. Without: gives the decided value of `key`, or undefined when none was
 * decided at the time of the call (the read is linearizable).
 *
 * @param parliament a reference to a parliament actor, of this node or of another one.
 * @param key 1 to 1024 bytes of UTF-8.
 * @param value at most 1 MiB of UTF-8 (see `valueLimitBytes`).
 * @throws AskError with `outcome: 'not-applied' | 'unknown'`; see {@link AskError.code} for the reasons.
 * @example
 * ```ts
 * import { AskError, ask, spawnParliament, startSystem } from 'parliament';
 *
 * const system = startSystem('a');
 * const members = { 0: 'a' };
 * const registers = await spawnParliament(system, 'registers', { member: 0, members, directory: './data-a' });
 *
 * try {
 *   console.log(await ask(registers, 'who leads', 'ann', { timeoutMs: 1000 })); // ann
 *   console.log(await ask(registers, 'who leads', 'bob')); // ann: it was decided before
 *   console.log(await ask(registers, 'who leads')); // ann
 * } catch (error) {
 *   if (!(error instanceof AskError)) throw error;
 *   // unknown: it may have been decided, or may still be; asking again with the same key tells.
 *   console.log(error.code, error.outcome);
 * }
 * ```
 */
export async function ask(
  parliament: Reference,
  key: string,
  value?: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  const timeoutMs = checkCall(parliament, options);
  if (typeof key !== 'string' || (value !== undefined && typeof value !== 'string')) {
    throw new AskError(
      'bad-request',
      'not-applied',
      'key and value must be strings; encode other data, as JSON for example',
    );
  }
  const objection = objectionTo(key, value, Number.POSITIVE_INFINITY);
  if (objection !== undefined) throw new AskError('bad-request', 'not-applied', objection);
  const request: AskRequest = { type: 'ask', key, timeoutMs, ...(value === undefined ? {} : { value }) };
  const reply = await send<AskReply>(parliament, request, timeoutMs, options.signal, value !== undefined);
  return reply.value;
}

/**
 * The registers that have a value, in the order in which they got it, which is the same on every node. It tells what the asked
 * node has applied, which may be behind: unlike {@link ask} it is not linearizable. What is decided meanwhile comes at the end. The
 * deadline is that of each step.
 *
 * @throws AskError
 * @example
 * ```ts
 * import { ask, listRegisters, spawnParliament, startSystem } from 'parliament';
 *
 * const system = startSystem('a');
 * const members = { 0: 'a' };
 * const registers = await spawnParliament(system, 'registers', { member: 0, members, directory: './data-a' });
 *
 * await ask(registers, 'who leads', 'ann');
 * await ask(registers, 'who follows', 'bob');
 * for await (const { key, value } of listRegisters(registers)) console.log(key, value); // who leads ann, then: who follows bob
 * ```
 */
export async function* listRegisters(
  parliament: Reference,
  options: CallOptions = {},
): AsyncGenerator<{ readonly key: string; readonly value: string }> {
  const timeoutMs = checkCall(parliament, options);
  for (let after: number | undefined = 0; after !== undefined; ) {
    const request: ListRequest = { type: 'list', after };
    const reply: ListReply = await send<ListReply>(parliament, request, timeoutMs, options.signal, false);
    for (const [key, value] of reply.entries) yield { key, value };
    after = reply.next;
  }
}

/**
 * What the parliament is doing, role by role.
 *
 * @throws AskError
 * @example
 * ```ts
 * import { spawnParliament, startSystem, status } from 'parliament';
 *
 * const system = startSystem('a');
 * const members = { 0: 'a' };
 * const registers = await spawnParliament(system, 'registers', { member: 0, members, directory: './data-a' });
 *
 * const { majority, proposer } = await status(registers, { timeoutMs: 1000 });
 * console.log(majority); // true
 * console.log(proposer.state, proposer.leader?.node); // leading a, once it is elected
 * ```
 */
export async function status(parliament: Reference, options: CallOptions = {}): Promise<ParliamentStatus> {
  const request: StatusRequest = { type: 'status' };
  const timeoutMs = checkCall(parliament, options);
  const reply = await send<StatusReply>(parliament, request, timeoutMs, options.signal, false);
  return reply.status;
}

/**
 * gen_paxos' `clear`. Empties what the node of `parliament` has cached of decided values, and never what is decided: the
 * next `ask` gives the same values as before.
 *
 * @throws AskError
 */
export async function clear(parliament: Reference, options: CallOptions = {}): Promise<void> {
  const request: ClearRequest = { type: 'clear' };
  await send<ClearReply>(parliament, request, checkCall(parliament, options), options.signal, false);
}
