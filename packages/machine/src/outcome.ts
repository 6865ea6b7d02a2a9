/**
 * What became of a command or a query, as bytes: one byte says what, and the rest is the reply in the codec of the machine; or, as CBOR
 * whatever the codec is, why there is none.
 */

import { encodeBy, fromCbor, toCbor, withHead } from './codec.js';
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
    return withHead(REJECTED, encodeBy(undefined, placed(reason), 'rejection', name));
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

/** @throws Rejection, MachineError: why there is no reply; `malformed` when the bytes tell nothing. */
export function readOutcome(form: Form, bytes: Uint8Array, name: string, kind: 'command' | 'query'): unknown {
  const rest = bytes.subarray(1);
  if (bytes[0] === REPLIED) {
    try {
      return form.read(rest);
    } catch (error) {
      throw kind === 'query' ? error : unread(error, name, 'it was applied');
    }
  }
  const reason = bytes[0] === REJECTED || bytes[0] === FAILED ? readReason(rest) : undefined;
  if (reason === undefined) {
    const text = `${name}: ${bytes.length} bytes are the outcome of no command and no query`;
    const error = new MachineError('malformed', text);
    throw kind === 'query' ? error : unread(error, name, 'it may have been applied');
  }
  const { code, message, step, data, fault } = reason;
  const options = { ...(step === undefined ? {} : { step }), ...(fault === undefined ? {} : { fault }) };
  if (bytes[0] === REJECTED) throw new Rejection(code, message, data, options);
  // Another one is of a later version.
  const known = MACHINE_ERROR_CODES.find((each) => each === code) ?? 'handler-failed';
  throw new MachineError(known, message, options);
}

/** What a caller cannot read does not say that nothing was applied. */
function unread(cause: unknown, name: string, fate: string): MachineError {
  const text = `${name}: the reply of a command cannot be read, and ${fate}: ${messageOf(cause)}`;
  return new MachineError('malformed', text, { cause, outcome: 'unknown' });
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
  const { code, message, step } = content as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  return step === undefined || typeof step === 'string' ? (content as Reason) : undefined;
}
