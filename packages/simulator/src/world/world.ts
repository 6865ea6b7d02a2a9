/** A world: members, a network, clients, and time. All of it follows from one seed. */

import {
  idleSessions,
  latest,
  type MemberId,
  nextRandom,
  type ProposerInput,
  type ProposerOptions,
  type ProposerOutput,
  type RandomState,
  type SessionEntry,
  type SessionResult,
  type Slot,
  seededRandom,
} from '@parliament/synod';
import { encodeEntries, jsonCodec } from '../machines.js';
import { Client } from './client.js';
import { EventQueue } from './events.js';
import { SimulatedNetwork } from './network.js';
import { SHIPPED_STEPS, type SimulatedNode, type Steps } from './node.js';
import { drawPlan, type Fault, type Plan, type PlanOptions, quorumsOf } from './plan.js';
import { Stage, type StageEvent, type StageOptions } from './stage.js';
import type { ClientInput, Draw, Subject } from './subject.js';

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { floor, imul } = Math;

export interface WorldOptions {
  readonly seed: number;
  /** How many founding members. Default 3. */
  readonly members?: number;
  /** Of the proposers. */
  readonly proposer?: Partial<ProposerOptions>;
  /** What the members do; default: what is shipped. */
  readonly steps?: Partial<Steps>;
  /** Which faults there may be. */
  readonly plan?: PlanOptions & Partial<Plan>;
}

export interface WorldCounts {
  events: number;
  faults: Record<Fault, number>;
  sessionsExpired: number;
}

/** How often a member looks at its clock, in virtual milliseconds. */
const TICK_MS = 25;

/** A sync takes up to this long, in virtual milliseconds; a slow one up to that. */
const SYNC_MS = 4;
const SLOW_SYNC_MS = 1000;

/** A session that nobody uses for this long is ended, in virtual milliseconds: soon, so that some end too soon. */
const IDLE_MS = 700;

/** Entries that come to a member within this time are one batch, in virtual milliseconds. */
const BATCH_MS = 1;

interface WaitingRead<Query> {
  readonly member: MemberId;
  readonly query: Query;
  readonly answered: (answer: unknown) => void;
  slot: Slot | undefined;
}

export class World<State, Command, Reply, Query> {
  readonly queue: EventQueue = new EventQueue();
  readonly random: RandomState;
  readonly network: SimulatedNetwork;
  readonly stage: Stage<State, Command, Reply>;
  readonly stageOptions: StageOptions<State, Command, Reply>;
  readonly plan: Plan;
  readonly clients: Client<Command, Reply, Query>[] = [];
  readonly counts: WorldCounts = { events: 0, faults: {} as Record<Fault, number>, sessionsExpired: 0 };
  /** A fingerprint of everything that has happened. */
  hash = 0;
  /** Members that are gone for good. */
  readonly lost: Set<MemberId> = new Set();
  /** When a change of membership was last asked for. */
  changedAt: number = Number.NEGATIVE_INFINITY;
  /** By member: what came while it was paused. */
  readonly #paused = new Map<MemberId, (() => void)[]>();
  readonly #slow = new Set<MemberId>();
  readonly #batches = new Map<MemberId, SessionEntry<Command>[]>();
  readonly #reads = new Map<number, WaitingRead<Query>>();
  readonly #watches = new Map<object, Map<number, { readonly usedAt: Slot; readonly since: number }>>();
  readonly #subject: Subject<State, Command, Reply, Query>;
  #tokens = 0;

  constructor(subject: Subject<State, Command, Reply, Query>, options: WorldOptions, isRecorded = false) {
    const { seed, members = 3, proposer = {}, steps = {} } = options;
    this.#subject = subject;
    this.random = seededRandom(seed);
    this.plan = { ...drawPlan(this.draw, options.plan ?? {}), ...options.plan };
    const { alpha, tailSlots, snapshotSlots, disk, leaseReads, clockDrift } = this.plan;
    const drift = proposer.clockDrift ?? 0.01;
    this.stageOptions = {
      members,
      alpha,
      quorums: quorumsOf(
        this.plan.quorums,
        Array.from({ length: members }, (_, member) => member),
      ),
      proposer: { leaseReads, ...proposer },
      leaseMs: proposer.leaseMs ?? 250,
      tailSlots,
      snapshotSlots,
      disk,
      machine: subject.machine,
      codec: subject.codec ?? jsonCodec(),
      steps: { ...SHIPPED_STEPS, ...steps },
      leasesHold: clockDrift <= drift,
    };
    this.network = new SimulatedNetwork(this.queue, this.random, (parcel) => {
      this.#whenRunning(parcel.to, () => {
        this.#mix(parcel.from * 31 + parcel.to, parcel.message.type.length);
        this.stage.deliver(this.queue.now, parcel);
      });
    });
    this.stage = new Stage(this.stageOptions, {
      onSend: (parcel) => {
        // Within a member nothing is lost, but it takes a turn: the roles are actors of their own.
        if (parcel.from !== parcel.to) this.network.send(parcel);
        else this.#soon(parcel.to, 0, () => this.stage.deliver(this.queue.now, parcel));
      },
      onSyncBegun: (member, sync) => {
        const limit = this.#slow.has(member) ? SLOW_SYNC_MS : SYNC_MS;
        this.#soon(member, nextRandom(this.random) * limit, () => {
          const index = this.stage.indexOfSync(member, sync);
          if (index >= 0) this.stage.sync(this.queue.now, member, index);
        });
      },
      onFailedSync: (member) => {
        this.queue.schedule(0, () => this.crash(member, this.draw(500)));
      },
      onResults: (member, results) => this.#noteResults(member, results),
      onOutput: (member, output) => this.#noteOutput(member, output),
    });
    if (isRecorded) this.stage.trace = [];
    for (let member = 0; member < members; member++) this.start(member);
    for (let id = 0; id < this.plan.clients; id++) this.#addClient(id);
  }

  /** A whole number from 0 to `limit` - 1. */
  readonly draw: Draw = (limit) => floor(nextRandom(this.random) * limit);

  get nodes(): readonly SimulatedNode<State, Command, Reply>[] {
    return [...this.stage.nodes.values()];
  }

  /** Lets the next thing happen. */
  step(): void {
    this.counts.events += 1;
    this.queue.step();
    this.#mix(floor(this.queue.now * 1000), this.queue.size);
  }

  /** Lets things happen until a virtual time. */
  runUntil(at: number): void {
    let isOver = false;
    this.queue.schedule(at - this.queue.now, () => {
      isOver = true;
    });
    while (!isOver) this.step();
  }

  /** Something rare happens to a member. */
  happen(event: StageEvent): void {
    this.#mix(event.type.length, 'member' in event ? event.member : 0);
    this.stage.apply(event);
  }

  /** Takes note that a fault has happened. */
  count(fault: Fault): void {
    this.counts.faults[fault] = (this.counts.faults[fault] ?? 0) + 1;
  }

  /** A member begins to exist. */
  start(member: MemberId): void {
    const { clockDrift } = this.plan;
    const rate = 1 + clockDrift * (2 * nextRandom(this.random) - 1);
    const clock = { offset: this.draw(1_000_000), rate };
    this.happen({ type: 'start', at: this.queue.now, member, seed: this.#seed(), clock });
    this.#tick(member, 0, TICK_MS / rate);
  }

  crash(member: MemberId, backAfterMs: number): void {
    if (this.stage.nodes.get(member)?.isUp !== true) return;
    this.resume(member);
    this.#batches.delete(member);
    this.happen({ type: 'crash', at: this.queue.now, member, seed: this.#seed() });
    this.queue.schedule(backAfterMs, () => this.restart(member));
  }

  /** Starts a member again, unless it runs or is gone for good. */
  restart(member: MemberId): void {
    const node = this.stage.nodes.get(member);
    if (node === undefined || node.isUp) return;
    this.happen({ type: 'restart', at: this.queue.now, member, seed: this.#seed() });
    if (!node.isUp) {
      this.lost.add(member);
      return;
    }
    this.#tick(member, node.life, TICK_MS);
  }

  /** A member's process stands still; what comes meanwhile waits. Its clock goes on. */
  pause(member: MemberId): void {
    if (!this.#paused.has(member)) this.#paused.set(member, []);
  }

  resume(member: MemberId): void {
    const waiting = this.#paused.get(member) ?? [];
    this.#paused.delete(member);
    for (const action of waiting) this.queue.schedule(0, action);
  }

  resumeAll(): void {
    for (const member of [...this.#paused.keys()]) this.resume(member);
    this.#slow.clear();
  }

  isPaused(member: MemberId): boolean {
    return this.#paused.has(member);
  }

  slowDown(member: MemberId, isSlow: boolean): void {
    if (isSlow) this.#slow.add(member);
    else this.#slow.delete(member);
  }

  /** Gives a member's proposer something to do that has an answer of its own. */
  input(member: MemberId, input: (token: number) => ProposerInput): void {
    this.#tokens += 1;
    this.happen({ type: 'input', at: this.queue.now, member, input: input(this.#tokens) });
  }

  /** A client asks a member to have an entry decided; what comes within a moment goes into one batch. */
  submit(member: MemberId, entry: SessionEntry<Command>): void {
    const batch = this.#batches.get(member);
    if (batch !== undefined) {
      batch.push(entry);
      return;
    }
    const entries = [entry];
    this.#batches.set(member, entries);
    this.#soon(member, BATCH_MS, () => {
      this.#batches.delete(member);
      this.#tokens += 1;
      const payload = encodeEntries(entries);
      this.happen({ type: 'propose', at: this.queue.now, member, payload, token: this.#tokens });
    });
  }

  /** A client asks a member to read; whatever the answer, it must not miss what is applied anywhere by now. */
  read(member: MemberId, query: Query, answered: (answer: unknown) => void): void {
    this.#tokens += 1;
    const token = this.#tokens;
    this.#reads.set(token, { member, query, answered, slot: undefined });
    this.happen({ type: 'input', at: this.queue.now, member, input: { type: 'ask-mark', token } });
  }

  #tick(member: MemberId, life: number, everyMs: number): void {
    this.#soon(member, everyMs, () => {
      if (this.stage.nodes.get(member)?.life !== life) return;
      this.stage.tick(this.queue.now, member);
      this.#tick(member, life, everyMs);
    });
  }

  /** Does something at a member a little later, in its present life, when it does not stand still. */
  #soon(member: MemberId, delayMs: number, action: () => void): void {
    const life = this.stage.nodes.get(member)?.life ?? 0;
    this.queue.schedule(delayMs, () => {
      this.#whenRunning(member, () => {
        if ((this.stage.nodes.get(member)?.life ?? 0) === life) action();
      });
    });
  }

  #whenRunning(member: MemberId, action: () => void): void {
    const waiting = this.#paused.size > 0 ? this.#paused.get(member) : undefined;
    if (waiting === undefined) action();
    else waiting.push(action);
  }

  #addClient(id: number): void {
    const { command, query } = this.#subject;
    const client: Client<Command, Reply, Query> = new Client(id, this.plan.thinkMs, {
      now: () => this.queue.now,
      draw: this.draw,
      after: (delayMs, action) => this.queue.schedule(delayMs, action),
      members: () => this.voters(),
      submit: (member, entry) => this.submit(member, entry),
      read: (member, asked, answered) => this.read(member, asked, answered),
      nextInput: (): ClientInput<Command, Query> => {
        if (query !== undefined && this.draw(3) === 0) return { type: 'query', query: query(this.draw) };
        return { type: 'command', command: command(this.draw) };
      },
      onAcknowledged: (session, number) => this.stage.oracle.checkAcknowledged(session, number),
    });
    this.clients.push(client);
  }

  /** Whoever leads has the sessions ended that nobody uses: an operator's duty, done by the log. */
  expireSessions(): void {
    for (const node of this.stage.nodes.values()) {
      if (!node.isLeading || this.#paused.has(node.member)) continue;
      const watch = this.#watches.get(node) ?? new Map();
      this.#watches.set(node, watch);
      const now = this.stage.clockOf(node.member);
      for (const entry of idleSessions(node.replica.sessions, watch, IDLE_MS, now)) this.submit(node.member, entry);
    }
  }

  /** Whom clients turn to: whoever votes, as the furthest member knows. */
  voters(): readonly MemberId[] {
    let furthest: SimulatedNode<State, Command, Reply> | undefined;
    for (const node of this.stage.nodes.values()) {
      if (furthest === undefined || node.learner.decidedUpTo > furthest.learner.decidedUpTo) furthest = node;
    }
    return furthest === undefined ? [0] : latest(furthest.learner.history).voters.members;
  }

  #noteResults(member: MemberId, results: readonly SessionResult<Reply>[]): void {
    for (const result of results) {
      if (result.type === 'ended') this.counts.sessionsExpired += 1;
      this.#mix(member, result.type.length);
    }
    // Who asked here is told here, and not before the member's own turn is over.
    this.queue.schedule(0, () => {
      for (const result of results) for (const client of this.clients) client.hear(result);
    });
    this.#answerReads(member);
  }

  #noteOutput(member: MemberId, output: ProposerOutput): void {
    if (output.type !== 'mark') return;
    const read = this.#reads.get(output.token);
    if (read === undefined || read.member !== member) return;
    read.slot = output.slot;
    this.#answerReads(member);
  }

  #answerReads(member: MemberId): void {
    if (this.#reads.size > 200) for (const token of [...this.#reads.keys()].slice(0, 100)) this.#reads.delete(token);
    const node = this.stage.nodes.get(member);
    if (node === undefined) return;
    for (const [token, read] of this.#reads) {
      if (read.member !== member || read.slot === undefined || node.replica.appliedUpTo < read.slot) continue;
      this.#reads.delete(token);
      const answer = this.#subject.answer?.(node.replica.state, read.query);
      this.queue.schedule(0, () => read.answered(answer));
    }
  }

  #seed(): number {
    return floor(nextRandom(this.random) * 2 ** 32);
  }

  #mix(left: number, right: number): void {
    this.hash = imul(this.hash ^ left, 0x01000193) >>> 0;
    this.hash = imul(this.hash ^ right, 0x85ebca6b) >>> 0;
  }
}
