/** The network between the members: it loses, delays, duplicates and reorders, and cuts or clogs links in either direction. */

import { type MemberId, type Message, nextRandom, type RandomState } from '@parliament/synod';
import type { Line } from './plan.js';
import type { EventQueue } from './queue.js';

/** How bad the network is. Probabilities from 0 to 1, times in virtual milliseconds. */
export interface NetworkFaults {
  readonly loss: number;
  /** Part of the time in which losses come in bursts: then everything on a link is lost for a while. */
  readonly bursts: number;
  readonly duplication: number;
  /** Part of the messages that are recorded and sent again much later. */
  readonly replay: number;
  readonly delayMs: number;
  /** Part of the messages whose delay has a heavy tail: one in k of these takes k times as long. */
  readonly tail: number;
  /** Whether some kinds of messages are slow on some links, as long as this network lasts, and others quick. */
  readonly isSkewed: boolean;
}

/** With skew, messages of one kind on one link are slow, up to this long, in virtual milliseconds, or quick, like these. */
const SKEW_MS = 600;
const SKEWED = 0.3;

/** A network that delivers everything, soon. */
export const GOOD_NETWORK: NetworkFaults = {
  loss: 0,
  bursts: 0,
  duplication: 0,
  replay: 0,
  delayMs: 2,
  tail: 0,
  isSkewed: false,
};

export interface NetworkCounts {
  sent: number;
  lost: number;
  lostInBursts: number;
  cut: number;
  clogged: number;
  duplicated: number;
  replayed: number;
  /** Old ones that came again after a restart. */
  repeated: number;
  delayed: number;
  /** Messages of a kind that a link did not let through. */
  filtered: number;
  /** Links on which a kind of messages was slow. */
  skewed: number;
  /** Messages that a full line did not take. */
  overflowed: number;
}

/** A message on its way, with the directory of its sender and how far that was written, at the time of sending. */
export interface Parcel {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly directory: string;
  readonly position: number;
  readonly message: Message;
}

/** A replayed message comes up to this much later, in virtual milliseconds. */
const REPLAY_MS = 20_000;

/** A burst of losses lasts up to this long, in virtual milliseconds. */
const BURST_MS = 400;

/** What a message weighs beside values, and each value beside its bytes. */
const MESSAGE_BYTES = 40;

/** A message that takes longer on its line than this is heard of so often while it comes, in virtual milliseconds. */
const PART_MS = 25;

/** No message takes longer than this many times the usual delay. */
const LONGEST_TAIL = 200;

export class SimulatedNetwork {
  readonly counts: NetworkCounts = {
    sent: 0,
    lost: 0,
    lostInBursts: 0,
    cut: 0,
    clogged: 0,
    duplicated: 0,
    replayed: 0,
    repeated: 0,
    delayed: 0,
    filtered: 0,
    skewed: 0,
    overflowed: 0,
  };
  readonly #queue: EventQueue;
  readonly #random: RandomState;
  readonly #deliver: (parcel: Parcel) => void;
  readonly #hearPart: (parcel: Parcel) => void;
  readonly #cuts = new Set<number>();
  /** By link: the parcels that wait for the link to be unclogged. */
  readonly #clogs = new Map<number, Parcel[]>();
  /** Members that nothing reaches, whatever else is healed. */
  readonly #exiles = new Set<MemberId>();
  readonly #filters = new Set<(parcel: Parcel) => boolean>();
  readonly #burstUntil = new Map<number, number>();
  /** By link and kind of message: how much longer it takes. */
  readonly #skews = new Map<string, number>();
  #faults: NetworkFaults = GOOD_NETWORK;
  readonly #line: Line | undefined;
  /** By link: until when the line is busy. */
  readonly #busyUntil = new Map<number, number>();

  /** @param hearPart a part of a long parcel has come, and not its end. */
  constructor(
    queue: EventQueue,
    random: RandomState,
    line: Line | undefined,
    deliver: (parcel: Parcel) => void,
    hearPart: (parcel: Parcel) => void,
  ) {
    this.#line = line;
    this.#queue = queue;
    this.#random = random;
    this.#deliver = deliver;
    this.#hearPart = hearPart;
  }

  get faults(): NetworkFaults {
    return this.#faults;
  }

  /** From now on it is this bad. */
  set faults(faults: NetworkFaults) {
    this.#faults = faults;
    this.#skews.clear();
  }

  send(parcel: Parcel): void {
    const { counts, faults } = this;
    counts.sent += 1;
    if (this.#chance(faults.loss)) {
      counts.lost += 1;
      return;
    }
    if (faults.bursts > 0 && this.#isInBurst(linkOf(parcel.from, parcel.to))) {
      counts.lostInBursts += 1;
      return;
    }
    this.#carry(parcel, 0);
    if (this.#chance(faults.duplication)) {
      counts.duplicated += 1;
      this.#carry(parcel, 0);
    }
    if (this.#chance(faults.replay)) {
      counts.replayed += 1;
      this.#carry(parcel, nextRandom(this.#random) * REPLAY_MS);
    }
  }

  /** Cuts the way from one member to another, for what is under way too; the way back is another one. */
  cut(from: MemberId, to: MemberId): void {
    this.#cuts.add(linkOf(from, to));
  }

  /** Cuts a member off from all others, until it is brought back. */
  exile(member: MemberId): void {
    this.#exiles.add(member);
  }

  bringBack(member: MemberId): void {
    this.#exiles.delete(member);
  }

  /** What was sent once comes again, soon. */
  repeat(parcel: Parcel): void {
    this.counts.repeated += 1;
    this.#carry(parcel, 0);
  }

  /** Holds back what goes from one member to another, until it is unclogged: then all comes at once. */
  clog(from: MemberId, to: MemberId): void {
    const link = linkOf(from, to);
    if (!this.#clogs.has(link)) this.#clogs.set(link, []);
  }

  unclog(from: MemberId, to: MemberId): void {
    const link = linkOf(from, to);
    const held = this.#clogs.get(link) ?? [];
    this.#clogs.delete(link);
    for (const parcel of held) this.#carry(parcel, 0);
  }

  /** Loses what `isLost` is true of. @returns what ends it. */
  filter(isLost: (parcel: Parcel) => boolean): () => void {
    this.#filters.add(isLost);
    return () => this.#filters.delete(isLost);
  }

  healAll(): void {
    this.#cuts.clear();
    this.#burstUntil.clear();
    for (const held of [...this.#clogs.values()]) for (const parcel of held) this.#carry(parcel, 0);
    this.#clogs.clear();
  }

  /** All that was ever wrong is so no longer. */
  mend(): void {
    this.#filters.clear();
    this.#exiles.clear();
    this.healAll();
    this.faults = GOOD_NETWORK;
  }

  #isInBurst(link: number): boolean {
    const until = this.#burstUntil.get(link) ?? 0;
    if (this.#queue.now < until) return true;
    if (!this.#chance(this.faults.bursts)) return false;
    this.#burstUntil.set(link, this.#queue.now + nextRandom(this.#random) * BURST_MS);
    return true;
  }

  #carry(parcel: Parcel, extraMs: number): void {
    const waitMs = this.#line === undefined ? 0 : this.#waitMs(parcel, this.#line);
    if (waitMs === undefined) {
      this.counts.overflowed += 1;
      return;
    }
    let delay = nextRandom(this.#random) * this.faults.delayMs + extraMs + waitMs;
    if (this.faults.tail > 0 && this.#chance(this.faults.tail)) {
      this.counts.delayed += 1;
      delay *= Math.min(LONGEST_TAIL, 1 / (1 - nextRandom(this.#random)));
    }
    if (this.#faults.isSkewed) delay += this.#skewOf(parcel);
    this.#queue.schedule(delay, () => this.#arrive(parcel));
  }

  /** How long a message waits for its line, and takes on it; undefined: it does not fit. */
  #waitMs(parcel: Parcel, { bytesPerMs, queueBytes }: Line): number | undefined {
    const { from, to, message } = parcel;
    const link = linkOf(from, to);
    const { now } = this.#queue;
    const busyUntil = Math.max(now, this.#busyUntil.get(link) ?? now);
    const bytes = bytesOf(message);
    if (busyUntil > now && (busyUntil - now) * bytesPerMs + bytes > queueBytes) return undefined;
    const takesMs = bytes / bytesPerMs;
    this.#busyUntil.set(link, busyUntil + takesMs);
    for (let at = PART_MS; at < takesMs; at += PART_MS) {
      this.#queue.schedule(busyUntil - now + at, () => {
        if (!this.#isCut(parcel) && !this.#clogs.has(link)) this.#hearPart(parcel);
      });
    }
    return busyUntil + takesMs - now;
  }

  #skewOf({ from, to, message }: Parcel): number {
    const kind = `${from}>${to} ${message.type}`;
    let skew = this.#skews.get(kind);
    if (skew === undefined) {
      skew = this.#chance(SKEWED) ? nextRandom(this.#random) * SKEW_MS : 0;
      this.#skews.set(kind, skew);
      if (skew > 0) this.counts.skewed += 1;
    }
    return skew;
  }

  #isCut({ from, to }: Parcel): boolean {
    if (this.#cuts.size > 0 && this.#cuts.has(linkOf(from, to))) return true;
    return this.#exiles.size > 0 && (this.#exiles.has(from) || this.#exiles.has(to));
  }

  #arrive(parcel: Parcel): void {
    const link = linkOf(parcel.from, parcel.to);
    if (this.#isCut(parcel)) {
      this.counts.cut += 1;
      return;
    }
    if (this.#filters.size > 0) {
      for (const isLost of this.#filters) {
        if (!isLost(parcel)) continue;
        this.counts.filtered += 1;
        return;
      }
    }
    const held = this.#clogs.size > 0 ? this.#clogs.get(link) : undefined;
    if (held === undefined) {
      this.#deliver(parcel);
    } else {
      this.counts.clogged += 1;
      // A link that is clogged for long drops what it cannot hold.
      if (held.length < 1000) held.push(parcel);
    }
  }

  #chance(probability: number): boolean {
    return probability > 0 && nextRandom(this.#random) < probability;
  }
}

/** What a message weighs on a line, about. */
function bytesOf(message: Message): number {
  if (message.type === 'accept' || message.type === 'submit') return MESSAGE_BYTES + message.value.length;
  if (message.type === 'promise') return MESSAGE_BYTES + sizeOf(message.votes);
  if (message.type === 'decided') return MESSAGE_BYTES + sizeOf(message.decisions);
  return MESSAGE_BYTES + (message.type === 'snapshot-part' ? message.bytes.length : 0);
}

function sizeOf(values: readonly { readonly value: Uint8Array }[]): number {
  return values.reduce((bytes, { value }) => bytes + MESSAGE_BYTES + value.length, 0);
}

function linkOf(from: MemberId, to: MemberId): number {
  return from * 1024 + to;
}
