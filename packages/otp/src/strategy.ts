/** The rules of OTP's `supervisor`, as pure functions: who comes back, who goes down with whom, and how often is too often. */

import type { ExitReason } from './behaviour.js';
import type { Restart, Strategy } from './supervisor-spec.js';

/** Whether a child that ended by itself is to be restarted. `normal` and `shutdown` are no crashes, as in OTP. */
export function comesBack(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && reason === 'crash');
}

/** The children that are stopped and started with the one at `index`, in their order. */
export function affectedBy<Child>(strategy: Strategy, children: readonly Child[], index: number): readonly Child[] {
  switch (strategy) {
    case 'one_for_one':
      return children.slice(index, index + 1);
    case 'one_for_all':
      return children;
    case 'rest_for_one':
      return children.slice(index);
  }
}

/** The times of recent restarts. */
export interface RestartCount {
  readonly intensity: number;
  readonly periodMs: number;
  recent: number[];
}

/** Counts a restart at `now` (monotonic milliseconds). False when it is one too many; then `recent` tells how many. */
export function countRestart(count: RestartCount, now: number): boolean {
  // As OTP, which counts a restart that is exactly one period ago.
  count.recent = count.recent.filter((at) => now - at <= count.periodMs);
  count.recent.push(now);
  return count.recent.length <= count.intensity;
}
