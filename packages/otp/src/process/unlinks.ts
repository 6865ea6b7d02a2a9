/**
 * Links that were taken off towards another node, until that has answered. The two ends of a link may each take it off and
 * link anew in the same moment; then a link, an unlink or an exit signal of the other one may arrive that was meant for the link
 * before. As in Erlang, it is told from one that is meant for the new link by an answer: both sides answer each unlink by an
 * unlink, and what arrives before the answer was sent before the other side knew.
 *
 * Two that cross each other are the answers to each other. Of two in a row, with no link between them, the second is no
 * unlink but a stray answer; it gets none, or the two sides would go on answering each other.
 */

import { addressOf, type Reference } from '../nact.js';

/** A node that does not answer, or makes pairs up, must not fill the memory of this one: past it, the oldest are forgotten. */
const PAIRS_MAX = 65_536;

class Unlinks {
  /** How many wait for an answer, by the two addresses. */
  readonly #unanswered = new Map<string, number>();
  /** Pairs of which an unlink was answered, with no link since. */
  readonly #answered = new Map<string, true>();

  /** A link is made or asked for. */
  link(self: Reference, other: Reference): void {
    this.#answered.delete(keyOf(self, other));
  }

  /** A link was taken off here. */
  begin(self: Reference, other: Reference): void {
    const key = keyOf(self, other);
    keep(this.#unanswered, key, (this.#unanswered.get(key) ?? 0) + 1);
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

  /** An unlink has come that is none. @returns whether it is to be answered. */
  answer(self: Reference, other: Reference): boolean {
    const key = keyOf(self, other);
    if (this.#answered.has(key)) return false;
    keep(this.#answered, key, true);
    return true;
  }

  /** The way is lost: no answer will come. */
  forget(): void {
    this.#unanswered.clear();
    this.#answered.clear();
  }
}

function keep<Value>(pairs: Map<string, Value>, key: string, value: Value): void {
  pairs.delete(key);
  pairs.set(key, value);
  if (pairs.size <= PAIRS_MAX) return;
  for (const oldest of pairs.keys()) {
    pairs.delete(oldest);
    break;
  }
}

function keyOf(self: Reference, other: Reference): string {
  // No name has a blank in it.
  return `${addressOf(self)} ${addressOf(other)}`;
}

const all = new WeakMap<object, Unlinks>();

/** Those towards one node. `way`: its `Distribution`. */
export function unlinksOf(way: object): Unlinks {
  const known = all.get(way);
  if (known !== undefined) return known;
  const unlinks = new Unlinks();
  all.set(way, unlinks);
  return unlinks;
}
