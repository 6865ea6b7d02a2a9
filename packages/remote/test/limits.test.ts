import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { exit } from '@parliament/otp';
import { WebSocketServer } from 'ws';
import { parliament } from '#proto';
import { HandshakeLimiter } from '../src/handshake/handshake-limiter.js';
import { type Discovery, protobufCodec } from '../src/index.js';
import { closest } from '../src/link/heartbeat.js';
import { Outbox } from '../src/link/outbox.js';
import { Discoverer } from '../src/node/discoverer.js';
import { createMessageCbor } from '../src/payload/message-cbor.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { dispatch, query, spawn, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { addressOf, eventOf, later, linked, open, openPair, openTowards, SECRET, until } from './support.js';

describe('what waits to leave over a link', () => {
  const limits = { queueSoftBytes: 100, queueHardBytes: 1000, queueSoftMessages: 10, queueHardMessages: 100 };

  it('is too much past a soft bound, and fine again below half of it', async () => {
    let bytes = 101;
    const outbox = new Outbox(limits, () => bytes);
    const left = outbox.leaving(1);
    expect([outbox.judge(), outbox.judge(), outbox.overloaded]).toEqual(['tell', undefined, true]);
    let isDrained = false;
    const drained = outbox.drained().then(() => {
      isDrained = true;
    });
    bytes = 51;
    left();
    await undefined;
    expect([outbox.overloaded, isDrained]).toEqual([true, false]);
    bytes = 50;
    outbox.leaving(1)();
    await drained;
    expect(outbox.overloaded).toBe(false);
  });

  it('is counted in messages as well', () => {
    const outbox = new Outbox(limits, () => 0);
    const left = outbox.leaving(11);
    expect(outbox.judge()).toBe('tell');
    left();
    expect([outbox.overloaded, outbox.judge()]).toEqual([false, undefined]);
    outbox.leaving(101);
    expect(outbox.judge()).toBe('drop');
  });

  it('is far too much past a hard bound', () => {
    expect(new Outbox(limits, () => 1001).judge()).toBe('drop');
  });

  it('keeps nobody waiting after the end of the link', async () => {
    const outbox = new Outbox(limits, () => 500);
    outbox.judge();
    const drained = outbox.drained();
    outbox.end();
    await drained;
    await outbox.drained();
  });
});

describe('failed handshakes', () => {
  it('make an address suspicious when there are so many in a row, and more than one each second', () => {
    const limiter = new HandshakeLimiter(2);
    limiter.spend('10.0.0.1', 0);
    expect(limiter.isSpent('10.0.0.1', 0)).toBe(false);
    limiter.spend('10.0.0.1', 0);
    expect([limiter.isSpent('10.0.0.1', 999), limiter.isSpent('10.0.0.1', 1000)]).toEqual([true, false]);
    expect(limiter.isSpent('10.0.0.2', 0)).toBe(false);
  });

  it('of one network of IPv6 count together', () => {
    const limiter = new HandshakeLimiter(1);
    limiter.spend('2001:db8:1:2::1', 0);
    expect(limiter.isSpent('2001:db8:1:2:ffff::9', 0)).toBe(true);
    expect(limiter.isSpent('2001:db8:1:3::1', 0)).toBe(false);
    limiter.spend('::ffff:10.0.0.1', 0);
    expect(limiter.isSpent('::ffff:10.0.0.2', 0)).toBe(false);
  });

  it('are remembered of only so many addresses', () => {
    const limiter = new HandshakeLimiter(1);
    for (let index = 0; index < 10_000; index += 1) limiter.spend(`host-${index}`, 0);
    expect([limiter.isSpent('host-0', 0), limiter.isSpent('host-9999', 0)]).toEqual([false, true]);
  });
});

describe('bytes as a message', () => {
  const cbor = createMessageCbor({ isReference: () => false, encode: () => Uint8Array.of(), decode: () => ({}) });

  it.each([0, 1, 23, 24, 255, 256, 65_535, 65_536, 70_000])('arrive as a copy of their own: %i of them', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    const encoded = cbor.encode(bytes);
    const decoded = cbor.decode(encoded) as Uint8Array;
    expect(decoded).toEqual(bytes);
    expect(decoded.buffer.byteLength).toBe(length);
    encoded.fill(0);
    expect(decoded).toEqual(bytes);
    expect(() => cbor.decode(Uint8Array.from([...cbor.encode(bytes), 0]))).toThrow(BadFrameError);
  });

  it.each(['58', '5805', '5900', '5a00000001', '5c', '5f4100ff'])(
    'are refused when they are cut off, or of no definite length: %s',
    (hex) => {
      expect(() => cbor.decode(Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow(BadFrameError);
    },
  );
});

describe('where to discover nodes', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', {}, /must have addresses, or dns and port/],
    ['two ways', { addresses: [], srv: 'x' }, /must have addresses/],
    ['no object', 'host:1', /must be an object/],
    ['a bad address', { addresses: ['nowhere'] }, /is not of the form host:port/],
    ['no port', { dns: 'name' }, /must have addresses/],
    ['a bad port', { dns: 'name', port: 0 }, /port must be/],
    ['a bad lookup', { lookup: 5 }, /lookup must be a function/],
    ['a bad pause', { srv: 'name', everyMs: 0 }, /everyMs must be/],
  ])('is refused: %s', async (_what, discover, message) => {
    await expect(open('a', { discover: discover as Discovery })).rejects.toThrow(message);
  });

  it('is told when the lookup gives what are no addresses', async () => {
    const lookup = (): Promise<string[]> => Promise.resolve(['nowhere']);
    const a = await open('a', { discover: { lookup, everyMs: 10 } });
    expect((await eventOf(a, 'discovery-failed')).reason).toMatch(/nowhere is not of the form host:port/);
  });

  it('is not lost for one that is malformed, or for a lookup that never ends', async () => {
    const dialled: string[] = [];
    const failures: string[] = [];
    let looked = 0;
    const lookup = (): Promise<string[]> => {
      looked += 1;
      if (looked === 1) return new Promise(() => {});
      return Promise.resolve(['a_b:1', 'nowhere', '10.0.0.1:70000', 'good:1', 7 as never]);
    };
    const discoverer = new Discoverer(
      { lookup, everyMs: 10 },
      {
        connect: (address) => {
          dialled.push(address);
          return Promise.resolve('b');
        },
        incarnationOf: () => undefined,
        onFailed: (reason) => failures.push(reason),
        onRefused: (address) => failures.push(address),
        lookupMs: 5,
      },
    );
    discoverer.start();
    while (looked < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    discoverer.stop();
    expect(new Set(dialled)).toEqual(new Set(['a_b:1', 'good:1']));
    // Each once in a row.
    expect(failures).toEqual([
      'Looking for nodes failed (it took longer than 5 ms): see the option discover',
      'Looking for nodes failed (nowhere is not of the form host:port): see the option discover',
    ]);
  });
});

describe('who looks for nodes, and is refused,', () => {
  it('is told of it as who dials a peer that it knows', async () => {
    const a = await open('a', { secret: SECRET });
    const found = [addressOf(a.node)];
    const discover: Discovery = { lookup: () => Promise.resolve(found), everyMs: 10 };
    const stranger = await open('b', { secret: `${SECRET}!`, discover });
    expect(await eventOf(stranger, 'refused')).toMatchObject({ address: addressOf(a.node), code: 'wrong-secret' });
    const b = await open('b', { secret: SECRET, discover });
    await linked(a, b);
    // Another node of its name is told to go.
    const second = await open('b', { secret: SECRET, discover });
    expect(await eventOf(second, 'refused')).toMatchObject({ code: 'name-taken', ownNameTaken: true });
    // One of the name of a node that is linked is not the end of this one.
    const namesake = await open('a', { secret: SECRET });
    found.push(addressOf(namesake.node));
    expect(await eventOf(b, 'refused')).toMatchObject({ code: 'name-taken', ownNameTaken: false });
    expect(b.node.nodes()).toEqual(['a']);
  });

  it('is told when a lookup leads to other machines that nothing protects', async () => {
    const b = await open('b', { discover: { lookup: () => Promise.resolve(['10.0.0.1:4000']), everyMs: 10 } });
    expect(await eventOf(b, 'refused')).toMatchObject({
      address: '10.0.0.1:4000',
      code: 'insecure-dial',
      ownNameTaken: false,
    });
  });

  it('is told when what answers is no node', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'parliament.v1' });
    later(() => void server.close());
    server.on('connection', (socket) => socket.on('message', () => socket.send(Uint8Array.of(0xff))));
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const b = await open('b', { discover: { addresses: [address], everyMs: 10 } });
    expect(await eventOf(b, 'bad-frame')).toMatchObject({ address, reason: expect.any(String) });
  });
});

it('the longest exit reasons cost no link with a node that takes the shortest messages', async () => {
  const a = await open('a');
  const b = await openTowards('b', [a], { limits: { payloadBytes: 1024 } });
  await linked(a, b);
  let received = 0;
  spawn(b.system, 'sink', () => {
    received += 1;
  });
  const sink = a.node.ref('b', 'sink');
  // Nearly as much as leaves at once, and then signals of full length between paths that are as long as may be.
  let sent = 0;
  for (let bytes = 0; bytes + 1030 < 256 * 1024; bytes += 1013) {
    dispatch(sink, new Uint8Array(1000));
    sent += 1;
  }
  const path = Array.from({ length: 5 }, (_, index) => `${'n'.repeat(200)}${index}`);
  exit(a.node.ref('b', path), { shutdown: 'x'.repeat(65_500) }, a.node.ref('a', path));
  dispatch(sink, 'last');
  await until(() => received === sent + 1 || b.events.some(({ type }) => type === 'nodedown'));
  expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
});

it('past the soft bound queries fail as overloaded, messages do not, until the link has drained', async () => {
  const a = await open('a', { limits: { payloadBytes: 1e6 } });
  const b = await openTowards('b', [a], { limits: { queueSoftBytes: 1, payloadBytes: 1e6 } });
  let received = 0;
  spawn(a.system, 'sink', () => {
    received += 1;
  });
  const sink = b.node.ref('a', 'sink');
  for (let sent = 0; sent < 40; sent += 1) dispatch(sink, new Uint8Array(500_000));
  expect(b.node.peers()[0]?.overloaded).toBe(true);
  await expect(query(sink, 1, 3_600_000)).rejects.toMatchObject({ code: 'overloaded' });
  expect((await eventOf(b, 'overloaded')).dropped).toBe(false);
  await b.node.drained('a');
  expect(b.node.peers()[0]?.overloaded).toBe(false);
  dispatch(sink, 'last');
  while (received < 41) await b.node.drained('a').then(() => new Promise(setImmediate));
  await b.node.drained('nobody');
});

describe('the pace of a link', () => {
  it('is the closest of those who need it, as long as they do', async () => {
    const a = await open('a', { heartbeatMs: 10_000 });
    const { socket } = await linkRaw(a.node, identity('silent'));
    socket.pause();
    await eventOf(a, 'nodeup');
    const end = a.node.keepPace('silent', { heartbeatMs: 20, downAfterMs: 100 });
    expect(await eventOf(a, 'nodedown')).toMatchObject({ node: 'silent', reason: 'heartbeat' });
    end();
    expect(() => a.node.keepPace('silent', { heartbeatMs: 20, downAfterMs: 20 })).toThrow(/downAfterMs must be/);
    expect(() => a.node.keepPace('no name', { heartbeatMs: 20, downAfterMs: 100 })).toThrow(/Not the name of a node/);
  });

  it('goes back to what it was', () => {
    const paces = [
      { heartbeatMs: 1000, downAfterMs: 4000 },
      { heartbeatMs: 50, downAfterMs: 9000 },
    ];
    expect(closest(paces)).toEqual({ heartbeatMs: 50, downAfterMs: 4000 });
    expect(closest(paces.slice(0, 1))).toEqual(paces[0]);
  });
});

describe('messages of a protobuf type', () => {
  const { Refused } = parliament.frame;
  const codec = protobufCodec('test/refused', Refused, ({ code }) => {
    if (!code) throw new Error('no code');
  });

  it('travel as that type, and what its check refuses ends the link', async () => {
    const [a, b] = await openPair({ codecs: [codec] });
    const inbox = spawnInbox(a.system, 'inbox');
    dispatch(b.node.ref('a', 'inbox'), Refused.create({ code: 7 }));
    dispatch(b.node.ref('a', 'inbox'), { code: 7 });
    dispatch(b.node.ref('a', 'inbox'), Refused.create({}));
    expect((await eventOf(a, 'bad-frame')).reason).toMatch(/no code/);
    // A plain actor handles one message in a turn.
    while (inbox.messages.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(inbox.messages).toEqual([Refused.create({ code: 7 }), { code: 7 }]);
    expect(Object.getPrototypeOf(inbox.messages[0])).toBe(Refused.prototype);
    expect(a.node.peers()[0]?.badFrames).toBe(1);
  });

  it('of a newer version, with one more field, is understood', () => {
    const newer = Uint8Array.from([...codec.encode(Refused.create({ code: 7 })), 0x50, 1]);
    expect(codec.decode(newer).code).toBe(7);
  });
});
