/** What handlers throw, which may be anything. */

import { type Fault, MachineError, type Rejection } from './errors.js';
import { clip } from './text.js';

/** Not `instanceof`: there may be two copies of this package. */
export function isRejection(thrown: unknown): thrown is Rejection {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { name, code, message } = thrown as Partial<Rejection>;
  return name === 'Rejection' && typeof code === 'string' && typeof message === 'string';
}

/** Runs what a user has given. What it throws that is no rejection is told with its name. */
export function named<Result>(called: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof MachineError || isRejection(error) ? error : failed(error, called);
  }
}

/** What was thrown and is no rejection as an error that names the handler, with what is kept of it. */
export function failed(thrown: unknown, called: string): MachineError {
  const fault = faultOf(thrown);
  return new MachineError('handler-failed', `${called} threw ${fault.name}: ${fault.message}`, {
    fault,
    cause: thrown,
  });
}

/** Never a stack, which tells of files, and differs from member to member. A getter of what was thrown may throw here. */
function faultOf(thrown: unknown): Fault {
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: clip(String(thrown)) };
  const { name, code, message } = thrown as { name?: unknown; code?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' ? clip(name) : 'object',
    ...(typeof code === 'string' ? { code: clip(code) } : typeof code === 'number' ? { code } : {}),
    message: typeof message === 'string' ? clip(message) : 'without a message',
  };
}
