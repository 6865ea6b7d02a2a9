import { textOf } from '@parliament/otp';
import type { LinkEndReason } from '../events.js';
import type { Channel } from '../platform/channel.js';
import { after, attempt, every, soon, type Timer } from '../platform/unattended.js';
import { BATCH_BYTES } from '../platform/websocket.js';
import { BATCH_ITEMS_MAX, decodeBatch } from '../wire/batch-reader.js';
import { BatchWriter } from '../wire/batch-writer.js';
import type { Envelope, Item, Signal, Sizes } from '../wire/frame.js';
import { Definitions } from '../wire/numbering.js';
import type { Agreement, PeerIdentity } from './agreement.js';
import { atPace, createHeartbeat, type Heartbeat, hear, type Pace, tick } from './heartbeat.js';
import { Inbox } from './inbox.js';
import { Outbox, type OutboxLimits } from './outbox.js';

/** What a link asks of its owner. */
export interface LinkOwner extends OutboxLimits {
  readonly pace: Pace;
  /** One after the other, in the order in which they were sent. May throw {@link BadFrameError}: the link ends. */
  onItem(item: Item): void;
  /** Waiting for the peer are more bytes or messages than the soft bound allows, or than the hard one: then the link ends. */
  onOverloaded(bytes: number, dropped: boolean): void;
  /** Called once. */
  onEnd(reason: LinkEndReason, detail: string): void;
}

/** What may lie in the buffers between two nodes so that a ping behind it takes its time. */
const BUSY_BYTES: number = 64 * 1024;

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
  #timer: Timer;
  /** When the interval began, by `performance.now()`. */
  #intervalAt: number = performance.now();
  readonly #writer: BatchWriter = new BatchWriter();
  readonly #definitions: Definitions = new Definitions();
  readonly #outbox: Outbox;
  readonly #inbox: Inbox<Item>;
  #ping = false;
  #pong = false;
  #isFlushDue = false;
  #ended = false;
  #silent = false;
  /** The channel has ended; what had come is still being handled. */
  #isLost = false;
  /** What was sent since something was heard. */
  #unheardBytes = 0;
  /** Whether the bytes that are being read have ended a message. */
  #hasEnded = false;
  #partAt: number | undefined;
  readonly #probes: Set<(alive: boolean) => void> = new Set();
  /** Judged is once what has come was read: a timer that is late runs before that. */
  readonly #intervalIsOver = (): void => {
    this.#intervalAt = performance.now();
    soon(() => this.#tick());
  };
  readonly #flushDue = (): void => {
    if (this.#isFlushDue) this.#flush();
  };

  constructor(channel: Channel, agreement: Agreement, traffic: Traffic, owner: LinkOwner) {
    this.peer = agreement.peer;
    this.#channel = channel;
    this.#agreement = agreement;
    this.#owner = owner;
    this.#traffic = traffic;
    this.#outbox = new Outbox(owner, () => channel.waitingBytes());
    this.#inbox = new Inbox({
      open: (frame) => this.#open(frame),
      handle: (item) => this.#handle(item),
      pause: (isPaused) => channel.pause(isPaused),
    });
    this.#heartbeat = createHeartbeat(owner.pace);
    this.#timer = every(owner.pace.heartbeatMs, this.#intervalIsOver);
    channel.trust({
      onBytes: () => {
        this.#hasEnded = false;
        this.#heard();
      },
      onRead: (milliseconds) => {
        if (!this.#hasEnded) this.#partAt = performance.now();
        this.#inbox.charge(milliseconds);
      },
    });
    channel.listen({
      onMessage: (bytes) => attempt(() => this.#receive(bytes)),
      onEnd: ({ reason, detail }) => attempt(() => this.#lost(reason, detail)),
    });
  }

  /** Whether the latest probe was not answered, and nothing has come since; or nothing can come any more. */
  get silent(): boolean {
    return this.#silent || this.#isLost;
  }

  /** When bytes last came that ended no message, by `performance.now()`: they are a part of a long one. */
  get partAt(): number | undefined {
    return this.#partAt;
  }

  /** The longest message that may leave: no more than the peer takes, nor than may wait for it. */
  get payloadBytes(): number {
    return Math.min(this.peer.payloadLimit, this.#owner.queueHardBytes);
  }

  /** Whether more waits to be sent than the soft bounds allow. */
  get overloaded(): boolean {
    return this.#outbox.overloaded;
  }

  /** Resolves when less waits to be sent than half of what the soft bounds allow, or when the link has ended. */
  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  /** From now on it is watched at another pace. */
  watch(pace: Pace): void {
    if (this.#ended) return;
    clearInterval(this.#timer);
    this.#heartbeat = atPace(this.#heartbeat, pace);
    // The interval that has begun goes on: however often the pace is changed, each ends.
    const rest = Math.max(0, this.#intervalAt + pace.heartbeatMs - performance.now());
    this.#timer = after(rest, () => {
      this.#timer = every(pace.heartbeatMs, this.#intervalIsOver);
      this.#intervalIsOver();
    });
  }

  /** @returns the sizes when the message is longer than the peer takes, or may wait for it: then it does not leave. */
  send(envelope: Omit<Envelope, 'type'>): Sizes | undefined {
    const bytes = envelope.payload.length;
    const limit = this.payloadBytes;
    if (bytes > limit) return { bytes, limit };
    if (this.#ended) return undefined;
    this.#writer.envelope(envelope);
    this.#queued();
    return undefined;
  }

  tell(signal: Signal): void {
    if (this.#ended) return;
    this.#writer.signal(signal);
    this.#queued();
  }

  /**
   * Whether the other side shows a sign of life within `timeoutMs`. One that is being sent much may not have been asked yet:
   * that it is dead is not known before its heartbeat says so.
   */
  probe(timeoutMs: number): Promise<boolean> {
    if (this.#ended || this.#isLost) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (alive: boolean): void => {
        clearTimeout(timer);
        if (!this.#probes.delete(settle)) return;
        this.#silent = !alive;
        resolve(alive);
      };
      // After a stall of this node the timer runs before the sockets are read: give them one turn.
      const timer = after(timeoutMs, () => soon(() => settle(this.#isBusy)));
      this.#probes.add(settle);
      this.#ping = true;
      this.#flush();
    });
  }

  /** Ends the link from this side. What is queued still leaves, except when the other side does not read. */
  end(reason: LinkEndReason, detail: string): void {
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
  #lost(reason: LinkEndReason, detail: string): void {
    this.#isLost = true;
    this.#settleProbes(false);
    this.#inbox.whenHandled(() => this.#finish(reason, detail));
  }

  #finish(reason: LinkEndReason, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#isFlushDue = false;
    clearInterval(this.#timer);
    this.#inbox.end();
    this.#outbox.end();
    this.#settleProbes(false);
    this.#owner.onEnd(reason, detail);
  }

  #receive(bytes: Uint8Array): void {
    this.#hasEnded = true;
    if (this.#ended) return;
    this.#traffic.framesIn += 1;
    this.#traffic.bytesIn += bytes.length;
    this.#inbox.take(bytes);
  }

  /** Something came, be it a part of a frame. */
  #heard(): void {
    hear(this.#heartbeat);
    this.#unheardBytes = 0;
    this.#silent = false;
    this.#settleProbes(true);
  }

  #settleProbes(alive: boolean): void {
    if (this.#probes.size > 0) for (const settle of [...this.#probes]) settle(alive);
  }

  /** Whether a ping may still be on its way behind other things. */
  get #isBusy(): boolean {
    return !this.#ended && (this.#channel.waitingBytes() > 0 || this.#unheardBytes > BUSY_BYTES);
  }

  #open(frame: Uint8Array): readonly Item[] {
    try {
      const { items, ping } = decodeBatch(this.#agreement.opener.open(frame), this.#definitions);
      this.#heard();
      if (ping) {
        this.#pong = true;
        this.#scheduleFlush();
      }
      return items;
    } catch (error) {
      this.#bad(error);
      return [];
    }
  }

  #handle(item: Item): void {
    try {
      this.#owner.onItem(item);
    } catch (error) {
      this.#bad(error);
    }
  }

  /** Whatever is wrong with a frame concerns this link only. */
  #bad(error: unknown): void {
    this.end('bad-frame', textOf(error));
  }

  #queued(): void {
    if (this.#writer.bytes >= BATCH_BYTES || this.#writer.items >= BATCH_ITEMS_MAX) this.#flush();
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    soon(this.#flushDue);
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
    this.#unheardBytes += bytes.length;
    this.#heartbeat.said = true;
    const isAlone = this.#channel.waitingBytes() === 0;
    this.#channel.send(bytes, this.#outbox.leaving(items));
    const verdict = this.#outbox.judge(isAlone);
    if (verdict === undefined) return;
    const waiting = this.#channel.waitingBytes();
    this.#owner.onOverloaded(waiting, verdict === 'drop');
    if (verdict === 'drop') this.end('overloaded', `${waiting} bytes were waiting for node ${this.peer.name}`);
  }

  #tick(): void {
    if (this.#ended) return;
    // What this node has not come to yet is no silence of the other's.
    if (this.#inbox.isBehind) hear(this.#heartbeat);
    const verdict = tick(this.#heartbeat);
    if (verdict === 'dead') {
      this.end('heartbeat', `node ${this.peer.name} was silent for too long`);
    } else if (verdict !== 'alive') {
      if (verdict === 'ask') this.#ping = true;
      else this.#pong = true;
      this.#flush();
      // That was for the interval that is over.
      this.#heartbeat.said = false;
    }
  }
}
