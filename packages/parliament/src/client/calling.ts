/** How a parliament is asked, wherever it is, and what is known when no answer comes. */

import { CallError, call, isReference, type Reference } from '@parliament/otp';
import { peerOf } from '@parliament/remote';
import { AskError } from '../errors.js';
import { codeOfReply, DEFAULT_TIMEOUT_MS, type FailureReply, LONGEST_TIMEOUT_MS } from './requests.js';

/** What every call takes. */
export interface CallOptions {
  /** The call fails after this time, in milliseconds: default 5000, at most a day. */
  readonly timeoutMs?: number;
  /** The call fails as soon as this fires. What it asked for may be decided all the same. */
  readonly signal?: AbortSignal;
}

export const CALL_OPTIONS: readonly string[] = ['timeoutMs', 'signal'] satisfies readonly (keyof CallOptions)[];

/**
 * How much longer than its deadline a call waits for the parliament's own answer, in milliseconds: only the parliament can
 * tell whether the request may have been applied.
 */
const GRACE_MS = 250;

/**
 * Asks, and waits for the answer.
 *
 * @param isWrite whether the request may have an effect: then it is not known where no answer comes.
 * @throws AskError
 */
export async function send<Reply extends { readonly ok: true }>(
  parliament: Reference,
  request: object,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  isWrite: boolean,
): Promise<Reply> {
  const reply = await call<Reply | FailureReply>(parliament, request, {
    timeoutMs: timeoutMs + GRACE_MS,
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    throw explain(error, parliament, isWrite);
  });
  if (reply.ok) return reply;
  throw new AskError(codeOfReply(reply.code), reply.outcome, reply.error);
}

/** Says of a call without an answer what is known about its effect. */
function explain(error: unknown, parliament: Reference, isWrite: boolean): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const outcome = isWrite ? 'unknown' : 'not-applied';
  const options = { cause: error };
  switch (error.code) {
    // Who is no parliament knows no such request, and has not handled it.
    case 'unknown-request':
    case 'noproc': {
      const message = 'no parliament runs there; is it started?';
      return new AskError('noproc', 'not-applied', message, options);
    }
    case 'aborted':
      return new AskError('aborted', outcome, 'the call was aborted', options);
    case 'timeout':
      return new AskError('timeout', outcome, 'the node of the parliament did not answer in time', options);
    case 'overloaded':
      return new AskError('overloaded', 'not-applied', error.message, options);
    case 'noconnection': {
      // Without a cause not even the way to that node is known: it was not connected when the message would have left.
      const isSent = error.cause !== undefined;
      const message = isSent ? error.message : `node ${peerOf(parliament)} is not connected`;
      return new AskError('noconnection', isSent ? outcome : 'not-applied', message, options);
    }
    case 'too-large':
    case 'unsendable':
      return new AskError(error.code, outcome, error.message, options);
    default:
      return error instanceof CallError ? new AskError('exit', outcome, error.message, options) : error;
  }
}

/** @throws RangeError when an option is misspelt or out of its range. AskError `bad-request` when it is no reference that is asked. */
export function checkCall(
  parliament: Reference,
  options: CallOptions,
  known: readonly string[] = CALL_OPTIONS,
): number {
  if (!isReference(parliament)) {
    const message = 'what is asked is no reference to a parliament: give what spawnParliament or node.ref gave';
    throw new AskError('bad-request', 'not-applied', message);
  }
  if (typeof options !== 'object' || options === null) throw new RangeError('options: give an object');
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new RangeError(`unknown option ${name}; known are ${known.join(', ')}`);
    }
  }
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw new RangeError(`timeoutMs: ${timeoutMs} is not a number of milliseconds above 0 and at most a day`);
}
