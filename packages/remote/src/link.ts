import * as platform from '#platform';
import { BATCH_ITEMS_MAX, decodeBatch } from './batch-reader.js';
import { BatchWriter } from './batch-writer.js';
import type { Channel } from './channel.js';
import { NodeError, reasonOf } from './errors.js';
import type { LinkEnd } from './events.js';
import type { Envelope, Item, Signal } from './frame.js';
import type { Agreement, PeerIdentity } from './handshake.js';
import { createHeartbeat, type Heartbeat, hear, type Pace, tick } from './heartbeat.js';
import { Inbound } from './inbound.js';
import { Definitions } from './numbering.js';
import { Outbound, type OutboundLimits } from './outbound.js';
import { BATCH_BYTES } from './websocket.js';

/** What a link asks of its owner. */
export interface LinkOwner extends OutboundLimits {
  readonly pace: Pace;
  /** One after the other, in the order in which they were sent. May throw {@link BadFrameError}: the link ends. */
  onItem(item: Item): void;
  /** Waiting for the peer are more bytes or messages than the soft bound allows, or than the hard one: then the link ends. */
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
  #heartbeat: Heartbeat;
  #timer: ReturnType<typeof setInterval>;
  readonly #writer: BatchWriter = new BatchWriter();
  readonly #definitions: Definitions = new Definitions();
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  #ping = false;
  #pong = false;
  #isFlushDue = false;
  #ended = false;
  #silent = false;
  readonly #probes: Set<(alive: boolean) => void> = new Set();
  readonly #flushDue = (): void => {
    if (this.#isFlushDue) this.#flush();
  };

  constructor(channel: Channel, agreement: Agreement, traffic: Traffic, owner: LinkOwner) {
    this.peer = agreement.peer;
    this.#channel = channel;
    this.#agreement = agreement;
    this.#owner = owner;
    this.#traffic = traffic;
    this.#outbound = new Outbound(owner, () => channel.waitingBytes());
    this.#inbound = new Inbound({
      handle: (frame) => this.#handle(frame),
      pause: (isPaused) => channel.pause(isPaused),
    });
    this.#heartbeat = createHeartbeat(owner.pace, performance.now());
    this.#timer = setInterval(() => this.#tick(), owner.pace.heartbeatMs);
    channel.trust((milliseconds) => this.#inbound.charge(milliseconds));
    channel.listen({
      onMessage: (bytes) => this.#receive(bytes),
      onEnd: ({ reason, detail }) => this.#lost(reason, detail),
    });
  }

  /** Whether the latest probe was not answered, and nothing has come since. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Whether more waits to be sent than the soft bounds allow. */
  get overloaded(): boolean {
    return this.#outbound.overloaded;
  }

  /** Resolves when less waits to be sent than half of what the soft bounds allow, or when the link has ended. */
  drained(): Promise<void> {
    return this.#outbound.drained();
  }

  /** From now on it is watched at another pace. */
  watch(pace: Pace): void {
    if (this.#ended) return;
    clearInterval(this.#timer);
    this.#heartbeat = createHeartbeat(pace, performance.now());
    this.#timer = setInterval(() => this.#tick(), pace.heartbeatMs);
  }

  /** @throws NodeError `too-large` */
  send(envelope: Omit<Envelope, 'type'>): void {
    const { payload } = envelope;
    if (payload.length > this.peer.payloadLimit) {
      throw new NodeError(
        'too-large',
        `A message of ${payload.length} bytes is more than node ${this.peer.name} takes, ${this.peer.payloadLimit}: send it in parts, or raise limits.payloadBytes there`,
      );
    }
    if (this.#ended) return;
    this.#writer.envelope(envelope);
    this.#queued();
  }

  tell(signal: Signal): void {
    if (this.#ended) return;
    this.#writer.signal(signal);
    this.#queued();
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
      const timer = setTimeout(() => platform.soon(() => settle(false)), timeoutMs);
      this.#probes.add(settle);
      this.#ping = true;
      this.#flush();
    });
  }

  /** Ends the link from this side. What is queued still leaves, except when the other side does not read. */
  end(reason: LinkEnd, detail: string): void {
    if (this.#ended) return;
    const polite = reason === 'closing' || reason === 'bad-frame' || reason === 'replaced';
    if (polite) {
      this.#flush();
      if (this.#ended) return;
      this.#channel.close(reason);
    } else {
      this.#channel.terminate();
    }
    this.#finish(reason, detail);
  }

  /** The channel has ended. What had come before that is handled before anybody is told. */
  #lost(reason: LinkEnd, detail: string): void {
    this.#inbound.drain();
    this.#finish(reason, detail);
  }

  #finish(reason: LinkEnd, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#isFlushDue = false;
    clearInterval(this.#timer);
    this.#inbound.end();
    this.#outbound.end();
    for (const settle of [...this.#probes]) settle(false);
    this.#owner.onEnd(reason, detail);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#traffic.framesIn += 1;
    this.#traffic.bytesIn += bytes.length;
    this.#inbound.take(bytes);
  }

  #handle(frame: Uint8Array): void {
    try {
      const { items, ping } = decodeBatch(this.#agreement.opener.open(frame), this.#definitions);
      hear(this.#heartbeat);
      this.#silent = false;
      for (const settle of [...this.#probes]) settle(true);
      if (ping) {
        this.#pong = true;
        this.#scheduleFlush();
      }
      for (const item of items) {
        if (this.#ended) return;
        this.#owner.onItem(item);
      }
    } catch (error) {
      // Whatever is wrong with a frame concerns this link only.
      this.end('bad-frame', reasonOf(error));
    }
  }

  #queued(): void {
    if (this.#writer.bytes >= BATCH_BYTES || this.#writer.items >= BATCH_ITEMS_MAX) this.#flush();
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    platform.soon(this.#flushDue);
  }

  #flush(): void {
    this.#isFlushDue = false;
    const { items } = this.#writer;
    if (this.#ended || (items === 0 && !this.#ping && !this.#pong)) return;
    const bytes = this.#agreement.sealer.seal(this.#writer.finish(this.#ping, this.#pong));
    this.#ping = false;
    this.#pong = false;
    this.#traffic.framesOut += 1;
    this.#traffic.bytesOut += bytes.length;
    this.#channel.send(bytes, this.#outbound.leaving(items));
    const verdict = this.#outbound.judge();
    if (verdict === undefined) return;
    const waiting = this.#channel.waitingBytes();
    this.#owner.onOverloaded(waiting, verdict === 'drop');
    if (verdict === 'drop') this.end('overloaded', `${waiting} bytes were waiting for node ${this.peer.name}`);
  }

  #tick(): void {
    // What this node has not come to yet is no silence of the other's.
    if (this.#inbound.isBehind) hear(this.#heartbeat);
    const verdict = tick(this.#heartbeat, performance.now());
    if (verdict === 'dead') {
      this.end('heartbeat', `node ${this.peer.name} was silent for too long`);
    } else if (verdict === 'ask') {
      this.#ping = true;
      this.#flush();
    }
  }
}
