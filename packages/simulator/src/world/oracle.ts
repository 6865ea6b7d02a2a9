/** What must never happen in any world, checked at every step. A violation ends the world. */

import {
  type AcceptorState,
  type Ballot,
  type Configuration,
  changeOf,
  type Decision,
  type DurableRecord,
  type Envelope,
  type History,
  type LearnerState,
  type MemberId,
  type Message,
  NO_BALLOT,
  type PromiseMessage,
  type SessionEntry,
  type SessionResult,
  type Slot,
  sameValue,
  stampedValue,
  type Value,
} from '@parliament/synod';
import { BallotBox } from './ballot-box.js';
import type { ConstitutionCounts } from './constitution.js';
import type { Disk } from './disk.js';
import { isLaterDecree } from './later-version.js';
import { SessionBook } from './session-book.js';
import { Violation } from './violation.js';

export { Violation } from './violation.js';

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { imul } = Math;

/** A digest of the whole state is compared at every so many slots. */
const DIGEST_SLOTS = 32;

/** What the oracle has seen: what never happens is not checked. */
export interface OracleCounts {
  digests: number;
  repeats: number;
  refusals: number;
  /** Commands that were refused, by reason. */
  refusedExpired: number;
  refusedAcknowledged: number;
  refusedTooFarAhead: number;
  refusedUnacknowledged: number;
  refusedSessions: number;
}

/** A batch has fewer results than this. */
const RESULTS_LIMIT = 2 ** 20;

/** Who sends a message: a member, and which of its proposers it has now. */
export interface Sender {
  readonly member: MemberId;
  readonly disk: Disk;
  /** Counts the member's proposers, over all of its lives. */
  readonly term: number;
}

/** A command that was applied. */
interface Applied {
  readonly slot: Slot;
  readonly index: number;
  readonly reply: number | string;
}

type Replied = Extract<SessionResult<unknown>, { readonly type: 'replied' }>;

export class Oracle {
  /** All up to this slot are applied somewhere, and none beyond it. */
  furthest: Slot = 0;
  readonly counts: OracleCounts = {
    digests: 0,
    repeats: 0,
    refusals: 0,
    refusedExpired: 0,
    refusedAcknowledged: 0,
    refusedTooFarAhead: 0,
    refusedUnacknowledged: 0,
    refusedSessions: 0,
  };
  /** All votes, and what they come to. */
  readonly box: BallotBox;
  /** Members of the later version: they alone can read its decrees. */
  readonly later: Set<MemberId> = new Set();
  /** Batches as they were proposed: most come back as the very bytes, and only what does not is looked for by what is in it. */
  readonly #proposed = new Set<Value>();
  readonly #unread: Value[] = [];
  readonly #texts = new Set<string>();
  /** By member: the highest promise that left it, and by how far it has applied. */
  readonly #promised = new Map<MemberId, Ballot>();
  readonly #delivered = new Map<MemberId, Slot>();
  readonly #leaders = new Map<Ballot, string>();
  readonly #digests = new Map<Slot, number>();
  /** By session and number: where it was applied, before or after others of its slot, and with which reply. */
  readonly #applied = new Map<number, Map<number, Applied>>();
  readonly #sessions = new SessionBook();
  /** Members that have lost their memory: nobody counts them, so what they do among themselves breaks no rule. */
  readonly #lost = new Set<MemberId>();
  /** By slot: what machines were told of the time there. */
  readonly #times = new Map<Slot, number>();

  constructor(founding: Configuration) {
    this.box = new BallotBox(founding);
  }

  /** What changes of membership came to. */
  get membership(): ConstitutionCounts {
    return this.box.constitution.counts;
  }

  /** A client has proposed a batch: only such, changes of membership and the no-op may be decided (O3). */
  noteProposed(value: Value): void {
    this.#proposed.add(value);
    this.#unread.push(value);
  }

  /** A record is on a member's disk, for good. */
  noteDurable(member: MemberId, record: DurableRecord): void {
    if (this.#lost.has(member)) return;
    if (record.type === 'voted') this.box.noteVote(member, record.slot, record.ballot, record.value);
    else if (record.type === 'promised') this.box.notePromise(member, record.ballot);
  }

  /** A member lets a message out, at a moment when its disk is as it is. */
  checkSent({ member, disk, term }: Sender, to: MemberId, message: Message): void {
    // O2, rule 2: never a vote below a promise.
    if (disk.brokenPromise !== undefined) throw new Violation(`member ${member} broke its word: ${disk.brokenPromise}`);
    const box = this.box;
    switch (message.type) {
      case 'accepted':
        // Rule 1: a vote is told of only when it is durable.
        if (!disk.hasVote(message.slot, message.ballot)) {
          const vote = `ballot ${message.ballot} in slot ${message.slot}`;
          throw new Violation(`member ${member} told of a vote at ${vote} before it was durable`);
        }
        return;
      case 'promise':
      case 'heartbeat-reply':
        // Rule 1: a promise leaves only when it is durable.
        if (disk.promised < message.ballot) {
          throw new Violation(`member ${member} promised ballot ${message.ballot} before that was durable`);
        }
        if (this.#lost.has(member)) return;
        if (message.ballot > (this.#promised.get(member) ?? NO_BALLOT)) this.#promised.set(member, message.ballot);
        box.checkKnown(member, message.decidedUpTo);
        if (message.type === 'promise') {
          const { ballot, fromSlot, upTo = Number.MAX_SAFE_INTEGER } = message;
          this.#checkPage(member, disk, message, upTo);
          box.noteTold(member, ballot, fromSlot, upTo);
        }
        return;
      case 'accept':
      case 'heartbeat':
      case 'candidacy':
      case 'prepare': {
        // Nobody but the own acceptor may hear of a ballot before that has promised it (rule 3).
        if (this.#lost.has(member) || (message.type === 'prepare' && to === member)) return;
        const round = box.checkUse(member, message.ballot, term);
        if (message.type === 'accept') box.checkAsked(member, round, message.ballot, message.slot, message.value);
        else if (message.type === 'heartbeat') box.checkAnnounced(round, message.ballot, message.decidedUpTo);
        return;
      }
      case 'canvass':
      case 'canvass-reply':
        if (!this.#lost.has(member)) box.checkKnown(member, message.decidedUpTo);
        return;
      case 'decided':
        if (this.#lost.has(member)) return;
        box.checkKnown(member, message.decidedUpTo);
        for (const { slot, value } of message.decisions) box.checkSettled(member, slot, value);
        return;
      case 'dismissal':
        if (!this.#lost.has(member)) this.checkDismissed(to);
        return;
      default:
        return;
    }
  }

  /** A learner takes slots for decided, also ahead of a gap: a quorum has voted for that (rule 5). */
  checkSettled(member: MemberId, decisions: readonly Decision[]): void {
    const isLost = this.#lost.has(member);
    for (const { slot, value } of decisions) {
      if (!isLost || this.box.chosen(slot) !== undefined) this.box.checkSettled(member, slot, value);
    }
  }

  /** A learner hands on: every other one must have, or come to have, the same value there (O1, O4). */
  checkDelivered(member: MemberId, decisions: readonly Decision[]): void {
    this.checkSettled(member, decisions);
    const isLost = this.#lost.has(member);
    for (const { slot, value } of decisions) {
      const expected = (this.#delivered.get(member) ?? 0) + 1;
      if (slot !== expected) throw new Violation(`member ${member} applied slot ${slot} where ${expected} was due`);
      if (isLaterDecree(value) && !this.later.has(member)) {
        throw new Violation(`member ${member} passes over slot ${slot}, which it cannot read`);
      }
      this.#delivered.set(member, slot);
      if (isLost || slot <= this.furthest) continue;
      if (!this.#mayBeDecided(value)) throw new Violation(`slot ${slot} is decided with a value that nobody proposed`);
      this.furthest = slot;
    }
  }

  #mayBeDecided(value: Value): boolean {
    if (value.length === 0 || this.#proposed.has(value)) return true;
    for (const proposed of this.#unread.splice(0)) this.#texts.add(keyOf(stampedValue(proposed, 0)));
    return this.#texts.has(keyOf(stampedValue(value, 0))) || changeOf(value) !== undefined;
  }

  /** A member took a snapshot in place of all up to its slot. */
  noteInstalled(member: MemberId, slot: Slot): void {
    const before = this.#delivered.get(member) ?? 0;
    if (slot < before)
      throw new Violation(`member ${member} went back from slot ${before} to a snapshot of slot ${slot}`);
    if (slot > this.furthest) throw new Violation(`a snapshot of slot ${slot}, where ${this.furthest} is the furthest`);
    this.#delivered.set(member, slot);
  }

  /**
   * A member, or some of its roles, were started anew and have read back what is on disk: the promise, the votes that it told of,
   * and of what is decided nothing but what is.
   */
  checkRecovered(member: MemberId, acceptor: AcceptorState, learner: LearnerState, disk: Disk): void {
    this.checkPromise(member, acceptor.promised, disk);
    for (const [slot, ballot] of disk.votes) {
      if (slot <= acceptor.decidedUpTo) continue;
      const vote = acceptor.votes.get(slot);
      const asked = vote === undefined ? undefined : this.box.asked(slot, vote.ballot);
      const isSame = vote !== undefined && vote.ballot >= ballot && vote.slot === slot;
      if (isSame && (asked === undefined || this.#lost.has(member) || sameValue(asked, vote.value))) continue;
      throw new Violation(`member ${member} voted at ballot ${ballot} in slot ${slot}, and forgot it`);
    }
    this.checkSettled(
      member,
      [...learner.decided].map(([slot, value]) => ({ slot, value })),
    );
  }

  /** Rules 1 and 2: what is read back is no less than what is promised. */
  checkPromise(member: MemberId, promised: Ballot, disk: Disk): void {
    const before = Math.max(this.#promised.get(member) ?? NO_BALLOT, disk.promised);
    if (promised < before) throw new Violation(`member ${member} promised ${before}, and forgot it: ${promised}`);
  }

  /** Who is asked for what is decided answers from the first slot on that was asked for, or with a snapshot. */
  checkAnswer({ member, decidedUpTo }: LearnerState, fromSlot: Slot, answers: readonly Envelope[]): void {
    if (fromSlot > decidedUpTo) return;
    for (const { message } of answers) {
      const first = message.type === 'decided' ? message.decisions[0]?.slot : undefined;
      if (first === undefined || first <= fromSlot) continue;
      throw new Violation(`member ${member} was asked for slot ${fromSlot}, and answers from slot ${first} on`);
    }
  }

  /**
   * Rule 9: a log was trimmed, and this is what would be read back of it: all that `checkRecovered` asks for, and no less decided than
   * its disk is known to hold, for the acceptor has let its votes go up to there.
   */
  checkTrimmed(member: MemberId, acceptor: AcceptorState, learner: LearnerState, disk: Disk, durableUpTo: Slot): void {
    this.checkRecovered(member, acceptor, learner, disk);
    if (learner.decidedUpTo >= durableUpTo) return;
    const { decidedUpTo } = learner;
    throw new Violation(
      `member ${member} knew slot ${durableUpTo} to be decided, and with its log trimmed ${decidedUpTo}`,
    );
  }

  /** Rule 9, in memory: a learner has a snapshot of this slot or a later one, and every slot that it does not count as trimmed. */
  checkSnapshot({ member, snapshot, trimmedUpTo, decided }: LearnerState, least: Slot): void {
    const found = snapshot?.slot ?? 0;
    if (found < least) throw new Violation(`member ${member} has put a snapshot of slot ${found} in place of ${least}`);
    for (let slot = trimmedUpTo + 1; slot <= found; slot++) {
      if (decided.has(slot)) continue;
      throw new Violation(
        `member ${member} has trimmed up to slot ${trimmedUpTo}, as it says, and has no slot ${slot}`,
      );
    }
  }

  /** A member is told that it is removed, or takes itself for removed: it is, and the configuration without it governs. */
  checkDismissed(member: MemberId): void {
    const { chosenUpTo, constitution } = this.box;
    const { number, spent } = constitution.governing(chosenUpTo + 1);
    if (spent.includes(member)) return;
    throw new Violation(`member ${member} is dismissed, and not removed in configuration ${number}, which governs`);
  }

  /** A member begins to read back what it had. */
  noteStart(member: MemberId): void {
    this.#delivered.delete(member);
  }

  /** A member's disk is gone for good: nobody will count it, so nothing more is asked of it. */
  noteLost(member: MemberId): void {
    this.#promised.delete(member);
    this.#delivered.delete(member);
    this.#lost.add(member);
  }

  /** Whether it has lost its memory. */
  hasLost(member: MemberId): boolean {
    return this.#lost.has(member);
  }

  /** A member leads at a ballot: nobody else ever does, nor the same member in another life (O8). */
  checkLeader(member: MemberId, ballot: Ballot, leader: string): void {
    // An old copy may stand where it stood, and find old promises on their way; it has nobody's ear.
    if (this.#lost.has(member)) return;
    const before = this.#leaders.get(ballot) ?? leader;
    if (before !== leader) throw new Violation(`ballot ${ballot} was led by ${before} and by ${leader}`);
    this.#leaders.set(ballot, leader);
  }

  /** A member that has applied all up to a slot goes by these configurations: by those that are decided (O9). */
  checkHistory(member: MemberId, history: History, decidedUpTo: Slot): void {
    if (!this.#lost.has(member)) this.box.constitution.check(member, history, decidedUpTo);
  }

  /** What the entries of a decided batch came to: the same on every member, and each command once (O6). */
  checkResults(
    member: MemberId,
    slot: Slot,
    results: readonly SessionResult<unknown>[],
    entriesOf: () => readonly SessionEntry<unknown>[],
  ): void {
    if (!this.#lost.has(member)) this.#sessions.read(slot, results, entriesOf);
    for (let index = 0; index < results.length; index++) {
      const result = results[index] as SessionResult<unknown>;
      if (result.type === 'refused') this.#noteRefusal(result.reason);
      if (result.type === 'replied') this.#noteReply(member, slot, index, result);
    }
  }

  #noteReply(member: MemberId, slot: Slot, index: number, { session, number, reply: given }: Replied): void {
    let applied = this.#applied.get(session);
    if (applied === undefined) {
      applied = new Map();
      this.#applied.set(session, applied);
    }
    const reply = Number.isFinite(given) ? (given as number) : textOf(given);
    const known = applied.get(number);
    if (known === undefined) applied.set(number, { slot, index, reply });
    else if (known.reply !== reply) {
      throw new Violation(
        `command ${session}/${number} gave ${known.reply} in slot ${known.slot}, and ${reply} by member ${member}`,
      );
    } else if (known.slot !== slot) {
      this.counts.repeats += 1;
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

  /** What a machine is told of the time at a slot: the same on every member, and never less than before. */
  checkTime(member: MemberId, slot: Slot, time: number): void {
    const known = this.#times.get(slot);
    const before = this.#times.get(slot - 1) ?? 0;
    if ((known ?? time) !== time || time < before) {
      const due = known ?? `no less than ${before}`;
      throw new Violation(`member ${member} tells its machine that it is ${time} at slot ${slot}, where ${due} is due`);
    }
    if (known === undefined) this.#times.set(slot, time);
  }

  /** A read was told to wait for `mark`; at the time of the question, `required` was the furthest slot applied anywhere. */
  checkMark(mark: Slot, required: Slot): void {
    if (mark < required) throw new Violation(`a read at slot ${mark} may miss slot ${required}, decided before it`);
  }

  /** A client was told `reply`: it must stand in what is decided (O5). */
  checkAcknowledged(session: number, number: number): void {
    if (this.#applied.get(session)?.has(number) !== true) {
      throw new Violation(`command ${session}/${number} was acknowledged and never applied`);
    }
  }

  /** The place of a command in the order of all that was applied, undefined if it was not. */
  placeOf(session: number, number: number): number | undefined {
    const applied = this.#applied.get(session)?.get(number);
    return applied === undefined ? undefined : applied.slot + applied.index / RESULTS_LIMIT;
  }

  /** The place of a read of a state in which all up to a slot was applied: behind the commands of that slot. */
  placeOfRead(slot: Slot): number {
    return slot + 1 - 1 / RESULTS_LIMIT;
  }

  /** A learner says what keeps it from going on: of a decree, what is chosen there. */
  checkHalt(member: MemberId, slot: Slot, kind: number): void {
    if (this.#lost.has(member) || this.box.chosen(slot)?.[0] === kind) return;
    throw new Violation(
      `member ${member} stands still at slot ${slot} for a decree of kind ${kind}, which is not there`,
    );
  }

  /** Rule 4: a page of a promise tells of each vote below its ballot that is on disk in its slots: the latest, with what was asked for. */
  #checkPage(member: MemberId, { votes }: Disk, page: PromiseMessage, upTo: Slot): void {
    const first = Math.max(page.fromSlot, page.decidedUpTo + 1);
    const told = new Map(page.votes.map((vote) => [vote.slot, vote]));
    const check = (slot: Slot, at: Ballot | undefined): void => {
      if (at === undefined || at >= page.ballot || slot < first || slot > upTo) return;
      const found = told.get(slot);
      const asked = this.box.asked(slot, at);
      if (found?.ballot === at && (asked === undefined || sameValue(asked, found.value))) return;
      throw new Violation(
        `member ${member} promises ballot ${page.ballot}, and does not tell of its vote at ${at} in slot ${slot}`,
      );
    };
    // Rule 7: nobody asks for votes further on.
    const last = Math.min(upTo, this.box.chosenUpTo + this.box.constitution.alpha);
    if (last - first < votes.size) for (let slot = first; slot <= last; slot++) check(slot, votes.get(slot));
    else for (const [slot, at] of votes) check(slot, at);
  }

  #noteRefusal(reason: Extract<SessionResult<unknown>, { readonly type: 'refused' }>['reason']): void {
    this.counts.refusals += 1;
    if (reason === 'session-expired') this.counts.refusedExpired += 1;
    else if (reason === 'acknowledged') this.counts.refusedAcknowledged += 1;
    else if (reason === 'too-far-ahead') this.counts.refusedTooFarAhead += 1;
    else if (reason === 'too-many-sessions') this.counts.refusedSessions += 1;
    else this.counts.refusedUnacknowledged += 1;
  }
}

/** A fingerprint of bytes: FNV-1a. */
function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index++) hash = imul(hash ^ (bytes[index] as number), 0x01000193);
  return hash >>> 0;
}

/** A value as a text that is quick to make. */
function keyOf(value: Value): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}

/** A reply that is no number of the usual kind, as a text: the same for the same reply. */
function textOf(reply: unknown): string {
  return typeof reply === 'number' ? `${reply}` : (JSON.stringify(reply) ?? 'undefined');
}
