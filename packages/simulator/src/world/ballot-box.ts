/**
 * Every vote that is on a disk, and what is chosen by them: rules 3, 5, 6 and 7, judged when a vote becomes durable or a message
 * leaves, and not when somebody says that something is decided.
 */

import {
  type Ballot,
  type Configuration,
  type MemberId,
  ownerOf,
  type Slot,
  sameValue,
  type Value,
} from '@parliament/synod';
import { Constitution } from './constitution.js';
import { mayDecide, mayPromise } from './own-quorums.js';
import { Violation } from './violation.js';

/** The votes for one value in one slot at one ballot. */
interface Poll {
  readonly ballot: Ballot;
  readonly value: Value;
  readonly voters: MemberId[];
}

/** The votes in one slot. */
interface Tally {
  /** What is chosen, and the lowest ballot at which that is known. */
  chosen: Value | undefined;
  chosenAt: Ballot;
  readonly polls: Poll[];
}

/** What a member has told of in its promise at a ballot: its votes in these slots. */
interface Told {
  readonly member: MemberId;
  readonly fromSlot: Slot;
  readonly upTo: Slot;
}

/** What is known about a ballot. */
interface Round {
  /** The owner has promised it, on its own disk. */
  isPromised: boolean;
  /** Which proposer of its owner uses it; undefined before it is used. */
  user: number | undefined;
  readonly told: Told[];
  /** What was asked to be accepted, by slot. */
  readonly asked: Map<Slot, Value>;
  /** All up to here was said to be decided at this ballot. */
  announcedUpTo: Slot;
}

export class BallotBox {
  /** Every slot up to here is chosen. */
  chosenUpTo: Slot = 0;
  readonly constitution: Constitution;
  /**
   * Told of every slot that is chosen at one ballot with a value that had some votes at a lower one: the leader of that ballot could
   * say that what it proposed is decided.
   */
  onChosenAgain: ((slot: Slot, ballot: Ballot, voters: readonly MemberId[]) => void) | undefined;
  readonly #tallies = new Map<Slot, Tally>();
  readonly #rounds = new Map<Ballot, Round>();
  /** The round that was looked at last: most often it is looked at again. */
  #lastBallot: Ballot = -1;
  #lastRound: Round = newRound();

  constructor(founding: Configuration) {
    this.constitution = new Constitution(founding);
  }

  /** What is chosen in a slot. */
  chosen(slot: Slot): Value | undefined {
    return this.#tallies.get(slot)?.chosen;
  }

  /** The value for which votes at a ballot in a slot are, as far as there are any. */
  asked(slot: Slot, ballot: Ballot): Value | undefined {
    return this.#rounds.get(ballot)?.asked.get(slot);
  }

  /** A promise is on a member's disk. */
  notePromise(member: MemberId, ballot: Ballot): void {
    if (ownerOf(ballot) === member) this.#round(ballot).isPromised = true;
  }

  /** A vote is on a member's disk. */
  noteVote(member: MemberId, slot: Slot, ballot: Ballot, value: Value): void {
    let tally = this.#tallies.get(slot);
    if (tally === undefined) {
      tally = { chosen: undefined, chosenAt: Number.POSITIVE_INFINITY, polls: [{ ballot, value, voters: [member] }] };
      this.#tallies.set(slot, tally);
    } else if (tally.chosen !== undefined) {
      if (tally.chosen === value || sameValue(tally.chosen, value)) return;
      if (ballot > tally.chosenAt) this.#refuseSecond(slot, tally, ballot, value);
    }
    let poll = pollAt(tally.polls, ballot);
    if (poll === undefined) {
      poll = { ballot, value, voters: [member] };
      tally.polls.push(poll);
    } else if (poll.value !== value && !sameValue(poll.value, value)) {
      throw new Violation(`there are votes for two values at ballot ${ballot} in slot ${slot}`);
    } else if (!poll.voters.includes(member)) {
      poll.voters.push(member);
    }
    this.#count(slot, tally, poll);
  }

  /** A proposer sends a message about its ballot to another member, or an accept or heartbeat to any. Rule 3. */
  checkUse(member: MemberId, ballot: Ballot, user: number): Round {
    const round = this.#round(ballot);
    if (round.user === user && round.isPromised) return round;
    if (ownerOf(ballot) !== member) throw new Violation(`member ${member} uses ballot ${ballot}`);
    if (!round.isPromised) {
      throw new Violation(`member ${member} uses ballot ${ballot}, which its own acceptor has not durably promised`);
    }
    if (round.user !== undefined && round.user !== user) {
      throw new Violation(`ballot ${ballot} of member ${member} is used by its proposers ${round.user} and ${user}`);
    }
    round.user = user;
    return round;
  }

  /** An acceptor lets a promise out: it tells of all its votes in these slots. */
  noteTold(member: MemberId, ballot: Ballot, fromSlot: Slot, upTo: Slot): void {
    const { told } = this.#round(ballot);
    const isKnown = told.some((each) => each.member === member && each.fromSlot <= fromSlot && each.upTo >= upTo);
    if (!isKnown) told.push({ member, fromSlot, upTo });
  }

  /** A leader asks for votes. Rule 7, one value for a ballot and slot, and rule 4 where something is chosen already. */
  checkAsked(member: MemberId, round: Round, ballot: Ballot, slot: Slot, value: Value): void {
    const known = round.asked.get(slot);
    if (known === value) return;
    if (known !== undefined) {
      if (sameValue(known, value)) return;
      throw new Violation(`ballot ${ballot} is used for two values in slot ${slot}`);
    }
    round.asked.set(slot, value);
    const { alpha } = this.constitution;
    if (slot > this.chosenUpTo + alpha) {
      throw new Violation(
        `member ${member} proposes in slot ${slot}; decided is ${this.chosenUpTo}, and alpha is ${alpha}`,
      );
    }
    const { voters, number } = this.constitution.governing(slot);
    const hasTold = (voter: MemberId): boolean => doesCover(round.told, voter, slot);
    if (!mayPromise(voters, hasTold)) {
      throw new Violation(
        `member ${member} proposes at ballot ${ballot} in slot ${slot} without the promises of configuration ${number}`,
      );
    }
    const tally = this.#tallies.get(slot);
    if (tally?.chosen === undefined || ballot < tally.chosenAt || sameValue(tally.chosen, value)) return;
    this.#refuseSecond(slot, tally, ballot, value);
  }

  /** The leader of a ballot says that all is decided up to a slot. Rule 6. */
  checkAnnounced(round: Round, ballot: Ballot, decidedUpTo: Slot): void {
    if (decidedUpTo <= round.announcedUpTo) return;
    this.checkKnown(ownerOf(ballot), decidedUpTo);
    for (let slot = round.announcedUpTo + 1; slot <= decidedUpTo; slot++) {
      const value = round.asked.get(slot);
      const chosen = this.chosen(slot);
      if (value === undefined || chosen === value || (chosen !== undefined && sameValue(chosen, value))) continue;
      throw new Violation(
        `ballot ${ballot} announces slot ${slot} as decided, which is decided otherwise than it proposed there`,
      );
    }
    round.announcedUpTo = decidedUpTo;
  }

  /** The furthest slot that the leader of a ballot could say all to be decided up to, if its learner knew all: by rule 6. */
  announceable(ballot: Ballot): Slot {
    const round = this.#rounds.get(ballot);
    if (round?.user === undefined) return 0;
    let slot = round.announcedUpTo;
    for (; slot < this.chosenUpTo; slot++) {
      const value = round.asked.get(slot + 1);
      const chosen = this.chosen(slot + 1);
      if (value !== undefined && (chosen === undefined || !sameValue(chosen, value))) break;
    }
    return slot;
  }

  /** A member says that all up to a slot is decided. */
  checkKnown(member: MemberId, decidedUpTo: Slot): void {
    if (decidedUpTo <= this.chosenUpTo) return;
    throw new Violation(`member ${member} says that slot ${decidedUpTo} is decided; all is up to ${this.chosenUpTo}`);
  }

  /** A member takes a slot for decided, or tells another that it is. Rule 5. */
  checkSettled(member: MemberId, slot: Slot, value: Value): void {
    const chosen = this.chosen(slot);
    if (chosen === value) return;
    if (chosen === undefined) {
      throw new Violation(`member ${member} takes slot ${slot} for decided, for which no quorum has voted`);
    }
    if (sameValue(chosen, value)) return;
    throw new Violation(`slot ${slot} is decided with ${textOf(chosen)} and, by member ${member}, ${textOf(value)}`);
  }

  #count(slot: Slot, tally: Tally, poll: Poll): void {
    const { voters } = this.constitution.governing(slot);
    if (!mayDecide(voters, (voter) => poll.voters.includes(voter))) return;
    const { ballot, value } = poll;
    if (tally.chosen !== undefined) this.#refuseSecond(slot, tally, ballot, value);
    tally.chosen = value;
    tally.chosenAt = ballot;
    // Who proposes at a higher ballot must propose the same (rule 4): otherwise a second value is only a matter of time.
    for (const other of tally.polls) {
      if (other.ballot > ballot && !sameValue(other.value, value))
        this.#refuseSecond(slot, tally, other.ballot, other.value);
    }
    this.#moveOn();
    if (this.onChosenAgain === undefined) return;
    for (const other of tally.polls) {
      if (other.ballot < ballot && sameValue(other.value, value))
        this.onChosenAgain(slot, other.ballot, [...other.voters]);
    }
  }

  #moveOn(): void {
    for (;;) {
      const value = this.chosen(this.chosenUpTo + 1);
      if (value === undefined) return;
      this.chosenUpTo += 1;
      this.constitution.read(this.chosenUpTo, value);
    }
  }

  #refuseSecond(slot: Slot, { chosen, chosenAt }: Tally, ballot: Ballot, value: Value): never {
    const known = chosen === undefined ? 'nothing' : textOf(chosen);
    throw new Violation(
      `in slot ${slot} ${known} is chosen at ballot ${chosenAt}, and ballot ${ballot} asks for ${textOf(value)}`,
    );
  }

  #round(ballot: Ballot): Round {
    if (ballot === this.#lastBallot) return this.#lastRound;
    let round = this.#rounds.get(ballot);
    if (round === undefined) {
      round = newRound();
      this.#rounds.set(ballot, round);
    }
    this.#lastBallot = ballot;
    this.#lastRound = round;
    return round;
  }
}

function pollAt(polls: readonly Poll[], ballot: Ballot): Poll | undefined {
  for (let place = 0; place < polls.length; place++) if (polls[place]?.ballot === ballot) return polls[place];
  return undefined;
}

function newRound(): Round {
  return { isPromised: false, user: undefined, told: [], asked: new Map(), announcedUpTo: 0 };
}

function doesCover(told: readonly Told[], voter: MemberId, slot: Slot): boolean {
  for (const { member, fromSlot, upTo } of told) if (member === voter && fromSlot <= slot && slot <= upTo) return true;
  return false;
}

function textOf(value: Value): string {
  return Buffer.from(value).toString('hex').slice(0, 400);
}
