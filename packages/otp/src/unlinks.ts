/**
 * Links that were taken off towards another node, until that has answered. The two ends of a link may each take it off and
 * link anew in the same moment; then an unlink, or an exit signal, of the other one may arrive that was meant for the link
 * before. As in Erlang, it is told from one that is meant for the new link by an answer: both sides answer each unlink by an
 * unlink, and what arrives before the answer was sent before the other side knew.
 *
 * Two that cross each other are the answers to each other.
 */

import type { Distribution } from './distribution.js';
import { addressOf, type Reference } from './nact.js';

/** A node that does not answer must not fill the memory of this one: past it, the oldest are forgotten. */
const UNANSWERED_MAX = 65_536;

class Unlinks {
  /** How many, by the two addresses. */
  readonly #unanswered = new Map<string, number>();

  begin(self: Reference, other: Reference): void {
    const key = keyOf(self, other);
    const count = this.#unanswered.get(key) ?? 0;
    this.#unanswered.delete(key);
    this.#unanswered.set(key, count + 1);
    if (this.#unanswered.size <= UNANSWERED_MAX) return;
    const [oldest] = this.#unanswered.keys();
    if (oldest !== undefined) this.#unanswered.delete(oldest);
  }

  isUnanswered(self: Reference, other: Reference): boolean {
    return this.#unanswered.has(keyOf(self, other));
  }

  /** An unlink has come. @returns whether it is an answer. */
  takeAnswer(self: Reference, other: Reference): boolean {
    const key = keyOf(self, other);
    const count = this.#unanswered.get(key);
    if (count === undefined) return false;
    if (count === 1) this.#unanswered.delete(key);
    else this.#unanswered.set(key, count - 1);
    return true;
  }

  /** The way is lost: no answer will come. */
  forget(): void {
    this.#unanswered.clear();
  }
}

function keyOf(self: Reference, other: Reference): string {
  // No name has a blank in it.
  return `${addressOf(self)} ${addressOf(other)}`;
}

const all = new WeakMap<Distribution, Unlinks>();

export function unlinksOf(distribution: Distribution): Unlinks {
  const known = all.get(distribution);
  if (known !== undefined) return known;
  const unlinks = new Unlinks();
  all.set(distribution, unlinks);
  return unlinks;
}
