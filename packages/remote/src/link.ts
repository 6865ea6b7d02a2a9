import { performance } from 'node:perf_hooks';
import type { Channel, ChannelEnd } from './channel.js';
import { NodeError, reasonOf } from './errors.js';
import type { LinkEnd } from './events.js';
import type { Batch, Envelope, Undelivered } from './frame.js';
import { BATCH_ENTRIES_MAX, decodeFrame, encodeFrame } from './frame-codec.js';
import { BadFrameError } from './frame-validator.js';
import type { Agreement, PeerIdentity } from './handshake.js';
import { createHeartbeat, type Heartbeat, hear, tick } from './heartbeat.js';
import { BATCH_BYTES } from './websocket.js';

/** What a link asks of its owner. */
export interface LinkOwner {
  readonly heartbeatMs: number;
  readonly queueSoftBytes: number;
  readonly queueHardBytes: number;
  /** May throw {@link BadFrameError}: the link ends. */
  onEnvelope(envelope: Envelope): void;
  onUndelivered(notice: Undelivered): void;
  onOverloaded(bytes: number, dropped: boolean): void;
  /** Called once. */
  onEnd(reason: LinkEnd, detail: string): void;
}

/** What went over a link. */
export interface Traffic {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
}

/** What an envelope weighs in the queue beside its payload and its paths. */
const ENVELOPE_OVERHEAD_BYTES = 256;

/**
 * An authenticated connection to one incarnation of a node. What is sent in one turn of the event loop leaves as one frame;
 * order is kept; what cannot be sent is lost with the link, and only with it.
 */
export class Link {
  readonly peer: PeerIdentity;
  readonly #channel: Channel;
  readonly #agreement: Agreement;
  readonly #owner: LinkOwner;
  readonly #traffic: Traffic;
  readonly #heartbeat: Heartbeat;
  readonly #timer: NodeJS.Timeout;
  #envelopes: Envelope[] = [];
  #undelivered: Undelivered[] = [];
  #queuedBytes = 0;
  #ping = false;
  #pong = false;
  #flush: NodeJS.Immediate | undefined;
  #overloaded = false;
  #ended = false;
  #silent = false;
  readonly #probes: Set<(alive: boolean) => void> = new Set();

  constructor(channel: Channel, agreement: Agreement, traffic: Traffic, owner: LinkOwner) {
    this.peer = agreement.peer;
    this.#channel = channel;
    this.#agreement = agreement;
    this.#owner = owner;
    this.#traffic = traffic;
    this.#heartbeat = createHeartbeat(owner.heartbeatMs, performance.now());
    this.#timer = setInterval(() => this.#tick(), owner.heartbeatMs);
    channel.listen({
      onMessage: (bytes) => this.#receive(bytes),
      onEnd: (end) => this.#channelEnded(end),
    });
  }

  /** Whether the latest probe was not answered, and nothing has come since. */
  get silent(): boolean {
    return this.#silent;
  }

  /** @throws NodeError `too-large` */
  send(envelope: Envelope): void {
    const { payload } = envelope;
    if (payload.length > this.peer.payloadLimit) {
      throw new NodeError(
        'too-large',
        `A message of ${payload.length} bytes is more than node ${this.peer.name} takes, ${this.peer.payloadLimit}: send it in parts, or raise limits.payloadBytes there`,
      );
    }
    this.#envelopes.push(envelope);
    this.#queue(payload.length + ENVELOPE_OVERHEAD_BYTES + pathLength(envelope.to) + pathLength(envelope.sender));
  }

  tell(notice: Undelivered): void {
    this.#undelivered.push(notice);
    this.#queue(ENVELOPE_OVERHEAD_BYTES);
  }

  /** Whether the other side shows a sign of life within `timeoutMs`. */
  probe(timeoutMs: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (alive: boolean): void => {
        clearTimeout(timer);
        if (!this.#probes.delete(settle)) return;
        this.#silent = !alive;
        resolve(alive);
      };
      // After a stall of this node the timer runs before the sockets are read: give them one turn.
      const timer = setTimeout(() => setImmediate(settle, false), timeoutMs);
      this.#probes.add(settle);
      this.#ping = true;
      this.#flushNow();
    });
  }

  /** Ends the link from this side. What is queued still leaves, except when the other side does not read. */
  end(reason: LinkEnd, detail: string): void {
    if (this.#ended) return;
    const polite = reason === 'closing' || reason === 'bad-frame' || reason === 'replaced';
    if (polite) {
      this.#flushNow();
      this.#channel.close(reason);
    } else {
      this.#channel.terminate();
    }
    this.#finish(reason, detail);
  }

  #finish(reason: LinkEnd, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    clearImmediate(this.#flush);
    this.#envelopes = [];
    this.#undelivered = [];
    for (const settle of [...this.#probes]) settle(false);
    this.#owner.onEnd(reason, detail);
  }

  #channelEnded({ reason, detail }: ChannelEnd): void {
    this.#finish(reason, detail);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#traffic.framesIn += 1;
    this.#traffic.bytesIn += bytes.length;
    try {
      const frame = decodeFrame(this.#agreement.opener.open(bytes));
      if (frame.type !== 'batch') throw new BadFrameError(`${frame.type} on a link that is up`);
      hear(this.#heartbeat);
      this.#silent = false;
      for (const settle of [...this.#probes]) settle(true);
      this.#take(frame);
    } catch (error) {
      // Whatever is wrong with a frame concerns this link only.
      this.end('bad-frame', reasonOf(error));
    }
  }

  #take(batch: Batch): void {
    if (batch.ping) {
      this.#pong = true;
      this.#scheduleFlush();
    }
    for (const envelope of batch.envelopes) {
      if (this.#ended) return;
      this.#owner.onEnvelope(envelope);
    }
    for (const notice of batch.undelivered) this.#owner.onUndelivered(notice);
  }

  #queue(bytes: number): void {
    this.#queuedBytes += bytes;
    if (this.#queuedBytes >= BATCH_BYTES || this.#envelopes.length + this.#undelivered.length >= BATCH_ENTRIES_MAX) {
      this.#flushNow();
    } else {
      this.#scheduleFlush();
    }
  }

  #scheduleFlush(): void {
    this.#flush ??= setImmediate(() => this.#flushNow());
  }

  #flushNow(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#ended) return;
    const batch: Batch = {
      type: 'batch',
      envelopes: this.#envelopes,
      undelivered: this.#undelivered,
      ping: this.#ping,
      pong: this.#pong,
    };
    if (batch.envelopes.length + batch.undelivered.length === 0 && !batch.ping && !batch.pong) return;
    this.#envelopes = [];
    this.#undelivered = [];
    this.#queuedBytes = 0;
    this.#ping = false;
    this.#pong = false;
    const bytes = this.#agreement.sealer.seal(encodeFrame(batch));
    this.#traffic.framesOut += 1;
    this.#traffic.bytesOut += bytes.length;
    this.#channel.send(bytes);
    this.#watchQueue();
  }

  #watchQueue(): void {
    const waiting = this.#channel.waitingBytes();
    const { queueSoftBytes, queueHardBytes } = this.#owner;
    if (waiting > queueHardBytes) {
      this.#owner.onOverloaded(waiting, true);
      this.end('overloaded', `${waiting} bytes were waiting for node ${this.peer.name}`);
    } else if (!this.#overloaded && waiting > queueSoftBytes) {
      this.#overloaded = true;
      this.#owner.onOverloaded(waiting, false);
    } else if (waiting < queueSoftBytes / 2) {
      this.#overloaded = false;
    }
  }

  #tick(): void {
    const verdict = tick(this.#heartbeat, performance.now());
    if (verdict === 'dead') {
      this.end('heartbeat', `node ${this.peer.name} was silent for too long`);
    } else if (verdict === 'ask') {
      this.#ping = true;
      this.#flushNow();
    }
  }
}

function pathLength(reference: Envelope['sender'] | Envelope['to']): number {
  if (reference?.kind !== 'actor') return 0;
  let length = 0;
  for (const part of reference.path) length += part.length + 4;
  return length;
}
