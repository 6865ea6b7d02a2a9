/**
 * The desk of a parliament: requests of users wait here until they are answered or their deadline passes. It outlives the
 * roles, so a role's crash costs a user nothing but time.
 *
 * To the desk commands and replies, queries and answers are bytes. A command is sent again until it is answered, which is safe: its
 * session applies it once. The desk keeps account of every attempt, so that it can say truly whether a command that failed
 * may have been applied.
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
import type { FailureReply, ReplyCode } from '../client/requests.js';
import type { Outcome } from '../errors.js';
import {
  type CommandAnswer,
  LINEARIZABLE,
  type LogFull,
  type QueryAnswer,
  type ReadWish,
  type Said,
} from '../host/hosted.js';
import type { Batch, Command } from '../replica/batch.js';
import type { OwnResult } from '../replica/hosted-replica.js';
import { type Applied, type AskForLease, type AskForMark, type Lookup, Propose } from './mail.js';
import { Reads, type ReadOutput } from './reads.js';
import { ANY_ROOM, COMMAND_BYTES, describeTooLarge, messageBytesOf, type Room } from './room.js';

interface PendingWrite {
  readonly command: Pick<Command, 'member' | 'life' | 'number' | 'payload'>;
  readonly bytes: number;
  readonly deadline: number;
  readonly answer: CommandAnswer;
  /** Its place in the present session; 0 until it is first sent in it. */
  sequence: number;
  /** Attempts that may have reached a leader: those which the proposer has not handed back. */
  uncertain: number;
  /** When it was last handed to the proposer; undefined when it is due for another attempt. */
  sentAt: number | undefined;
  /** When the present leader was first given it. */
  firstAt: number | undefined;
}

/** Messages for the roles that follow from what happened at the desk. */
export interface DeskOutput {
  readonly proposer: readonly (Propose | AskForMark | AskForLease)[];
  readonly learner: readonly Lookup[];
}

/** The desk holds at most this many requests; more are refused as `overloaded`. */
export const PENDING_LIMIT = 8192;

/** And commands of at most this many bytes together, and queries likewise: neither keep the others out. */
const PENDING_LIMIT_BYTES: number = 64 * 1024 * 1024;

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

/** And a long one later: so many bytes are to come in a millisecond, before anything is known of the line. */
const BYTES_PER_MS = 500;

/** A decree is closed once its commands have this many bytes. */
const BATCH_BYTES = 256 * 1024;

/** What is said of a command that may have been applied in a session that has ended. */
const SESSION_LOST =
  'the session of this member ended before the answer came, and the command may have been applied in it: see what its machine has, and send ' +
  'it again where it is missing';

const NOTHING: DeskOutput = { proposer: [], learner: [] };

/** A desk for the requests that `member` takes in its present `life`. */
export class Desk {
  readonly #member: MemberId;
  readonly #life: number;
  readonly #lastSlot: Slot;
  readonly #isRepeatable: (command: Uint8Array) => boolean;
  readonly #room: () => Room;
  readonly #writes = new Map<number, PendingWrite>();
  /** Of these the ones that were sent in the present session, by their place in it. */
  readonly #placed = new Map<number, PendingWrite>();
  readonly #attempts = new Map<number, { readonly numbers: readonly number[]; readonly at: number }>();
  /** What waits for an answer of the machine. */
  readonly reads: Reads;
  /** Of the commands that wait. */
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
  /** The session in which this life's writes are sent, once it is open; and the last one that was, and has ended. */
  #session: SessionId | undefined;
  #ended: SessionId = 0;
  /** When it was last asked for. */
  #openingAt = Number.NEGATIVE_INFINITY;
  /** Counts the writes of the session. */
  #sequence = 0;

  /**
   * @param isRepeatable whether the command, when it is applied twice, does what it does once.
   * @param room what may be proposed at this moment.
   */
  constructor(
    member: MemberId,
    life: number,
    lastSlot: Slot,
    isRepeatable: (command: Uint8Array) => boolean,
    room: () => Room = () => ANY_ROOM,
  ) {
    this.#member = member;
    this.#life = life;
    this.#lastSlot = lastSlot;
    this.#isRepeatable = isRepeatable;
    this.#room = room;
    this.#counter = life;
    this.reads = new Reads(() => {
      this.#counter += 1;
      return this.#counter;
    });
  }

  /** How many requests wait. */
  get pending(): number {
    return this.#writes.size + this.reads.size;
  }

  /** Takes a command. True when something is to be done for it: then {@link flush} is due. */
  propose(payload: Uint8Array, deadline: number, answer: CommandAnswer): boolean {
    const bytes = payload.length;
    if (!this.#hasRoomFor(this.#bytes + bytes, answer)) return false;
    this.#bytes += bytes;
    this.#counter += 1;
    const command = { member: this.#member, life: this.#life, number: this.#counter, payload };
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
    return true;
  }

  /** Takes a query. True when something is to be done for it: then {@link flush} is due. */
  ask(query: Uint8Array, deadline: number, answer: QueryAnswer, wish: ReadWish = LINEARIZABLE): boolean {
    if (!this.#hasRoomFor(this.reads.bytes + query.length, answer)) return false;
    this.reads.add(query, wish, deadline, answer);
    return true;
  }

  /** Hands everything that waits for an attempt to the roles. */
  flush(now: number): DeskOutput {
    if (this.#isFull) return this.#flushFull(now);
    const proposer: Propose[] = [];
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
        this.#placed.set(write.sequence, write);
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
    return withReads(proposer, this.reads.flush(now));
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
    this.reads.leaderChanged(now);
  }

  /** Slots were applied, perhaps with commands of this desk, or its session was opened, or has ended. */
  applied({ session, opened, results, decidedUpTo }: Applied, now: number): DeskOutput {
    for (const result of results) {
      const write = this.#writeOf(result);
      if (write === undefined) continue;
      const { firstAt, sentAt } = write;
      if (firstAt !== undefined && sentAt !== undefined) notePatience(this.#pace, firstAt, sentAt, RETRY_MS, now);
      noteAnswered(this.#pace);
      if (firstAt !== undefined && now - firstAt <= SOON_MS) this.#widen(write.bytes);
      this.#finish(write, { ok: true, bytes: result.reply, slot: result.slot });
    }
    const hasEnded = this.#session !== undefined && this.#session <= opened && this.#session !== session;
    if (hasEnded) this.#loseSession();
    const isNew = this.#session === undefined && session !== undefined && session > this.#ended;
    if (isNew) this.#session = session;
    if (decidedUpTo >= this.#lastSlot) this.#isFull = true;
    this.reads.applied(decidedUpTo, this.#isFull);
    const hasRoom = this.#waiting > 0 && this.#session !== undefined;
    return this.#isFull || isNew || hasEnded || hasRoom ? this.flush(now) : NOTHING;
  }

  /** Has sessions ended that nobody uses. Nobody waits for it: what is lost is seen again, and asked for again. */
  expire(expiries: Batch['expiries']): DeskOutput {
    this.#counter += 1;
    return { proposer: [new Propose(this.#counter, { opens: [], expiries, commands: [] })], learner: [] };
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
    this.reads.tick(now, reason);
  }

  /** Fails everything that waits. */
  failAll(code: ReplyCode, reason: string): void {
    for (const write of [...this.#writes.values()]) {
      this.#finish(write, failure(code, outcomeOf(write), reason));
    }
    this.reads.failAll(code, reason);
  }

  /**
   * The session in which writes are sent: 0 for none, in a log with an end. While there is none it is asked for, and writes
   * wait: they are sent when it is open.
   */
  #sessionFor(proposer: Propose[], now: number): SessionId | undefined {
    if (this.#lastSlot !== Number.MAX_SAFE_INTEGER) return 0;
    if (this.#session !== undefined) return this.#session;
    if (this.#writes.size === 0 || now - this.#openingAt < RETRY_MS) return undefined;
    this.#openingAt = now;
    this.#counter += 1;
    proposer.push(new Propose(this.#counter, { opens: [this.#life], expiries: [], commands: [] }));
    return undefined;
  }

  /**
   * The session has ended: nobody used it for long, or this member was away. What was never on its way is sent in another one. What was
   * may have been applied: that nothing was heard of it proves nothing, for it may be within a snapshot that the learner took from another
   * member. It is sent again only where that does no harm, and what was uncertain stays so.
   */
  #loseSession(): void {
    this.#ended = this.#session ?? this.#ended;
    this.#session = undefined;
    this.#sequence = 0;
    this.#placed.clear();
    this.#openingAt = Number.NEGATIVE_INFINITY;
    for (const write of [...this.#writes.values()]) {
      if (write.uncertain > 0 && !this.#isRepeatable(write.command.payload)) {
        this.#finish(write, failure('session-expired', 'unknown', SESSION_LOST));
        continue;
      }
      write.sequence = 0;
      this.#takeBack(write);
    }
  }

  /** The command that a result is of, if it still waits. */
  #writeOf({ session, sequence }: OwnResult): PendingWrite | undefined {
    if (session === 0) return this.#writes.get(sequence);
    return session === this.#session ? this.#placed.get(sequence) : undefined;
  }

  /** Refuses what is too much. */
  #hasRoomFor(bytes: number, answer: QueryAnswer): boolean {
    if (this.pending < PENDING_LIMIT && bytes <= PENDING_LIMIT_BYTES) return true;
    const error = `${this.pending} requests are waiting already; try again later, more slowly`;
    answer(failure('overloaded', 'not-applied', error));
    return false;
  }

  /** The commands of the session up to here are answered, or given up: nobody will ask for them again. */
  #acknowledged(): number {
    let oldest = this.#sequence + 1;
    for (const { sequence } of this.#writes.values()) if (sequence > 0 && sequence < oldest) oldest = sequence;
    return oldest - 1;
  }

  /** The log has no slot left: the machine has the state it will ever have, and the learner can tell it. */
  #flushFull(now: number): DeskOutput {
    for (const write of [...this.#writes.values()]) {
      const error = 'the log has an end, and no slot is left: nothing more is decided';
      this.#finish(write, { ok: false, code: 'log-full', outcome: outcomeOf(write), error });
    }
    return withReads([], this.reads.flush(now));
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

  #finish(write: PendingWrite, reply: Said | FailureReply | LogFull): void {
    this.#drop(write);
    write.answer(reply);
  }

  #drop(write: PendingWrite): void {
    const { command } = write;
    if (!this.#writes.delete(command.number)) return;
    this.#placed.delete(write.sequence);
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
}

function failure(code: ReplyCode, outcome: Outcome, error: string): FailureReply {
  return { ok: false, code, outcome, error };
}

function withReads(proposer: readonly Propose[], reads: ReadOutput): DeskOutput {
  return reads.proposer.length === 0
    ? { ...reads, proposer }
    : { ...reads, proposer: [...proposer, ...reads.proposer] };
}

function lineMs({ bytes }: PendingWrite): number {
  return Math.floor(bytes / BYTES_PER_MS);
}

function outcomeOf(write: PendingWrite): Outcome {
  return write.uncertain > 0 ? 'unknown' : 'not-applied';
}
