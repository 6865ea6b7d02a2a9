/** Promises where a value is due at once. */

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** What becomes of it is of no interest any more, and must not end the process. */
export function forget(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => {});
}
