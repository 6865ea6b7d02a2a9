/** Why a process ended: the exit reasons of Erlang, as plain data. */

import { textOf } from './text-of.js';

export type ExitReason =
  /** By itself, its work being done. */
  | 'normal'
  /** It was told to, as by its supervisor. */
  | 'shutdown'
  /** As `shutdown`, with something to say about it: Erlang's `{shutdown, Term}`. */
  | { readonly shutdown: unknown }
  /** By an error: what a handler threw, or what `fail` was given. */
  | { readonly crash: unknown }
  /** By the signal `kill`, or because it did not stop in time. */
  | 'killed'
  /** There was no such process. */
  | 'noproc'
  /** The way to its node is lost. Whether it has ended is unknown. */
  | 'noconnection';

/** What an exit signal may carry: a reason, or `kill`, which cannot be trapped and ends the receiver as `killed`. */
export type SignalReason = ExitReason | 'kill';

/** Whether OTP calls the end abnormal: all reasons but `normal`, `shutdown` and `{ shutdown }`. */
export function isAbnormal(reason: ExitReason): boolean {
  return reason !== 'normal' && reason !== 'shutdown' && !(typeof reason === 'object' && 'shutdown' in reason);
}

/** A reason as one line: of a crash, the text of what was thrown. */
export function reasonText(reason: SignalReason): string {
  if (typeof reason === 'string') return reason;
  return 'crash' in reason ? textOf(reason.crash) : `shutdown: ${textOf(reason.shutdown)}`;
}
