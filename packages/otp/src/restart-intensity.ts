/** Restart intensity, as OTP's `supervisor` counts it: at most so many restarts within so many milliseconds. */

/** The times of recent restarts. */
export interface RestartCount {
  readonly intensity: number;
  readonly periodMs: number;
  recent: number[];
}

/** Counts a restart at `now` (monotonic milliseconds). False when it is one too many. */
export function countRestart(count: RestartCount, now: number): boolean {
  count.recent = count.recent.filter((at) => now - at < count.periodMs);
  count.recent.push(now);
  return count.recent.length <= count.intensity;
}
