import type { Channel, ChannelListener, Reading } from '../src/platform/channel.js';

/** A channel whose other end is the test. */
export class TestChannel implements Channel {
  readonly address = 'there:1';
  readonly ended: Promise<void> = Promise.resolve();
  readonly sent: Uint8Array[] = [];
  /** What to call once what was sent has left, in order. */
  readonly left: (() => void)[] = [];
  /** How it was ended. */
  readonly closes: string[] = [];
  listener: ChannelListener | undefined;
  reading: Reading | undefined;
  waiting = 0;
  onSend: (bytes: Uint8Array) => void = () => {};

  tls(): undefined {}

  send(bytes: Uint8Array, sent: () => void = () => {}): void {
    this.sent.push(bytes);
    this.left.push(sent);
    this.onSend(bytes);
  }

  waitingBytes(): number {
    return this.waiting;
  }

  close(reason: string): void {
    this.closes.push(reason);
  }

  terminate(): void {
    this.closes.push('terminate');
  }

  trust(reading: Reading): void {
    this.reading = reading;
  }

  pause(): void {}

  listen(listener: ChannelListener): void {
    this.listener = listener;
  }

  receive(bytes: Uint8Array): void {
    this.listener?.onMessage(bytes);
  }
}
