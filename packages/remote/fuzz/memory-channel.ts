import type { Channel, ChannelEnd, ChannelListener } from '#src/platform/channel.js';
import { CLOSE_CODES, endOf } from '#src/platform/channel.js';

/** What stands between two nodes: it is given each frame of one of them, and says what comes out instead, in order. */
export type Between = (frame: Uint8Array) => readonly Uint8Array[];

/** Two channels, joined in memory. Frames arrive after the code that sent them, before the event loop turns. */
export function joinedChannels(fromFirst: Between, fromSecond: Between): [MemoryChannel, MemoryChannel] {
  const first = new MemoryChannel('first', fromFirst);
  const second = new MemoryChannel('second', fromSecond);
  first.join(second);
  second.join(first);
  return [first, second];
}

export class MemoryChannel implements Channel {
  readonly address: string;
  readonly ended: Promise<void>;
  readonly #between: Between;
  #resolveEnded: () => void = () => {};
  #other: MemoryChannel | undefined;
  #listener: ChannelListener | undefined;
  #isOpen = true;

  constructor(address: string, between: Between) {
    this.address = address;
    this.#between = between;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  join(other: MemoryChannel): void {
    this.#other = other;
  }

  /** A frame that nobody sent. */
  arrive(frame: Uint8Array): void {
    queueMicrotask(() => {
      if (this.#isOpen) this.#listener?.onMessage(frame);
    });
  }

  tls(): undefined {
    return undefined;
  }

  send(bytes: Uint8Array, sent?: () => void): void {
    if (!this.#isOpen) return;
    for (const frame of this.#between(bytes)) this.#other?.arrive(frame);
    if (sent !== undefined) queueMicrotask(sent);
  }

  waitingBytes(): number {
    return 0;
  }

  close(reason: keyof typeof CLOSE_CODES): void {
    if (!this.#isOpen) return;
    const end = endOf(CLOSE_CODES[reason]);
    queueMicrotask(() => this.#other?.finish(end));
    this.finish({ reason: 'closing', detail: 'closed here' });
  }

  pause(): void {
    // Nothing comes but what it is given.
  }

  terminate(): void {
    if (!this.#isOpen) return;
    const end = endOf(0);
    queueMicrotask(() => this.#other?.finish(end));
    this.finish(end);
  }

  trust(): void {}

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  finish(end: ChannelEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#resolveEnded();
    // Later, as a socket does: who closes it has not come to the end of its own affairs.
    queueMicrotask(() => this.#listener?.onEnd(end));
  }
}
