/**
 * How old what a member has applied is, at most.
 *
 * A mark is an answer to a question: when it was asked, nobody had applied anything beyond that slot. Whoever has come to that slot
 * knows all that anybody knew then. So what it says now is as old as that question, at most: whatever was decided, and told to
 * anybody, before it was asked, is in it. Only the clocks of this member count, and no message need come soon.
 */

import type { Slot } from '@parliament/synod';

/** A moment, by both clocks of this member. */
export interface Moment {
  /** The monotonic one, which stands still where the machine is suspended. */
  readonly at: number;
  /** The calendar, in milliseconds since 1970: it may be set. */
  readonly time: number;
}

/** When `slot` was asked for, nobody had applied more. */
interface Mark {
  readonly slot: Slot;
  readonly askedAt: Moment;
}

/** In the order in which they were asked for. Those before one to which this member has come are forgotten. */
export type Marks = Mark[];

/** At most so many marks that this member has not come to are kept; those that come meanwhile are left out, so that ages are too great. */
const MARKS_MAX = 64;

/** How much time has passed since: the longer of what the two clocks say. One of them may have stood still, or been set back. */
export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(0, now.at - since.at, now.time - since.time);
}

/** A mark has come. It may have been asked for before others that came sooner. */
export function noteMark(marks: Marks, slot: Slot, askedAt: Moment): void {
  if (marks.length >= MARKS_MAX) return;
  marks.push({ slot, askedAt });
  marks.sort((left, right) => left.askedAt.at - right.askedAt.at);
}

/** How old is what a member has that has applied all up to `slot`, at most? `Infinity`: that is not known. Forgets what it passes over. */
export function ageOf(marks: Marks, slot: Slot, now: Moment): number {
  let reached = -1;
  for (const [index, mark] of marks.entries()) if (mark.slot <= slot) reached = index;
  if (reached > 0) marks.splice(0, reached);
  const [first] = marks;
  return first !== undefined && first.slot <= slot ? elapsedMs(first.askedAt, now) : Number.POSITIVE_INFINITY;
}

/** When the latest mark was asked for. */
export function latestOf(marks: Marks): Moment | undefined {
  return marks.at(-1)?.askedAt;
}
