/** Who is received, who is told of it, and what is remembered: the callers are the test. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sayHello } from '../src/handshake/handshake.js';
import type { NodeEvent, NodeLimits } from '../src/index.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import { UNSEALED } from '../src/link/seal.js';
import { resolveOptions } from '../src/node/options.js';
import { Peer } from '../src/node/peer.js';
import { Reception } from '../src/node/reception.js';
import { encodeFrame } from '../src/wire/frame-codec.js';
import { Node } from './exchange-rig.js';
import { identity } from './raw.js';
import { TestChannel } from './test-channel.js';

const a = identity('a');
const b = identity('b');
const gone = { reason: 'connection-lost', detail: 'gone' } as const;

let node: Node;
let peers: Map<string, Peer>;
let events: NodeEvent[];
let isClosing: boolean;
let callers: Caller[];

beforeEach(() => {
  node = new Node();
  [peers, events, isClosing, callers] = [new Map(), [], false, []];
});

afterEach(() => {
  for (const { channel } of callers) channel.listener?.onEnd(gone);
  for (const peer of peers.values()) peer.close();
  node.end();
});

/** One who has connected. */
interface Caller {
  readonly channel: TestChannel;
  /** What its place in the lobby was told. */
  readonly place: string[];
}

const receptionOf = (limits: Partial<NodeLimits> = {}): Reception =>
  new Reception({
    limits: { ...DEFAULT_LIMITS, ...limits },
    identity: a,
    get closing() {
      return isClosing;
    },
    peer: (name) => peers.get(name),
    emit: (event) => void events.push(event),
  });

const know = (name: string): Peer => {
  const host = { ...node.host, options: resolveOptions({ name: 'a' }), identity: a, onChannel: () => {} };
  const peer = new Peer(host, name, undefined);
  peers.set(name, peer);
  return peer;
};

const call = (reception: Reception, host = '10.0.0.1'): Caller => {
  const channel = new TestChannel();
  const place: string[] = [];
  const guest = { promise: () => void place.push('promise'), leave: () => void place.push('leave') };
  reception.greet(channel, host, guest);
  const caller = { channel, place };
  callers.push(caller);
  return caller;
};

/** Shakes hands, up to the proof. */
const shake = async ({ channel }: Caller, who = b): Promise<void> => {
  channel.receive(sayHello(who, undefined).send);
  // Without a secret there is nothing to prove.
  channel.receive(encodeFrame({ type: 'proof', mac: new Uint8Array(0) }));
  await new Promise((resolve) => setImmediate(resolve));
};

const link = (peer: Peer): TestChannel => {
  const channel = new TestChannel();
  const them = { name: peer.name, incarnation: '9'.repeat(32), address: undefined, payloadLimit: 1e6 };
  peer.linkUp(channel, { peer: them, version: 1, sealer: UNSEALED, opener: UNSEALED });
  return channel;
};

describe('one who dials in', () => {
  it('gives its place up, and is its peer, when it has become a link', async () => {
    const peer = know('b');
    const caller = call(receptionOf());
    await shake(caller);
    expect([caller.place, peer.linked, events]).toEqual([['promise', 'leave'], true, []]);
  });

  it('is not let in under the name of the node itself, or where there is no room for a peer', async () => {
    const reception = receptionOf();
    know('a');
    await shake(call(reception), { ...a, incarnation: '9'.repeat(32) });
    await shake(call(reception));
    const refused = { type: 'refused', address: 'there:1', reason: expect.any(String), ownNameTaken: false };
    expect(events).toEqual([
      { ...refused, code: 'name-taken', node: 'a' },
      { ...refused, code: 'too-many', node: 'b' },
    ]);
    expect(callers.map(({ channel }) => channel.closes)).toEqual([['refused'], ['refused']]);
  });

  it('is one of as many as may come under one name at a time', async () => {
    const older = link(know('b'));
    const reception = receptionOf({ connectionsPerPeer: 2 });
    // They wait until it is known whether the older link lives.
    const [one, two, three] = [call(reception), call(reception), call(reception)];
    for (const caller of [one, two]) await shake(caller);
    expect(events).toEqual([]);
    await shake(three);
    expect(events).toMatchObject([{ code: 'too-many', node: 'b' }]);
    one.channel.listener?.onEnd(gone);
    const four = call(reception);
    await shake(four);
    expect([four.channel.closes, events.length]).toEqual([[], 1]);
    older.reading?.onBytes();
    await new Promise((resolve) => setImmediate(resolve));
    expect([two, four].map(({ channel }) => channel.closes)).toEqual([['refused'], ['refused']]);
  });

  it('is told that the node closes, while it is neither a link nor gone', async () => {
    know('b');
    const reception = receptionOf();
    const [linked, left, waiting] = [call(reception), call(reception), call(reception)];
    await shake(linked);
    left.channel.listener?.onEnd(gone);
    left.channel.closes.length = 0;
    reception.close();
    expect([linked, left, waiting].map(({ channel }) => channel.closes)).toEqual([[], [], ['closing']]);
  });
});

describe('a handshake that has failed', () => {
  const fail = (reception: Reception, host: string): void => call(reception, host).channel.receive(Uint8Array.of(0xff));
  const refuse = (reception: Reception, host: string): void =>
    call(reception, host).channel.receive(sayHello({ ...b, cluster: 'other' }, undefined).send);

  it('is told as what it was, unless the other only left, or the node closes', () => {
    const reception = receptionOf();
    fail(reception, '10.0.0.1');
    refuse(reception, '10.0.0.1');
    call(reception).channel.receive(encodeFrame({ type: 'refused', code: 'wrong-secret' }));
    call(reception).channel.listener?.onEnd(gone);
    isClosing = true;
    fail(reception, '10.0.0.1');
    const [address, reason] = ['there:1', expect.any(String)];
    expect(events).toEqual([
      { type: 'bad-frame', address, reason },
      { type: 'refused', node: 'b', address, code: 'wrong-cluster', reason, ownNameTaken: false },
      { type: 'refused', address, code: 'wrong-secret', reason, ownNameTaken: false },
    ]);
  });

  it.each([
    ['suspicious', fail],
    ['what a node of the cluster may do', refuse],
  ])('is told so often of one address and not more, be it %s; of others still', (_what, again) => {
    const reception = receptionOf({ failedHandshakes: 2 });
    for (let count = 0; count < 5; count += 1) again(reception, '10.0.0.1');
    expect(events.splice(0)).toHaveLength(2);
    refuse(reception, '10.0.0.1');
    expect(events).toEqual([]);
    fail(reception, '10.0.0.2');
    expect(events).toHaveLength(1);
  });

  it('often makes those who come from there give way first', () => {
    const reception = receptionOf({ failedHandshakes: 1, unauthenticated: 2 });
    fail(reception, '10.0.0.1');
    const evicted: string[] = [];
    for (const host of ['10.0.0.2', '10.0.0.1', '10.0.0.3']) reception.enter(host, () => evicted.push(host));
    expect(evicted).toEqual(['10.0.0.1']);
  });

  it('makes nobody give way for what a node of the cluster may do', () => {
    const reception = receptionOf({ failedHandshakes: 1, unauthenticated: 2 });
    refuse(reception, '10.0.0.1');
    const evicted: string[] = [];
    for (const host of ['10.0.0.2', '10.0.0.1', '10.0.0.3']) reception.enter(host, () => evicted.push(host));
    expect(evicted).toEqual(['10.0.0.2']);
  });
});

it('a hello counts once among the last 4,096: who has overheard one gains nothing by it', () => {
  const reception = receptionOf();
  const isPromising = (hello: Uint8Array): boolean => {
    const { channel, place } = call(reception);
    channel.receive(hello);
    channel.listener?.onEnd(gone);
    return place.length === 1;
  };
  const helloOf = (): Uint8Array => sayHello(b, 'a').send;
  const hellos = Array.from({ length: 4096 }, helloOf);
  expect(hellos.map(isPromising)).toEqual(hellos.map(() => true));
  const [first, second, third] = hellos as [Uint8Array, Uint8Array, Uint8Array];
  expect([first, second].map(isPromising)).toEqual([false, false]);
  expect(isPromising(helloOf())).toBe(true);
  // The oldest was forgotten for it, and comes back for the second oldest.
  expect([second, first, third, second].map(isPromising)).toEqual([false, true, false, true]);
  expect(events).toEqual([]);
});
