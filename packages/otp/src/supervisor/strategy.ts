/**
 * The rules of OTP's `supervisor`, as pure functions: who comes back, who goes down with whom, how often is too often, when
 * the work of all is done. And one that OTP does not have: how long to wait before a restart.
 */

import { type ExitReason, isAbnormal } from '../exit-reason.js';
import type { AutoShutdown, Backoff, Restart, Strategy } from './supervisor-spec.js';

/** Whether a child that ended by itself is to be restarted. */
export function comesBack(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && isAbnormal(reason));
}

/** The children that are stopped and started with the one at `index`, in their order. */
export function affectedBy<Child>(strategy: Strategy, children: readonly Child[], index: number): readonly Child[] {
  switch (strategy) {
    case 'one_for_one':
    case 'simple_one_for_one':
      return children.slice(index, index + 1);
    case 'one_for_all':
      return children;
    case 'rest_for_one':
      return children.slice(index);
  }
}

/** The times of recent restarts, the oldest first. */
export interface RestartCount {
  readonly intensity: number;
  readonly periodMs: number;
  readonly recent: number[];
}

/** Counts a restart at `now` (monotonic milliseconds). False when it is one too many; then `recent` tells how many. */
export function countRestart(count: RestartCount, now: number): boolean {
  const { recent, periodMs, intensity } = count;
  // As OTP, which counts a restart that is exactly one period ago.
  while (now - (recent[0] ?? now) > periodMs) recent.shift();
  recent.push(now);
  return recent.length <= intensity;
}

/** How many restarts count at `now`, and changes nothing. There may be very many, and it is asked at each crash. */
export function countedSince({ recent, periodMs }: RestartCount, now: number): number {
  let before = 0;
  let since = recent.length;
  while (before < since) {
    const middle = (before + since) >>> 1;
    if (now - (recent[middle] as number) > periodMs) before = middle + 1;
    else since = middle;
  }
  return recent.length - before;
}

/** What of a child matters to the question whether its supervisor is done. */
export interface Significance {
  readonly significant: boolean;
  /** It runs, or is being started. */
  readonly present: boolean;
}

/** Whether a supervisor is to end because a child has ended by itself and does not come back. `others` are those that remain. */
export function endsWith(policy: AutoShutdown, ended: Significance, others: Iterable<Significance>): boolean {
  if (policy === 'never' || !ended.significant) return false;
  if (policy === 'any_significant') return true;
  for (const other of others) if (other.significant && other.present) return false;
  return true;
}

/**
 * How long to wait before the `nth` restart in a row (1 is the first), in milliseconds: between half of it and the whole, as
 * `random` (0 to 1) says, of a time that doubles with each.
 */
export function backoffMs({ firstMs, maxMs }: Backoff, nth: number, random: number): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(nth - 1, 52));
  return whole * (0.5 + random / 2);
}
