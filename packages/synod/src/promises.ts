/** Phase 1 as the candidate sees it: pages of promises come in, and out comes what it must propose. */

import type { MemberId } from './ballot.js';
import type { PromiseMessage, Vote } from './messages.js';
import type { Slot } from './slot.js';

/** What one acceptor has answered so far. */
interface Answer {
  readonly attempt: number;
  readonly pages: Map<number, readonly Vote[]>;
  readonly expected: number;
  readonly decidedUpTo: Slot;
}

/** The promises at one ballot. */
export interface Promises {
  /** Answers of which pages are missing. */
  readonly partial: Map<MemberId, Answer>;
  /** The members whose promise is in with every page. */
  readonly complete: Set<MemberId>;
  /** In each slot, of the votes in complete answers, the one at the highest ballot: it binds the proposer (rule 4). */
  readonly bound: Map<Slot, Vote>;
  /** The furthest slot of these. */
  boundUpTo: Slot;
  /** Every slot up to here is decided, as somebody says whose answer is complete; nothing may be proposed there. */
  decidedUpTo: Slot;
}

/** No promise yet. Slots up to `decidedUpTo` are decided, as the candidate knows by itself. */
export function createPromises(decidedUpTo: Slot): Promises {
  return { partial: new Map(), complete: new Set(), bound: new Map(), boundUpTo: 0, decidedUpTo };
}

/**
 * Adds a page. Pages of different attempts are never mixed: a newer answer replaces an unfinished older one. An answer
 * counts only when all of its pages are in, and a member answers once.
 *
 * @returns whether the member's promise is complete by this.
 */
export function addPage(promises: Promises, from: MemberId, message: PromiseMessage): boolean {
  if (promises.complete.has(from)) return false;
  const { attempt, page, pages, decidedUpTo, votes } = message;
  let answer = promises.partial.get(from);
  if (answer !== undefined && answer.attempt > attempt) return false;
  if (answer === undefined || answer.attempt < attempt) {
    answer = { attempt, pages: new Map(), expected: pages, decidedUpTo };
    promises.partial.set(from, answer);
  }
  answer.pages.set(page, votes);
  if (answer.pages.size < answer.expected) return false;
  promises.partial.delete(from);
  promises.complete.add(from);
  promises.decidedUpTo = Math.max(promises.decidedUpTo, answer.decidedUpTo);
  for (const known of answer.pages.values()) for (const vote of known) bind(promises, vote);
  return true;
}

/** Forgets what binds in slots up to `slot`, in which nothing will be proposed any more. */
export function unbind(promises: Promises, slot: Slot): void {
  for (const bound of promises.bound.keys()) if (bound <= slot) promises.bound.delete(bound);
}

function bind(promises: Promises, vote: Vote): void {
  const known = promises.bound.get(vote.slot);
  // Rule 4: the value of the highest ballot, not of the last answer, and not of most.
  if (known === undefined || vote.ballot > known.ballot) promises.bound.set(vote.slot, vote);
  promises.boundUpTo = Math.max(promises.boundUpTo, vote.slot);
}
