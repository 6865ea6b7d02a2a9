/**
 * A stage: the members of a world with their disks and clocks, and everything that can happen to them, each happening being
 * plain data. A world decides what happens when; a recording of it can be played again on another stage, also with parts left
 * out.
 */

import {
  type AcceptorSizes,
  type Ballot,
  type Configuration,
  commandsValue,
  type DurableRecord,
  EXPELLED,
  foundingConfiguration,
  type History,
  holdsLease,
  type IntroducedRecord,
  isPhase1Quorum,
  type LearnerState,
  type Machine,
  type MachineCodec,
  type MemberId,
  type Message,
  nextRandom,
  ownerOf,
  type ProposerInput,
  type ProposerOptions,
  type ProposerNews,
  type QuorumSystem,
  type RoleName,
  type SessionResult,
  type Slot,
  seededRandom,
} from '@parliament/synod';
import { type Census, createCensus } from './census.js';
import { type Disk, RecordDisk } from './disk.js';
import { isHarmless } from './harmless.js';
import { withLaterVersion } from './later-version.js';
import { LogDisk } from './log-disk.js';
import { type Listener, type NodeSurroundings, SimulatedNode, type Steps } from './member.js';
import type { Parcel } from './network.js';
import { Oracle, Violation } from './oracle.js';
import { Succession } from './succession.js';

/** A member's clock: what it shows is `offset + rate * at`, where `at` is the world's time in milliseconds. */
export interface Clock {
  readonly offset: number;
  readonly rate: number;
}

/** Something that happens to a member. `at` is the world's time; `seed` stands for all chance in it. */
export type StageEvent =
  | {
      readonly type: 'start';
      readonly at: number;
      readonly member: MemberId;
      readonly seed: number;
      readonly clock: Clock;
    }
  | { readonly type: 'deliver'; readonly at: number; readonly parcel: Parcel }
  | { readonly type: 'tick'; readonly at: number; readonly member: MemberId }
  /** The `index`-th of the syncs under way ends. */
  | { readonly type: 'sync'; readonly at: number; readonly member: MemberId; readonly index: number }
  | {
      readonly type: 'propose';
      readonly at: number;
      readonly member: MemberId;
      readonly payload: Uint8Array;
      readonly token: number;
    }
  | { readonly type: 'input'; readonly at: number; readonly member: MemberId; readonly input: ProposerInput }
  /** A role hears the oldest of what the own learner has told it. */
  | { readonly type: 'pass'; readonly at: number; readonly member: MemberId; readonly to: Listener }
  /** A member hears the leader of an old ballot say as much as that one could say: what it proposed is decided by others. */
  /** A member is told, in the name of another, what no member says that keeps to the rules. */
  | {
      readonly type: 'hear';
      readonly at: number;
      readonly member: MemberId;
      readonly from: MemberId;
      readonly message: Message;
    }
  /** A member that does not run will run the later version. */
  | { readonly type: 'upgrade'; readonly at: number; readonly member: MemberId }
  | { readonly type: 'announce'; readonly at: number; readonly member: MemberId; readonly ballot: Ballot }
  /** A role, and those behind it, are started again while the process goes on. */
  | {
      readonly type: 'restart-roles';
      readonly at: number;
      readonly member: MemberId;
      readonly first: RoleName;
      readonly seed: number;
    }
  | { readonly type: 'crash'; readonly at: number; readonly member: MemberId; readonly seed: number }
  | { readonly type: 'restart'; readonly at: number; readonly member: MemberId; readonly seed: number }
  /** Its disk is empty, and in a directory with another id. */
  | { readonly type: 'wipe'; readonly at: number; readonly member: MemberId }
  | { readonly type: 'rot'; readonly at: number; readonly member: MemberId; readonly seed: number }
  | { readonly type: 'back-up'; readonly at: number; readonly member: MemberId }
  | { readonly type: 'put-back'; readonly at: number; readonly member: MemberId }
  /** The monotonic clock of a member stands still, until it wakes; its calendar goes on. */
  | { readonly type: 'suspend'; readonly at: number; readonly member: MemberId }
  | { readonly type: 'wake'; readonly at: number; readonly member: MemberId }
  | { readonly type: 'fill'; readonly at: number; readonly member: MemberId; readonly isFull: boolean }
  | { readonly type: 'fail-sync'; readonly at: number; readonly member: MemberId };

export interface StageOptions<State, Command, Reply> {
  readonly members: number;
  readonly alpha: number;
  readonly quorums: QuorumSystem;
  readonly proposer: Partial<ProposerOptions>;
  readonly leaseMs: number;
  readonly tailSlots: number;
  readonly snapshotSlots: number;
  /** Other sizes than the default ones: small ones, so that what is large takes several steps. */
  readonly acceptorSizes?: Partial<AcceptorSizes>;
  readonly learnerSizes?: Partial<LearnerState['sizes']>;
  /** `records`: a disk that only loses what was not synced. `log`: the shipped log format, on a disk that does worse. */
  readonly disk: 'records' | 'log';
  readonly machine: Machine<State, Command, Reply>;
  readonly codec: MachineCodec<Command, Reply>;
  readonly steps: Steps;
  /** Whether members may come to run a later version. */
  readonly hasLaterVersion?: boolean;
  /** Whether a lease that outlives its leadership is a violation; where clocks run beyond the bound it is only counted. */
  readonly leasesHold: boolean;
}

/** What a stage tells its world. */
export interface StageListener<Reply> {
  readonly onSend: (parcel: Parcel) => void;
  readonly onSyncBegun: (member: MemberId, sync: object) => void;
  readonly onFailedSync: (member: MemberId) => void;
  readonly onResults: (member: MemberId, results: readonly SessionResult<Reply>[]) => void;
  readonly onNews: (member: MemberId, news: ProposerNews) => void;
  /**
   * A member's learner has told another of its roles something, which a `pass` lets it hear. A listener without this has the
   * roles of a member hear one another at once.
   */
  readonly onPass?: (member: MemberId, to: Listener) => void;
}

export interface StageCounts {
  leaders: number;
  leaseOverlaps: number;
  readsMarked: number;
  /** Of these such as were answered on a lease alone; and questions for one where there was none. */
  readsLeased: number;
  readsNotLeased: number;
  staleMarks: number;
  installs: number;
  snapshots: number;
  failedSyncs: number;
  dismissals: number;
  handovers: number;
  rolesRestarted: number;
  /** Times that a leader of the past was heard to say that what it proposed is decided. */
  announcements: number;
  /** Marks that were answered while a change of membership was on its way. */
  marksWhileChanging: number;
}

export class Stage<State, Command, Reply> {
  readonly oracle: Oracle;
  readonly nodes: Map<MemberId, SimulatedNode<State, Command, Reply>> = new Map();
  readonly counts: StageCounts = {
    leaders: 0,
    leaseOverlaps: 0,
    readsMarked: 0,
    readsLeased: 0,
    readsNotLeased: 0,
    staleMarks: 0,
    installs: 0,
    snapshots: 0,
    failedSyncs: 0,
    dismissals: 0,
    handovers: 0,
    rolesRestarted: 0,
    announcements: 0,
    marksWhileChanging: 0,
  };
  readonly census: Census = createCensus();
  /** What happened, when it is to be recorded. */
  trace: StageEvent[] | undefined;
  /** The world's time. */
  at = 0;
  readonly #options: StageOptions<State, Command, Reply>;
  readonly #around: NodeSurroundings<State, Command, Reply>;
  readonly #founding: Configuration;
  readonly #clocks = new Map<MemberId, Clock>();
  /** By member: since when its monotonic clock stands still, by the world's time; and by how much it is behind for that. */
  readonly #asleepSince = new Map<MemberId, number>();
  readonly #behind = new Map<MemberId, number>();
  readonly #syncs = new Map<MemberId, (() => void)[]>();
  readonly #backups = new Map<MemberId, Disk>();
  readonly #wiped = new Set<MemberId>();
  readonly #putBack = new Set<MemberId>();
  /** By member: the directory that it began with. One that has another now has lost its memory, and is introduced to nobody. */
  readonly #directories = new Map<MemberId, string>();
  /** By the token of a read that waits: the furthest slot that was applied anywhere when it was asked. */
  readonly #reads = new Map<number, Slot>();
  readonly #succession = new Succession();
  /** Counts directories. */
  #made = 0;

  constructor(options: StageOptions<State, Command, Reply>, listener: StageListener<Reply>) {
    this.#options = options;
    this.#founding = foundingConfiguration(options.quorums, options.alpha);
    this.oracle = new Oracle(this.#founding);
    const isLater = (member: MemberId): boolean => this.isLater(member);
    const steps = options.hasLaterVersion === true ? withLaterVersion(options.steps, isLater) : options.steps;
    this.#around = {
      ...options,
      steps,
      oracle: this.oracle,
      census: this.census,
      succession: this.#succession,
      options: { leaseMs: options.leaseMs, ...options.proposer },
      leaseLimitMs: options.leaseMs,
      send: (node, to, message) => {
        const { member, directory, disk } = node;
        if (message.type === 'mark') this.#noteMark(node, message.token, message.slot);
        else if (message.type === 'canvass-reply' && message.support) {
          this.#succession.noteSupport(node.proposer, to, message.attempt, this.nodes.get(to)?.proposer);
        }
        listener.onSend({ from: member, to, directory, position: disk.position, message });
      },
      afterSync: ({ member }, done) => {
        this.#syncs.get(member)?.push(done);
        listener.onSyncBegun(member, done);
      },
      onFailedSync: ({ member }) => {
        this.counts.failedSyncs += 1;
        listener.onFailedSync(member);
      },
      onResults: listener.onResults,
      onNews: (member, news) => {
        this.#noteNews(member, news);
        listener.onNews(member, news);
      },
      onPass: listener.onPass,
      onInstalled: () => {
        this.counts.installs += 1;
      },
      onSnapshot: () => {
        this.counts.snapshots += 1;
      },
    };
  }

  /** The time by a member's own monotonic clock. */
  clockOf(member: MemberId): number {
    const { offset, rate } = this.#clocks.get(member) as Clock;
    return offset + rate * (this.#asleepSince.get(member) ?? this.at) - (this.#behind.get(member) ?? 0);
  }

  /** The time by its calendar. */
  calendarOf(member: MemberId): number {
    const { offset, rate } = this.#clocks.get(member) as Clock;
    return CALENDAR_MS + offset + rate * this.at;
  }

  isAsleep(member: MemberId): boolean {
    return this.#asleepSince.has(member);
  }

  /** How many syncs of a member are under way, and which of them this one is. */
  indexOfSync(member: MemberId, sync: object): number {
    return (this.#syncs.get(member) as object[]).indexOf(sync);
  }

  /** A member gets a parcel. */
  deliver(at: number, parcel: Parcel): void {
    this.at = at;
    this.trace?.push({ type: 'deliver', at, parcel });
    const { from, to, directory, position, message } = parcel;
    this.nodes.get(to)?.receive(from, directory, position, message, this.clockOf(to));
  }

  tick(at: number, member: MemberId): void {
    this.at = at;
    this.trace?.push({ type: 'tick', at, member });
    const node = this.nodes.get(member);
    if (node?.isLeading === true) this.#checkLease(node);
    node?.tick(this.clockOf(member), this.calendarOf(member));
  }

  sync(at: number, member: MemberId, index: number): void {
    this.at = at;
    const syncs = this.#syncs.get(member) ?? [];
    if (syncs.length === 0) return;
    this.trace?.push({ type: 'sync', at, member, index });
    const place = Math.min(index, syncs.length - 1);
    const done = syncs[place];
    syncs.splice(place, 1);
    done?.();
  }

  pass(at: number, member: MemberId, to: Listener): void {
    this.at = at;
    this.trace?.push({ type: 'pass', at, member, to });
    this.nodes.get(member)?.pass(to, this.clockOf(member));
  }

  /** Lets something happen. */
  apply(event: StageEvent): void {
    switch (event.type) {
      case 'deliver':
        this.deliver(event.at, event.parcel);
        return;
      case 'tick':
        this.tick(event.at, event.member);
        return;
      case 'sync':
        this.sync(event.at, event.member, event.index);
        return;
      case 'pass':
        this.pass(event.at, event.member, event.to);
        return;
      default:
        this.at = event.at;
        this.trace?.push(event);
        this.#applyRare(event);
    }
  }

  #applyRare(event: Exclude<StageEvent, { readonly type: 'deliver' | 'tick' | 'sync' | 'pass' }>): void {
    const { member } = event;
    if (event.type === 'start') {
      this.#start(member, event.seed, event.clock);
      return;
    }
    const node = this.nodes.get(member);
    if (event.type === 'upgrade') {
      if (node?.isUp !== true) this.oracle.later.add(member);
      return;
    }
    if (node === undefined) return;
    const now = this.clockOf(member);
    switch (event.type) {
      case 'propose': {
        const value = commandsValue(event.payload);
        this.oracle.noteProposed(value);
        node.input({ type: 'propose', value, token: event.token }, now);
        return;
      }
      case 'input':
        if (event.input.type === 'propose') this.oracle.noteProposed(event.input.value);
        if (event.input.type === 'ask-lease') {
          this.#reads.set(event.input.token, this.oracle.furthest);
          node.input({ ...event.input, time: this.calendarOf(member) }, now);
          return;
        }
        if (event.input.type === 'ask-mark') this.#reads.set(event.input.token, this.oracle.furthest);
        node.input(event.input, now);
        return;
      case 'hear': {
        const sender = this.nodes.get(event.from);
        if (sender === undefined || !isHarmless(node.acceptor, event.message)) return;
        node.receive(sender.member, sender.directory, sender.disk.position, event.message, now);
        return;
      }
      case 'announce':
        this.#announce(member, event.ballot);
        return;
      case 'restart-roles':
        if (!node.isUp) return;
        this.counts.rolesRestarted += 1;
        node.restartRoles(event.first, { now, seed: event.seed });
        return;
      case 'crash':
        if (!node.isUp) return;
        this.#syncs.set(member, []);
        node.crash(chancesOf(event.seed));
        return;
      case 'restart':
        if (!node.isUp) this.#restart(node, event.seed);
        return;
      case 'wipe':
        if (node.isUp) return;
        node.directory = this.#newDirectory(member);
        this.#wiped.add(member);
        node.disk = this.#newDisk(member, node.directory, []);
        this.oracle.noteLost(member);
        return;
      case 'rot':
        if (!node.isUp && node.disk instanceof LogDisk) node.disk.rot(chancesOf(event.seed));
        return;
      case 'back-up':
        this.#backups.set(member, node.disk.copy());
        return;
      case 'put-back': {
        const backup = this.#backups.get(member);
        // A shorter playing may leave out what the others have heard: then nothing was lost that they could notice.
        if (node.isUp || backup === undefined || !this.isNoticeable(member)) return;
        node.disk = backup.copy();
        this.#putBack.add(member);
        this.oracle.noteLost(member);
        return;
      }
      case 'suspend':
        if (!this.isAsleep(member)) this.#asleepSince.set(member, event.at);
        return;
      case 'wake':
        this.#wake(member);
        return;
      case 'fill':
        if (node.disk instanceof LogDisk) node.disk.isFull = event.isFull;
        return;
      case 'fail-sync':
        if (node.disk instanceof LogDisk) node.disk.failsNextSync = true;
        return;
    }
  }

  #wake(member: MemberId): void {
    const since = this.#asleepSince.get(member);
    if (since === undefined) return;
    this.#asleepSince.delete(member);
    const { rate } = this.#clocks.get(member) as Clock;
    this.#behind.set(member, (this.#behind.get(member) ?? 0) + rate * (this.at - since));
  }

  /** Whether a member runs the later version, or will when it is started. */
  isLater(member: MemberId): boolean {
    return this.oracle.later.has(member);
  }

  hasBackup(member: MemberId): boolean {
    return this.#backups.has(member);
  }

  /** Whether every other member runs and has heard of more than is in a member's backup: each would expel it (rule 10). */
  isNoticeable(member: MemberId): boolean {
    const backedUp = this.#backups.get(member)?.position ?? Number.POSITIVE_INFINITY;
    const others = [...this.nodes.values()].filter((other) => other.member !== member);
    return others.every((other) => other.isUp && other.positionOf(member) > backedUp);
  }

  #start(member: MemberId, seed: number, clock: Clock): void {
    if (this.nodes.has(member)) return;
    this.#clocks.set(member, clock);
    this.#syncs.set(member, []);
    const directory = this.#newDirectory(member);
    const founders = Array.from({ length: this.#options.members }, (_, id) => id);
    const others = new Set([...founders, ...this.nodes.keys()]);
    others.delete(member);
    // Everybody knows everybody's directory from the beginning: how they come to is the founding's business.
    const introductions = [...others].map((other): IntroducedRecord => {
      return {
        type: 'introduced',
        member: other,
        directory: this.#directoryOf(other),
      };
    });
    const disk = this.#newDisk(member, directory, [...introductions, { type: 'founded' }]);
    for (const node of this.nodes.values()) {
      if (member >= this.#options.members) node.introduce({ type: 'introduced', member, directory });
    }
    const history: History = [this.#founding];
    const node = new SimulatedNode(member, history, disk, directory, { now: this.clockOf(member), seed }, this.#around);
    this.nodes.set(member, node);
  }

  #restart(node: SimulatedNode<State, Command, Reply>, seed: number): void {
    if (!node.restart({ now: this.clockOf(node.member), seed })) {
      // Damage: this member does not vote, and does not even start.
      this.oracle.noteLost(node.member);
      return;
    }
    // How far it had written when it started: what it writes from here on shows nobody that it knew more before.
    const { position } = node.disk;
    // Whoever has joined meanwhile, or while the disk took nothing, is introduced again; but not to one that lost its memory.
    for (const { member } of this.nodes.values()) {
      if (member === node.member || this.#wiped.has(node.member)) continue;
      node.introduce({ type: 'introduced', member, directory: this.#directoryOf(member) });
    }
    for (const other of this.nodes.values()) {
      if (other !== node && other.isUp) other.hearStart(node.member, position);
    }
  }

  /** What a newcomer writes down for a member, as it hears from those that are there: they have expelled an old copy. */
  #directoryOf(member: MemberId): string {
    if (this.#putBack.has(member)) return EXPELLED;
    return this.#directories.get(member) ?? firstDirectoryOf(member);
  }

  #newDirectory(member: MemberId): string {
    this.#made += 1;
    const isFirst = !this.nodes.has(member) && member < this.#options.members;
    const directory = isFirst ? firstDirectoryOf(member) : hex(1_000_000 + this.#made);
    if (!this.#directories.has(member)) this.#directories.set(member, directory);
    return directory;
  }

  #newDisk(
    member: MemberId,
    directory: string,
    records: readonly ({ readonly type: 'founded' } | IntroducedRecord)[],
  ): Disk {
    const onDurable = (record: DurableRecord): void => this.oracle.noteDurable(member, record);
    const { disk } = this.#options;
    return disk === 'log' ? new LogDisk(directory, records, onDurable) : new RecordDisk(records, onDurable);
  }

  #noteNews(member: MemberId, news: ProposerNews): void {
    const node = this.nodes.get(member);
    if (news.type === 'leader' && news.ballot !== undefined && ownerOf(news.ballot) === member) {
      this.counts.leaders += 1;
      this.oracle.checkLeader(member, news.ballot, `member ${member}, its proposer ${node?.term}`);
      this.#checkLeases(member, news.ballot);
    } else if (news.type === 'not-leased') {
      this.counts.readsNotLeased += 1;
    } else if (news.type === 'mark' || news.type === 'leased') {
      if (news.type === 'leased') this.counts.readsLeased += 1;
      if (node?.isLeading === true) this.#noteMark(node, news.token, news.slot);
      const required = this.#reads.get(news.token);
      if (required === undefined) return;
      this.#reads.delete(news.token);
      this.counts.readsMarked += 1;
      this.#checkMark(news.slot, required);
    } else if (news.type === 'dismissed') {
      this.counts.dismissals += 1;
      this.oracle.checkDismissed(member);
    } else if (news.type === 'handed-over') {
      this.counts.handovers += 1;
      const heir = this.nodes.get(news.to);
      if (node !== undefined && heir?.isUp === true && !this.oracle.hasLost(news.to)) {
        this.#succession.checkHeir(node.proposer, news.to, heir.learner.decidedUpTo);
      }
    }
  }

  /** Rule 6 is all that a member may rely on: so it must bear whatever that allows. */
  #announce(member: MemberId, ballot: Ballot): void {
    const owner = this.nodes.get(ownerOf(ballot));
    const decidedUpTo = this.oracle.box.announceable(ballot);
    if (owner === undefined || decidedUpTo === 0 || this.#wiped.has(owner.member)) return;
    this.counts.announcements += 1;
    const message: Message = { type: 'heartbeat', ballot, sequence: 0, decidedUpTo, leaseMs: 0 };
    const { directory, disk } = owner;
    this.nodes.get(member)?.receive(owner.member, directory, disk.position, message, this.clockOf(member));
  }

  /** A leader answers a question for a mark. */
  #noteMark({ proposer }: SimulatedNode<State, Command, Reply>, token: number, slot: Slot): void {
    const required = this.#reads.get(token);
    if (required === undefined) return;
    if (proposer.history.length > 1) this.counts.marksWhileChanging += 1;
    this.#checkMark(slot, required);
  }

  #checkMark(slot: Slot, required: Slot): void {
    if (slot < required && !this.#options.leasesHold) this.counts.staleMarks += 1;
    else this.oracle.checkMark(slot, required);
  }

  /** O8: while a lease holds, by the clock of the leader that has it, nobody comes to lead at a higher ballot. */
  #checkLeases(leader: MemberId, ballot: Ballot): void {
    for (const other of this.nodes.values()) {
      const { role } = other.proposer;
      // One that comes to lead late, at a ballot that is below, can decide nothing and confirm nothing.
      if (!other.isUp || role.name !== 'leading' || role.ballot >= ballot) continue;
      this.#checkOverlap(other, leader, `member ${leader} came to lead`);
    }
  }

  /** Nor does a lease come to hold while somebody leads at a higher ballot already: what grants it may have come late. */
  #checkLease(node: SimulatedNode<State, Command, Reply>): void {
    const { role } = node.proposer;
    if (role.name !== 'leading') return;
    for (const other of this.nodes.values()) {
      if (other === node || !other.isLeading) continue;
      const { role: higher } = other.proposer;
      if (higher.name === 'leading' && higher.ballot > role.ballot)
        this.#checkOverlap(node, other.member, `member ${other.member} leads already`);
    }
  }

  /** `leader` leads at a ballot above that of the other: `what` says since when. */
  #checkOverlap({ member, proposer }: SimulatedNode<State, Command, Reply>, leader: MemberId, what: string): void {
    const { role, history } = proposer;
    // Who has lost its memory is counted by nobody, and may be told what was granted to its earlier self.
    if (this.oracle.hasLost(member) || this.oracle.hasLost(leader)) return;
    if (role.name !== 'leading' || !holdsLease(proposer, this.clockOf(member), this.calendarOf(member))) return;
    // One that goes by a configuration of the past, in whose slots all is decided, can do nothing: it lacks promises of each that has
    // open slots.
    const promises = this.nodes.get(leader)?.proposer.role;
    const hasPromised = (each: MemberId): boolean =>
      promises?.name === 'leading' && promises.promises.complete.has(each);
    const isOpenTo = ({ from, voters }: Configuration): boolean =>
      from <= role.nextSlot && isPhase1Quorum(voters, hasPromised);
    if (!history.some(isOpenTo)) return;
    this.counts.leaseOverlaps += 1;
    if (!this.#options.leasesHold) return;
    throw new Violation(`${what} while member ${member} has a lease that holds`);
  }
}

/** When clocks of members began, by the calendar: they go apart by minutes, and so do the calendars. */
const CALENDAR_MS = 1_700_000_000_000;

function chancesOf(seed: number): () => number {
  const random = seededRandom(seed);
  return () => nextRandom(random);
}

function firstDirectoryOf(member: MemberId): string {
  return hex(1000 + member);
}

function hex(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** What a message says, as one text: the same for the same message. */
export function textOf(message: Message): string {
  return JSON.stringify(message, (_, value: unknown) =>
    value instanceof Uint8Array ? Array.from(value).join() : value,
  );
}
