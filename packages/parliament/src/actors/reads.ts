/**
 * Reads that wait at the desk. What each has to wait for is its level:
 *
 * - linearizable: the leader gives a mark, confirmed by a majority after it was asked; what is applied here up to there is asked.
 * - lease: the own proposer gives a mark at once, if it leads and its lease holds. When the machine has answered, it is asked for its
 *   lease once more: only while that holds the answer leaves. What stood still meanwhile, loop or process or machine, is found by that.
 * - local: what is applied here is asked.
 *
 * Each may also wait for a slot to be applied here (`atLeast`). Reads that come together share a round: one mark, one look.
 */

import type { Slot } from '@parliament/synod';
import type { FailureReply, ReadLevel, ReplyCode } from '../client/requests.js';
import type { Found, QueryAnswer, ReadWish } from '../host/hosted.js';
import { ageOf, elapsedMs, latestOf, type Marks, type Moment, noteMark } from './age.js';
import { AskForLease, AskForMark, Lookup } from './mail.js';

interface PendingRead extends ReadWish {
  readonly query: Uint8Array;
  readonly deadline: number;
  readonly answer: QueryAnswer;
  /** It was answered, one way or the other, while others of its round were not. */
  isOver: boolean;
}

/** Reads that share one mark. */
interface ReadRound {
  readonly level: ReadLevel;
  readonly reads: readonly PendingRead[];
  /** When its mark was asked for: what was decided by then is in the answer. */
  readonly askedAt: Moment;
  /** When its mark was asked for, or the learner, once there is one. */
  sentAt: number;
  /** When the proposer is to be asked, for the first time or again. A question for a mark that is asked again is another one: see `tick`. */
  dueAt: number;
  /** It holds for all of them however late it is: what was decided when they came is not behind it. */
  mark: Slot | undefined;
  /** What the machine said to reads on a lease, and up to where it had applied all: it leaves when the lease holds still. */
  found: { readonly answers: readonly Uint8Array[]; readonly slot: Slot } | undefined;
}

/** Messages for the roles that follow from what happened to reads. */
export interface ReadOutput {
  readonly proposer: readonly (AskForMark | AskForLease)[];
  readonly learner: readonly Lookup[];
}

/** So many queries are answered in one turn of the learner: it has more to do, and answers may be long. */
export const LOOK_READS = 32;

/** Who got no answer is asked again after this time, in milliseconds. */
const RETRY_MS = 1000;

/** A mark is asked for again after this time at the latest, in milliseconds. */
const MARK_PAUSE_MS_MAX = 8000;

/** Who leads without a lease may have one with the next heartbeat. In milliseconds. */
const LEASE_PAUSE_MS = 20;

/** While local reads come, and for so long after the last one, a mark is asked for this often, so that their age is known. In milliseconds. */
const AGING_MS = 60_000;
const AGE_MS = 250;

const NOTHING: ReadOutput = { proposer: [], learner: [] };

export class Reads {
  readonly #nextToken: () => number;
  readonly #calendar: () => number;
  #new: PendingRead[] = [];
  readonly #rounds = new Map<number, ReadRound>();
  #count = 0;
  #bytes = 0;
  /** A mark that has not come after this time is asked for again: twice as long as one takes. */
  #markPauseMs = RETRY_MS;
  readonly #marks: Marks = [];
  /** A question for a mark that nobody waits for. */
  #aging: { readonly token: number; readonly askedAt: Moment } | undefined;
  #localAt = Number.NEGATIVE_INFINITY;
  /** This member leads without a lease: those who wait for one ask together, from then on. */
  #leaseDueAt = Number.NEGATIVE_INFINITY;
  /** The last slot of a log that has an end, once it is applied: the machine has the state it will ever have. */
  #end: Slot | undefined;
  #appliedUpTo: Slot = 0;

  /**
   * @param nextToken gives numbers that no other question of this life has, nor any of an earlier one.
   * @param calendar milliseconds since 1970.
   */
  constructor(nextToken: () => number, calendar: () => number = Date.now) {
    this.#nextToken = nextToken;
    this.#calendar = calendar;
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /** What their queries weigh. */
  get bytes(): number {
    return this.#bytes;
  }

  add(query: Uint8Array, { level, atLeast }: ReadWish, deadline: number, answer: QueryAnswer): void {
    this.#count += 1;
    this.#bytes += query.length;
    this.#new.push({ query, level, atLeast, deadline, answer, isOver: false });
  }

  /** Looks that need nobody but the own learner, and are due: also where there is no parliament yet. */
  looks(now: number): Lookup[] {
    const local = this.#takeNew('local');
    if (local.length > 0) {
      this.#localAt = now;
      const round = this.#createRound('local', local, now);
      return [...this.#look({ ...round, mark: 0 }), ...this.#looksDue(now)];
    }
    return this.#looksDue(now);
  }

  /** Hands everything that waits for an attempt to the roles. */
  flush(now: number): ReadOutput {
    const learner = this.looks(now);
    const proposer: (AskForMark | AskForLease)[] = [];
    const reads = this.#takeNew('linearizable');
    if (reads.length > 0) {
      const round = this.#createRound('linearizable', reads, now);
      if (this.#end !== undefined) learner.push(...this.#look({ ...round, mark: this.#end }));
      else this.#rounds.set(this.#nextToken(), round);
    }
    const leased = now >= this.#leaseDueAt ? this.#takeNew('lease') : [];
    if (leased.length > 0) this.#rounds.set(this.#nextToken(), this.#createRound('lease', leased, now));
    for (const [token, round] of this.#rounds) {
      if (!isAsking(round) || now < round.dueAt) continue;
      round.dueAt = round.level === 'lease' ? now + RETRY_MS : Number.POSITIVE_INFINITY;
      proposer.push(round.level === 'lease' ? new AskForLease(token) : new AskForMark(token));
    }
    if (!proposer.some((question) => question instanceof AskForMark) && this.#isAgingDue(now)) {
      this.#aging = { token: this.#nextToken(), askedAt: this.#moment(now) };
      proposer.push(new AskForMark(this.#aging.token));
    }
    return { proposer, learner };
  }

  /** A read may be served once `slot` is applied. */
  marked(token: number, slot: Slot, now: number): ReadOutput {
    if (this.#aging?.token === token) {
      noteMark(this.#marks, slot, this.#aging.askedAt);
      this.#aging = undefined;
      return NOTHING;
    }
    const round = this.#rounds.get(token);
    if (round?.level !== 'linearizable' || round.mark !== undefined) return NOTHING;
    this.#markPauseMs = Math.min(MARK_PAUSE_MS_MAX, Math.max(RETRY_MS, 2 * (now - round.sentAt)));
    return this.#goOn(token, round, slot, now);
  }

  /** The lease of this member holds: who has applied all up to `slot` knows all that is true. */
  leased(token: number, slot: Slot, now: number): ReadOutput {
    const round = this.#rounds.get(token);
    if (round?.level !== 'lease') return NOTHING;
    if (round.mark === undefined) return this.#goOn(token, round, slot, now);
    if (round.found === undefined) return NOTHING;
    this.#rounds.delete(token);
    this.#answer(round, round.found.answers, round.found.slot, now);
    return NOTHING;
  }

  /** It has none. `refusal`: nor is it the leader, and this is to be said. */
  notLeased(token: number, now: number, refusal: string | undefined): void {
    const round = this.#rounds.get(token);
    if (round?.level !== 'lease') return;
    if (refusal !== undefined) {
      this.#rounds.delete(token);
      for (const read of round.reads) this.#close(read, failure('no-lease', refusal));
      return;
    }
    // By then the next heartbeat may have been answered.
    const dueAt = now + LEASE_PAUSE_MS;
    // An answer is not kept for long: there may be many of them, and long ones. Then the machine is asked again.
    if (round.found !== undefined && now - round.sentAt < RETRY_MS) {
      round.dueAt = dueAt;
      return;
    }
    this.#leaseDueAt = dueAt;
    this.#putBack(token, round.reads);
  }

  /** The learner has looked, having applied all up to `slot`. */
  seen(token: number, answers: readonly Uint8Array[], slot: Slot, now: number): ReadOutput {
    const round = this.#rounds.get(token);
    if (round?.mark === undefined) return NOTHING;
    this.#rounds.delete(token);
    if (round.level !== 'lease') {
      this.#answer(round, answers, slot, now);
      return NOTHING;
    }
    const again = this.#nextToken();
    this.#rounds.set(again, { ...round, sentAt: now, dueAt: now + RETRY_MS, found: { answers, slot } });
    return { proposer: [new AskForLease(again)], learner: [] };
  }

  /** Another leader is known, or none: whatever was said on a lease counts no more. */
  leaderLost(): void {
    this.#leaseDueAt = Number.NEGATIVE_INFINITY;
    for (const [token, { level, reads }] of this.#rounds) if (level === 'lease') this.#putBack(token, reads);
  }

  /** There is another leader than before. */
  leaderChanged(now: number): void {
    this.leaderLost();
    this.#aging = undefined;
    this.#markPauseMs = RETRY_MS;
    this.#askAnew(now, 0);
  }

  /** Every slot up to here is applied; `isEnd`: and there will be no more. */
  applied(slot: Slot, isEnd: boolean): void {
    this.#appliedUpTo = slot;
    if (isEnd) this.#end = slot;
  }

  /** Time has passed. */
  tick(now: number, reason: () => string): void {
    if (this.#askAnew(now, this.#markPauseMs)) this.#markPauseMs = Math.min(MARK_PAUSE_MS_MAX, 2 * this.#markPauseMs);
    for (const read of this.#new) if (now >= read.deadline) this.#close(read, overdue(reason()));
    for (const [token, { reads, mark, found }] of this.#rounds) {
      for (const read of reads) if (now >= read.deadline) this.#close(read, overdue(this.#why(mark, found, reason)));
      if (reads.every(({ isOver }) => isOver)) this.#rounds.delete(token);
    }
    this.#new = this.#new.filter(({ isOver }) => !isOver);
  }

  failAll(code: ReplyCode, reason: string): void {
    for (const read of this.#new) this.#close(read, failure(code, reason));
    for (const { reads } of this.#rounds.values()) for (const read of reads) this.#close(read, failure(code, reason));
    this.#new = [];
    this.#rounds.clear();
  }

  #moment(at: number): Moment {
    return { at, time: this.#calendar() };
  }

  #createRound(level: ReadLevel, reads: readonly PendingRead[], now: number): ReadRound {
    const askedAt = this.#moment(now);
    return { level, reads, askedAt, sentAt: now, dueAt: Number.NEGATIVE_INFINITY, mark: undefined, found: undefined };
  }

  #takeNew(level: ReadLevel): PendingRead[] {
    const taken = this.#new.filter((read) => read.level === level);
    if (taken.length > 0) this.#new = this.#new.filter((read) => read.level !== level);
    return taken;
  }

  /** The mark of a round has come. */
  #goOn(token: number, round: ReadRound, mark: Slot, now: number): ReadOutput {
    noteMark(this.#marks, mark, round.askedAt);
    this.#rounds.delete(token);
    return { proposer: [], learner: this.#look({ ...round, sentAt: now, mark }, token) };
  }

  /** Asks the learner. Those that wait for a slot beyond the mark have a round of their own, and keep nobody waiting. */
  #look(round: ReadRound & { readonly mark: Slot }, token: number = this.#nextToken()): Lookup[] {
    const { mark, reads } = round;
    const reached = Math.max(mark, this.#appliedUpTo);
    const bySlot = new Map<Slot, PendingRead[]>([[reached, []]]);
    for (const read of reads) {
      const slot = read.atLeast > reached ? read.atLeast : reached;
      const others = bySlot.get(slot);
      if (others === undefined) bySlot.set(slot, [read]);
      else others.push(read);
    }
    const lookups: Lookup[] = [];
    let next: number | undefined = token;
    for (const [slot, waiting] of bySlot) {
      const upTo = slot > reached ? slot : waiting.reduce((most, { atLeast }) => Math.max(most, atLeast), mark);
      for (let at = 0; at < waiting.length; at += LOOK_READS) {
        const some = waiting.slice(at, at + LOOK_READS);
        lookups.push(this.#open(next ?? this.#nextToken(), { ...round, reads: some, mark: upTo }));
        next = undefined;
      }
    }
    return lookups;
  }

  #open(token: number, round: ReadRound & { readonly mark: Slot }): Lookup {
    this.#rounds.set(token, round);
    return lookupFor(token, round, round.mark);
  }

  #answer({ reads }: ReadRound, answers: readonly Uint8Array[], slot: Slot, now: number): void {
    const ageMs = this.#end === undefined ? ageOf(this.#marks, slot, this.#moment(now)) : 0;
    reads.forEach((read, index) => {
      const bytes = answers[index];
      if (bytes !== undefined) this.#close(read, found(bytes, slot, ageMs));
    });
  }

  /** Rounds that have no mark after so long ask for one again, together. Whether there were any. */
  #askAnew(now: number, afterMs: number): boolean {
    let isAny = false;
    for (const [token, { level, reads, sentAt, mark }] of this.#rounds) {
      if (level !== 'linearizable' || mark !== undefined || now - sentAt < afterMs) continue;
      isAny = true;
      this.#putBack(token, reads);
    }
    return isAny;
  }

  #putBack(token: number, reads: readonly PendingRead[]): void {
    this.#rounds.delete(token);
    this.#new.push(...reads.filter(({ isOver }) => !isOver));
  }

  /** A learner that was restarted has forgotten what it was asked: it is asked again, with the same mark. */
  #looksDue(now: number): Lookup[] {
    const lookups: Lookup[] = [];
    for (const [token, round] of this.#rounds) {
      if (round.mark === undefined || round.found !== undefined || now - round.sentAt < RETRY_MS) continue;
      round.sentAt = now;
      lookups.push(lookupFor(token, round, round.mark));
    }
    return lookups;
  }

  #isAgingDue(now: number): boolean {
    if (this.#end !== undefined || now - this.#localAt > AGING_MS) return false;
    const moment = this.#moment(now);
    const latest = latestOf(this.#marks);
    if (this.#aging !== undefined && elapsedMs(this.#aging.askedAt, moment) < RETRY_MS) return false;
    return latest === undefined || elapsedMs(latest, moment) >= AGE_MS;
  }

  /** Why it was not answered in time. */
  #why(mark: Slot | undefined, found: ReadRound['found'], reason: () => string): string {
    if (mark === undefined || found !== undefined) return reason();
    return `slot ${this.#appliedUpTo} is applied here, and slot ${mark} is to be; ${reason()}`;
  }

  #close(read: PendingRead, reply: Found | FailureReply): void {
    if (read.isOver) return;
    read.isOver = true;
    this.#count -= 1;
    this.#bytes -= read.query.length;
    read.answer(reply);
  }
}

/** Whether a round waits for its mark, or for the lease with which its answer may leave. */
function isAsking({ mark, found }: ReadRound): boolean {
  return mark === undefined || found !== undefined;
}

function found(bytes: Uint8Array, slot: Slot, ageMs: number): Found {
  return Number.isFinite(ageMs) ? { ok: true, bytes, slot, ageMs } : { ok: true, bytes, slot };
}

function failure(code: ReplyCode, error: string): FailureReply {
  return { ok: false, code, outcome: 'not-applied', error };
}

function overdue(reason: string): FailureReply {
  return failure('timeout', `no answer within the deadline: ${reason}`);
}

function lookupFor(token: number, { reads }: ReadRound, mark: Slot): Lookup {
  const until = Math.max(...reads.map(({ deadline }) => deadline));
  return new Lookup(
    token,
    reads.map(({ query }) => query),
    mark,
    until,
  );
}
