/** Those who watch, and wait for what is not applied yet. */

import type { WatchRequest } from '../client/watch-requests.js';
import { NOT_LOOKED, type WatchAnswer } from '../host/hosted.js';

/** One question of one watcher. */
export interface Poll {
  readonly request: WatchRequest;
  /** It is answered at this moment of the own clock at the latest. */
  readonly until: number;
  readonly answer: WatchAnswer;
}

/** Questions by the slot that they wait for. To be changed by the functions of this file only. */
export interface Waiting {
  readonly bySlot: Map<number, Poll[]>;
  count: number;
}

export function createWaiting(): Waiting {
  return { bySlot: new Map(), count: 0 };
}

/** The slot that must be applied before a question can be answered; 0 for none. */
export function dueAt({ place, query }: WatchRequest): number {
  if (place === undefined) return 0;
  return query === undefined ? place.slot : place.slot - 1;
}

export function wait(waiting: Waiting, poll: Poll): void {
  const slot = dueAt(poll.request);
  const others = waiting.bySlot.get(slot);
  if (others === undefined) waiting.bySlot.set(slot, [poll]);
  else others.push(poll);
  waiting.count += 1;
}

/** Takes out those that wait for a slot up to this one. */
export function takeDue(waiting: Waiting, upTo: number): Poll[] {
  const due: Poll[] = [];
  for (const [slot, polls] of waiting.bySlot) {
    if (slot > upTo) continue;
    waiting.bySlot.delete(slot);
    for (const poll of polls) due.push(poll);
  }
  waiting.count -= due.length;
  return due;
}

/** Takes out those whose time is over. */
export function takeOverdue(waiting: Waiting, now: number): Poll[] {
  const overdue: Poll[] = [];
  for (const [slot, polls] of waiting.bySlot) {
    const left = polls.filter((poll) => {
      if (poll.until > now) return true;
      overdue.push(poll);
      return false;
    });
    if (left.length > 0) waiting.bySlot.set(slot, left);
    else waiting.bySlot.delete(slot);
  }
  waiting.count -= overdue.length;
  return overdue;
}

/** Nothing has come: the watcher goes on where it stands. */
export function answerNothing({ request, answer }: Poll): void {
  const { place } = request;
  if (place !== undefined) answer({ ok: true, slots: [], next: place });
  else answer(NOT_LOOKED);
}
