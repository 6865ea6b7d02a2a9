/** A world: members, a network, clients that propose and read, and time. All of it follows from one seed. */

import {
  DEFAULT_PROPOSER_OPTIONS,
  type Decision,
  majority,
  type MemberId,
  nextRandom,
  type ProposerOptions,
  type RandomState,
  type Slot,
  seededRandom,
  type Value,
} from '@parliament/synod';
import { EventQueue } from './events.js';
import { SimulatedNetwork } from './network.js';
import { type NodeSurroundings, SHIPPED_STEPS, SimulatedNode, type Steps } from './node.js';
import { Oracle } from './oracle.js';

export interface WorldOptions {
  readonly seed: number;
  /** How many members. Default 3. */
  readonly members?: number;
  /** Of the proposers. */
  readonly proposer?: Partial<ProposerOptions>;
  /** What the members do; default: what is shipped. */
  readonly steps?: Partial<Steps>;
}

export interface WorldCounts {
  events: number;
  crashes: number;
  cuts: number;
  leaders: number;
  proposed: number;
  delivered: number;
  reads: number;
}

export class World {
  readonly queue: EventQueue = new EventQueue();
  readonly random: RandomState;
  readonly oracle: Oracle = new Oracle();
  readonly network: SimulatedNetwork;
  readonly nodes: readonly SimulatedNode[];
  readonly counts: WorldCounts = { events: 0, crashes: 0, cuts: 0, leaders: 0, proposed: 0, delivered: 0, reads: 0 };
  /** The last slot of the log. */
  readonly lastSlot: Slot;
  /** A fingerprint of everything that has happened. */
  hash = 0;
  /** By the token of a read that waits: the furthest slot that was decided anywhere when it was asked. */
  readonly #reads = new Map<number, Slot>();
  #tokens = 0;

  constructor({ seed, members = 3, proposer = {}, steps = {} }: WorldOptions) {
    this.random = seededRandom(seed);
    this.lastSlot = proposer.lastSlot ?? DEFAULT_PROPOSER_OPTIONS.lastSlot;
    const deliver = (from: MemberId, to: MemberId, message: Parameters<SimulatedNode['receive']>[1]): void => {
      this.#mix(from * 31 + to, message.type.length);
      this.nodes[to]?.receive(from, message);
    };
    this.network = new SimulatedNetwork(this.queue, this.random, deliver);
    const around: NodeSurroundings = {
      queue: this.queue,
      random: this.random,
      oracle: this.oracle,
      quorums: majority(Array.from({ length: members }, (_, member) => member)),
      options: proposer,
      steps: { ...SHIPPED_STEPS, ...steps },
      send: (from, to, message) => this.network.send(from, to, message),
      onDelivered: (member, decisions) => this.#noteDelivered(member, decisions),
      onMark: (token, slot) => this.#noteMark(token, slot),
      onLeader: () => {
        this.counts.leaders += 1;
      },
    };
    this.nodes = Array.from({ length: members }, (_, member) => new SimulatedNode(member, around));
  }

  /** Lets the next thing happen. */
  step(): void {
    this.counts.events += 1;
    this.queue.step();
    this.#mix(Math.floor(this.queue.now * 1000), this.queue.size);
  }

  /** Lets things happen until a virtual time. */
  runUntil(at: number): void {
    let isOver = false;
    this.queue.schedule(at - this.queue.now, () => {
      isOver = true;
    });
    while (!isOver) this.step();
  }

  /** A client asks a member to have a value decided. */
  propose(member: MemberId, value: Value): void {
    this.counts.proposed += 1;
    this.oracle.noteProposed(value);
    this.#tokens += 1;
    this.nodes[member]?.input({ type: 'propose', value, token: this.#tokens });
  }

  /** A client asks a member to read; whatever the answer, it must not miss what is decided by now. */
  read(member: MemberId): void {
    this.#tokens += 1;
    this.#reads.set(this.#tokens, this.oracle.furthest);
    this.nodes[member]?.input({ type: 'ask-mark', token: this.#tokens });
  }

  /** A whole number from 0 to `limit` - 1. */
  draw(limit: number): number {
    return Math.floor(nextRandom(this.random) * limit);
  }

  #noteDelivered(member: MemberId, decisions: readonly Decision[]): void {
    this.counts.delivered += decisions.length;
    this.oracle.checkDelivered(member, decisions);
    for (const { slot } of decisions) this.#mix(slot, member);
  }

  #noteMark(token: number, slot: Slot): void {
    const required = this.#reads.get(token);
    if (required === undefined) return;
    this.#reads.delete(token);
    this.counts.reads += 1;
    this.oracle.checkMark(slot, required);
  }

  #mix(left: number, right: number): void {
    this.hash = Math.imul(this.hash ^ left, 0x01000193) >>> 0;
    this.hash = Math.imul(this.hash ^ right, 0x85ebca6b) >>> 0;
  }
}
