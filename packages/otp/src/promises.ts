/** Dealing with promises that others have made: with a limit, and without trusting them. */

import * as platform from '#platform';
import { textOf } from './text-of.js';

/** Waits for `work`, at most `limitMs` milliseconds if that is given. False when it took longer. Rejects as `work` does. */
export async function within(limitMs: number | undefined, work: PromiseLike<unknown> | undefined): Promise<boolean> {
  if (work === undefined) return true;
  if (limitMs === undefined) {
    await work;
    return true;
  }
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a callback has given a promise. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Calls back, and hears of a failure whether it is thrown or, by a callback that is asynchronous after all, rejected. */
export function guard(callback: () => unknown, onFailure: (error: unknown) => void): void {
  try {
    const given = callback();
    if (isPromise(given)) detach(given.then(undefined, onFailure));
  } catch (error) {
    onFailure(error);
  }
}

/** Lets a promise go its own way. What it rejects with has nobody to catch it, and would end the process: it is told as a warning. */
export function detach(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch((error: unknown) => {
    platform.warn('Something failed that nobody waits for', textOf(error));
  });
}

/** The longest time that a timer of Node.js can wait, in milliseconds: about 24 days. Beyond it, it fires at once. */
export const LONGEST_TIMEOUT_MS: number = 2 ** 31 - 1;
