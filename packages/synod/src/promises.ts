/** Phase 1 as the candidate sees it: pages of promises come in, and out comes what it must propose. */

import type { MemberId } from './ballot.js';
import type { PromiseMessage, Vote } from './messages.js';
import { isQuorum, type QuorumSystem } from './quorum.js';
import { NO_OP, type Slot, type Value } from './slot.js';

/** What one acceptor has answered so far. */
interface Answer {
  attempt: number;
  pages: Map<number, readonly Vote[]>;
  expected: number;
  decidedUpTo: Slot;
}

/** The promises at one ballot. */
export interface Promises {
  readonly answers: Map<MemberId, Answer>;
}

/** No promise yet. */
export function createPromises(): Promises {
  return { answers: new Map() };
}

/** Adds a page. Pages of different attempts are never mixed: a newer answer replaces an unfinished older one. */
export function addPage(promises: Promises, from: MemberId, message: PromiseMessage): void {
  let answer = promises.answers.get(from);
  if (answer !== undefined && (isComplete(answer) || answer.attempt > message.attempt)) return;
  if (answer === undefined || answer.attempt < message.attempt) {
    const { attempt, pages, decidedUpTo } = message;
    answer = { attempt, pages: new Map(), expected: pages, decidedUpTo };
    promises.answers.set(from, answer);
  }
  answer.pages.set(message.page, message.votes);
}

/** The members whose promise is in with every page. */
export function promisers(promises: Promises): MemberId[] {
  return [...promises.answers].filter(([, answer]) => isComplete(answer)).map(([member]) => member);
}

/** Whether a quorum has promised in full. */
export function isPromised(promises: Promises, quorums: QuorumSystem): boolean {
  return isQuorum(quorums, promisers(promises));
}

/**
 * What the promises of a quorum bind the new leader to (rule 4): `values[0]` must be proposed in slot `firstSlot`, the
 * next in the slot after it, and so on. In each slot it is the value of the highest ballot that any of them voted at; a
 * slot without a vote below one with a vote gets the no-op. Everything below `firstSlot` is decided.
 */
export function adopt(promises: Promises, decidedUpTo: Slot): { firstSlot: Slot; values: Value[] } {
  const answers = [...promises.answers.values()].filter(isComplete);
  const firstSlot = Math.max(decidedUpTo, ...answers.map((answer) => answer.decidedUpTo)) + 1;
  const highest = new Map<Slot, Vote>();
  let lastSlot = firstSlot - 1;
  for (const answer of answers) {
    for (const votes of answer.pages.values()) {
      for (const vote of votes) {
        if (vote.slot < firstSlot) continue;
        lastSlot = Math.max(lastSlot, vote.slot);
        const known = highest.get(vote.slot);
        if (known === undefined || vote.ballot > known.ballot) highest.set(vote.slot, vote);
      }
    }
  }
  const values: Value[] = [];
  for (let slot = firstSlot; slot <= lastSlot; slot++) values.push(highest.get(slot)?.value ?? NO_OP);
  return { firstSlot, values };
}

function isComplete(answer: Answer): boolean {
  return answer.pages.size === answer.expected;
}
