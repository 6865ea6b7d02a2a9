/**
 * One member in a world: the shipped roles, wired as the actors of production wire them. What an acceptor has to say leaves
 * when its records are synced; what a learner decides is applied to the replica and reaches the acceptor and the proposer.
 *
 * A node does nothing of itself: whatever happens to it is one of its methods called, with the time by its own clock. So a
 * world can be recorded and played again.
 */

import {
  type AcceptorMessage,
  type AcceptorOutput,
  type AcceptorState,
  applyDecision,
  commandsValue,
  createAcceptor,
  createFounding,
  createLearner,
  createProposer,
  createReplica,
  type Decision,
  type Envelope,
  type FoundingState,
  greet,
  type History,
  type IntroducedRecord,
  isKnown,
  type LearnerMessage,
  type LearnerOutput,
  type LearnerState,
  type Machine,
  type MachineCodec,
  type MemberId,
  type Message,
  notePosition,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
  type ProposerOutput,
  type ProposerState,
  RECEIVERS,
  type Replica,
  readReplica,
  recoverAcceptor,
  recoverFounding,
  recoverLearner,
  resumeAcceptor,
  type SessionResult,
  type Snapshot,
  stepAcceptor,
  stepLearner,
  stepProposer,
  writeReplica,
} from '@parliament/synod';
import type { Disk, SyncResult } from './disk.js';
import type { Oracle } from './oracle.js';

/** The steps that a node takes. A test may put others in their place, to see that somebody notices. */
export interface Steps {
  readonly acceptor: typeof stepAcceptor;
  readonly learner: typeof stepLearner;
  readonly proposer: typeof stepProposer;
  readonly recoverAcceptor: typeof recoverAcceptor;
  readonly recoverLearner: typeof recoverLearner;
  readonly resumeAcceptor: typeof resumeAcceptor;
  readonly createProposer: typeof createProposer;
  readonly isKnown: typeof isKnown;
  readonly greet: typeof greet;
  readonly applyDecision: typeof applyDecision;
  readonly writeReplica: typeof writeReplica;
  readonly readReplica: typeof readReplica;
  /** Whether an acceptor's messages wait for its records. */
  readonly waitsForSync: boolean;
  /** Whether a member goes on after its disk said that a sync failed. */
  readonly heedsFailedSync: boolean;
}

/** The steps as they are shipped. */
export const SHIPPED_STEPS: Steps = {
  acceptor: stepAcceptor,
  learner: stepLearner,
  proposer: stepProposer,
  recoverAcceptor,
  recoverLearner,
  resumeAcceptor,
  createProposer,
  isKnown,
  greet,
  applyDecision,
  writeReplica,
  readReplica,
  waitsForSync: true,
  heedsFailedSync: true,
};

/** What a node needs of its world. `State`, `Command` and `Reply` are those of the user's machine. */
export interface NodeSurroundings<State, Command, Reply> {
  readonly oracle: Oracle;
  readonly steps: Steps;
  readonly options: Partial<ProposerOptions>;
  readonly leaseLimitMs: number;
  readonly tailSlots: number;
  /** A snapshot is due after this many slots; 0 for never. */
  readonly snapshotSlots: number;
  readonly machine: Machine<State, Command, Reply>;
  readonly codec: MachineCodec<Command, Reply>;
  readonly send: (node: SimulatedNode<State, Command, Reply>, to: MemberId, message: Message) => void;
  /** Calls `done` some time later, unless the node crashes before. */
  readonly afterSync: (node: SimulatedNode<State, Command, Reply>, done: () => void) => void;
  readonly onFailedSync: (node: SimulatedNode<State, Command, Reply>) => void;
  readonly onResults: (member: MemberId, results: readonly SessionResult<Reply>[]) => void;
  readonly onOutput: (member: MemberId, output: ProposerOutput) => void;
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
  #replica: Replica<State, Command, Reply>;
  /** Goes up with every crash: what was under way in an earlier life comes to nothing. */
  life = 0;
  isUp = true;
  #snapshotAt = 0;

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
    this.directory = directory;
    this.#around = around;
    this.#founding = createFounding(member, directory, []);
    this.#acceptor = createAcceptor(member, history, around.leaseLimitMs);
    this.#learner = createLearner(member, history, around.tailSlots);
    this.#replica = createReplica(around.machine, around.codec);
    this.#proposer = this.#newProposer(start);
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
    for (const role of RECEIVERS[message.type]) {
      if (role === 'acceptor') {
        const input = { type: 'message', from, message: message as AcceptorMessage } as const;
        this.#afterAcceptor(this.#around.steps.acceptor(this.#acceptor, input, now));
      } else if (role === 'learner') {
        const input = { type: 'message', from, message: message as LearnerMessage } as const;
        this.#afterLearner(this.#around.steps.learner(this.#learner, input, now), now);
      } else {
        this.input({ type: 'message', from, message: message as ProposerMessage }, now);
      }
    }
  }

  /** Another member has started anew. @returns false when it has lost memory: it will never be counted again. */
  greet(from: MemberId, position: number): boolean {
    const records = this.#around.steps.greet(this.#founding, from, position);
    if (records.length > 0) this.disk.append(records)();
    return records.length === 0;
  }

  /** How far another member had written, as this one has heard. */
  positionOf(member: MemberId): number {
    return this.#founding.positions.get(member) ?? 0;
  }

  /** Gives the proposer an input. */
  input(input: ProposerInput, now: number): void {
    if (!this.isUp) return;
    for (const output of this.#around.steps.proposer(this.#proposer, input, now)) {
      if (output.type === 'send') this.#send({ to: output.to, message: output.message });
      else this.#around.onOutput(this.member, output);
    }
  }

  /** Has a batch proposed that holds these bytes. */
  propose(payload: Uint8Array, token: number, now: number): void {
    this.input({ type: 'propose', value: commandsValue(payload), token }, now);
  }

  tick(now: number): void {
    if (!this.isUp) return;
    this.#afterLearner(this.#around.steps.learner(this.#learner, { type: 'tick' }, now), now);
    this.input({ type: 'tick' }, now);
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
    this.disk.crash(chance);
  }

  /** The process is started again, on what its disk holds. @returns false when that is damaged: then it does not start. */
  restart(start: Start): boolean {
    const { leaseLimitMs, tailSlots, machine, codec } = this.#around;
    this.#founding = createFounding(this.member, this.directory, []);
    this.#acceptor = createAcceptor(this.member, this.history, leaseLimitMs);
    this.#learner = createLearner(this.member, this.history, tailSlots);
    this.#replica = createReplica(machine, codec);
    return this.#recover(start);
  }

  #recover(start: Start): boolean {
    const { steps, oracle } = this.#around;
    oracle.noteStart(this.member);
    const found = this.disk.recover();
    if (found.type === 'damaged') return false;
    for (const record of found.records) {
      if (record.type === 'introduced' || record.type === 'founded') recoverFounding(this.#founding, record);
      steps.recoverAcceptor(this.#acceptor, record);
      const { installed, delivered } = steps.recoverLearner(this.#learner, record);
      if (installed !== undefined) this.#install(installed);
      this.#apply(delivered);
    }
    steps.resumeAcceptor(this.#acceptor, start.now);
    oracle.checkRecovered(this.member, this.#acceptor.promised, this.disk.promised);
    this.#watermark(this.#learner.decidedUpTo, start.now);
    this.#proposer = this.#newProposer(start);
    this.#snapshotAt = this.#learner.decidedUpTo;
    this.isUp = true;
    return true;
  }

  #newProposer({ now, seed }: Start): ProposerState {
    const { options, steps } = this.#around;
    return steps.createProposer(this.member, this.#learner.history, {
      promised: this.#acceptor.promised,
      decidedUpTo: this.#learner.decidedUpTo,
      seed,
      now,
      options,
    });
  }

  #afterAcceptor({ records, messages }: AcceptorOutput): void {
    const sync = this.disk.append(records);
    if (this.#around.steps.waitsForSync) {
      if (messages.length === 0 && records.length === 0) return;
      this.#whenSynced(sync, () => {
        for (const envelope of messages) this.#send(envelope);
      });
    } else {
      for (const envelope of messages) this.#send(envelope);
    }
  }

  #afterLearner(output: LearnerOutput, now: number): void {
    const { records, messages, installed, delivered, settled } = output;
    if (records.length > 0) {
      const { decidedUpTo } = this.#learner;
      this.#whenSynced(this.disk.append(records), () => this.#watermark(decidedUpTo, now));
    }
    for (const envelope of messages) this.#send(envelope);
    if (installed !== undefined) this.#install(installed);
    if (settled.length === 0 && installed === undefined) return;
    if (delivered.length > 0) this.#apply(delivered);
    if (output.changes.length > 0 || installed !== undefined) this.#watermark(0, now);
    const { decidedUpTo, history } = this.#learner;
    this.input({ type: 'settled', settled, decidedUpTo, history }, now);
    this.#takeSnapshot(now);
  }

  /** Who the members are, and up to where the disk says that all is decided: no further, for the acceptor lets its votes go there. */
  #watermark(decidedUpTo: number, now: number): void {
    const { history } = this.#learner;
    this.#around.steps.acceptor(this.#acceptor, { type: 'watermark', decidedUpTo, history }, now);
    if (history.length > 1 || (history[0]?.number ?? 0) > 0) this.#around.oracle.checkHistory(this.member, history);
  }

  #apply(delivered: readonly Decision[]): void {
    const { oracle, steps, onResults } = this.#around;
    oracle.checkDelivered(this.member, delivered);
    for (const decision of delivered) {
      const results = steps.applyDecision(this.#replica, decision);
      oracle.checkResults(this.member, decision.slot, results);
      if (oracle.wantsDigest(decision.slot)) {
        oracle.checkDigest(this.member, decision.slot, writeReplica(this.#replica));
      }
      if (results.length > 0) onResults(this.member, results);
    }
  }

  #install(snapshot: Snapshot): void {
    this.#around.steps.readReplica(this.#replica, snapshot.slot, snapshot.state);
    this.#around.oracle.noteInstalled(this.member, snapshot.slot);
    this.#around.onInstalled(this.member);
  }

  #takeSnapshot(now: number): void {
    const { snapshotSlots, steps, onSnapshot } = this.#around;
    const { decidedUpTo, history } = this.#learner;
    if (snapshotSlots === 0 || decidedUpTo - this.#snapshotAt < snapshotSlots) return;
    this.#snapshotAt = decidedUpTo;
    const snapshot: Snapshot = { slot: decidedUpTo, history, state: steps.writeReplica(this.#replica) };
    const trim = this.disk.trim(snapshot);
    const learner = this.#learner;
    // Rule 9: the log below goes, in memory too, when the snapshot is durable.
    this.#whenSynced(trim, () => {
      steps.learner(learner, { type: 'snapshotted', snapshot }, now);
      onSnapshot(this.member);
    });
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
    this.#around.oracle.checkSent(this.member, message, this.disk);
    this.#around.send(this, to, message);
  }
}
