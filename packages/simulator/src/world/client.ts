/**
 * A client of a world: it opens a session, sends commands one after the other, each again until it is answered or given up,
 * reads now and then, and writes down what it was told and when.
 */

import type { MemberId, SessionEntry, SessionResult } from '@parliament/synod';
import type { Operation } from '../linearizability.js';
import type { ClientInput, Draw } from './subject.js';

/** What a client needs of its world. */
export interface ClientSurroundings<Command, Query> {
  readonly now: () => number;
  readonly draw: Draw;
  readonly after: (delayMs: number, action: () => void) => void;
  readonly members: () => readonly MemberId[];
  readonly submit: (member: MemberId, entry: SessionEntry<Command>) => void;
  /** Asks a member to read; `answered` is told when it has, if it ever does. */
  readonly read: (member: MemberId, query: Query, answered: (answer: unknown) => void) => void;
  readonly nextInput: () => ClientInput<Command, Query>;
  readonly onAcknowledged: (session: number, number: number) => void;
}

/** How long a client waits for an answer before it asks again, and how long it thinks, in virtual milliseconds. */
const PATIENCE_MS = 600;

interface Outstanding<Command> {
  readonly input: ClientInput<Command, never>;
  readonly command: Command;
  readonly number: number;
  readonly calledAt: number;
  attempts: number;
}

export interface ClientCounts {
  commands: number;
  retries: number;
  unknown: number;
  reads: number;
  sessions: number;
  expired: number;
}

export class Client<Command, Reply, Query> {
  readonly history: Operation<ClientInput<Command, Query>, unknown>[] = [];
  readonly counts: ClientCounts = { commands: 0, retries: 0, unknown: 0, reads: 0, sessions: 0, expired: 0 };
  readonly #id: number;
  readonly #around: ClientSurroundings<Command, Query>;
  readonly #thinkMs: number;
  #session: number | undefined;
  #token = 0;
  #number = 0;
  #acknowledged = 0;
  #outstanding: Outstanding<Command> | undefined;
  /** Goes up with everything that ends a wait: a late timer finds that it is not meant. */
  #turn = 0;
  isStopped = false;

  constructor(id: number, thinkMs: number, around: ClientSurroundings<Command, Query>) {
    this.#id = id;
    this.#around = around;
    this.#thinkMs = thinkMs;
    this.#think();
  }

  get session(): number | undefined {
    return this.#session;
  }

  /** What became of entries, as the members tell whose entries they were; most are another client's. */
  hear(result: SessionResult<Reply>): void {
    if (result.type === 'opened' && result.token === this.#token && this.#session === undefined) {
      this.#session = result.session;
      this.#number = 0;
      this.#acknowledged = 0;
      this.counts.sessions += 1;
      this.#think();
      return;
    }
    const outstanding = this.#outstanding;
    if (outstanding === undefined || !('number' in result) || result.session !== this.#session) return;
    if (result.number !== outstanding.number) return;
    if (result.type === 'replied') {
      this.#around.onAcknowledged(result.session, result.number);
      this.#record(outstanding.input, outstanding.calledAt, result.reply);
      this.#acknowledged = outstanding.number;
      this.#outstanding = undefined;
      this.#think();
    } else if (result.reason === 'session-expired') {
      // It may have been applied before the session ended, and may not: the client must decide what to do about it.
      this.counts.expired += 1;
      this.#giveUp(outstanding);
    }
  }

  /** Writes down what was never answered, at the end of the world. */
  finish(): void {
    if (this.#outstanding !== undefined) this.#giveUp(this.#outstanding);
    this.isStopped = true;
  }

  #think(): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.#around.after(1 + this.#around.draw(2 * this.#thinkMs), () => {
      if (turn === this.#turn && !this.isStopped) this.#act();
    });
  }

  #act(): void {
    if (this.#session === undefined) {
      if (this.#token === 0 || this.#around.draw(2) === 0) this.#token = 1 + this.#around.draw(2 ** 31);
      this.#around.submit(this.#pick(), { type: 'open', token: this.#token });
      this.#expect(() => this.#act());
      return;
    }
    const input = this.#around.nextInput();
    if (input.type === 'query') {
      this.#ask(input.query);
      return;
    }
    this.#number += 1;
    this.counts.commands += 1;
    this.#outstanding = {
      input,
      command: input.command,
      number: this.#number,
      calledAt: this.#around.now(),
      attempts: 0,
    };
    this.#send();
  }

  #send(): void {
    const outstanding = this.#outstanding;
    if (outstanding === undefined || this.#session === undefined) return;
    outstanding.attempts += 1;
    if (outstanding.attempts > 1) this.counts.retries += 1;
    const { number, command } = outstanding;
    const acknowledged = this.#acknowledged;
    this.#around.submit(this.#pick(), { type: 'run', session: this.#session, number, acknowledged, command });
    this.#expect(() => {
      if (outstanding.attempts >= 6) this.#giveUp(outstanding);
      else this.#send();
    });
  }

  #giveUp(outstanding: Outstanding<Command>): void {
    this.counts.unknown += 1;
    const { input, calledAt } = outstanding;
    this.history.push({ client: this.#id, input, calledAt });
    // Its number is not used again, and its session not either: whatever comes of it comes of it.
    this.#outstanding = undefined;
    this.#session = undefined;
    this.#token = 0;
    if (!this.isStopped) this.#think();
  }

  #ask(query: Query): void {
    const calledAt = this.#around.now();
    this.#turn += 1;
    const turn = this.#turn;
    this.#around.read(this.#pick(), query, (answer) => {
      if (turn !== this.#turn || this.isStopped) return;
      this.counts.reads += 1;
      this.#record({ type: 'query', query }, calledAt, answer);
      this.#think();
    });
    // A read that is not answered changed nothing, and is forgotten.
    this.#around.after(PATIENCE_MS, () => {
      if (turn === this.#turn && !this.isStopped) this.#think();
    });
  }

  #record(input: ClientInput<Command, Query>, calledAt: number, output: unknown): void {
    this.history.push({ client: this.#id, input, output, calledAt, returnedAt: this.#around.now() });
  }

  #expect(otherwise: () => void): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.#around.after(PATIENCE_MS / 2 + this.#around.draw(PATIENCE_MS), () => {
      if (turn === this.#turn && !this.isStopped) otherwise();
    });
  }

  #pick(): MemberId {
    const members = this.#around.members();
    return members[this.#around.draw(members.length)] as MemberId;
  }
}
