/**
 * What is not on the disk of a member, although its learner knows it to be decided, by what the disk itself has done: an account of its own,
 * beside the one that the member keeps (`on-disk.ts` of synod).
 */

import type { DurableRecord, MemberId, Slot } from '@parliament/synod';
import { Violation } from './violation.js';

export class Unwritten {
  /** The slots of other members' snapshots that were taken over, and are not saved yet, nor a later one. */
  #snapshots: Slot[] = [];
  /** The slots of records that were left out for want of room. */
  readonly #leftOut = new Set<Slot>();
  /** How many writes of the learner are under way. */
  #underWay = 0;
  /** How far its acceptor was told since the learner was started. */
  #told: Slot = 0;

  noteInstalling(slot: Slot): void {
    this.#snapshots.push(slot);
  }

  noteLeftOut(records: readonly DurableRecord[]): void {
    for (const record of records) {
      if (record.type === 'decided' || record.type === 'learned') this.#leftOut.add(record.slot);
    }
  }

  noteBegun(): void {
    this.#underWay += 1;
  }

  noteWritten(records: readonly DurableRecord[]): void {
    this.#underWay -= 1;
    for (const record of records) if ('slot' in record) this.#leftOut.delete(record.slot);
  }

  noteSaved(upTo: Slot): void {
    this.#snapshots = this.#snapshots.filter((slot) => slot > upTo);
    for (const slot of this.#leftOut) if (slot <= upTo) this.#leftOut.delete(slot);
  }

  /** A learner was started, and has read all that is written. */
  clear(): void {
    this.#snapshots = [];
    this.#leftOut.clear();
    this.#underWay = 0;
    this.#told = 0;
  }

  /** An acceptor is told that its disk says what is decided up to this slot. @throws Violation when it does not. */
  check(member: MemberId, told: Slot): void {
    this.#told = told;
    const slot = Math.min(...this.#snapshots, ...this.#leftOut);
    if (told < slot) return;
    throw new Violation(
      `member ${member} tells its acceptor that slots up to ${told} are decided on disk, and slot ${slot} is not there`,
    );
  }

  /**
   * Where all is written, the acceptor was told all: votes that it keeps for nothing take the room of those that it is asked for.
   *
   * @throws Violation when it was not.
   */
  checkQuiet(member: MemberId, decidedUpTo: Slot): void {
    if (this.#underWay > 0 || this.#snapshots.length > 0 || this.#leftOut.size > 0 || this.#told >= decidedUpTo) return;
    throw new Violation(
      `member ${member} has all slots up to ${decidedUpTo} on disk, and its acceptor was told that they are decided up to ${this.#told}`,
    );
  }
}
