/** Why a process ended: the exit reasons of Erlang, as plain data. */

import { textOf } from './text-of.js';

/** Those that are a word. They travel between nodes as they are. */
export const EXIT_WORDS = [
  /** By itself, its work being done. */
  'normal',
  /** It was told to, as by its supervisor. */
  'shutdown',
  /** By the signal `kill`, or because it did not stop in time. */
  'killed',
  /** There was no such process. */
  'noproc',
  /** The way to its node is lost. Whether it has ended is unknown. */
  'noconnection',
] as const;

export type ExitReason =
  | (typeof EXIT_WORDS)[number]
  /** As `shutdown`, with something to say about it: Erlang's `{shutdown, Term}`. */
  | { readonly shutdown: unknown }
  /** By an error: what a handler threw, or what `fail` was given. */
  | { readonly crash: unknown };

/** What an exit signal may carry: a reason, or `kill`, which cannot be trapped and ends the receiver as `killed`. */
export type SignalReason = ExitReason | 'kill';

const WORDS: ReadonlySet<unknown> = new Set(EXIT_WORDS);

/**
 * What was given as an exit reason, as one. Code without types may give anything: as any other term is one in Erlang, it is a
 * crash with it here; so no other node gets what it does not know. A field that throws when it is read throws here, where
 * whoever gave it is, and not later, in the midst of an end.
 */
export function exitReason(given: unknown): ExitReason {
  if (!isExitReason(given)) return { crash: given };
  if (typeof given === 'string') return given;
  return 'crash' in given ? { crash: given.crash } : { shutdown: given.shutdown };
}

/** The same, of an exit signal. */
export function signalReason(given: unknown): SignalReason {
  return given === 'kill' ? given : exitReason(given);
}

function isExitReason(given: unknown): given is ExitReason {
  if (typeof given !== 'object' || given === null) return WORDS.has(given);
  return Object.hasOwn(given, 'crash') || Object.hasOwn(given, 'shutdown');
}

/** Whether OTP calls the end abnormal: all reasons but `normal`, `shutdown` and `{ shutdown }`. */
export function isAbnormal(reason: ExitReason): boolean {
  return reason !== 'normal' && reason !== 'shutdown' && !(typeof reason === 'object' && 'shutdown' in reason);
}

/** A reason as one line: of a crash, the text of what was thrown. */
export function reasonText(reason: SignalReason): string {
  if (typeof reason === 'string') return textOf(reason);
  return 'crash' in reason ? textOf(reason.crash) : `shutdown: ${textOf(reason.shutdown)}`;
}

/** Of a crash, what was thrown: for events. */
export function errorOf(reason: ExitReason): { readonly error?: unknown } {
  return typeof reason === 'object' && 'crash' in reason ? { error: reason.crash } : {};
}
