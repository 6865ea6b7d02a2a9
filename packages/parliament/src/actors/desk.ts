/**
 * The desk of a parliament: requests of users wait here until they are answered or their deadline passes. It outlives the
 * roles, so a role's crash costs a user nothing but time.
 *
 * A write is sent again until it is answered, which is safe: a register takes its first value only. The desk keeps account
 * of every attempt, so that it can say truly whether a write that failed may have been applied.
 */

import {
  createPace,
  type MemberId,
  noteAnswered,
  noteAsked,
  notePatience,
  pauseOf,
  type SessionId,
  type Slot,
} from '@parliament/synod';
import type { AskReply, FailureReply, ReplyCode } from '../client/requests.js';
import type { Outcome } from '../errors.js';
import type { Batch, Command } from '../registers/command.js';
import { type Applied, AskForMark, Lookup, Propose } from './mail.js';
import { ANY_ROOM, COMMAND_BYTES, describeTooLarge, messageBytesOf, type Room } from './room.js';

/** Takes the answer to one request. */
export type Answer = (reply: AskReply | FailureReply) => void;

interface PendingWrite {
  readonly command: Pick<Command, 'member' | 'life' | 'number' | 'key' | 'value'>;
  /** Of its key and value, in UTF-8. */
  readonly bytes: number;
  readonly deadline: number;
  readonly answer: Answer;
  /** Its place in the present session; 0 until it is first sent in it. */
  sequence: number;
  /** Attempts that may have reached a leader: those which the proposer has not handed back. */
  uncertain: number;
  /** When it was last handed to the proposer; undefined when it is due for another attempt. */
  sentAt: number | undefined;
  /** When the present leader was first given it. */
  firstAt: number | undefined;
}

interface PendingRead {
  readonly key: string;
  readonly deadline: number;
  readonly answer: Answer;
  /** What is known should it fail: a read applies nothing, but it may stand for a write whose log is full. */
  readonly outcome: Outcome;
  /** It was answered, one way or the other, while others of its round were not. */
  isOver: boolean;
}

/** Reads that share one mark. */
interface ReadRound {
  readonly reads: readonly PendingRead[];
  /** When the mark was asked for, or the learner, once there is one. */
  sentAt: number;
  /** It holds for all of them however late it is: what was decided when they came is not behind it. */
  mark: Slot | undefined;
}

/** Messages for the roles that follow from what happened at the desk. */
export interface DeskOutput {
  readonly proposer: readonly (Propose | AskForMark)[];
  readonly learner: readonly Lookup[];
}

/** The desk holds at most this many requests; more are refused as `overloaded`. */
export const PENDING_LIMIT = 8192;

/** And writes of at most this many bytes together. */
const PENDING_LIMIT_BYTES: number = 64 * 1024 * 1024;

/** The desk remembers this many decided values. */
const CACHE_LIMIT = 10_000;

/**
 * Of writes that are on their way to the leader, without an answer, there are at most so many bytes, or one write that has more. On the
 * way to another node they keep from it what else is to be said; a leader beside this desk keeps them in memory only.
 *
 * It begins with the first, and is what is answered within a moment: it grows by what is answered soon, and each time that an answer is
 * overdue there is half of it. Otherwise a leader that is slow would be given everything again and again, and decide little else.
 */
const WINDOW_BYTES = 1024 * 1024;
const OWN_WINDOW_BYTES = 16 * 1024 * 1024;
const LEAST_WINDOW_BYTES = 16 * 1024;

/** An answer comes soon when it takes no longer than this, in milliseconds. */
const SOON_MS = 500;

/** What was not answered is tried again after this time, in milliseconds; later, where answers take longer, or none come. */
const RETRY_MS = 1000;

/** A mark is asked for again after this time at the latest, in milliseconds. */
const MARK_PAUSE_MS_MAX = 8000;

/** And a long one later: so many bytes are to come in a millisecond, before anything is known of the line. */
const BYTES_PER_MS = 500;

/** A decree is closed once its commands have this many bytes. */
const BATCH_BYTES = 256 * 1024;

const NOTHING: DeskOutput = { proposer: [], learner: [] };

/** A desk for the requests that `member` takes in its present `life`. */
export class Desk {
  readonly #member: MemberId;
  readonly #life: number;
  readonly #lastSlot: Slot;
  readonly #room: () => Room;
  readonly #writes = new Map<number, PendingWrite>();
  readonly #attempts = new Map<number, { readonly numbers: readonly number[]; readonly at: number }>();
  #newReads: PendingRead[] = [];
  readonly #readRounds = new Map<number, ReadRound>();
  readonly #decided = new Map<string, string>();
  #readCount = 0;
  /** A mark that has not come after this time is asked for again: twice as long as one takes. */
  #markPauseMs = RETRY_MS;
  #bytes = 0;
  /** Bytes of the writes that are on their way, and of those that may be; how many writes wait for another attempt. */
  #outBytes = 0;
  #windowBytes = WINDOW_BYTES;
  #windowLimitBytes = WINDOW_BYTES;
  #waiting = 0;
  /** How long answers take. */
  readonly #pace = createPace(RETRY_MS, WINDOW_BYTES);
  /**
   * Numbers requests and rounds. Begins at the life's random number: an answer that was meant for an earlier life of this
   * member, and comes late, must not pass for one to this life's questions.
   */
  #counter: number;
  #isFull = false;
  /** The session in which this life's writes are sent, once it is open; and one that was, and has ended. */
  #session: SessionId | undefined;
  #ended: SessionId | undefined;
  /** When it was last asked for. */
  #openingAt = Number.NEGATIVE_INFINITY;
  /** Counts the writes of the session. */
  #sequence = 0;

  /** `room`: what may be proposed at this moment. */
  constructor(member: MemberId, life: number, lastSlot: Slot, room: () => Room = () => ANY_ROOM) {
    this.#member = member;
    this.#life = life;
    this.#lastSlot = lastSlot;
    this.#room = room;
    this.#counter = life;
  }

  /** How many requests wait. */
  get pending(): number {
    return this.#writes.size + this.#readCount;
  }

  /** Takes a request. True when something is to be done for it: then {@link flush} is due. */
  take(key: string, value: string | undefined, deadline: number, answer: Answer): boolean {
    const known = this.#decided.get(key);
    // What is decided stays so for ever: no need to ask anybody.
    if (known !== undefined) {
      answer({ ok: true, value: known });
      return false;
    }
    const bytes = value === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(value);
    if (this.pending >= PENDING_LIMIT || this.#bytes + bytes > PENDING_LIMIT_BYTES) {
      const error = `${this.pending} requests are waiting already; try again later, more slowly`;
      answer({ ok: false, code: 'overloaded', outcome: 'not-applied', error });
      return false;
    }
    if (value === undefined) {
      this.#readCount += 1;
      this.#newReads.push({ key, deadline, answer, outcome: 'not-applied', isOver: false });
    } else {
      this.#bytes += bytes;
      this.#counter += 1;
      const command = { member: this.#member, life: this.#life, number: this.#counter, key, value };
      this.#waiting += 1;
      this.#writes.set(this.#counter, {
        command,
        bytes,
        deadline,
        answer,
        sequence: 0,
        uncertain: 0,
        sentAt: undefined,
        firstAt: undefined,
      });
    }
    return true;
  }

  /** Hands everything that waits for an attempt to the roles. */
  flush(now: number): DeskOutput {
    if (this.#isFull) return this.#flushFull(now);
    const proposer: (Propose | AskForMark)[] = [];
    const session = this.#sessionFor(proposer, now);
    let batch: PendingWrite[] = [];
    let bytes = 0;
    const close = (): void => {
      if (batch.length === 0) return;
      this.#counter += 1;
      this.#attempts.set(this.#counter, { numbers: batch.map(({ command }) => command.number), at: now });
      const acknowledged = this.#acknowledged();
      const commands = batch.map(({ command, sequence }) => ({
        ...command,
        session: session ?? 0,
        sequence,
        acknowledged,
      }));
      proposer.push(new Propose(this.#counter, { opens: [], expiries: [], commands }));
      batch = [];
      bytes = 0;
    };
    const isAnyDue = session !== undefined && this.#waiting > 0;
    const room = isAnyDue ? this.#room() : ANY_ROOM;
    for (const write of isAnyDue ? this.#writes.values() : []) {
      if (write.sentAt !== undefined) continue;
      if (this.#refuseTooLarge(write, room)) continue;
      const more = write.bytes;
      if (this.#outBytes > 0 && this.#outBytes + more > this.#windowBytes) break;
      this.#outBytes += more;
      this.#waiting -= 1;
      if (session !== 0 && write.sequence === 0) {
        this.#sequence += 1;
        write.sequence = this.#sequence;
      }
      write.sentAt = now;
      write.firstAt ??= now;
      write.uncertain += 1;
      if (bytes + more + COMMAND_BYTES * (batch.length + 1) > room.batchBytes) close();
      batch.push(write);
      bytes += more;
      if (bytes >= BATCH_BYTES) close();
    }
    close();
    if (this.#newReads.length > 0) proposer.push(new AskForMark(this.#openRound(now)));
    return { proposer, learner: this.#lookupsDue(now) };
  }

  /** The proposer has put an attempt on its way, or hands it back. */
  handled(token: number, submitted: boolean): void {
    const attempt = this.#attempts.get(token);
    this.#attempts.delete(token);
    if (attempt === undefined || submitted) return;
    for (const number of attempt.numbers) {
      const write = this.#writes.get(number);
      if (write === undefined) continue;
      // It went nowhere. It is tried again when there is another leader, or after a while: sooner it would only cost work.
      write.uncertain -= 1;
    }
  }

  /** There is another leader than before: whatever the last one was given may be lost, and waits for another attempt. */
  leaderChanged(now: number, isOwn: boolean): void {
    this.#windowBytes = WINDOW_BYTES;
    this.#windowLimitBytes = isOwn ? OWN_WINDOW_BYTES : WINDOW_BYTES;
    for (const write of this.#writes.values()) {
      this.#takeBack(write);
      write.firstAt = undefined;
    }
    this.#openingAt = Number.NEGATIVE_INFINITY;
    this.#markPauseMs = RETRY_MS;
    this.#askAnew(now, 0);
  }

  /** Commands of this desk were applied, or its session was opened. */
  applied({ opened, results, decidedUpTo }: Applied, now: number): DeskOutput {
    const isNew = opened !== undefined && this.#session === undefined && opened !== this.#ended;
    if (isNew) this.#session = opened;
    for (const result of results) {
      const write = this.#writes.get(result.number);
      if ('refused' in result) this.#loseSession(result.refused);
      else if (write !== undefined) {
        this.#remember(write.command.key, result.value);
        const { firstAt, sentAt } = write;
        if (firstAt !== undefined && sentAt !== undefined) notePatience(this.#pace, firstAt, sentAt, RETRY_MS, now);
        noteAnswered(this.#pace);
        if (firstAt !== undefined && now - firstAt <= SOON_MS) this.#widen(write.bytes);
        this.#finish(write, { ok: true, value: result.value });
      }
    }
    if (decidedUpTo >= this.#lastSlot) this.#isFull = true;
    const hasRoom = this.#waiting > 0 && this.#session !== undefined;
    return this.#isFull || isNew || hasRoom ? this.flush(now) : NOTHING;
  }

  /** Has sessions ended that nobody uses. Nobody waits for it: what is lost is seen again, and asked for again. */
  expire(expiries: Batch['expiries']): DeskOutput {
    this.#counter += 1;
    return { proposer: [new Propose(this.#counter, { opens: [], expiries, commands: [] })], learner: [] };
  }

  /** A read may be served once `slot` is applied. */
  marked(token: number, slot: Slot, now: number): DeskOutput {
    const round = this.#readRounds.get(token);
    if (round === undefined || round.mark !== undefined) return NOTHING;
    this.#markPauseMs = Math.min(MARK_PAUSE_MS_MAX, Math.max(RETRY_MS, 2 * (now - round.sentAt)));
    round.mark = slot;
    round.sentAt = now;
    return { proposer: [], learner: [lookupFor(token, round, slot)] };
  }

  /** The learner has looked. */
  seen(token: number, values: readonly (string | undefined)[]): void {
    const round = this.#readRounds.get(token);
    if (round === undefined) return;
    this.#readRounds.delete(token);
    round.reads.forEach((read, index) => {
      const value = values[index];
      if (value !== undefined) this.#remember(read.key, value);
      this.#close(read, value === undefined ? { ok: true } : { ok: true, value });
    });
  }

  /** Time has passed: what is overdue fails with `reason`, and what got no answer waits for another attempt. */
  tick(now: number, reason: () => string): void {
    const pause = pauseOf(this.#pace);
    let isOverdue = false;
    for (const write of [...this.#writes.values()]) {
      if (now >= write.deadline) {
        this.#finish(write, failure('timeout', outcomeOf(write), `no answer within the deadline: ${reason()}`));
      } else if (write.sentAt !== undefined && now - write.sentAt >= pause + lineMs(write)) {
        isOverdue = true;
        this.#takeBack(write);
      }
    }
    if (isOverdue) {
      noteAsked(this.#pace, now);
      this.#windowBytes = Math.max(LEAST_WINDOW_BYTES, this.#windowBytes / 2);
    }
    for (const [token, { at }] of this.#attempts) {
      // Its answer died with its proposer. The attempt stays uncertain.
      if (now - at > 2 * RETRY_MS) this.#attempts.delete(token);
    }
    if (this.#askAnew(now, this.#markPauseMs)) this.#markPauseMs = Math.min(MARK_PAUSE_MS_MAX, 2 * this.#markPauseMs);
    for (const read of this.#reads()) {
      if (now < read.deadline) continue;
      this.#close(read, failure('timeout', read.outcome, `no answer within the deadline: ${reason()}`));
    }
    this.#newReads = this.#newReads.filter(({ isOver }) => !isOver);
    for (const [token, { reads }] of this.#readRounds) {
      if (reads.every(({ isOver }) => isOver)) this.#readRounds.delete(token);
    }
  }

  /** Fails everything that waits. */
  failAll(code: ReplyCode, reason: string): void {
    for (const write of [...this.#writes.values()]) {
      this.#finish(write, failure(code, outcomeOf(write), reason));
    }
    for (const read of this.#reads()) this.#close(read, failure(code, read.outcome, reason));
    this.#newReads = [];
    this.#readRounds.clear();
  }

  /** Forgets the decided values that it remembers. They stay decided. */
  clear(): void {
    this.#decided.clear();
  }

  /**
   * The session in which writes are sent: 0 for none, in a log with an end. While there is none it is asked for, and writes
   * wait: they are sent when it is open.
   */
  #sessionFor(proposer: (Propose | AskForMark)[], now: number): SessionId | undefined {
    if (this.#lastSlot !== Number.MAX_SAFE_INTEGER) return 0;
    if (this.#session !== undefined) return this.#session;
    if (this.#writes.size === 0 || now - this.#openingAt < RETRY_MS) return undefined;
    this.#openingAt = now;
    this.#counter += 1;
    proposer.push(new Propose(this.#counter, { opens: [this.#life], expiries: [], commands: [] }));
    return undefined;
  }

  /**
   * The session has ended, for want of use: what was not answered is sent anew in another one, which does no harm to a register. That
   * nothing was heard of an attempt does not say that it was not applied: that may be within a snapshot that the learner took from
   * another member. So what was uncertain stays so.
   */
  #loseSession(session: SessionId): void {
    if (session !== this.#session) return;
    this.#ended = session;
    this.#session = undefined;
    this.#sequence = 0;
    this.#openingAt = Number.NEGATIVE_INFINITY;
    for (const write of this.#writes.values()) {
      write.sequence = 0;
      this.#takeBack(write);
    }
  }

  /** The commands of the session up to here are answered, or given up: nobody will ask for them again. */
  #acknowledged(): number {
    let oldest = this.#sequence + 1;
    for (const { sequence } of this.#writes.values()) if (sequence > 0 && sequence < oldest) oldest = sequence;
    return oldest - 1;
  }

  /** The log has no slot left: every register has the value it will ever have, and the learner can tell it. */
  #flushFull(now: number): DeskOutput {
    for (const write of [...this.#writes.values()]) {
      this.#drop(write);
      const { command, deadline, answer } = write;
      this.#readCount += 1;
      this.#newReads.push({ key: command.key, deadline, answer, outcome: outcomeOf(write), isOver: false });
    }
    if (this.#newReads.length > 0) this.marked(this.#openRound(now), this.#lastSlot, Number.NEGATIVE_INFINITY);
    return { proposer: [], learner: this.#lookupsDue(now) };
  }

  #openRound(now: number): number {
    this.#counter += 1;
    this.#readRounds.set(this.#counter, { reads: this.#newReads, sentAt: now, mark: undefined });
    this.#newReads = [];
    return this.#counter;
  }

  /** Rounds that have no mark after so long ask for one again, together. Whether there were any. */
  #askAnew(now: number, afterMs: number): boolean {
    let isAny = false;
    for (const [token, { reads, sentAt, mark }] of this.#readRounds) {
      if (mark !== undefined || now - sentAt < afterMs) continue;
      isAny = true;
      this.#readRounds.delete(token);
      this.#newReads.push(...reads.filter(({ isOver }) => !isOver));
    }
    return isAny;
  }

  /** A learner that was restarted has forgotten what it was asked: it is asked again, with the same mark. */
  #lookupsDue(now: number): Lookup[] {
    const lookups: Lookup[] = [];
    for (const [token, round] of this.#readRounds) {
      if (round.mark === undefined || now - round.sentAt < RETRY_MS) continue;
      round.sentAt = now;
      lookups.push(lookupFor(token, round, round.mark));
    }
    return lookups;
  }

  /** All reads that wait. */
  #reads(): PendingRead[] {
    const waiting = [...this.#newReads];
    for (const { reads } of this.#readRounds.values()) for (const read of reads) if (!read.isOver) waiting.push(read);
    return waiting;
  }

  #close(read: PendingRead, reply: AskReply | FailureReply): void {
    if (read.isOver) return;
    read.isOver = true;
    this.#readCount -= 1;
    read.answer(reply);
  }

  /**
   * What the present leader would never hear of, or could not have decided, fails at once. Of this attempt it is certain that nothing
   * became of it, as it is not made; those before it, to whichever leader, stay as uncertain as they were.
   */
  #refuseTooLarge(write: PendingWrite, room: Room): boolean {
    const bytes = messageBytesOf(write.bytes);
    if (bytes <= room.messageBytes) return false;
    this.#finish(write, failure('too-large', outcomeOf(write), describeTooLarge(bytes, room)));
    return true;
  }

  #finish(write: PendingWrite, reply: AskReply | FailureReply): void {
    this.#drop(write);
    write.answer(reply);
  }

  #drop(write: PendingWrite): void {
    const { command } = write;
    if (!this.#writes.delete(command.number)) return;
    this.#takeBack(write);
    this.#waiting -= 1;
    this.#bytes -= write.bytes;
  }

  /** It waits for another attempt. */
  #takeBack(write: PendingWrite): void {
    if (write.sentAt === undefined) return;
    write.sentAt = undefined;
    this.#waiting += 1;
    this.#outBytes -= write.bytes;
  }

  #widen(bytes: number): void {
    this.#windowBytes = Math.min(this.#windowLimitBytes, this.#windowBytes + bytes);
  }

  #remember(key: string, value: string): void {
    if (this.#decided.size >= CACHE_LIMIT) {
      const oldest = this.#decided.keys().next();
      if (!oldest.done) this.#decided.delete(oldest.value);
    }
    this.#decided.set(key, value);
  }
}

function failure(code: ReplyCode, outcome: Outcome, error: string): FailureReply {
  return { ok: false, code, outcome, error };
}

function lookupFor(token: number, { reads }: ReadRound, mark: Slot): Lookup {
  const until = Math.max(...reads.map(({ deadline }) => deadline));
  return new Lookup(
    token,
    reads.map(({ key }) => key),
    mark,
    until,
  );
}

function lineMs({ bytes }: PendingWrite): number {
  return Math.floor(bytes / BYTES_PER_MS);
}

function outcomeOf(write: PendingWrite): Outcome {
  return write.uncertain > 0 ? 'unknown' : 'not-applied';
}
