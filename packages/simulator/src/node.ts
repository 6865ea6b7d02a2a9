/**
 * One member in a world: the shipped roles, wired as the actors of production wire them. What an acceptor has to say leaves
 * when its records are synced; what a learner decides reaches the acceptor and the proposer.
 */

import {
  type AcceptorMessage,
  type AcceptorOutput,
  type AcceptorState,
  createAcceptor,
  createLearner,
  createProposer,
  type Decision,
  type Envelope,
  type LearnerMessage,
  type LearnerOutput,
  type LearnerState,
  type MemberId,
  type Message,
  nextRandom,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
  type ProposerState,
  type QuorumSystem,
  RECEIVERS,
  type RandomState,
  recoverAcceptor,
  recoverLearner,
  type Slot,
  stepAcceptor,
  stepLearner,
  stepProposer,
} from '@parliament/synod';
import { SimulatedDisk } from './disk.js';
import type { EventQueue } from './events.js';
import type { Oracle } from './oracle.js';

/** The steps that a node takes. A test may put others in their place, to see that the oracle notices. */
export interface Steps {
  readonly acceptor: typeof stepAcceptor;
  readonly learner: typeof stepLearner;
  readonly proposer: typeof stepProposer;
  /** Whether a restarted member reads back what it had written. */
  readonly recovers: boolean;
  /** Whether an acceptor's messages wait for its records. */
  readonly waitsForSync: boolean;
}

/** The steps as they are shipped. */
export const SHIPPED_STEPS: Steps = {
  acceptor: stepAcceptor,
  learner: stepLearner,
  proposer: stepProposer,
  recovers: true,
  waitsForSync: true,
};

/** What a node needs of its world. */
export interface NodeSurroundings {
  readonly queue: EventQueue;
  readonly random: RandomState;
  readonly oracle: Oracle;
  readonly quorums: QuorumSystem;
  readonly options: Partial<ProposerOptions>;
  readonly steps: Steps;
  readonly send: (from: MemberId, to: MemberId, message: Message) => void;
  readonly onDelivered: (member: MemberId, decisions: readonly Decision[]) => void;
  readonly onMark: (token: number, slot: Slot) => void;
  readonly onLeader: (member: MemberId) => void;
}

/** How often a member looks at its clock, in virtual milliseconds. */
const TICK_MS = 25;

/** A sync takes up to this long, in virtual milliseconds. */
const SYNC_MS = 4;

export class SimulatedNode {
  readonly member: MemberId;
  readonly disk: SimulatedDisk = new SimulatedDisk();
  readonly #around: NodeSurroundings;
  #acceptor: AcceptorState;
  #learner: LearnerState;
  #proposer: ProposerState;
  /** Goes up with every crash: what was under way in an earlier life comes to nothing. */
  #life = 0;
  isUp = true;

  constructor(member: MemberId, around: NodeSurroundings) {
    this.member = member;
    this.#around = around;
    this.#acceptor = createAcceptor(member, around.quorums);
    this.#learner = createLearner(member, around.quorums);
    this.#proposer = this.#newProposer();
    this.#tick(this.#life);
  }

  get isLeading(): boolean {
    return this.isUp && this.#proposer.role.name === 'leading';
  }

  get decidedUpTo(): Slot {
    return this.#learner.decidedUpTo;
  }

  get highestSeen(): number {
    return this.#proposer.highestSeen;
  }

  receive(from: MemberId, message: Message): void {
    if (!this.isUp) return;
    for (const role of RECEIVERS[message.type]) {
      if (role === 'acceptor') {
        const input = { type: 'message', from, message: message as AcceptorMessage } as const;
        this.#afterAcceptor(this.#around.steps.acceptor(this.#acceptor, input));
      } else if (role === 'learner') {
        const input = { type: 'message', from, message: message as LearnerMessage } as const;
        this.#afterLearner(this.#around.steps.learner(this.#learner, input, this.#around.queue.now));
      } else {
        this.input({ type: 'message', from, message: message as ProposerMessage });
      }
    }
  }

  /** Gives the proposer an input; what it says of tokens is told. */
  input(input: ProposerInput): void {
    if (!this.isUp) return;
    for (const output of this.#around.steps.proposer(this.#proposer, input, this.#around.queue.now)) {
      if (output.type === 'send') this.#send({ to: output.to, message: output.message });
      else if (output.type === 'mark') this.#around.onMark(output.token, output.slot);
      else if (output.type === 'leader' && this.isLeading) this.#around.onLeader(this.member);
    }
  }

  /** The process is gone, and what was not synced with it, but for a part that the disk may have got. */
  crash(): void {
    this.isUp = false;
    this.#life += 1;
    this.disk.crash(Math.floor(nextRandom(this.#around.random) * (this.disk.unsynced + 1)));
  }

  /** The process is started again, on what its disk holds. */
  restart(): void {
    const { quorums, steps, oracle } = this.#around;
    this.#acceptor = createAcceptor(this.member, quorums);
    this.#learner = createLearner(this.member, quorums);
    const decisions: Decision[] = [];
    if (steps.recovers) {
      for (const record of this.disk.durable()) {
        recoverAcceptor(this.#acceptor, record);
        decisions.push(...recoverLearner(this.#learner, record));
      }
    }
    oracle.checkRecovered(this.member, this.#acceptor.promised);
    this.#around.onDelivered(this.member, decisions);
    stepAcceptor(this.#acceptor, { type: 'watermark', decidedUpTo: this.#learner.decidedUpTo });
    this.#proposer = this.#newProposer();
    this.isUp = true;
    this.#tick(this.#life);
  }

  #newProposer(): ProposerState {
    const { quorums, options, queue, random } = this.#around;
    return createProposer(this.member, quorums, {
      promised: this.#acceptor.promised,
      decidedUpTo: this.#learner.decidedUpTo,
      seed: Math.floor(nextRandom(random) * 2 ** 32),
      now: queue.now,
      options,
    });
  }

  #tick(life: number): void {
    this.#around.queue.schedule(TICK_MS, () => {
      if (life !== this.#life || !this.isUp) return;
      this.#afterLearner(this.#around.steps.learner(this.#learner, { type: 'tick' }, this.#around.queue.now));
      this.input({ type: 'tick' });
      this.#tick(life);
    });
  }

  #afterAcceptor({ records, messages }: AcceptorOutput): void {
    const isDurable = this.disk.append(records);
    const release = (): void => {
      if (isDurable()) for (const envelope of messages) this.#send(envelope);
    };
    if (!this.#around.steps.waitsForSync) for (const envelope of messages) this.#send(envelope);
    else if (messages.length > 0) this.#around.queue.schedule(this.#syncMs(), release);
  }

  #afterLearner({ records, messages, delivered, settled }: LearnerOutput): void {
    if (records.length > 0) this.#around.queue.schedule(this.#syncMs(), this.disk.append(records));
    for (const envelope of messages) this.#send(envelope);
    if (settled.length === 0) return;
    if (delivered.length > 0) this.#around.onDelivered(this.member, delivered);
    const { decidedUpTo } = this.#learner;
    this.#around.steps.acceptor(this.#acceptor, { type: 'watermark', decidedUpTo });
    this.input({ type: 'settled', slots: settled, decidedUpTo });
  }

  #syncMs(): number {
    return nextRandom(this.#around.random) * SYNC_MS;
  }

  #send({ to, message }: Envelope): void {
    this.#around.oracle.checkSent(this.member, message, this.disk);
    if (to !== this.member) {
      this.#around.send(this.member, to, message);
      return;
    }
    // Within a member nothing is lost, but it takes a turn: the roles are actors of their own.
    const life = this.#life;
    this.#around.queue.schedule(0, () => {
      if (life === this.#life) this.receive(this.member, message);
    });
  }
}
