/**
 * Tells of crashes. Where nobody listens each is written to standard error, so that a program that has just begun to use
 * actors sees what went wrong; who listens has them instead.
 */

import * as platform from '#platform';
import { addressOf, type Reference } from '../nact.js';
import { guard } from '../promises.js';
import { printable } from '../text-of.js';

/** How many restarts a supervisor has counted lately, and how many it allows. */
export interface RestartState {
  /** Within the last `periodMs`, without the one that is about to come. */
  readonly counted: number;
  readonly intensity: number;
  readonly periodMs: number;
}

/** An actor has ended as it should not. */
export interface CrashReport {
  /**
   * `crashed`: an actor ended for an abnormal reason. `start-failed`: a restarted one did not come up. `gave-up`: a supervisor
   * ended, because that was one restart too many.
   */
  readonly type: 'crashed' | 'start-failed' | 'gave-up';
  readonly actor: Reference;
  /** The number of the incarnation; see `ActorContext.incarnation`. */
  readonly incarnation: number;
  /** Why, on one line. */
  readonly reason: string;
  /** What was thrown, if that is why. */
  readonly error?: unknown;
  /** The type of the message that was being handled, or else its class; undefined: none was. */
  readonly messageType?: string;
  /** Undefined: no supervisor restarts it. */
  readonly restarts?: RestartState;
}

const listeners = new Set<(report: CrashReport) => void>();

/**
 * Shows every crash of this process to `listener`, as it happens, until the returned function is called. As long as anybody
 * listens, none is written to standard error: `onCrash(() => {})` silences them. What the listener throws is ignored.
 */
export function onCrash(listener: (report: CrashReport) => void): () => void {
  const entry = (report: CrashReport): void => listener(report);
  listeners.add(entry);
  return () => listeners.delete(entry);
}

/** Never throws: whoever reports has more to do, such as to restart. */
export function reportCrash(report: CrashReport): void {
  for (const listener of listeners) tell(() => listener(report));
  // What a program or a page has put in place of the console may throw.
  if (listeners.size === 0) tell(() => platform.report(textOfReport(report)));
}

/** The fault of whoever is told is its own. */
function tell(teller: () => void): void {
  guard(teller, () => {});
}

/** The type of a message, for people. It may be anything, also something whose fields throw. */
export function messageTypeOf(message: unknown): string {
  try {
    if (typeof message !== 'object' || message === null) return message === null ? 'null' : typeof message;
    const { type } = message as { readonly type?: unknown };
    const name =
      typeof type === 'string' ? type : (message.constructor as { readonly name?: unknown } | undefined)?.name;
    return typeof name === 'string' ? printable(name, 100) : 'object';
  } catch {
    return 'object';
  }
}

const DONE = { crashed: 'crashed', 'start-failed': 'did not come up again', 'gave-up': 'gave up' } as const;

function textOfReport({ type, actor, incarnation, reason, error, messageType, restarts }: CrashReport): string {
  const place = printable(addressOf(actor));
  const message = messageType === undefined ? '' : `; its message was of type ${messageType}`;
  const state =
    restarts === undefined
      ? ''
      : `; ${restarts.counted} of ${restarts.intensity} restarts within ${restarts.periodMs} ms before it`;
  const end = restarts === undefined && type === 'crashed' ? '; nobody restarts it' : state;
  return `${place} (incarnation ${incarnation}) ${DONE[type]}: ${reason}${message}${end}${placeOf(error)}`;
}

/** Where an error was thrown: the first line of its stack. */
function placeOf(error: unknown): string {
  try {
    const { stack } = error as { readonly stack?: unknown };
    const line = typeof stack === 'string' ? stack.split('\n').find((each) => /^\s+at /.test(each)) : undefined;
    return line === undefined ? '' : `\n    ${printable(line.trim(), 300)}`;
  } catch {
    return '';
  }
}
