/** What this package asks of Node.js. In a browser platform/browser.ts stands in its place; see "imports" in package.json. */

import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';

/** A value as text, for people. May throw. */
export function show(value: unknown): string {
  return inspect(value, { depth: 1 });
}

/** Resolves when the turn of the event loop is over. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}

/** Tells whoever runs the process. */
export function warn(message: string, detail: string | undefined): void {
  process.emitWarning(message, { type: 'ParliamentOtpWarning', ...(detail === undefined ? {} : { detail }) });
}

/** Reports that are being written. */
let unwritten = 0;

function ignore(): void {}

/**
 * Tells the same of what went wrong in the program's own code, in lines of their own. Where they go, the disk may be full, or nobody
 * may read any more. `console.error` would end the process then, as soon as that has happened twice; so the report is lost instead.
 */
export function report(text: string): void {
  const { stderr } = process;
  if (unwritten === 0) stderr.on('error', ignore);
  unwritten += 1;
  stderr.write(`${text}\n`, () => {
    // The stream tells of an error after this.
    void nextTurn().then(() => {
      unwritten -= 1;
      if (unwritten === 0) stderr.off('error', ignore);
    });
  });
}

/** Whether the process lives on until the timer has fired. */
export function keepAlive(timer: ReturnType<typeof setTimeout>, keeps: boolean): void {
  if (keeps) timer.ref();
  else timer.unref();
}

/** Calls back when the process ends by itself or by `process.exit`, until the returned function is called. */
export function onExit(callback: () => void): () => void {
  process.once('exit', callback);
  return () => process.off('exit', callback);
}
