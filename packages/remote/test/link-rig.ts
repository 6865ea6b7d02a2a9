import { Link, type Traffic } from '../src/link/link.js';
import type { OutboxLimits } from '../src/link/outbox.js';
import { UNSEALED } from '../src/link/seal.js';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { Batch, Item, Sizes } from '../src/wire/frame.js';
import { Definitions } from '../src/wire/numbering.js';
import { TestChannel } from './test-channel.js';

export const PACE = { heartbeatMs: 1000, downAfterMs: 4000 };
const PAYLOAD_LIMIT = 1e6;

/** A link whose other end is the test. */
export class Rig {
  readonly channel = new TestChannel();
  readonly sent: Batch[] = [];
  readonly ends: string[] = [];
  /** Why the link ended, for people. */
  readonly details: string[] = [];
  readonly overloads: [bytes: number, dropped: boolean][] = [];
  readonly traffic: Traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly link: Link;
  readonly items: Item[] = [];
  /** Of `performance`, where a test has it go by this. */
  clock = 0;
  onSend: (bytes: number) => void = () => {};
  readonly #definitions = new Definitions();

  constructor(bounds: Partial<OutboxLimits> = {}) {
    const { channel } = this;
    channel.onSend = (bytes) => {
      this.sent.push(decodeBatch(bytes, this.#definitions));
      this.onSend(bytes.length);
    };
    const peer = { name: 'b', incarnation: '0'.repeat(32), address: undefined, payloadLimit: PAYLOAD_LIMIT };
    const agreement = { peer, version: 1, sealer: UNSEALED, opener: UNSEALED };
    const limits = { queueSoftBytes: 1e6, queueHardBytes: 1e9, queueSoftMessages: 1e6, queueHardMessages: 1e6 };
    this.link = new Link(channel, agreement, this.traffic, {
      ...limits,
      ...bounds,
      pace: PACE,
      onItem: (item) => {
        this.items.push(item);
        this.clock += 1;
      },
      onOverloaded: (bytes, dropped) => void this.overloads.push([bytes, dropped]),
      onEnd: (reason, detail) => {
        this.ends.push(reason);
        this.details.push(detail);
      },
    });
  }

  /** A part of a message comes: no more can be seen of a long one for a while. */
  hearBytes(): void {
    this.channel.reading?.onBytes();
  }

  hearPong(): void {
    this.hearBytes();
    this.channel.receive(new BatchWriter().finish(false, true));
  }

  bulk(bytes: number): Sizes | undefined {
    const to = { kind: 'actor', node: 'b', incarnation: '', path: ['x'], key: new Uint8Array(0) } as const;
    return this.link.send({ to, sender: undefined, codec: '', payload: new Uint8Array(bytes) });
  }
}
