import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { sayHello } from '../src/handshake/handshake.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { encodeFrame } from '../src/wire/frame-codec.js';
import { dispatch, query, spawnEcho, spawnInbox } from './actors.js';
import { connectRaw, identity, linkRaw, messageFrame, type RawClient } from './raw.js';
import {
  addressOf,
  eventOf,
  later,
  linked,
  open,
  openTowards,
  SECRET,
  stateOf,
  type TestNode,
  until,
} from './support.js';

const BAD_FRAME = 4001;
const TOO_BIG = 1009;

/** A node `a`, and `b` linked to it, which must never notice anything. */
async function bystanders(secret?: string): Promise<{ a: TestNode; unharmed: () => Promise<void> }> {
  const options = secret === undefined ? {} : { secret };
  const a = await open('a', { limits: { payloadBytes: 10_000 }, ...options });
  const b = await openTowards('b', [a], options);
  spawnEcho(a.system);
  const unharmed = async (): Promise<void> => {
    expect(await query(b.node.ref('a', 'echo'), 'still here', 5000)).toBe('still here');
    expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
  };
  return { a, unharmed };
}

const garbage: [string, (client: RawClient) => void, number][] = [
  ['random bytes', ({ socket }) => socket.send(Buffer.from('4f8a01ff00c3', 'hex')), BAD_FRAME],
  ['an empty message', ({ socket }) => socket.send(Buffer.alloc(0)), BAD_FRAME],
  ['text', ({ socket }) => socket.send('hello'), BAD_FRAME],
  ['a frame without a body', ({ socket }) => socket.send(Buffer.from([0x3a, 0x00])), BAD_FRAME],
  ['a frame out of place', ({ socket }) => socket.send(encodeFrame({ type: 'accepted' })), BAD_FRAME],
];

const tooBig: (typeof garbage)[number] = [
  'more than a frame may have',
  ({ socket }) => socket.send(Buffer.alloc(1_000_000)),
  TOO_BIG,
];

describe('garbage', () => {
  it.each(garbage)('before the handshake closes its connection and nothing else: %s', async (_what, send, code) => {
    const { a, unharmed } = await bystanders();
    const client = await connectRaw(a.node);
    send(client);
    expect(await client.closed()).toBe(code);
    await eventOf(a, 'bad-frame');
    await unharmed();
  });

  it.each([...garbage, tooBig])(
    'after the handshake closes its link and nothing else: %s',
    async (_what, send, code) => {
      const { a, unharmed } = await bystanders();
      const client = await linkRaw(a.node, identity('mallory'));
      await eventOf(a, 'nodeup', ({ node }) => node === 'mallory');
      send(client);
      expect(await client.closed()).toBe(code);
      expect((await eventOf(a, 'bad-frame')).node).toBe('mallory');
      expect((await eventOf(a, 'nodedown')).reason).toBe('bad-frame');
      await unharmed();
    },
  );

  it('of many bytes before the handshake is not gathered', async () => {
    const { a, unharmed } = await bystanders();
    const { socket, closed } = await connectRaw(a.node);
    // The beginning of a message that never ends, and is shorter than the longest one.
    socket.send(Buffer.alloc(9000), { fin: false });
    socket.send(Buffer.alloc(9000), { fin: false });
    expect(await closed()).toBe(1006);
    expect((await eventOf(a, 'bad-frame')).reason).toMatch(/before the handshake was done/);
    await unharmed();
  });

  it('inside a message closes the link', async () => {
    const { a, unharmed } = await bystanders();
    const client = await linkRaw(a.node, identity('mallory'));
    client.socket.send(messageFrame('a', 'echo', Uint8Array.of(0xff)));
    expect(await client.closed()).toBe(BAD_FRAME);
    await unharmed();
  });

  it('in a message without end is not collected for ever', async () => {
    const { a, unharmed } = await bystanders();
    const { socket, closed } = await linkRaw(a.node, identity('mallory'));
    for (let piece = 0; piece < 100; piece += 1) socket.send(Buffer.alloc(1), { fin: false });
    expect(await closed()).not.toBe(1000);
    await unharmed();
  });
});

describe('a sealed link', () => {
  const secret = 'a secret that nobody guesses';

  it('takes each frame once: a replayed one closes it', async () => {
    const { a, unharmed } = await bystanders(secret);
    const inbox = spawnInbox(a.system, 'inbox');
    const client = await linkRaw(a.node, identity('mallory', { secrets: [secret] }));
    const frame = messageFrame('a', 'inbox', Uint8Array.of(7));
    const sealed = client.agreement.sealer.seal(frame);
    client.socket.send(sealed);
    await until(() => inbox.messages.length === 1);
    client.socket.send(sealed);
    expect(await client.closed()).toBe(BAD_FRAME);
    expect(inbox.messages).toEqual([7]);
    await unharmed();
  });

  it.each([
    ['altered', (sealed: Uint8Array) => sealed.with(3, (sealed[3] ?? 0) ^ 1)],
    ['without a seal', (sealed: Uint8Array) => sealed.subarray(0, -16)],
    ['reflected to its sender', (_sealed: Uint8Array, theirs: Uint8Array) => theirs],
  ])('is closed by a frame %s', async (_what, change) => {
    const { a, unharmed } = await bystanders(secret);
    const client = await linkRaw(a.node, identity('mallory', { secrets: [secret] }));
    const frame = new BatchWriter().finish(true, false);
    client.socket.send(change(client.agreement.sealer.seal(frame), await client.frame(1)));
    expect(await client.closed()).toBe(BAD_FRAME);
    await unharmed();
  });
});

describe('the listener', () => {
  it.each([
    ['a page in a browser', { headers: { origin: 'http://evil.example' } }, /403/],
    ['another path', { path: '/other' }, /404/],
    ['another subprotocol', { protocol: 'chat' }, /400/],
  ])('turns away %s', async (_what, request, status) => {
    const a = await open('a');
    await expect(connectRaw(a.node, request)).rejects.toThrow(status);
  });

  it('answers plain HTTP with 426', async () => {
    const a = await open('a');
    expect((await fetch(`http://${addressOf(a.node)}/`, { headers: { connection: 'close' } })).status).toBe(426);
  });

  it('holds only so many strangers, and none for ever', async () => {
    const a = await open('a', { limits: { unauthenticated: 2, handshakeMs: 100 } });
    const strangers = [await connectRaw(a.node), await connectRaw(a.node), await connectRaw(a.node)];
    // The first one goes for the third, the others when their time is up.
    for (const stranger of strangers) await stranger.closed();
    expect(a.events.filter(({ type }) => type === 'refused')).toHaveLength(2);
    expect((await eventOf(a, 'refused')).code).toBe('timeout');
    await connectRaw(a.node);
  });

  it('says nothing for who says again what it has overheard of one that knows the secret', async () => {
    const a = await open('a', { secret: SECRET, limits: { unauthenticated: 2 } });
    const { send: hello } = sayHello(identity('b', { secrets: [SECRET] }), 'a');
    const again = async (): Promise<RawClient> => {
      const client = await connectRaw(a.node);
      client.socket.send(hello);
      await client.frame(0);
      return client;
    };
    const first = await again();
    const echo = await again();
    // For each that comes one goes: those who only repeat it, and not the one who has said it.
    for (const gone of [echo, await again()]) {
      await connectRaw(a.node);
      await gone.closed();
    }
    expect(first.socket.readyState).toBe(first.socket.OPEN);
  });

  it('is kept open for those of the cluster by nobody who only holds places, on whichever level', async () => {
    const a = await open('a', { secret: SECRET, limits: { unauthenticated: 8 } });
    const idle = Array.from({ length: 20 }, () => connectTcp(a.node.address?.port as number, '127.0.0.1'));
    for (const socket of idle) {
      later(() => socket.destroy());
      socket.on('error', () => {});
    }
    for (let count = 0; count < 20; count += 1) await connectRaw(a.node);
    await linked(a, await openTowards('b', [a], { secret: SECRET }));
  });

  it('takes a good node from an address at which others fail again and again, and is silent about them', async () => {
    const a = await open('a', { secret: SECRET, limits: { failedHandshakes: 3 } });
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const client = await connectRaw(a.node);
      client.socket.send(Buffer.from('nonsense'));
      await client.closed();
    }
    await linked(a, await openTowards('b', [a], { secret: SECRET }));
    // Three, and perhaps one more for each second that went by.
    expect(a.events.filter(({ type }) => type === 'bad-frame').length).toBeLessThan(40);
  });

  it('drops a connection that never says what it wants', async () => {
    const a = await open('a', { limits: { handshakeMs: 100 } });
    const socket = connectTcp(a.node.address?.port as number, '127.0.0.1');
    later(() => socket.destroy());
    socket.on('error', () => {});
    socket.resume();
    socket.write('GET /parliament HTTP/1.1\r\nHost: a\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('remembers only so many peers', async () => {
    const a = await open('a', { limits: { peers: 2 } });
    const first = await linkRaw(a.node, identity('first'));
    await linkRaw(a.node, identity('second'));
    const refused = await linkRaw(a.node, identity('third'));
    await refused.closed();
    expect((await eventOf(a, 'refused')).code).toBe('too-many');
    first.socket.close();
    await until(() => stateOf(a.node, 'first') === 'disconnected');
    await linkRaw(a.node, identity('third'));
    await eventOf(a, 'nodeup', ({ node }) => node === 'third');
    expect(a.node.peers().map(({ name }) => name)).toEqual(['second', 'third']);
  });
});

describe('a false listener', () => {
  /** Answers every hello by `answer`, and keeps what comes then; returns its address. */
  async function falseListener(answer: (hello: Buffer) => Uint8Array, heard: unknown[] = []): Promise<string> {
    const server = createServer();
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'parliament.v1' });
    sockets.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('message', (hello) => {
        socket.on('message', (more) => heard.push(more));
        socket.send(answer(hello as Buffer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
    });
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  it('that reflects the hello is refused', async () => {
    const address = await falseListener((hello) => hello);
    const a = await open('a', { secret: 'a secret of this test' });
    await expect(a.node.connect(address)).rejects.toMatchObject({ code: 'bad-frame' });
  });

  it('that sends garbage is told nothing more, and does not stop the dialler from trying again', async () => {
    let dials = 0;
    const heard: unknown[] = [];
    const answer = (): Buffer => {
      dials += 1;
      return Buffer.from('nonsense');
    };
    const address = await falseListener(answer, heard);
    const a = await open('a', { peers: { b: address } });
    await eventOf(a, 'bad-frame');
    await until(() => dials >= 3);
    expect(heard).toEqual([]);
  });

  it('that says it is the node itself, without the secret, does not hide from it who comes there later', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'parliament.v1' });
    let dials = 0;
    sockets.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('message', () => {
        dials += 1;
        socket.send(encodeFrame({ type: 'refused', code: 'self' }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
    const a = await open('a', { secret: SECRET, discover: { addresses: [address], everyMs: 10 } });
    await until(() => dials >= 3);
    for (const socket of sockets.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
    await linked(a, await open('b', { secret: SECRET, listen: address }));
  });

  it('that claims the name is taken, without the secret, does not stop the dialler', async () => {
    let dials = 0;
    const address = await falseListener(() => {
      dials += 1;
      return encodeFrame({ type: 'refused', code: 'name-taken' });
    });
    const a = await open('a', { secret: 'a secret of this test', peers: { b: address } });
    expect((await eventOf(a, 'refused')).ownNameTaken).toBe(false);
    await until(() => dials >= 3);
  });
});

it('a node that is sent a hello of its own name and secret but another cluster stays silent about its secrets', async () => {
  const a = await open('a', { secret: 'a secret of this test' });
  const client = await connectRaw(a.node);
  client.socket.send(sayHello(identity('x', { cluster: 'other', secrets: ['a secret of this test'] }), 'a').send);
  // A refusal has the same size whatever its reason.
  expect(await client.frame(0)).toHaveLength(4);
  await client.closed();
  expect(client.received).toHaveLength(1);
  await linked(a, await openTowards('b', [a], { secret: 'a secret of this test' }));
  dispatch(a.node.ref('b', 'nobody'), 1);
});
