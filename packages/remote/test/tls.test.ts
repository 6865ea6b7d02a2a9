import fs from 'node:fs';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import type { NodeOptions, TlsOptions } from '../src/index.js';
import { query, spawnEcho } from './actors.js';
import { addressOf, eventOf, later, linked, open, openTowards, until } from './support.js';

const pem = (file: string): string => fs.readFileSync(path.join(__dirname, 'fixtures', 'tls', file), 'utf8');
const certificateOf = (name: string, authority = 'cluster-authority'): TlsOptions => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
  ca: pem(`${authority}.pem`),
});

describe('over TLS', () => {
  it.each<[string, Partial<NodeOptions>]>([
    ['by certificates alone', {}],
    ['by certificates and a secret', { secret: 'a secret that nobody guesses' }],
  ])('nodes prove their names: %s', async (_how, options) => {
    const a = await open('a', { tls: certificateOf('a'), ...options });
    const b = await openTowards('b', [a], { tls: certificateOf('b'), ...options });
    spawnEcho(a.system);
    expect(await query(b.node.ref('a', 'echo'), { text: 'hello' }, 5000)).toEqual({ text: 'hello' });
  });

  it('every address may be listened on, as nobody comes in without a certificate', async () => {
    const a = await open('a', { tls: certificateOf('a'), listen: '0.0.0.0:0' });
    const port = a.node.address?.port;
    const b = await open('b', { tls: certificateOf('b'), peers: { a: `127.0.0.1:${port}` } });
    await linked(a, b);
  });

  it('a node does not speak under a name that its certificate is not for', async () => {
    const a = await open('a', { tls: certificateOf('a') });
    const c = await open('c', { tls: certificateOf('b'), peers: { a: addressOf(a.node) } });
    expect(await eventOf(a, 'refused')).toMatchObject({ node: 'c', code: 'wrong-certificate' });
    expect(await eventOf(c, 'refused')).toMatchObject({ node: 'a', code: 'wrong-certificate' });
    // Nor does a listener: c dials it as a, and it has b's.
    const false_ = await open('a', { tls: certificateOf('b') });
    const b = await open('b', { tls: certificateOf('b'), peers: { a: addressOf(false_.node) } });
    expect(await eventOf(b, 'refused')).toMatchObject({ node: 'a', code: 'wrong-certificate' });
  });

  it('a certificate of another authority opens nothing, on either side', async () => {
    const a = await open('a', { tls: certificateOf('a') });
    const stranger = await open('b', {
      tls: certificateOf('stranger', 'cluster-authority'),
      peers: { a: addressOf(a.node) },
    });
    await until(() => stranger.node.peers()[0]?.lastError);
    const trusting = await open('b', { tls: certificateOf('b', 'other-authority'), peers: { a: addressOf(a.node) } });
    await until(() => trusting.node.peers()[0]?.lastError);
    expect(a.node.nodes()).toEqual([]);
    expect([...stranger.events, ...trusting.events].filter(({ type }) => type === 'nodeup')).toEqual([]);
  });

  it('without a client certificate, or by an old version of TLS, there is no connection', async () => {
    const a = await open('a', { tls: certificateOf('a') });
    const port = a.node.address?.port as number;
    const end = (options: object): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
        socket.on('error', (error) => resolve(error.message));
        socket.on('close', () => resolve('closed'));
        socket.write('GET /parliament HTTP/1.1\r\n\r\n');
        socket.resume();
      });
    expect(await end({})).toMatch(/certificate required|closed|ECONNRESET/);
    expect(await end({ maxVersion: 'TLSv1.2' })).toMatch(/version|closed|ECONNRESET/);
    expect(a.node.nodes()).toEqual([]);
  });

  it('those who dial may do without a certificate where the listener says so, and then need the secret', async () => {
    const secret = 'a secret that nobody guesses';
    const tls = { ...certificateOf('a'), clientCertificates: false };
    await expect(open('a', { tls, listen: '0.0.0.0:0' })).rejects.toMatchObject({ code: 'insecure-listen' });
    const a = await open('a', { tls, secret });
    // Its own certificate is for another name, and not asked for.
    const c = await open('c', { tls: certificateOf('b'), secret, peers: { a: addressOf(a.node) } });
    await linked(a, c);
    const without = await open('d', { tls: certificateOf('b'), peers: { a: addressOf(a.node) } });
    expect(await eventOf(without, 'refused')).toMatchObject({ code: 'wrong-secret' });
  });

  it('a proxy that ends TLS cannot stand in for the node', async () => {
    const secret = 'a secret that nobody guesses';
    const a = await open('a', { secret });
    const proxy = createTlsServer({ cert: pem('b.pem'), key: pem('b.key') }, (socket) => {
      const behind = connectTcp(a.node.address?.port as number, '127.0.0.1');
      for (const end of [socket, behind]) end.on('error', () => {});
      socket.pipe(behind).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    later(() => proxy.close());
    const address = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
    const b = await open('b', { tls: certificateOf('b'), secret });
    // The certificate is the proxy's: it must be one for the node, where certificates are what nodes go by.
    await expect(b.node.connect(address)).rejects.toMatchObject({ code: 'wrong-certificate' });
  });

  it.each<[string, unknown, RegExp]>([
    ['no key', { cert: pem('a.pem'), ca: pem('cluster-authority.pem') }, /tls\.key must be/],
    ['a file name', { ...certificateOf('a'), ca: '/etc/ca.pem' }, /tls\.ca must be/],
    ['the key of another', { ...certificateOf('a'), key: pem('b.key') }, /do not serve/],
    ['nonsense', { ...certificateOf('a'), cert: '-----BEGIN NONSENSE-----' }, /do not serve/],
    ['an unknown setting', { ...certificateOf('a'), passphrase: 'x' }, /tls must be an object of/],
  ])('bad options are refused: %s', async (_what, tls, message) => {
    await expect(open('a', { tls: tls as TlsOptions })).rejects.toThrow(message);
  });
});
