/** Reads that wait: for a mark, and then until the member that was asked has applied up to it. */

import type { MemberId, Slot } from '@parliament/synod';
import type { Answered } from './client.js';

/** A read on its way. `required` is the furthest slot that was applied anywhere when it was asked. */
interface WaitingRead<Query> {
  readonly member: MemberId;
  readonly query: Query;
  readonly required: Slot;
  readonly answered: Answered;
  slot: Slot | undefined;
}

/** At most this many wait; then the oldest are forgotten. */
const LIMIT = 200;

export class Reads<Query> {
  readonly #waiting = new Map<number, WaitingRead<Query>>();
  /** How many of them have a mark. */
  #marked = 0;

  add(token: number, read: Omit<WaitingRead<Query>, 'slot'>): void {
    const { member, query, required, answered } = read;
    this.#waiting.set(token, { member, query, required, answered, slot: undefined });
    if (this.#waiting.size <= LIMIT) return;
    for (const old of [...this.#waiting.keys()].slice(0, LIMIT / 2)) this.#remove(old);
  }

  /** A member was told up to where it must have applied. */
  mark(member: MemberId, token: number, slot: Slot): void {
    const read = this.#waiting.get(token);
    if (read?.member !== member) return;
    if (read.slot === undefined) this.#marked += 1;
    read.slot = slot;
  }

  /** Those that a member can answer now that it has applied all up to a slot. */
  take(member: MemberId, appliedUpTo: Slot): WaitingRead<Query>[] {
    if (this.#marked === 0) return [];
    const due: WaitingRead<Query>[] = [];
    for (const [token, read] of this.#waiting) {
      if (read.member !== member || read.slot === undefined || appliedUpTo < read.slot) continue;
      this.#remove(token);
      due.push(read);
    }
    return due;
  }

  #remove(token: number): void {
    if (this.#waiting.get(token)?.slot !== undefined) this.#marked -= 1;
    this.#waiting.delete(token);
  }
}
