/** What must never happen in any world, checked at every step. A violation ends the world. */

import {
  type Ballot,
  type Configuration,
  type Decision,
  type History,
  type MemberId,
  type Message,
  NO_BALLOT,
  ownerOf,
  readDecree,
  type SessionResult,
  type Slot,
  sameValue,
  type Value,
} from '@parliament/synod';
import type { Disk } from './disk.js';

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { imul } = Math;

/** A safety rule was broken, or no progress was made where it was owed. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A digest of the whole state is compared at every so many slots. */
const DIGEST_SLOTS = 32;

export class Oracle {
  /** The value of every slot that any learner has decided (O1). */
  readonly decided: Map<Slot, Value> = new Map();
  /** The furthest slot of them: all up to it are applied somewhere. */
  furthest: Slot = 0;
  readonly counts: { digests: number; refusals: number; repeats: number } = { digests: 0, refusals: 0, repeats: 0 };
  readonly #proposed = new Set<string>();
  /** By ballot and slot: the one value that was ever asked to be accepted there. */
  readonly #asked = new Map<Ballot, Map<Slot, Value>>();
  /** By member: the highest promise that left it, and by how far it has applied. */
  readonly #promised = new Map<MemberId, Ballot>();
  readonly #delivered = new Map<MemberId, Slot>();
  readonly #leaders = new Map<Ballot, string>();
  readonly #configurations = new Map<number, string>();
  readonly #digests = new Map<Slot, number>();
  /** By session and number: where it was applied, and with which reply. */
  readonly #applied = new Map<string, { readonly slot: Slot; readonly reply: string }>();

  /** A client has proposed a batch: only such, changes of membership and the no-op may be decided (O3). */
  noteProposed(payload: Uint8Array): void {
    this.#proposed.add(keyOf(payload));
  }

  /** A member lets a message out, at a moment when its disk is as it is. */
  checkSent(from: MemberId, message: Message, disk: Disk): void {
    // O2, rule 2: never a vote below a promise.
    if (disk.brokenPromise !== undefined) throw new Violation(`member ${from} broke its word: ${disk.brokenPromise}`);
    switch (message.type) {
      case 'prepare':
      case 'accept':
      case 'heartbeat':
        if (ownerOf(message.ballot) !== from) throw new Violation(`member ${from} uses ballot ${message.ballot}`);
        if (message.type === 'accept') this.#checkAsked(message.ballot, message.slot, message.value);
        return;
      case 'promise':
      case 'heartbeat-reply':
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

  /** A learner has decided: every other one must have, or come to have, the same value there (O1, O4). */
  checkDelivered(member: MemberId, decisions: readonly Decision[]): void {
    for (const { slot, value } of decisions) {
      const expected = (this.#delivered.get(member) ?? 0) + 1;
      if (slot !== expected) throw new Violation(`member ${member} applied slot ${slot} where ${expected} was due`);
      this.#delivered.set(member, slot);
      const known = this.decided.get(slot);
      if (known === value) continue;
      if (known === undefined) {
        const decree = readDecree(value);
        if (decree.type === 'unknown' || (decree.type === 'commands' && !this.#proposed.has(keyOf(decree.payload)))) {
          throw new Violation(`slot ${slot} is decided with a value that nobody proposed`);
        }
        this.decided.set(slot, value);
        this.furthest = Math.max(this.furthest, slot);
      } else if (!sameValue(known, value)) {
        throw new Violation(`slot ${slot} is decided with ${textOf(known)} and, by member ${member}, ${textOf(value)}`);
      }
    }
  }

  /** A member took a snapshot in place of all up to its slot. */
  noteInstalled(member: MemberId, slot: Slot): void {
    const before = this.#delivered.get(member) ?? 0;
    if (slot < before)
      throw new Violation(`member ${member} went back from slot ${before} to a snapshot of slot ${slot}`);
    if (slot > this.furthest) throw new Violation(`a snapshot of slot ${slot}, where ${this.furthest} is the furthest`);
    this.#delivered.set(member, slot);
  }

  /** A member was started anew, and its acceptor has recovered this promise; its learner applies from the start again. */
  checkRecovered(member: MemberId, promised: Ballot, onDisk: Ballot): void {
    const before = Math.max(this.#promised.get(member) ?? NO_BALLOT, onDisk);
    if (promised < before) throw new Violation(`member ${member} promised ${before}, and forgot it: ${promised}`);
  }

  /** A member begins to read back what it had. */
  noteStart(member: MemberId): void {
    this.#delivered.delete(member);
  }

  /** A member's disk is gone for good: nobody will count it, so nothing more is asked of it. */
  noteLost(member: MemberId): void {
    this.#promised.delete(member);
    this.#delivered.delete(member);
  }

  /** A member leads at a ballot: nobody else ever does, nor the same member in another life (O8). */
  checkLeader(ballot: Ballot, leader: string): void {
    const before = this.#leaders.get(ballot) ?? leader;
    if (before !== leader) throw new Violation(`ballot ${ballot} was led by ${before} and by ${leader}`);
    this.#leaders.set(ballot, leader);
  }

  /** A member goes by these configurations: every member by the same ones (O9). */
  checkHistory(member: MemberId, history: History): void {
    for (const configuration of history) {
      const text = describe(configuration);
      const known = this.#configurations.get(configuration.number) ?? text;
      if (known !== text) throw new Violation(`configuration ${known}, and by member ${member} ${text}`);
      this.#configurations.set(configuration.number, text);
    }
  }

  /** What the entries of a decided batch came to: the same on every member, and each command once (O6). */
  checkResults(member: MemberId, slot: Slot, results: readonly SessionResult<unknown>[]): void {
    for (const result of results) {
      if (result.type === 'refused') this.counts.refusals += 1;
      if (result.type !== 'replied') continue;
      const key = `${result.session}/${result.number}`;
      const { reply: given } = result;
      const reply = typeof given === 'number' ? `${given}` : (JSON.stringify(given) ?? 'undefined');
      const known = this.#applied.get(key);
      if (known === undefined) this.#applied.set(key, { slot, reply });
      else if (known.reply !== reply) {
        throw new Violation(
          `command ${key} gave ${known.reply} in slot ${known.slot}, and ${reply} by member ${member}`,
        );
      } else if (known.slot !== slot) {
        this.counts.repeats += 1;
      }
    }
  }

  /** Whether the state after this slot is to be compared. */
  wantsDigest(slot: Slot): boolean {
    return slot % DIGEST_SLOTS === 0;
  }

  /** The whole state of a member after a slot: the same on every member (O10). */
  checkDigest(member: MemberId, slot: Slot, state: Uint8Array): void {
    this.counts.digests += 1;
    const digest = digestOf(state);
    const known = this.#digests.get(slot) ?? digest;
    if (known !== digest) throw new Violation(`the state of member ${member} after slot ${slot} differs from others'`);
    this.#digests.set(slot, digest);
  }

  /** A read was told to wait for `mark`; at the time of the question, `required` was the furthest slot applied anywhere. */
  checkMark(mark: Slot, required: Slot): void {
    if (mark < required) throw new Violation(`a read at slot ${mark} may miss slot ${required}, decided before it`);
  }

  /** A client was told `reply`: it must stand in what is decided (O5). */
  checkAcknowledged(session: number, number: number): void {
    if (!this.#applied.has(`${session}/${number}`)) {
      throw new Violation(`command ${session}/${number} was acknowledged and never applied`);
    }
  }

  #checkAsked(ballot: Ballot, slot: Slot, value: Value): void {
    let slots = this.#asked.get(ballot);
    if (slots === undefined) {
      slots = new Map();
      this.#asked.set(ballot, slots);
    }
    const known = slots.get(slot);
    if (known === undefined) slots.set(slot, value);
    else if (!sameValue(known, value)) throw new Violation(`ballot ${ballot} is used for two values in slot ${slot}`);
  }
}

/** A fingerprint of bytes: FNV-1a. */
function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function describe({ number, from, voters, learners, spent }: Configuration): string {
  const list = (members: readonly MemberId[]): string => members.join(' ');
  return `${number} from slot ${from}: ${voters.kind} of ${list(voters.members)}, learners ${list(learners)}, spent ${list(spent)}`;
}

/** A value as a text that is quick to make, and as one that can be read. */
function keyOf(value: Value): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}

function textOf(value: Value): string {
  return Buffer.from(value).toString('hex');
}
