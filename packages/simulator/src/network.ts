/** The network between the members: it loses, delays, duplicates and reorders, and cuts links in either direction. */

import { type MemberId, type Message, nextRandom, type RandomState } from '@parliament/synod';
import type { EventQueue } from './events.js';

/** How bad the network is. Probabilities from 0 to 1, times in virtual milliseconds. */
export interface NetworkFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Part of the messages that are recorded and sent again much later. */
  readonly replay: number;
  readonly delayMs: number;
  /** Part of the messages that take twenty times as long. */
  readonly slow: number;
}

/** A network that delivers everything, soon. */
export const GOOD_NETWORK: NetworkFaults = { loss: 0, duplication: 0, replay: 0, delayMs: 2, slow: 0 };

export interface NetworkCounts {
  sent: number;
  lost: number;
  cut: number;
  duplicated: number;
  replayed: number;
  slowed: number;
}

/** Hands a message to a member. */
export type Deliver = (from: MemberId, to: MemberId, message: Message) => void;

/** A replayed message comes up to this much later, in virtual milliseconds. */
const REPLAY_MS = 20_000;

export class SimulatedNetwork {
  readonly counts: NetworkCounts = { sent: 0, lost: 0, cut: 0, duplicated: 0, replayed: 0, slowed: 0 };
  readonly #queue: EventQueue;
  readonly #random: RandomState;
  readonly #deliver: Deliver;
  readonly #cuts = new Set<string>();
  faults: NetworkFaults = GOOD_NETWORK;

  constructor(queue: EventQueue, random: RandomState, deliver: Deliver) {
    this.#queue = queue;
    this.#random = random;
    this.#deliver = deliver;
  }

  send(from: MemberId, to: MemberId, message: Message): void {
    const { counts, faults } = this;
    counts.sent += 1;
    if (this.#chance(faults.loss)) {
      counts.lost += 1;
      return;
    }
    this.#carry(from, to, message, 0);
    if (this.#chance(faults.duplication)) {
      counts.duplicated += 1;
      this.#carry(from, to, message, 0);
    }
    if (this.#chance(faults.replay)) {
      counts.replayed += 1;
      this.#carry(from, to, message, nextRandom(this.#random) * REPLAY_MS);
    }
  }

  /** Cuts the way from one member to another; the way back is another one. */
  cut(from: MemberId, to: MemberId): void {
    this.#cuts.add(`${from}>${to}`);
  }

  healAll(): void {
    this.#cuts.clear();
  }

  #carry(from: MemberId, to: MemberId, message: Message, extraMs: number): void {
    let delay = nextRandom(this.#random) * this.faults.delayMs + extraMs;
    if (this.#chance(this.faults.slow)) {
      this.counts.slowed += 1;
      delay *= 20;
    }
    this.#queue.schedule(delay, () => {
      // A cut stops also what is under way.
      if (this.#cuts.has(`${from}>${to}`)) this.counts.cut += 1;
      else this.#deliver(from, to, message);
    });
  }

  #chance(probability: number): boolean {
    return probability > 0 && nextRandom(this.#random) < probability;
  }
}
