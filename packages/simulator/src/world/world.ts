/** A world: members, a network, clients, and time. All of it follows from one seed. */

import {
  type Ballot,
  idleSessions,
  latest,
  type MemberId,
  nextRandom,
  ownerOf,
  type ProposerInput,
  type ProposerOptions,
  type ProposerNews,
  type RandomState,
  RECEIVERS,
  type RoleName,
  type SessionEntry,
  type SessionResult,
  type Slot,
  seededRandom,
} from '@parliament/synod';
import { type Answered, Client, type Told } from './client.js';
import { drawQuorums } from './draw-quorums.js';
import type { ExtraFault } from './extra-faults.js';
import { encodeEntries, jsonCodec, weighing } from './machines.js';
import { type Listener, SHIPPED_STEPS, type SimulatedNode, type Steps } from './member.js';
import { Memory } from './memory.js';
import { type Parcel, SimulatedNetwork } from './network.js';
import { Violation } from './oracle.js';
import { drawPlan, type Fault, type Plan, type PlanOptions, withRoomForAlpha } from './plan.js';
import { EventQueue } from './queue.js';
import { Reads } from './reads.js';
import { Stage, type StageEvent, type StageOptions } from './stage.js';
import type { ClientInput, Draw, Subject } from './subject.js';
import { Turns } from './turns.js';

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
  faults: Record<Fault | ExtraFault, number>;
  sessionsExpired: number;
  /** Changes of membership that a leader would not propose, though they were asked for: by what was wrong with them. */
  wrongChanges: Record<string, number>;
  /** Words that nobody says who keeps to the rules, by what is wrong with them. */
  madeUp: Record<string, number>;
}

/** How often a member looks at its clock, in virtual milliseconds: as a rule; at random; always late. */
const TICK_MS = 25;
const ODD_TICK_MS = { least: 10, spread: 390 } as const;
const LATE_TICK_MS = { least: 150, spread: 250 } as const;

/** A sync takes up to this long, in virtual milliseconds; a slow one up to that. */
const SLOW_SYNC_MS = 1000;

/** A session that nobody uses for this long is ended, in virtual milliseconds: soon, so that some end too soon. */
const IDLE_MS = 700;

/** What a batch is padded with: readers pass over it. */
const BLANK = 0x20;

export class World<State, Command, Reply, Query> {
  readonly queue: EventQueue = new EventQueue();
  readonly random: RandomState;
  readonly network: SimulatedNetwork;
  readonly stage: Stage<State, Command, Reply>;
  readonly stageOptions: StageOptions<State, Command, Reply>;
  readonly plan: Plan;
  readonly clients: Client<Command, Reply, Query>[] = [];
  /** What was asked for by clients that never hear what became of it. */
  readonly careless: Told<Command, Query>[] = [];
  readonly counts: WorldCounts = {
    events: 0,
    faults: {} as Record<Fault | ExtraFault, number>,
    sessionsExpired: 0,
    wrongChanges: {},
    madeUp: {},
  };
  /** A fingerprint of everything that has happened. */
  hash = 0;
  /** Members that are gone for good. */
  readonly lost: Set<MemberId> = new Set();
  /** When a change of membership was last asked for. */
  changedAt: number = Number.NEGATIVE_INFINITY;
  /** A change that was meant for this configuration may come to be decided at any time, until a later one is in force. */
  unsettledBase = -1;
  /** What was said, and may be said again. */
  readonly memory: Memory<Command> = new Memory();
  readonly #turns: Turns;
  readonly #slow = new Set<MemberId>();
  /** Members that crash while their next write is on its way. */
  readonly #doomed = new Set<MemberId>();
  /** By channel between two roles of a member: until when it is taken. What is sent first comes first. */
  readonly #channels: Record<RoleName | `learner to ${Listener}`, Map<MemberId, number>> = {
    acceptor: new Map(),
    learner: new Map(),
    proposer: new Map(),
    'learner to acceptor': new Map(),
    'learner to proposer': new Map(),
  };
  readonly #batches = new Map<MemberId, SessionEntry<Command>[]>();
  readonly #reads = new Reads<Query>();
  readonly #watches = new Map<object, Map<number, { readonly usedAt: Slot; readonly since: number }>>();
  readonly #bySession = new Map<number, Client<Command, Reply, Query>>();
  /** By token: changes of membership that no leader may propose, and what is wrong with them. */
  readonly #wrong = new Map<number, { readonly why: string; readonly isCertain: boolean }>();
  readonly #subject: Subject<State, Command, Reply, Query>;
  #tokens = 0;

  constructor(subject: Subject<State, Command, Reply, Query>, options: WorldOptions, isRecorded = false) {
    const { seed, members = 3, steps = {} } = options;
    this.#subject = subject;
    this.random = seededRandom(seed);
    const drawn = drawPlan(this.draw, options.plan ?? {});
    this.plan = withRoomForAlpha({ ...drawn, ...options.plan });
    const { alpha, tailSlots, snapshotSlots, acceptorSizes, learnerSizes, disk, clockDrift } = this.plan;
    const proposer = { ...this.plan.pace, ...options.proposer };
    const drift = proposer.clockDrift ?? 0.01;
    const founders = Array.from({ length: members }, (_, member) => member);
    this.stageOptions = {
      members,
      alpha,
      quorums: drawQuorums(this.plan.quorums, founders, this.draw),
      proposer,
      leaseMs: proposer.leaseMs ?? 250,
      tailSlots,
      snapshotSlots,
      acceptorSizes,
      learnerSizes,
      disk,
      machine: subject.machine,
      codec: weighing(subject.codec ?? jsonCodec(), this.plan.replyBytes),
      steps: { ...SHIPPED_STEPS, ...steps },
      hasLaterVersion: this.plan.extras?.includes('later version') === true,
      leasesHold: clockDrift <= drift,
    };
    this.#turns = new Turns(this.queue, (member) => this.stage.nodes.get(member)?.life ?? 0);
    const deliver = (parcel: Parcel): void => {
      this.#turns.whenRunning(parcel.to, () => {
        this.#mix(parcel.from * 31 + parcel.to, parcel.message.type.length);
        this.stage.deliver(this.queue.now, parcel);
      });
    };
    const hearPart = ({ from, to }: Parcel): void => {
      this.#turns.whenRunning(to, () => {
        this.happen({ type: 'input', at: this.queue.now, member: to, input: { type: 'part', from } });
      });
    };
    this.network = new SimulatedNetwork(this.queue, this.random, this.plan.line, deliver, hearPart);
    this.stage = new Stage(this.stageOptions, {
      onSend: (parcel) => {
        if (parcel.from === parcel.to) {
          this.#sendWithin(parcel);
          return;
        }
        if (this.plan.faults.has('old words')) this.memory.noteSent(parcel);
        this.network.send(parcel);
      },
      onSyncBegun: (member, sync) => {
        const limit = Math.max(this.#slow.has(member) ? SLOW_SYNC_MS : 0, this.plan.syncMs);
        const endsAfter = nextRandom(this.random) * limit;
        if (this.#doomed.delete(member)) {
          this.#turns.soon(member, nextRandom(this.random) * endsAfter, () => this.crash(member, this.draw(800)));
        }
        this.#turns.soon(member, endsAfter, () => {
          const index = this.stage.indexOfSync(member, sync);
          if (index >= 0) this.stage.sync(this.queue.now, member, index);
        });
      },
      onFailedSync: (member) => {
        this.queue.schedule(0, () => this.crash(member, this.draw(500)));
      },
      onResults: (member, results) => this.#noteResults(member, results),
      onNews: (member, news) => this.#noteNews(member, news),
      ...(this.plan.innerMs > 0 ? { onPass: (member: MemberId, to: Listener) => this.#passLater(member, to) } : {}),
    });
    if (this.plan.faults.has('late announcement')) {
      this.stage.oracle.box.onChosenAgain = (_, ballot, voters) => this.#announceLate(ballot, voters);
    }
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
  count(fault: Fault | ExtraFault): void {
    this.counts.faults[fault] = (this.counts.faults[fault] ?? 0) + 1;
  }

  /** A member begins to exist. */
  start(member: MemberId): void {
    const { clockDrift } = this.plan;
    const rate = 1 + clockDrift * (2 * nextRandom(this.random) - 1);
    const clock = { offset: this.draw(1_000_000), rate };
    this.#upgradeSome(member);
    this.happen({ type: 'start', at: this.queue.now, member, seed: this.#seed(), clock });
    this.#tick(member, rate);
  }

  crash(member: MemberId, backAfterMs: number): void {
    if (this.stage.nodes.get(member)?.isUp !== true) return;
    this.resume(member);
    this.#doomed.delete(member);
    this.#batches.delete(member);
    for (const client of this.clients) client.disconnect(member);
    this.happen({ type: 'crash', at: this.queue.now, member, seed: this.#seed() });
    this.queue.schedule(backAfterMs, () => this.restart(member));
  }

  /** A member crashes while its next write is on its way to the disk. */
  crashInWrite(member: MemberId): void {
    this.#doomed.add(member);
  }

  /** Starts a member again, unless it runs or is gone for good. */
  restart(member: MemberId): void {
    const node = this.stage.nodes.get(member);
    if (node === undefined || node.isUp) return;
    this.#upgradeSome(member);
    this.happen({ type: 'restart', at: this.queue.now, member, seed: this.#seed() });
    if (!node.isUp) {
      this.lost.add(member);
      return;
    }
    this.#tick(member, 1);
    // What others had said to it, and it to others, may still be on its way.
    if (this.plan.faults.has('old words') && this.queue.now < this.plan.faultyMs) this.repeatOldWords(member);
  }

  /** All members come to run the later version. */
  upgradeAll(): void {
    if (this.plan.extras?.includes('later version') !== true) return;
    for (const { member } of this.nodes) {
      if (this.stage.isLater(member)) continue;
      this.crash(member, 0);
      this.happen({ type: 'upgrade', at: this.queue.now, member });
    }
  }

  /** Where there are two versions, a member that is started may run the later one from then on. */
  #upgradeSome(member: MemberId): void {
    if (this.plan.extras?.includes('later version') !== true || this.draw(2) === 0) return;
    this.happen({ type: 'upgrade', at: this.queue.now, member });
  }

  /** A role of a member fails, and is started again with those behind it. */
  restartRoles(member: MemberId, first: RoleName): void {
    this.happen({ type: 'restart-roles', at: this.queue.now, member, first, seed: this.#seed() });
  }

  /** Some of what was said from or to a member comes again. */
  repeatOldWords(member: MemberId): void {
    for (const parcel of this.memory.words(member)) if (this.draw(3) === 0) this.network.repeat(parcel);
  }

  /** A member's process stands still; what comes meanwhile waits. Its clock goes on. */
  pause(member: MemberId): void {
    this.#turns.pause(member);
  }

  resume(member: MemberId): void {
    if (this.stage.isAsleep(member)) this.happen({ type: 'wake', at: this.queue.now, member });
    this.#turns.resume(member);
  }

  /** A member's machine is suspended: its process stands still, and its monotonic clock with it. Only the calendar goes on. */
  suspend(member: MemberId): void {
    this.pause(member);
    this.happen({ type: 'suspend', at: this.queue.now, member });
  }

  resumeAll(): void {
    for (const { member } of this.nodes) if (this.stage.isAsleep(member)) this.resume(member);
    this.#turns.resumeAll();
    this.#slow.clear();
    this.#doomed.clear();
  }

  isPaused(member: MemberId): boolean {
    return this.#turns.isPaused(member);
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

  /**
   * An operator asks for something that no leader may propose.
   *
   * @param isCertain whether that is so whatever the leader knows; otherwise it may be that it has yet to hear of it.
   */
  inputWrong(member: MemberId, why: string, isCertain: boolean, input: (token: number) => ProposerInput): void {
    this.#wrong.set(this.#tokens + 1, { why, isCertain });
    this.input(member, input);
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
    this.#turns.soon(member, this.plan.batchMs, () => {
      this.#batches.delete(member);
      this.propose(member, entries);
    });
  }

  /** A member is given a batch to propose. */
  propose(member: MemberId, entries: readonly SessionEntry<Command>[]): void {
    this.#tokens += 1;
    const payload = this.#padded(encodeEntries(entries));
    this.happen({ type: 'propose', at: this.queue.now, member, payload, token: this.#tokens });
  }

  nextCommand(): Command {
    return this.#subject.command(this.draw);
  }

  /** A client asks a member to read; whatever the answer, it must not miss what is applied anywhere by now. */
  read(member: MemberId, query: Query, answered: Answered): void {
    this.#tokens += 1;
    const token = this.#tokens;
    this.#reads.add(token, { member, query, answered, required: this.stage.oracle.furthest });
    const type = this.plan.leaseReads ? 'ask-lease' : 'ask-mark';
    this.happen({ type: 'input', at: this.queue.now, member, input: { type, token } });
  }

  /** @param rate how fast its clock goes: it waits by that. */
  #tick(member: MemberId, rate: number): void {
    this.#turns.soon(member, this.#tickMs() / rate, () => {
      this.stage.tick(this.queue.now, member);
      this.#tick(member, rate);
    });
  }

  #tickMs(): number {
    const { ticks } = this.plan;
    if (ticks === 'steady') return TICK_MS;
    const { least, spread } = ticks === 'odd' ? ODD_TICK_MS : LATE_TICK_MS;
    return least + nextRandom(this.random) * spread;
  }

  /** Within a member nothing is lost, and nothing overtakes; but it takes a turn: the roles are actors of their own. */
  #sendWithin(parcel: Parcel): void {
    const { to, message } = parcel;
    const [receiver] = RECEIVERS[message.type];
    const node = this.stage.nodes.get(to);
    if (receiver === undefined || node === undefined) return;
    const starts = node.startsOf(receiver);
    this.#turns.soon(to, this.#innerDelay(to, receiver), () => {
      // What was on its way to a role that has ended is lost with it.
      if (node.startsOf(receiver) === starts) this.stage.deliver(this.queue.now, parcel);
    });
  }

  #passLater(member: MemberId, to: Listener): void {
    const delay = this.#innerDelay(member, `learner to ${to}`);
    this.#turns.soon(member, delay, () => this.stage.pass(this.queue.now, member, to));
  }

  #innerDelay(member: MemberId, to: RoleName | `learner to ${Listener}`): number {
    const { innerMs } = this.plan;
    if (innerMs === 0) return 0;
    const { now } = this.queue;
    // Most of the time a turn is short.
    const delay = this.draw(4) === 0 ? nextRandom(this.random) * innerMs : 0;
    const channel = this.#channels[to];
    const at = Math.max(now + delay, channel.get(member) ?? 0);
    channel.set(member, at);
    return at - now;
  }

  /** A batch with blanks behind it: as long as values may be. */
  #padded(payload: Uint8Array): Uint8Array {
    const { valueBytes } = this.plan;
    if (valueBytes === 0) return payload;
    const padded = new Uint8Array(payload.length + this.draw(valueBytes)).fill(BLANK);
    padded.set(payload);
    return padded;
  }

  #addClient(id: number): void {
    const { command, query } = this.#subject;
    const client: Client<Command, Reply, Query> = new Client(id, this.plan, {
      now: () => this.queue.now,
      draw: this.draw,
      after: (delayMs, action) => this.queue.schedule(delayMs, action),
      members: () => (this.draw(8) === 0 ? [...this.stage.nodes.keys()] : this.voters()),
      submit: (member, entry) => {
        if (this.plan.faults.has('stray command')) this.memory.noteEntry(entry);
        this.submit(member, entry);
      },
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
      if (!node.isLeading || this.isPaused(node.member)) continue;
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
    let isHeard = false;
    for (const result of results) {
      if (result.type === 'ended') this.counts.sessionsExpired += 1;
      if (result.type === 'opened' || 'number' in result) isHeard = true;
      this.#mix(member, result.type.length);
    }
    // Who asked here is told here, and not before the member's own turn is over.
    if (isHeard) this.queue.schedule(0, () => this.#tellClients(member, results));
    this.#answerReads(member);
  }

  #tellClients(member: MemberId, results: readonly SessionResult<Reply>[]): void {
    for (const result of results) {
      if (result.type === 'opened') {
        const client = this.clients.find((each) => each.isOpening(result.token, member));
        client?.begin(result.session);
        if (client !== undefined) this.#bySession.set(result.session, client);
      } else if ('number' in result) {
        this.#bySession.get(result.session)?.hear(member, result);
      }
    }
  }

  #noteNews(member: MemberId, news: ProposerNews): void {
    if (news.type === 'mark' || news.type === 'leased') {
      this.#reads.mark(member, news.token, news.slot);
      this.#answerReads(member);
    } else if (news.type === 'not-leased') {
      // Who asked is content with what a quorum says; but its member has to come to the end of its step.
      const { token } = news;
      this.queue.schedule(0, () => {
        this.happen({ type: 'input', at: this.queue.now, member, input: { type: 'ask-mark', token } });
      });
    } else if (news.type === 'submitted' || news.type === 'not-submitted') {
      this.#noteAnswer(member, news);
    } else if (news.type === 'leader' && news.ballot !== undefined && ownerOf(news.ballot) === member) {
      this.#askNewLeader(member);
    }
  }

  /** Those who voted at an old ballot hear from its leader, which may not know yet that it is deposed. */
  #announceLate(ballot: Ballot, voters: readonly MemberId[]): void {
    if (this.queue.now > this.plan.faultyMs || this.lost.has(ownerOf(ballot))) return;
    for (const member of voters) {
      this.#turns.soon(member, this.draw(20), () => {
        this.count('late announcement');
        this.happen({ type: 'announce', at: this.queue.now, member, ballot });
      });
    }
  }

  /** Reads are asked of whoever comes to lead before it has decided anything: it may know too little yet. */
  #askNewLeader(member: MemberId): void {
    const { query } = this.#subject;
    if (query === undefined) return;
    for (let times = 0; times < 2; times++) {
      this.#turns.soon(member, this.draw(60), () => this.read(member, query(this.draw), () => {}));
    }
  }

  /** A member has answered an operator: what is wrong must not have been taken. */
  #noteAnswer(member: MemberId, news: Extract<ProposerNews, { readonly type: 'submitted' | 'not-submitted' }>): void {
    const wrong = this.#wrong.get(news.token);
    if (wrong === undefined) return;
    this.#wrong.delete(news.token);
    if (news.type === 'submitted') {
      if (wrong.isCertain) throw new Violation(`member ${member} proposes a change of membership that ${wrong.why}`);
    } else if (news.reason === 'refused') {
      const { wrongChanges } = this.counts;
      wrongChanges[wrong.why] = (wrongChanges[wrong.why] ?? 0) + 1;
    }
  }

  #answerReads(member: MemberId): void {
    const node = this.stage.nodes.get(member);
    if (node === undefined) return;
    const { appliedUpTo, state } = node.replica;
    for (const { query, answered, required } of this.#reads.take(member, appliedUpTo)) {
      if (this.stageOptions.leasesHold) this.stage.oracle.checkMark(appliedUpTo, required);
      const answer = this.#subject.answer?.(state, query);
      this.queue.schedule(0, () => answered(answer, appliedUpTo));
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
