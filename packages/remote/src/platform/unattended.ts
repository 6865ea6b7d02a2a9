/**
 * Work that nobody waits for: timers, turns of the event loop, promises that go their own way. What such work throws has
 * nobody to catch it, and would end the process; here it is told as a warning, and harms nothing else. The linter sees to it
 * that all of this package goes through here.
 */

import { textOf } from '@parliament/otp';
import * as platform from '#platform';

/** A timer, to be given to `clearTimeout` or `clearInterval`. */
export type Timer = ReturnType<typeof setTimeout>;

/** Does it; what it throws is told, and not thrown on. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    platform.warn(`Something failed that nobody waits for: ${textOf(error)}`);
  }
}

/** Once, after so many milliseconds. */
export function after(milliseconds: number, work: () => void): Timer {
  return setTimeout(attempt, milliseconds, work);
}

/** Again and again, until `clearInterval`. */
export function every(milliseconds: number, work: () => void): Timer {
  return setInterval(attempt, milliseconds, work);
}

/** When the turn of the event loop is over, and what has arrived meanwhile was read. */
export function soon(work: () => void): void {
  setImmediate(attempt, work);
}

/** Lets a promise go its own way; `done` hears of its good end. */
export function detach<T>(promise: Promise<T>, done: (value: T) => void = () => {}): void {
  promise.then(done).catch((error: unknown) => {
    platform.warn(`Something failed that nobody waits for: ${textOf(error)}`);
  });
}
