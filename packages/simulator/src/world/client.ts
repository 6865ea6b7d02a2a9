/**
 * A client of a world: it opens a session, sends commands, several at a time, each again until it is answered or given up, reads
 * now and then, and writes down what it was told and when. It hears only from the member that it asked last.
 */

import type { MemberId, SessionEntry, SessionResult, Slot } from '@parliament/synod';
import type { Operation } from '../linearizability.js';
import type { ClientInput, Draw } from './subject.js';
import { Violation } from './violation.js';

/** What a client needs of its world. */
export interface ClientSurroundings<Command, Query> {
  readonly now: () => number;
  readonly draw: Draw;
  readonly after: (delayMs: number, action: () => void) => void;
  readonly members: () => readonly MemberId[];
  readonly submit: (member: MemberId, entry: SessionEntry<Command>) => void;
  /** Asks a member to read; `answered` is told when it has, if it ever does. */
  readonly read: (member: MemberId, query: Query, answered: Answered) => void;
  readonly nextInput: () => ClientInput<Command, Query>;
  readonly onAcknowledged: (session: number, number: number) => void;
}

/** Takes the answer to a read, and up to which slot all was applied where it was read. */
export type Answered = (answer: unknown, slot: Slot) => void;

/** What a client was told, or was not, about a command of a session or about a read. */
export interface Told<Command, Query> {
  readonly operation: Operation<ClientInput<Command, Query>, unknown>;
  /** Where it took effect, as the members say: found out at the end, for what was given up may be applied late. */
  readonly placed: { readonly session: number; readonly number: number } | { readonly slot: Slot };
}

/** How a client goes about it. */
export interface ClientHabits {
  /** How long it thinks between two commands, on average, in virtual milliseconds. */
  readonly thinkMs: number;
  /** How many commands it has on their way at a time. */
  readonly window: number;
}

/** How long a client waits for an answer before it asks again, in virtual milliseconds. */
const PATIENCE_MS = 600;

/** What was asked for so often in vain is given up. */
const ATTEMPTS = 6;

interface Outstanding<Command> {
  readonly input: ClientInput<Command, never>;
  readonly command: Command;
  readonly number: number;
  readonly calledAt: number;
  attempts: number;
  /** Whom it waits for; nobody when the connection is lost. */
  asked: MemberId | undefined;
}

export interface ClientCounts {
  commands: number;
  retries: number;
  unknown: number;
  reads: number;
  sessions: number;
  expired: number;
  /** Commands that were sent while another one was on its way. */
  pipelined: number;
}

export class Client<Command, Reply, Query> {
  readonly history: Told<Command, Query>[] = [];
  readonly counts: ClientCounts = {
    commands: 0,
    retries: 0,
    unknown: 0,
    reads: 0,
    sessions: 0,
    expired: 0,
    pipelined: 0,
  };
  readonly #id: number;
  readonly #around: ClientSurroundings<Command, Query>;
  readonly #habits: ClientHabits;
  #session: number | undefined;
  #token = 0;
  #askedToOpen: MemberId | undefined;
  #number = 0;
  #acknowledged = 0;
  readonly #outstanding = new Map<number, Outstanding<Command>>();
  /** Goes up with everything that ends a wait for what comes next: a late timer finds that it is not meant. */
  #turn = 0;
  #isThinking = false;
  isStopped = false;
  /** It thinks so many times as long as it used to. */
  leisure = 1;
  /** It waits so many times as long for an answer, before it asks again. */
  patience = 1;

  constructor(id: number, habits: ClientHabits, around: ClientSurroundings<Command, Query>) {
    this.#id = id;
    this.#around = around;
    this.#habits = habits;
    this.#think();
  }

  get session(): number | undefined {
    return this.#session;
  }

  /** Whether it waits for a session to be opened with this token, by this member. */
  isOpening(token: number, member: MemberId): boolean {
    return this.#session === undefined && token === this.#token && member === this.#askedToOpen;
  }

  /** It has a session now. */
  begin(session: number): void {
    this.#session = session;
    this.#number = 0;
    this.#acknowledged = 0;
    this.counts.sessions += 1;
    this.#think();
  }

  /** What became of a command of its session, as a member tells. */
  hear(member: MemberId, result: SessionResult<Reply>): void {
    if (!('number' in result) || result.session !== this.#session) return;
    const outstanding = this.#outstanding.get(result.number);
    if (outstanding === undefined || outstanding.asked !== member) return;
    if (result.type === 'replied') {
      this.#around.onAcknowledged(result.session, result.number);
      const { session, number, reply } = result;
      this.#record(outstanding.input, outstanding.calledAt, reply, { session, number });
      this.#outstanding.delete(outstanding.number);
      while (this.#acknowledged < this.#number && !this.#outstanding.has(this.#acknowledged + 1)) {
        this.#acknowledged += 1;
      }
      if (!this.#isThinking) this.#think();
    } else if (result.reason === 'session-expired') {
      // It may have been applied before the session ended, and may not: the client must decide what to do about it.
      this.counts.expired += 1;
      this.#giveUp();
    } else if (result.reason !== 'too-much-unacknowledged') {
      // It has not acknowledged what it waits for, and has but a few on their way.
      const what = `command ${result.session}/${result.number}`;
      throw new Violation(`${what} is refused as ${result.reason}, and its client waits for it`);
    }
  }

  /** The connection with a member is lost: its answers never come. */
  disconnect(member: MemberId): void {
    if (this.#askedToOpen === member) this.#askedToOpen = undefined;
    for (const outstanding of this.#outstanding.values()) {
      if (outstanding.asked === member) outstanding.asked = undefined;
    }
  }

  /** Writes down what was never answered, at the end of the world. */
  finish(): void {
    this.isStopped = true;
    this.#giveUp();
  }

  #think(): void {
    this.#turn += 1;
    this.#isThinking = true;
    const turn = this.#turn;
    const thinkMs = 1 + this.#around.draw(2 * this.#habits.thinkMs);
    this.#around.after(this.leisure * thinkMs, () => {
      if (turn !== this.#turn || this.isStopped) return;
      this.#isThinking = false;
      this.#act();
    });
  }

  #act(): void {
    if (this.#session === undefined) {
      if (this.#token === 0 || this.#around.draw(2) === 0) this.#token = 1 + this.#around.draw(2 ** 31);
      this.#askedToOpen = this.#pick();
      this.#around.submit(this.#askedToOpen, { type: 'open', token: this.#token });
      const turn = this.#turn;
      this.#around.after(this.#patience(), () => {
        if (turn === this.#turn && !this.isStopped) this.#act();
      });
      return;
    }
    const input = this.#around.nextInput();
    if (input.type === 'query') {
      this.#ask(input.query);
      return;
    }
    this.#number += 1;
    this.counts.commands += 1;
    if (this.#outstanding.size > 0) this.counts.pipelined += 1;
    const outstanding: Outstanding<Command> = {
      input,
      command: input.command,
      number: this.#number,
      calledAt: this.#around.now(),
      attempts: 0,
      asked: undefined,
    };
    this.#outstanding.set(outstanding.number, outstanding);
    this.#send(outstanding);
    if (this.#outstanding.size < this.#habits.window) this.#think();
  }

  #send(outstanding: Outstanding<Command>): void {
    const session = this.#session;
    if (session === undefined) return;
    outstanding.attempts += 1;
    if (outstanding.attempts > 1) this.counts.retries += 1;
    outstanding.asked = this.#pick();
    const { number, command, asked } = outstanding;
    const acknowledged = this.#acknowledged;
    this.#around.submit(asked, { type: 'run', session, number, acknowledged, command });
    this.#around.after(this.#patience(), () => {
      if (this.isStopped || session !== this.#session || this.#outstanding.get(number) !== outstanding) return;
      if (outstanding.attempts >= ATTEMPTS) this.#giveUp();
      else this.#send(outstanding);
    });
  }

  /** What is on its way may have happened, and may not. */
  #giveUp(): void {
    for (const { input, calledAt, number } of this.#outstanding.values()) {
      this.counts.unknown += 1;
      const placed = { session: this.#session as number, number };
      this.history.push({ operation: { client: this.#id, input, calledAt }, placed });
    }
    // Its numbers are not used again, and its session not either: whatever comes of it comes of it.
    this.#outstanding.clear();
    this.#session = undefined;
    this.#token = 0;
    if (!this.isStopped) this.#think();
  }

  #ask(query: Query): void {
    const calledAt = this.#around.now();
    this.#turn += 1;
    const turn = this.#turn;
    // Nothing else begins before it is answered; what is on its way goes on.
    this.#isThinking = true;
    this.#around.read(this.#pick(), query, (answer, slot) => {
      if (turn !== this.#turn || this.isStopped) return;
      this.counts.reads += 1;
      this.#record({ type: 'query', query }, calledAt, answer, { slot });
      this.#think();
    });
    // A read that is not answered changed nothing, and is forgotten.
    this.#around.after(this.patience * PATIENCE_MS, () => {
      if (turn === this.#turn && !this.isStopped) this.#think();
    });
  }

  #record(
    input: ClientInput<Command, Query>,
    calledAt: number,
    output: unknown,
    placed: Told<Command, Query>['placed'],
  ): void {
    const operation = { client: this.#id, input, output, calledAt, returnedAt: this.#around.now() };
    this.history.push({ operation, placed });
  }

  #patience(): number {
    return this.patience * (PATIENCE_MS / 2 + this.#around.draw(PATIENCE_MS));
  }

  #pick(): MemberId {
    const members = this.#around.members();
    return members[this.#around.draw(members.length)] as MemberId;
  }
}
