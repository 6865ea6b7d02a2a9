import { describe, expect, it } from '@jest/globals';
import { type Codec, type Node, type NodeOptions, openNode } from '../src/index.js';
import { addressOf, linked, open, openTowards, SECRET, startSystem } from './support.js';

const codec = (type: string): Codec => ({
  type,
  matches: (message): message is unknown => message === codec,
  encode: () => new Uint8Array(0),
  decode: () => undefined,
});

/** It would be taken for none: the default. */
const mistyped = { timeout: 1 } as object;

describe('openNode', () => {
  it.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'insecure-listen',
      'every address without a secret',
      { listen: '0.0.0.0:0' },
      /set a secret of 32 bytes or more \(or tls, .*\), or listen on 127\.0\.0\.1/,
    ],
    ['insecure-listen', 'every IPv6 address without a secret', { listen: '[::]:0' }, /set a secret/],
    ['insecure-dial', 'another machine without a secret', { peers: { b: '10.0.0.1:4000' } }, /same secret/],
    [
      'insecure-dial',
      'such among others',
      { discover: { addresses: ['[::1]:1', '10.0.0.1:4000'] } },
      /10\.0\.0\.1:4000/,
    ],
    ['bad-option', 'an unknown option', { lisen: '127.0.0.1:0' }, /Unknown option "lisen"/],
    ['bad-option', 'a list of peers', { peers: ['127.0.0.1:4000'] }, /^peers must be an object of name to host:port/],
    ['bad-option', 'limits that are a number', { limits: 5 }, /^limits must be an object/],
    ['bad-option', 'limits that are a list', { limits: [5] }, /^limits must be an object/],
    ['bad-option', 'a list of offers', { spawn: [] }, /^spawn must be an object/],
    ['bad-option', 'an unknown limit', { limits: { payload: 1 } }, /Unknown limit "payload"/],
    ['bad-option', 'a name with a space', { name: 'a b' }, /name must match/],
    ['bad-option', 'an address without a port', { listen: 'localhost' }, /host:port/],
    ['bad-option', 'a peer on port 0', { peers: { b: '127.0.0.1:0' } }, /only a listener/],
    ['bad-option', 'a hard bound below the soft one', { limits: { queueHardBytes: 5e6 } }, /queueHardBytes must be/],
    ['bad-option', 'itself among its peers', { peers: { a: '127.0.0.1:1' } }, /itself/],
    ['bad-option', 'an empty secret', { secret: '' }, /secret must be/],
    ['bad-option', 'a heartbeat of no time', { heartbeatMs: 0 }, /heartbeatMs must be/],
    ['bad-option', 'discovery by an empty name', { discover: { srv: '' } }, /srv must be a name/],
    ['bad-option', 'discovery by what is no name', { discover: { srv: 7 } }, /srv must be a name/],
    ['bad-option', 'discovery at broken intervals', { discover: { srv: 'x', everyMs: 1000.5 } }, /everyMs must be/],
    ['bad-option', 'discovery at intervals in words', { discover: { srv: 'x', everyMs: '1000' } }, /everyMs must be/],
    ['bad-option', 'tls that is nothing', { tls: null }, /tls must be an object/],
    [
      'bad-option',
      'too many codecs',
      { codecs: Array.from({ length: 257 }, (_, of) => codec(`x${of}`)) },
      /256 codecs/,
    ],
    ['bad-option', 'a codec without functions', { codecs: [{ type: 'x' }] }, /matches, encode and decode/],
  ])('refuses with %s: %s', async (code, _what, options, message) => {
    const opening = openNode(startSystem(), { name: 'a', ...options } as NodeOptions);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each<[string, (node: Node) => unknown]>([
    ['whereis', (node) => node.whereis('b', 'x', mistyped)],
    ['whereis of itself', (node) => node.whereis('a', 'x', mistyped)],
    ['spawnAt', (node) => node.spawnAt('b', 'x', 0, mistyped)],
    ['connect', (node) => node.connect('127.0.0.1:1', mistyped)],
    ['keepPace', async (node) => node.keepPace('b', { heartbeatMs: 100, downAfterMs: 300, ...mistyped })],
  ])('gives a node that refuses a misspelt option of %s', async (_what, use) => {
    const { node } = await open('a');
    await expect(use(node)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/^Unknown option "timeout": known are/),
    });
  });

  it('says that a port is in use, and leaves the system free to be opened', async () => {
    const a = await open('a');
    const system = startSystem();
    const opening = openNode(system, { name: 'b', listen: addressOf(a.node) });
    await expect(opening).rejects.toMatchObject({
      code: 'address-in-use',
      message: expect.stringMatching(/another port/),
    });
    await (await openNode(system, { name: 'b' })).close();
  });

  it('says that an address is not of this machine', async () => {
    const opening = openNode(startSystem(), { name: 'a', listen: '203.0.113.1:0', secret: SECRET });
    await expect(opening).rejects.toMatchObject({ code: 'listen-failed' });
  });

  it('opens one node on a system at a time', async () => {
    const { system, node } = await open('a');
    await expect(openNode(system, { name: 'a2' })).rejects.toMatchObject({ code: 'already-open' });
    await node.close();
    await (await openNode(system, { name: 'a2' })).close();
  });

  it('listens on every address with a secret', async () => {
    const a = await open('a', { listen: '0.0.0.0:0', secret: SECRET });
    const b = await open('b', { peers: { a: `127.0.0.1:${a.node.address?.port}` }, secret: SECRET });
    await linked(a, b);
  });

  it('does not take a secret that can be guessed for one that keeps other machines out', async () => {
    const short = SECRET.slice(0, 31);
    await expect(open('a', { listen: '0.0.0.0:0', secret: [SECRET, short] })).rejects.toMatchObject({
      code: 'insecure-listen',
    });
    await expect(open('a', { peers: { b: '10.0.0.1:4000' }, secret: short })).rejects.toMatchObject({
      code: 'insecure-dial',
      message: expect.stringMatching(/of 32 bytes or more/),
    });
    const a = await open('a', { secret: short });
    await expect(a.node.connect('10.0.0.1:4000')).rejects.toMatchObject({ code: 'insecure-dial' });
  });

  it('needs no listener to dial', async () => {
    const a = await open('a');
    const system = startSystem();
    const node = await openNode(system, { name: 'dialler' });
    expect(node.address).toBeUndefined();
    expect(await node.connect(addressOf(a.node))).toBe('a');
    await node.close();
  });
});

it('a status tells the traffic, the address and the state of a peer', async () => {
  const a = await open('a');
  const b = await openTowards('b', [a]);
  expect(a.node.peers()).toEqual([
    expect.objectContaining({
      name: 'b',
      address: addressOf(b.node),
      state: 'connected',
      incarnation: b.node.incarnation,
    }),
  ]);
  expect(b.node.peers()).toEqual([
    expect.objectContaining({ name: 'a', address: addressOf(a.node), lastError: undefined }),
  ]);
});

it('ref refuses what no actor can be called', async () => {
  const a = await open('a');
  for (const [peer, path] of [
    ['b c', 'x'],
    ['b', ''],
    ['b', 'x/ /y'],
    ['b', []],
    ['b', ['x/y']],
  ] as const) {
    expect(() => a.node.ref(peer, path)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  }
});
