/**
 * How questions are paced that are answered by bulk: the votes of a promise, decided slots, parts of a snapshot.
 *
 * One question is out at a time. It is asked again when the answer is overdue, by what answers have taken, with growing pauses, and
 * each time for less: so what is on its way over a slow line is not sent a second time for long, whatever the line. An answer repeats
 * when its question was asked, by the clock of whoever asked; so also a late one tells how long answers take.
 */

export interface Pace {
  /** When the last question went out, in milliseconds of the caller's monotonic clock. */
  askedAt: number;
  /** Questions without an answer in a row. */
  unanswered: number;
  /** How long an answer may take before the question is asked again. */
  patienceMs: number;
  /** How many bytes are asked for at a time: what comes within a moment. */
  bytes: number;
  /** The time of the latest question that an answer was measured by: each is measured once, whatever comes again much later. */
  measured: number;
}

/** While nothing is known of the line, no pause is longer than this; later none is longer than some times the patience. */
const LONGEST_PAUSE_MS = 1500;
const LONGEST_PAUSES = 2;

/**
 * Patience is so many times what answers take on average: the next one may be twice as large, and the line busy. Each answer moves the
 * average by one part in so many (as TCP does, RFC 6298): a line that stands still once is not a slow one. Nor is one on which a process
 * was suspended for an hour: one answer adds no more to patience than there is of it, or so many milliseconds.
 */
const PATIENCE_FACTOR = 4;
const SMOOTHING = 8;
const MOST_RISE_MS = 2000;

/** An answer that comes within this time could be larger; one that takes so many times as long, smaller. In milliseconds. */
const QUICK_MS = 400;
const SLOW_FACTOR = 4;

/** It never becomes less than this, in bytes, unless no more is ever asked for. */
export const LEAST_BYTES: number = 16 * 1024;

/** Who claims to have been asked longer ago than this is not believed, in milliseconds. */
const LONGEST_ANSWER_MS = 3_600_000;

/**
 * The pace of somebody of whom nothing is known.
 *
 * @param now answers to what was asked before are to questions of an earlier life: they tell nothing of the line of today.
 */
export function createPace(patienceMs: number, bytes: number, now: number = Number.NEGATIVE_INFINITY): Pace {
  return { askedAt: Number.NEGATIVE_INFINITY, unanswered: 0, patienceMs, bytes, measured: Math.floor(now) - 1 };
}

/** Whether a question may go out: none is, or its answer is overdue. */
export function isDue(pace: Pace, now: number): boolean {
  return pace.unanswered === 0 || now - pace.askedAt >= pauseOf(pace);
}

/** How long an answer is waited for: longer after each question that got none, within bounds. */
export function pauseOf({ patienceMs, unanswered }: Pace): number {
  const pause = patienceMs * 2 ** Math.min(Math.max(unanswered, 1) - 1, 20);
  return Math.min(pause, Math.max(LONGEST_PAUSE_MS, LONGEST_PAUSES * patienceMs));
}

/** A question goes out. @returns what its answer is to repeat. */
export function noteAsked(pace: Pace, now: number): number {
  if (pace.unanswered > 0) pace.bytes = halfOf(pace.bytes);
  pace.unanswered += 1;
  pace.askedAt = now;
  return tokenOf(now);
}

/**
 * An answer has come, late or not.
 *
 * @param token what it repeats.
 * @param leastMs patience is at least this.
 * @param mostBytes no more is ever asked for.
 */
export function noteMeasured(pace: Pace, token: number, leastMs: number, mostBytes: number, now: number): void {
  if (!notePatience(pace, token, token, leastMs, now)) return;
  const tookMs = now - token;
  if (tookMs < QUICK_MS && pace.unanswered <= 1) pace.bytes = Math.min(mostBytes, 2 * pace.bytes);
  else if (tookMs > SLOW_FACTOR * QUICK_MS) pace.bytes = halfOf(pace.bytes);
}

/**
 * The same, where how long it took says nothing of how much may be asked for. What was asked several times, first at `firstAt`, and
 * last at `askedAt`, may be answered for any of these: so patience grows by it a little, and on a line that loses much not for ever.
 *
 * @returns whether it was measured by.
 */
export function notePatience(pace: Pace, firstAt: number, askedAt: number, leastMs: number, now: number): boolean {
  const isRepeated = firstAt < askedAt;
  const leastTookMs = isRepeated ? Math.min(now - firstAt, pace.patienceMs / 2) : 0;
  const tookMs = Math.max(now - askedAt, leastTookMs);
  // A number gone wrong must not keep this member waiting.
  if (!(now >= askedAt && tookMs <= LONGEST_ANSWER_MS) || askedAt <= pace.measured) return false;
  pace.measured = askedAt;
  const patienceMs = pace.patienceMs + (PATIENCE_FACTOR * tookMs - pace.patienceMs) / SMOOTHING;
  pace.patienceMs = Math.max(leastMs, Math.min(patienceMs, pace.patienceMs + Math.max(MOST_RISE_MS, pace.patienceMs)));
  return true;
}

/** Whether an answer is that to the question that is out. */
export function isLatest({ askedAt, unanswered }: Pace, token: number): boolean {
  return unanswered > 0 && token === tokenOf(askedAt);
}

/** An answer has brought what was asked for: the next question may follow at once. */
export function noteAnswered(pace: Pace): void {
  pace.unanswered = 0;
}

/** Half as many bytes, but not less than the least. */
export function halfOf(bytes: number): number {
  return Math.min(bytes, Math.max(LEAST_BYTES, Math.floor(bytes / 2)));
}

/** The time of a question as it travels: a whole number, not below zero. */
function tokenOf(now: number): number {
  return Math.max(0, Math.floor(now));
}
