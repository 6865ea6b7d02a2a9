/** Promises where a value is due at once. */

import { MachineError } from './errors.js';

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** What becomes of it is of no interest any more, and must not end the process. */
export function forget(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => {});
}

/** What was given at once. @throws MachineError `handler-failed` when that is a promise. */
export function settled<Value>(value: Value, name: string): Value {
  if (!isPromise(value)) return value;
  forget(value);
  throw new MachineError('handler-failed', `${name} gave a promise: it is synchronous, and does no input or output`);
}
