/**
 * Tells of crashes. Where nobody listens they are written to standard error, so that a program that has just begun to use
 * actors sees what went wrong; who listens has them instead. What is written is limited, and what is left out is counted: a
 * peer that makes actors crash over and over is not to hold up the others, nor to fill the disk.
 */

import * as platform from '#platform';
import { addressOf, type Reference } from '../nact.js';
import { guard } from '../promises.js';
import { printable } from '../text-of.js';
import { acknowledged, admit, type Burst, type BurstLimit, NO_BURST, restOf } from './burst-limit.js';

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
 *
 * While nobody listens, at most 100 crashes are written within a second. The rest is counted, and how many there were is
 * written when the second is over. A listener gets every one, however many there are.
 */
export function onCrash(listener: (report: CrashReport) => void): () => void {
  const entry = (report: CrashReport): void => listener(report);
  // From now on nothing is written.
  writeLeftOut();
  listeners.add(entry);
  return () => listeners.delete(entry);
}

/** Never throws: whoever reports has more to do, such as to restart. */
export function reportCrash(report: CrashReport): void {
  for (const listener of listeners) tell(() => listener(report));
  if (listeners.size === 0) writeReport(report);
}

/** A fifth of what OTP's logger allows: a report is written at once, and meanwhile no actor of the process is served. */
const LIMIT: BurstLimit = { maxCount: 100, windowMs: 1000 };

let burst: Burst = NO_BURST;

/** Takes off what was to write how many were left out. Undefined: none was. */
let cancelWriting: (() => void) | undefined;

function writeReport(report: CrashReport): void {
  const now = performance.now();
  const admission = admit(burst, LIMIT, now);
  // The timer of the window that is over may be late.
  if (admission.leftOut > 0) writeLeftOut();
  burst = admission.burst;
  if (admission.isTold) write(() => textOfReport(report));
  else if (cancelWriting === undefined) writeLeftOutIn(restOf(burst, LIMIT, now));
}

/** Writes how many reports were left out when the window is over, or when the process ends before that. */
function writeLeftOutIn(restMs: number): void {
  const timer = setTimeout(writeLeftOut, Math.ceil(restMs));
  platform.keepAlive(timer, false);
  const stay = platform.onExit(writeLeftOut);
  cancelWriting = () => {
    clearTimeout(timer);
    stay();
  };
}

/** Writes how many reports were left out since that was last written, if any. */
export function writeLeftOut(): void {
  cancelWriting?.();
  cancelWriting = undefined;
  const { leftOut } = burst;
  burst = acknowledged(burst);
  if (leftOut > 0) write(() => textOfLeftOut(leftOut));
}

/** What a program or a page has put in place of the console may throw. */
function write(text: () => string): void {
  tell(() => platform.report(text()));
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

function textOfLeftOut(count: number): string {
  const reports = count === 1 ? 'crash report was' : 'crash reports were';
  return `${count} more ${reports} left out: at most ${LIMIT.maxCount} are written within ${LIMIT.windowMs} ms; onCrash(listener) gets all`;
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
