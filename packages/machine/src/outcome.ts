/**
 * What became of a command or a query, as bytes: one byte says what, and the rest is the reply in the codec of the machine; or, as CBOR
 * whatever the codec is, why there is none.
 */

import { encodeCbor, fromCbor, toCbor, withHead } from './codec.js';
import type { Form } from './core.js';
import { type Fault, MACHINE_ERROR_CODES, MachineError, Rejection, StepError } from './errors.js';
import { failed, isRejection } from './thrown.js';
import { clip, messageOf } from './text.js';

const REPLIED = 0;
const REJECTED = 1;
const FAILED = 2;

/** Why there is no reply, as bytes. */
interface Reason {
  readonly code: string;
  readonly message: string;
  readonly step?: string;
  readonly data?: unknown;
  readonly fault?: Fault;
}

/** @throws MachineError `unencodable` */
export function writeReplied(form: Form, reply: unknown): Uint8Array {
  return withHead(REPLIED, form.write(reply));
}

/** Whether the bytes that `apply` gave are a reply. What was rejected, or failed, has changed nothing. */
export function isReplied(bytes: Uint8Array): boolean {
  return bytes[0] === REPLIED;
}

/** Why there is no reply, for whatever was thrown. Never throws, although what was thrown may, when it is looked at. */
export function writeThrown(thrown: unknown, name: string): Uint8Array {
  try {
    return writeReason(thrown, name);
  } catch {
    return withHead(
      FAILED,
      toCbor({ code: 'handler-failed', message: `${name}: what was thrown cannot be looked at` }, 'reason'),
    );
  }
}

function writeReason(thrown: unknown, name: string): Uint8Array {
  const { cause, steps } = unwrapped(thrown);
  const placed = (reason: Reason): Reason => (steps.length === 0 ? reason : withSteps(reason, steps));
  if (!isRejection(cause)) return withHead(FAILED, toCbor(placed(failureOf(cause, name)), 'reason'));
  const { code, message, data } = cause;
  const reason = { code: clip(code), message: clip(message), ...(data === undefined ? {} : { data }) };
  try {
    return withHead(REJECTED, encodeCbor(placed(reason), 'rejection', name));
  } catch (error) {
    return withHead(FAILED, toCbor(placed(failureOf(error, name)), 'reason'));
  }
}

/** What was thrown in a step of a composed command, and in which. */
function unwrapped(thrown: unknown): { readonly cause: unknown; readonly steps: readonly StepError[] } {
  const steps: StepError[] = [];
  let cause = thrown;
  while (cause instanceof StepError) {
    steps.push(cause);
    cause = cause.cause;
  }
  return { cause, steps };
}

function withSteps(reason: Reason, steps: readonly StepError[]): Reason {
  const named = steps.map(({ step, part }) => `${step}, ${part}: `).join('');
  return { ...reason, message: clip(named + reason.message), step: steps.map(({ step }) => step).join('.') };
}

function failureOf(thrown: unknown, name: string): Reason {
  const { code, message, fault } = thrown instanceof MachineError ? thrown : failed(thrown, name);
  return { code, message: clip(message), ...(fault === undefined ? {} : { fault }) };
}

/**
 * @param changing whether it is of a command: it may have been applied, although nobody can read what it was answered by.
 * @throws Rejection, MachineError: why there is no reply; `malformed` when the bytes tell nothing.
 */
export function readOutcome(form: Form, bytes: Uint8Array, name: string, changing: boolean): unknown {
  const rest = bytes.subarray(1);
  const outcome = changing ? 'unknown' : 'not-applied';
  if (bytes[0] === REPLIED) {
    try {
      return form.read(rest);
    } catch (error) {
      const text = changing
        ? 'a command was applied, but its reply'
        : 'a query was answered, but what it was answered by';
      const message = `${name}: ${text} cannot be read: ${messageOf(error)}`;
      throw new MachineError('malformed', message, { cause: error, outcome });
    }
  }
  const reason = bytes[0] === REJECTED || bytes[0] === FAILED ? readReason(rest) : undefined;
  if (reason === undefined) {
    const message = `${name}: ${bytes.length} bytes are the outcome of no command and no query`;
    throw new MachineError('malformed', message, { outcome });
  }
  const { code, message, step, data, fault } = reason;
  const options = { ...(step === undefined ? {} : { step }), ...(fault === undefined ? {} : { fault }) };
  if (bytes[0] === REJECTED) throw new Rejection(code, message, data, options);
  // Another one is of a later version.
  const known = MACHINE_ERROR_CODES.find((each) => each === code) ?? 'handler-failed';
  throw new MachineError(known, message, options);
}

/** What a failure weighs: more than it has bytes, all of whose texts are clipped. */
const FAILURE_WEIGHT = 16_384;

/**
 * What the bytes of an outcome weigh, the same on every member. Those of a failure may not be the same: they have the texts of errors, and
 * each version of JavaScript words its own ones in another way.
 */
export function weightOf(outcome: Uint8Array): number {
  return outcome[0] === FAILED ? FAILURE_WEIGHT : outcome.length;
}

/** Undefined when the bytes are none. */
function readReason(bytes: Uint8Array): Reason | undefined {
  let content: unknown;
  try {
    content = fromCbor(bytes);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  const { code, message, step, fault } = content as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  if (fault !== undefined && !isFault(fault)) return undefined;
  return step === undefined || typeof step === 'string' ? (content as Reason) : undefined;
}

function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null) return false;
  const { name, code, message } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof message !== 'string') return false;
  return code === undefined || typeof code === 'string' || typeof code === 'number';
}
