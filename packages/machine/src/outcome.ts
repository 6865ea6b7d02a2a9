/**
 * What became of a command or a query, as bytes: one byte says what, and the rest is the reply in the codec of the machine; or, as CBOR
 * whatever the codec is, why there is none.
 */

import { CBOR, encodeBy } from './codec.js';
import type { Form } from './core.js';
import { type Fault, MACHINE_ERROR_CODES, MachineError, Rejection } from './errors.js';
import { clip } from './text.js';

const REPLIED = 0;
const REJECTED = 1;
const FAILED = 2;

export function writeReplied(form: Form, reply: unknown): Uint8Array {
  return withHead(REPLIED, form.write(reply));
}

/** Why there is no reply, for whatever was thrown. Never throws: a getter of what was thrown may. */
export function writeThrown(thrown: unknown, called: string): Uint8Array {
  try {
    if (isRejection(thrown)) {
      const { code, message, step, data } = thrown;
      const why = { code: clip(code), message: clip(message), ...(step === undefined ? {} : { step }) };
      const content = data === undefined ? why : { ...why, data };
      return withHead(REJECTED, encodeBy(CBOR, content, `${called}: the data of the rejection ${clip(code)}`));
    }
    return withHead(FAILED, CBOR.encode(failureOf(thrown, called)));
  } catch (error) {
    const failure =
      error instanceof MachineError
        ? failureOf(error, called)
        : { code: 'failed', message: `${called} threw what cannot be looked at` };
    return withHead(FAILED, CBOR.encode(failure));
  }
}

/** @throws Rejection, MachineError: why there is no reply; `undecodable` when the bytes tell nothing. */
export function readOutcome(form: Form, bytes: Uint8Array, name: string): unknown {
  const rest = bytes.subarray(1);
  if (bytes[0] === REPLIED) return form.read(rest);
  const why = bytes[0] === REJECTED || bytes[0] === FAILED ? reasonIn(rest) : undefined;
  if (why === undefined) {
    throw new MachineError('undecodable', `${name}: ${bytes.length} bytes are the outcome of no command or query`);
  }
  const { code, message, step, data, fault } = why;
  const options = { ...(step === undefined ? {} : { step }), ...(fault === undefined ? {} : { fault }) };
  if (bytes[0] === REJECTED) throw new Rejection(code, message, data, options);
  // One that a later version may have.
  const known = MACHINE_ERROR_CODES.find((each) => each === code) ?? 'failed';
  throw new MachineError(known, message, options);
}

interface Reason {
  readonly code: string;
  readonly message: string;
  readonly step?: string;
  readonly data?: unknown;
  readonly fault?: Fault;
}

function reasonIn(bytes: Uint8Array): Reason | undefined {
  let content: Partial<Reason> | null | undefined;
  try {
    content = CBOR.decode(bytes) as Partial<Reason> | null | undefined;
  } catch {
    return undefined;
  }
  return typeof content?.code === 'string' && typeof content.message === 'string' ? (content as Reason) : undefined;
}

/** Not `instanceof`: there may be two copies of this package. */
function isRejection(thrown: unknown): thrown is Rejection {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { name, code, message } = thrown as Partial<Rejection>;
  return name === 'Rejection' && typeof code === 'string' && typeof message === 'string';
}

function failureOf(thrown: unknown, called: string): Reason {
  if (thrown instanceof MachineError) {
    const { code, message, step, fault } = thrown;
    return {
      code,
      message: clip(message),
      ...(step === undefined ? {} : { step }),
      ...(fault === undefined ? {} : { fault }),
    };
  }
  const fault = faultOf(thrown);
  return { code: 'failed', message: clip(`${called} threw ${fault.name}: ${fault.message}`), fault };
}

/** What is kept of what was thrown: never a stack, which tells of files, and differs from member to member. */
function faultOf(thrown: unknown): Fault {
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: clip(String(thrown)) };
  const { name, code, message } = thrown as { name?: unknown; code?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' ? clip(name) : 'object',
    ...(typeof code === 'string' ? { code: clip(code) } : typeof code === 'number' ? { code } : {}),
    message: typeof message === 'string' ? clip(message) : 'without a message',
  };
}

function withHead(outcome: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 1);
  bytes[0] = outcome;
  bytes.set(content, 1);
  return bytes;
}
