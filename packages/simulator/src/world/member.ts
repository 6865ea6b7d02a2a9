/**
 * One member in a world: the shipped roles, wired as the actors of production wire them. What an acceptor has to say leaves
 * when its records are synced; what a learner decides is applied to the replica and reaches the acceptor and the proposer.
 *
 * A node does nothing of itself: whatever happens to it is one of its methods called, with the time by its own clock. So a
 * world can be recorded and played again.
 */

import {
  afterLearner,
  afterLeftOut,
  afterSaved,
  afterWritten,
  type AcceptorInput,
  type AcceptorMessage,
  type AcceptorSizes,
  type AcceptorState,
  type Ballot,
  createAcceptor,
  createFounding,
  createLearner,
  createOnDisk,
  createReplica,
  type Decision,
  type DurableRecord,
  durableUpTo,
  type Envelope,
  type FoundingState,
  type History,
  type IntroducedRecord,
  isNoOp,
  joinChunks,
  type LearnerInput,
  type LearnerMessage,
  type LearnerNews,
  type LearnerState,
  type LearnerTrouble,
  type LearnerWrite,
  type Machine,
  type MachineCodec,
  type MemberId,
  type Message,
  notePosition,
  noteRewritten,
  type OnDisk,
  onDiskAtStart,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
  type ProposerNews,
  type ProposerState,
  type Replica,
  progressOf,
  promisedBy,
  proposerStart,
  type RoleName,
  readDecree,
  receiversOf,
  recoverFounding,
  restartedWith,
  type SessionEntry,
  type SessionResult,
  type Snapshot,
  type Step,
  takeMissing,
  trimRecords,
  watermarkOf,
  writeReplica,
} from '@parliament/synod';
import { type Census, countLeading, countPart, countSent } from './census.js';
import { checkConduct, checkLearning, createBefore, learnerBefore, type ProposerBefore, takeDown } from './conduct.js';
import type { Disk, SyncResult } from './disk.js';
import { Flows } from './flows.js';
import { type Oracle, Violation } from './oracle.js';
import type { Steps } from './steps.js';
import type { Succession } from './succession.js';
import { Unwritten } from './unwritten.js';

export { SHIPPED_STEPS, type Steps } from './steps.js';

/** A role that hears from the own learner what is decided. */
export type Listener = 'acceptor' | 'proposer';

/** What a node needs of its world. `State`, `Command` and `Reply` are those of the user's machine. */
export interface NodeSurroundings<State, Command, Reply> {
  readonly oracle: Oracle;
  readonly census: Census;
  readonly succession: Succession;
  readonly steps: Steps;
  readonly options: Partial<ProposerOptions>;
  readonly leaseLimitMs: number;
  readonly tailSlots: number;
  /** Other sizes than the default ones. */
  /** Whether members may come to run a later version, of which the shipped one cannot read all snapshots. */
  readonly hasLaterVersion?: boolean;
  readonly acceptorSizes?: Partial<AcceptorSizes>;
  readonly learnerSizes?: Partial<LearnerState['sizes']>;
  /** A snapshot is due after this many slots; 0 for never. */
  readonly snapshotSlots: number;
  readonly machine: Machine<State, Command, Reply>;
  readonly codec: MachineCodec<Command, Reply>;
  readonly send: (node: SimulatedNode<State, Command, Reply>, to: MemberId, message: Message) => void;
  /** Calls `done` some time later, unless the node crashes before. */
  readonly afterSync: (node: SimulatedNode<State, Command, Reply>, done: () => void) => void;
  readonly onFailedSync: (node: SimulatedNode<State, Command, Reply>) => void;
  readonly onResults: (member: MemberId, results: readonly SessionResult<Reply>[]) => void;
  readonly onNews: (member: MemberId, news: ProposerNews) => void;
  /** The learner has something to tell another role of the member, which hears it at the next `pass`; absent: at once. */
  readonly onPass?: ((member: MemberId, to: Listener) => void) | undefined;
  readonly onInstalled: (member: MemberId) => void;
  readonly onSnapshot: (member: MemberId) => void;
}

/** What a member is at a start: by its clock, with a seed for its waiting. */
export interface Start {
  readonly now: number;
  readonly seed: number;
}

export class SimulatedNode<State, Command, Reply> {
  readonly member: MemberId;
  readonly history: History;
  readonly #around: NodeSurroundings<State, Command, Reply>;
  disk: Disk;
  /** The random id of its directory; another one once its disk was wiped. */
  directory: string;
  #founding: FoundingState;
  #acceptor: AcceptorState;
  #learner: LearnerState;
  #proposer: ProposerState;
  /** What the proposer was before its step. */
  readonly #before: ProposerBefore;
  #replica: Replica<State, Command, Reply>;
  /** What the learner has told other roles and they have not heard yet. */
  readonly #untold: { acceptor: AcceptorInput[]; proposer: ProposerInput[] } = { acceptor: [], proposer: [] };
  /** Goes up with every crash: what was under way in an earlier life comes to nothing. */
  life = 0;
  /** By role: how often it was started. */
  readonly #starts: Record<RoleName, number> = { acceptor: 0, learner: 0, proposer: 0 };
  /** What the acceptor is known to have promised on disk. */
  #durablePromise: Ballot = 0;
  isUp = true;
  /** Up to where the acceptor was told that all is decided, as this disk says. */
  #told: { readonly disk: Disk; readonly upTo: number };
  readonly #flows = new Flows();
  #snapshotAt = 0;
  /** How much of what the learner knows is on disk. */
  #onDisk: OnDisk = createOnDisk();
  /** The snapshots that are being saved: each of these ends that at once. */
  readonly #saves = new Set<() => SyncResult>();
  readonly #unwritten = new Unwritten();

  constructor(
    member: MemberId,
    history: History,
    disk: Disk,
    directory: string,
    start: Start,
    around: NodeSurroundings<State, Command, Reply>,
  ) {
    this.member = member;
    this.history = history;
    this.disk = disk;
    this.#told = { disk, upTo: 0 };
    this.directory = directory;
    this.#around = around;
    this.#founding = this.#newFounding();
    this.#acceptor = this.#newAcceptor();
    this.#learner = this.#newLearner();
    this.#replica = createReplica(around.machine, around.codec);
    this.#proposer = this.#newProposer(start);
    this.#before = createBefore(this.#proposer);
    this.#recover(start);
  }

  get acceptor(): Readonly<AcceptorState> {
    return this.#acceptor;
  }

  get learner(): Readonly<LearnerState> {
    return this.#learner;
  }

  get proposer(): Readonly<ProposerState> {
    return this.#proposer;
  }

  get replica(): Readonly<Replica<State, Command, Reply>> {
    return this.#replica;
  }

  /** Counts the member's proposers, over all lives. */
  get term(): number {
    return this.#starts.proposer;
  }

  /** How often a role was started: what was on its way to an earlier one is lost. */
  startsOf(role: RoleName): number {
    return this.#starts[role];
  }

  get isLeading(): boolean {
    return this.isUp && this.#proposer.role.name === 'leading';
  }

  /** Takes what another member has sent, unless its directory is not the one that is written down (rule 10). */
  receive(from: MemberId, directory: string, position: number, message: Message, now: number): void {
    if (!this.isUp) return;
    if (from !== this.member) {
      if (!this.#around.steps.isKnown(this.#founding, from, directory)) return;
      notePosition(this.#founding, from, position);
    }
    for (const role of receiversOf(message, this.member)) {
      if (role === 'acceptor') {
        // As in production: a vote needs room for its value.
        if (this.disk.isFull && message.type === 'accept' && !isNoOp(message.value)) continue;
        const input = { type: 'message', from, message: message as AcceptorMessage } as const;
        this.#afterAcceptor(this.#around.steps.acceptor(this.#acceptor, input, now));
      } else if (role === 'learner') {
        const input = { type: 'message', from, message: message as LearnerMessage } as const;
        const before = learnerBefore(input.message, this.#learner);
        const { isHalted } = this.#learner;
        const step = this.#around.steps.learner(this.#learner, input, now);
        const isInstalled = message.type === 'snapshot-part' && progressOf(step)?.installed !== undefined;
        if (isHalted && isInstalled) this.#around.census.haltsPassed += 1;
        checkLearning(before, input.message, this.#learner);
        if (message.type === 'fetch') this.#around.oracle.checkAnswer(this.#learner, message.fromSlot, step.messages);
        if (message.type === 'snapshot-part') {
          countPart(this.#around.census, before?.assembly, this.#learner.assembly, isInstalled);
        }
        this.#afterLearner(step, now);
      } else {
        this.input({ type: 'message', from, message: message as ProposerMessage }, now);
      }
    }
  }

  /** Another member has started anew. @returns false when it has lost memory: it will never be counted again. */
  hearStart(from: MemberId, position: number): boolean {
    const records = this.#around.steps.noteRelapse(this.#founding, from, position);
    // Without room for it the member starts anew here, and has forgotten it; in production it holds to it, and writes it later.
    if (records.length > 0 && this.disk.append(records)() === 'failed') this.#around.onFailedSync(this);
    return records.length === 0;
  }

  /** How far another member had written, as this one has heard. */
  positionOf(member: MemberId): number {
    return this.#founding.positions.get(member) ?? 0;
  }

  /** Gives the proposer an input. */
  input(input: ProposerInput, now: number): void {
    if (!this.isUp) return;
    const before = this.#before;
    const { role } = this.#proposer;
    takeDown(before, this.#proposer);
    const { succession } = this.#around;
    if (input.type === 'tick') succession.noteSent(this.#proposer);
    const step = this.#around.steps.proposer(this.#proposer, input, now);
    const { messages, news } = step;
    checkConduct(before, input, this.#proposer, this.#learner, messages);
    for (const envelope of messages) this.#send(envelope);
    for (const each of news) this.#around.onNews(this.member, each);
    this.#flows.check(this.#proposer, input, messages, now);
    if (role.name === 'leading') countLeading(this.#around.census, role, input, this.#proposer, step);
    if (role !== this.#proposer.role) succession.checkStep(role, this.#proposer);
    else if (input.type === 'tick') succession.checkEar(this.#proposer);
  }

  /** @param time what its calendar says. */
  tick(now: number, time: number): void {
    if (!this.isUp) return;
    this.#afterLearner(this.#around.steps.learner(this.#learner, { type: 'tick' }, now), now);
    this.#rewrite(now);
    if (!this.disk.isFull) this.#unwritten.checkQuiet(this.member, this.#learner.decidedUpTo);
    this.input({ type: 'tick', time }, now);
  }

  /** Another member is written down, with its directory, unless it is already. */
  introduce(record: IntroducedRecord): void {
    if (this.#founding.introduced.has(record.member)) return;
    this.disk.append([record])();
    recoverFounding(this.#founding, record);
  }

  /** The process is gone, and what was not synced with it, but for a part that the disk may have got. */
  crash(chance: () => number): void {
    this.isUp = false;
    this.life += 1;
    this.#saves.clear();
    this.disk.crash(chance);
  }

  /** The process is started again, on what its disk holds. @returns false when that is damaged: then it does not start. */
  restart(start: Start): boolean {
    this.#founding = this.#newFounding();
    return this.#recover(start);
  }

  /**
   * A role has failed, and is started again with those behind it, while the process goes on. They read back all that was written, which
   * storage syncs first. What was on its way to them is lost.
   */
  restartRoles(first: RoleName, start: Start): void {
    if (!this.isUp) return;
    if (this.disk.append([])() !== 'done') {
      this.#around.onFailedSync(this);
      return;
    }
    this.#startRoles(first, () => this.disk.records, start, true);
  }

  /**
   * @param read gives what is written.
   * @param isTold whether those are told of the results who have asked in this life of the process.
   */
  #startRoles(first: RoleName, read: () => readonly DurableRecord[], start: Start, isTold: boolean): void {
    for (const role of restartedWith(first)) {
      if (role === 'acceptor') {
        this.#untold.acceptor = [];
        this.#startAcceptor(read(), start.now);
      } else if (role === 'learner') {
        if (!this.#finishSaves()) return;
        this.#startLearner(read(), isTold);
        this.#noteRecovered(start.now);
      } else {
        this.#untold.proposer = [];
        this.#proposer = this.#newProposer(start);
      }
    }
  }

  #recover(start: Start): boolean {
    const found = this.disk.recover();
    if (found.type === 'damaged') {
      this.#around.oracle.noteStart(this.member);
      return false;
    }
    for (const record of found.records) {
      if (record.type === 'introduced' || record.type === 'founded') recoverFounding(this.#founding, record);
    }
    this.isUp = true;
    this.#startRoles('acceptor', () => found.records, start, false);
    return true;
  }

  /** Founded or not, as its log says. */
  #newFounding(): FoundingState {
    const [{ voters }] = this.history;
    return createFounding(this.member, this.directory, voters.members);
  }

  #newAcceptor(): AcceptorState {
    const { leaseLimitMs, acceptorSizes } = this.#around;
    return createAcceptor(this.member, this.history, leaseLimitMs, acceptorSizes);
  }

  #newLearner(): LearnerState {
    const { tailSlots, learnerSizes } = this.#around;
    return createLearner(this.member, this.history, tailSlots, learnerSizes);
  }

  #startAcceptor(records: readonly DurableRecord[], now: number): void {
    const { steps } = this.#around;
    this.#starts.acceptor += 1;
    this.#acceptor = this.#newAcceptor();
    for (const record of records) steps.recoverAcceptor(this.#acceptor, record);
    steps.resumeAcceptor(this.#acceptor, now);
    this.#durablePromise = this.#acceptor.promised;
  }

  #startLearner(records: readonly DurableRecord[], isTold: boolean): void {
    const { steps, oracle, machine, codec } = this.#around;
    oracle.noteStart(this.member);
    this.#starts.learner += 1;
    this.#learner = this.#newLearner();
    this.#replica = createReplica(machine, codec);
    for (const record of records) {
      const { installed, delivered } = steps.recoverLearner(this.#learner, record);
      if (installed !== undefined) this.#install(installed);
      if (delivered.length > 0) this.#apply(delivered, isTold);
    }
    this.#onDisk = onDiskAtStart(this.#learner);
    this.#unwritten.clear();
    this.#snapshotAt = this.#learner.decidedUpTo;
  }

  #noteRecovered(now: number): void {
    const { decidedUpTo } = this.#learner;
    this.#around.oracle.checkRecovered(this.member, this.#acceptor, this.#learner, this.disk);
    if (this.#told.disk !== this.disk) this.#told = { disk: this.disk, upTo: 0 };
    if (decidedUpTo < this.#told.upTo) {
      throw new Violation(
        `member ${this.member} knows slots up to ${decidedUpTo} to be decided when it starts, and its acceptor was told up to ${this.#told.upTo}`,
      );
    }
    this.#tellAcceptor(now);
  }

  #newProposer({ now, seed }: Start): ProposerState {
    const { options, steps } = this.#around;
    this.#starts.proposer += 1;
    const { promised, decidedUpTo, history } = proposerStart(this.#durablePromise, this.#learner);
    return steps.createProposer(this.member, history, { promised, decidedUpTo, seed, now, options });
  }

  #afterAcceptor(step: Step<never>): void {
    const acceptor = this.#acceptor;
    const { atOnce, write } = this.#around.steps.afterAcceptor(acceptor, this.#durablePromise, step);
    for (const envelope of atOnce) this.#send(envelope);
    if (write === undefined) return;
    this.#whenSynced(this.disk.append(write.records), () => {
      // What an acceptor had to say that was started again meanwhile is not said.
      if (acceptor !== this.#acceptor) return;
      this.#durablePromise = promisedBy(this.#durablePromise, write);
      for (const envelope of write.messages) this.#send(envelope);
    });
  }

  #afterLearner(step: Step<LearnerNews>, now: number): void {
    const { trouble, write, messages, installed, delivered, isAcceptorTold, forProposer } = afterLearner(
      this.#learner,
      this.#onDisk,
      step,
    );
    if (trouble !== undefined) this.#noteTrouble(trouble);
    if (write !== undefined) this.#write(write, now);
    for (const envelope of messages) this.#send(envelope);
    if (installed !== undefined) this.#install(installed);
    if (forProposer === undefined) return;
    if (!isSame(forProposer.settled, delivered)) this.#around.oracle.checkSettled(this.member, forProposer.settled);
    if (delivered.length > 0) this.#apply(delivered, true);
    if (isAcceptorTold) this.#tellAcceptor(now);
    this.#tell('proposer', forProposer, now);
    this.#takeSnapshot(now);
  }

  #write(write: LearnerWrite, now: number): void {
    const learner = this.#learner;
    const records: DurableRecord[] = [];
    for (const record of write.records) {
      if (record.type === 'snapshot') {
        this.#unwritten.noteInstalling(record.snapshot.slot);
        this.#save(record.snapshot, now);
      } else {
        records.push(record);
      }
    }
    if (this.disk.isFull) {
      this.#unwritten.noteLeftOut(records);
      this.#hearOfDisk(afterLeftOut(this.#onDisk, write), now);
      return;
    }
    this.#unwritten.noteBegun();
    this.#whenSynced(this.disk.append(records), () => {
      if (learner !== this.#learner) return;
      this.#unwritten.noteWritten(records);
      const input = afterWritten(this.#onDisk, write);
      this.#tellAcceptor(now);
      this.#hearOfDisk(input, now);
    });
  }

  #hearOfDisk(input: LearnerInput | undefined, now: number): void {
    if (input !== undefined) this.#around.steps.learner(this.#learner, input, now);
  }

  /** Writes what was left out for want of room, if there is some by now. */
  #rewrite(now: number): void {
    const onDisk = this.#onDisk;
    const records = takeMissing(onDisk);
    if (records === undefined) return;
    if (this.disk.isFull) {
      noteRewritten(onDisk, false);
      return;
    }
    this.#around.census.rewrites += 1;
    this.#unwritten.noteBegun();
    this.#whenSynced(this.disk.append(records), () => {
      if (onDisk !== this.#onDisk) return;
      this.#unwritten.noteWritten(records);
      noteRewritten(onDisk, true);
      this.#tellAcceptor(now);
    });
  }

  #noteTrouble(trouble: LearnerTrouble): void {
    const { census, oracle } = this.#around;
    if (trouble.type === 'unknown-decree') {
      census.halts += 1;
      oracle.checkHalt(this.member, trouble.slot, trouble.kind);
    } else if (trouble.type === 'snapshot-too-large') {
      census.tooLarge += 1;
    } else if (this.#around.hasLaterVersion === true) {
      census.unreadable += 1;
    } else {
      throw new Violation(
        `member ${this.member} cannot read the snapshot of slot ${trouble.slot} of member ${trouble.from}`,
      );
    }
  }

  #tellAcceptor(now: number): void {
    const { decidedUpTo, history } = this.#learner;
    this.#around.oracle.checkHistory(this.member, history, decidedUpTo);
    const watermark = watermarkOf(this.#learner, this.#onDisk);
    this.#unwritten.check(this.member, watermark.decidedUpTo);
    if (watermark.decidedUpTo > this.#told.upTo) this.#told = { disk: this.disk, upTo: watermark.decidedUpTo };
    this.#tell('acceptor', watermark, now);
  }

  /** The oldest of what the learner has told another role reaches it. */
  pass(to: Listener, now: number): void {
    if (!this.isUp) return;
    const input = this.#untold[to].shift();
    if (input !== undefined) this.#hear(to, input, now);
  }

  #tell(to: 'acceptor', input: AcceptorInput, now: number): void;
  #tell(to: 'proposer', input: ProposerInput, now: number): void;
  #tell(to: Listener, input: AcceptorInput | ProposerInput, now: number): void {
    const { onPass } = this.#around;
    if (onPass === undefined) {
      this.#hear(to, input, now);
      return;
    }
    const waiting: (AcceptorInput | ProposerInput)[] = this.#untold[to];
    waiting.push(input);
    onPass(this.member, to);
  }

  #hear(to: Listener, input: AcceptorInput | ProposerInput, now: number): void {
    if (!this.isUp) return;
    if (to === 'acceptor') this.#around.steps.acceptor(this.#acceptor, input as AcceptorInput, now);
    else this.input(input as ProposerInput, now);
  }

  #apply(delivered: readonly Decision[], isTold: boolean): void {
    const { oracle, steps, onResults } = this.#around;
    oracle.checkDelivered(this.member, delivered);
    for (const decision of delivered) {
      const { time } = this.#replica;
      const results = steps.applyDecision(this.#replica, decision);
      if (time > 0 && this.#replica.time === time && readTime(decision) < time) this.#around.census.calendarsBack += 1;
      oracle.checkTime(this.member, decision.slot, this.#replica.time);
      oracle.checkResults(this.member, decision.slot, results, () => this.#entriesOf(decision));
      if (oracle.wantsDigest(decision.slot)) {
        oracle.checkDigest(this.member, decision.slot, joinChunks(writeReplica(this.#replica)));
      }
      if (results.length > 0 && isTold) onResults(this.member, results);
    }
  }

  #entriesOf({ value }: Decision): readonly SessionEntry<Command>[] {
    const decree = readDecree(value);
    return decree.type === 'commands' ? this.#around.codec.readEntries(decree.payload) : [];
  }

  #install(snapshot: Snapshot): void {
    this.#around.steps.readReplica(this.#replica, snapshot.slot, [snapshot.state]);
    this.#around.oracle.noteInstalled(this.member, snapshot.slot);
    this.#around.onInstalled(this.member);
  }

  #takeSnapshot(now: number): void {
    const { snapshotSlots, steps } = this.#around;
    const { decidedUpTo, history } = this.#learner;
    if (snapshotSlots === 0 || decidedUpTo - this.#snapshotAt < snapshotSlots) return;
    this.#snapshotAt = decidedUpTo;
    const state = joinChunks(steps.writeReplica(this.#replica));
    const snapshot: Snapshot = { slot: decidedUpTo, history, state };
    this.#save(snapshot, now);
  }

  /** A snapshot is saved beside the log, in its own time: what is written to the log meanwhile may be there before it. */
  #save(snapshot: Snapshot, now: number): void {
    const { steps, oracle, onSnapshot } = this.#around;
    const learner = this.#learner;
    const trim = this.disk.trim(snapshot);
    let result: SyncResult | undefined;
    const save = (): SyncResult => {
      if (result !== undefined) return result;
      this.#saves.delete(save);
      const before = this.disk.records;
      result = trim();
      if (result !== 'done') return result;
      this.#unwritten.noteSaved(snapshot.slot);
      this.#checkTrimmed(before, snapshot);
      return result;
    };
    this.#saves.add(save);
    this.#whenSynced(save, () => {
      // A learner that was started meanwhile has read it back.
      if (learner !== this.#learner) return;
      const before = learner.snapshot?.slot ?? 0;
      steps.learner(learner, afterSaved(this.#onDisk, snapshot), now);
      this.#tellAcceptor(now);
      oracle.checkSnapshot(learner, Math.max(before, snapshot.slot));
      onSnapshot(this.member);
    });
  }

  /** What an earlier learner had applied is in the snapshots that are being saved: a later one is to begin with it. */
  #finishSaves(): boolean {
    for (const save of this.#saves) {
      if (save() === 'done') continue;
      this.#around.onFailedSync(this);
      return false;
    }
    return true;
  }

  /** Whoever reads back what is left of the log knows no less than it is to know. `before` is what there was of it. */
  #checkTrimmed(before: readonly DurableRecord[], snapshot: Snapshot): void {
    const { steps, oracle } = this.#around;
    const { records } = this.disk;
    const acceptor = this.#newAcceptor();
    const learner = this.#newLearner();
    for (const record of records) {
      steps.recoverAcceptor(acceptor, record);
      steps.recoverLearner(learner, record);
    }
    oracle.checkTrimmed(this.member, acceptor, learner, this.disk, durableUpTo(this.#onDisk));
    // So it is when the log is trimmed again at once: what stands at its head was there before what follows.
    const later = this.#newAcceptor();
    const heard: DurableRecord = { type: 'heard', member: this.member, position: this.disk.position };
    const next = { ...snapshot, slot: Math.max(snapshot.slot, learner.decidedUpTo) + 1 };
    const again = trimRecords([...records, heard], next);
    for (const record of again) steps.recoverAcceptor(later, record);
    oracle.checkPromise(this.member, later.promised, this.disk);
    if (foundingOf(before) === foundingOf(records) && again.includes(heard)) return;
    throw new Violation(
      `member ${this.member} forgets with its log whom it has met, how far they were, or that it is founded`,
    );
  }

  #whenSynced(sync: () => SyncResult, done: () => void): void {
    const { afterSync, onFailedSync, steps } = this.#around;
    const { life } = this;
    afterSync(this, () => {
      if (life !== this.life) return;
      const result = sync();
      if (result === 'done' || (result === 'failed' && !steps.heedsFailedSync)) done();
      // After a failed sync nothing in memory is believed: the member starts anew from what the disk holds.
      else if (result === 'failed') onFailedSync(this);
    });
  }

  #send({ to, message }: Envelope): void {
    countSent(this.#around.census, message, this.#learner, this.#proposer);
    this.#around.oracle.checkSent(this, to, message);
    this.#around.send(this, to, message);
  }
}

/** The time stamp of a decree that has one; else it does not count. */
function readTime({ value }: Decision): number {
  const decree = readDecree(value);
  return decree.type === 'commands' ? decree.time : Number.POSITIVE_INFINITY;
}

/** How much of a log is about the founding. */
function foundingOf(records: readonly DurableRecord[]): number {
  return records.reduce((count, { type }) => count + (type === 'introduced' || type === 'founded' ? 1 : 0), 0);
}

/** Whether what is settled is what is delivered, and looked at with that: most often it is one slot. */
function isSame(settled: readonly Decision[], delivered: readonly Decision[]): boolean {
  const [one] = settled;
  const [other] = delivered;
  if (settled.length !== 1 || delivered.length !== 1) return false;
  return one?.slot === other?.slot && one?.value === other?.value;
}
