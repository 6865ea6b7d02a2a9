import { expect } from '@jest/globals';
import { startActor } from '@parliament/otp';
import type { Origin } from '../src/exchange/delivery.js';
import { Exchange, type ExchangeHost } from '../src/exchange/exchange.js';
import { createMessageCodec, type MessageCodec } from '../src/exchange/message-codec.js';
import type { NodeEvent, NodeLimits, Reference } from '../src/index.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import type { OutboxLimits } from '../src/link/outbox.js';
import { findSystem } from '../src/nact.js';
import { createCodecTable } from '../src/payload/codec.js';
import { Reach } from '../src/references/reach.js';
import type { Home } from '../src/references/references.js';
import { RemoteActorReference } from '../src/references/remote-reference.js';
import { peerSystemName } from '../src/references/system-names.js';
import type { ActorPlace, Item, Undelivered, Waiting } from '../src/wire/frame.js';
import { Rig } from './link-rig.js';
import { startSystem } from './support.js';

export const NO_BYTES = new Uint8Array(0);
/** Of the node at the other end of the link. */
export const THERE = '0'.repeat(32);
export const HERE = 'a'.repeat(32);

/** A node with a link to one other, which is the test. */
export class Node {
  readonly system = startSystem();
  readonly events: NodeEvent[] = [];
  readonly toOthers: [node: string, notice: Undelivered][] = [];
  readonly rig: Rig;
  readonly messages: MessageCodec;
  readonly host: ExchangeHost;
  readonly exchange: Exchange;
  readonly home: Home;
  isLinked = true;

  constructor(limits: Partial<NodeLimits> = {}, bounds: Partial<OutboxLimits> = {}) {
    const local = findSystem(this.system.system.name);
    if (local === undefined) throw new Error('no system');
    this.home = {
      node: 'a',
      incarnation: HERE,
      local,
      reach: new Reach(local.name, ([name]) => name !== 'hidden'),
      places: new WeakMap(),
      references: new WeakMap(),
      wireIds: new Map(),
    };
    this.rig = new Rig(bounds);
    this.messages = createMessageCodec(this.home, createCodecTable([]));
    const delivery = {
      home: this.home,
      messages: this.messages,
      tell: (node: string, notice: Undelivered) => void this.toOthers.push([node, notice]),
      onRequest: () => {},
    };
    this.host = {
      options: { limits: { ...DEFAULT_LIMITS, ...limits } },
      home: this.home,
      delivery,
      emit: (event) => void this.events.push(event),
    };
    this.exchange = new Exchange(this.host, 'b', () => (this.isLinked ? this.rig.link : undefined));
  }

  get origin(): Origin {
    return this.exchange.originOf(THERE);
  }

  take(item: Item): void {
    this.exchange.take(item, this.origin);
  }

  /** An actor of the other node. */
  there(name: string, incarnation = ''): RemoteActorReference {
    return new RemoteActorReference(peerSystemName(this.home, 'b'), place('b', name, incarnation));
  }

  actor(name: string): Promise<Reference> {
    const idle = { init: () => 0, receive: (state: number) => state };
    return startActor(this.system, name, idle) as Promise<Reference>;
  }

  /** What was sent since it was last asked for. */
  async sent(): Promise<Item[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.rig.sent.splice(0).flatMap(({ items }) => items);
  }

  reason(value: unknown): Uint8Array {
    return this.messages.encodeCbor(value);
  }

  end(): void {
    this.rig.link.end('closing', 'done');
    this.exchange.close();
  }
}

export const place = (node: string, name: string, incarnation = ''): ActorPlace => ({
  kind: 'actor',
  node,
  incarnation,
  path: [name],
  key: NO_BYTES,
});
export const waiting = (id: number): Waiting => ({ kind: 'waiting', id });
/** Of an own actor, with the key that opens the way to it. */
export const ownPlace = (name: string): unknown => ({ ...place('a', name, HERE), key: expect.any(Uint8Array) });
/** Who waits, by the number under which the message that was sent awaits its reply. */
export const waiterOf = (items: readonly Item[]): Waiting => {
  const [item] = items;
  if (item?.type !== 'envelope' || item.sender?.kind !== 'waiting') throw new Error('nobody waits');
  return item.sender;
};
