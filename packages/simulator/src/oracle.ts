/** What must never happen in any world, checked at every step. A violation ends the world. */

import {
  type Ballot,
  type Decision,
  isNoOp,
  type MemberId,
  type Message,
  NO_BALLOT,
  ownerOf,
  type Slot,
  sameValue,
  type Value,
} from '@parliament/synod';
import type { SimulatedDisk } from './disk.js';

/** A safety rule was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export class Oracle {
  /** The value of every slot that any learner has decided. */
  readonly decided: Map<Slot, Value> = new Map();
  /** The furthest slot of them. */
  furthest: Slot = 0;
  readonly #proposed = new Set<string>();
  /** By ballot and slot: the one value that was ever asked to be accepted there. */
  readonly #asked = new Map<string, Value>();
  /** By member: the highest promise that left it. */
  readonly #promised = new Map<MemberId, Ballot>();
  readonly #delivered = new Map<MemberId, Slot>();

  /** A client has proposed a value: only such values, and the no-op, may be decided. */
  noteProposed(value: Value): void {
    this.#proposed.add(textOf(value));
  }

  /** A member lets a message out, at a moment when its disk is as it is. */
  checkSent(from: MemberId, message: Message, disk: SimulatedDisk): void {
    // Rule 2: never a vote below a promise.
    if (disk.brokenPromise !== undefined) throw new Violation(`member ${from} broke its word: ${disk.brokenPromise}`);
    switch (message.type) {
      case 'prepare':
      case 'accept':
      case 'heartbeat':
        if (ownerOf(message.ballot) !== from) throw new Violation(`member ${from} uses ballot ${message.ballot}`);
        if (message.type === 'accept') this.#checkAsked(message.ballot, message.slot, message.value);
        return;
      case 'promise':
        // Rule 1: a promise leaves only when it is durable.
        if (disk.promised < message.ballot) {
          throw new Violation(`member ${from} promised ballot ${message.ballot} before that was durable`);
        }
        this.#promised.set(from, Math.max(this.#promised.get(from) ?? NO_BALLOT, message.ballot));
        return;
      case 'accepted':
        if (!disk.hasVote(message.slot, message.ballot)) {
          const vote = `ballot ${message.ballot} in slot ${message.slot}`;
          throw new Violation(`member ${from} told of a vote at ${vote} before it was durable`);
        }
        return;
      default:
        return;
    }
  }

  /** A learner has decided: every other one must have, or come to have, the same value there. */
  checkDelivered(member: MemberId, decisions: readonly Decision[]): void {
    for (const { slot, value } of decisions) {
      const expected = (this.#delivered.get(member) ?? 0) + 1;
      if (slot !== expected) throw new Violation(`member ${member} applied slot ${slot} where ${expected} was due`);
      this.#delivered.set(member, slot);
      const known = this.decided.get(slot);
      if (known === undefined) {
        if (!isNoOp(value) && !this.#proposed.has(textOf(value))) {
          throw new Violation(`slot ${slot} is decided with a value that nobody proposed`);
        }
        this.decided.set(slot, value);
        this.furthest = Math.max(this.furthest, slot);
      } else if (!sameValue(known, value)) {
        throw new Violation(`slot ${slot} is decided with ${textOf(known)} and, by member ${member}, ${textOf(value)}`);
      }
    }
  }

  /** A member was started anew, and its acceptor has recovered this promise; its learner applies from the start again. */
  checkRecovered(member: MemberId, promised: Ballot): void {
    const before = this.#promised.get(member) ?? NO_BALLOT;
    if (promised < before) throw new Violation(`member ${member} promised ${before}, and forgot it: ${promised}`);
    this.#delivered.delete(member);
  }

  /** A read was told to wait for `mark`; at the time of the question, `required` was the furthest slot decided anywhere. */
  checkMark(mark: Slot, required: Slot): void {
    if (mark < required) throw new Violation(`a read at slot ${mark} may miss slot ${required}, decided before it`);
  }

  #checkAsked(ballot: Ballot, slot: Slot, value: Value): void {
    const key = `${ballot}@${slot}`;
    const known = this.#asked.get(key);
    if (known === undefined) this.#asked.set(key, value);
    else if (!sameValue(known, value)) throw new Violation(`ballot ${ballot} is used for two values in slot ${slot}`);
  }
}

/** A value as text, for messages and comparison. */
function textOf(value: Value): string {
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
