/**
 * How much is told in a burst: so much in a window of time; the rest is counted. After the burst limit of OTP's logger, with
 * `burst_limit_max_count` and `burst_limit_window_time`.
 */

export interface BurstLimit {
  /** How many are told in one window. Where two windows meet, twice as many may come in a row, as in OTP. */
  readonly maxCount: number;
  readonly windowMs: number;
}

/** What has come in the newest window. It begins with the first that comes after the one before it, so none is open in quiet times. */
export interface Burst {
  /** Monotonic milliseconds. */
  readonly beganAt: number;
  readonly came: number;
  /** Those of which nobody has been told, not even how many there are. */
  readonly leftOut: number;
}

export const NO_BURST: Burst = {
  beganAt: Number.NEGATIVE_INFINITY,
  came: 0,
  leftOut: 0,
};

/** One more has come. */
export interface Admission {
  readonly burst: Burst;
  readonly isTold: boolean;
  /** How many a window that is over has left out: to be told before it. */
  readonly leftOut: number;
}

/** One more has come at `now`. */
export function admit(burst: Burst, { maxCount, windowMs }: BurstLimit, now: number): Admission {
  const isOver = now - burst.beganAt >= windowMs;
  const { beganAt, came, leftOut } = isOver ? { beganAt: now, came: 0, leftOut: 0 } : burst;
  const isTold = came < maxCount;
  return {
    burst: { beganAt, came: came + 1, leftOut: isTold ? leftOut : leftOut + 1 },
    isTold,
    leftOut: isOver ? burst.leftOut : 0,
  };
}

/** It has been told how many were left out. The window goes on, and has no more room than before. */
export function acknowledged(burst: Burst): Burst {
  return { ...burst, leftOut: 0 };
}

/** In how many milliseconds the window, in which `now` is, will be over. */
export function restOf({ beganAt }: Burst, { windowMs }: BurstLimit, now: number): number {
  return beganAt + windowMs - now;
}
