/** What can be exchanged while a node is open. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TlsOptions } from '../src/index.js';
import { addressOf, linked, open, openTowards, SECRET, stateOf, until } from './support.js';

const OTHER = `${SECRET}, and another one`;

function tlsOf(name: string, authority = 'cluster-authority'): TlsOptions {
  const read = (file: string): string => fs.readFileSync(path.join(__dirname, 'fixtures', 'tls', file), 'utf8');
  return { cert: read(`${name}.pem`), key: read(`${name}.key`), ca: read(`${authority}.pem`) };
}

describe('the secret of a cluster', () => {
  it('is exchanged on one node after the other, without a link being lost, and opens nothing afterwards', async () => {
    const a = await open('a', { secret: SECRET });
    const b = await openTowards('b', [a], { secret: SECRET });
    for (const secret of [[OTHER, SECRET], OTHER] as const) {
      for (const { node } of [a, b]) {
        node.rotate({ secret });
        // Whoever comes meanwhile may have either, as long as both are in use.
        const late = await openTowards('late', [a], { secret: OTHER });
        await late.node.close();
        await until(() => stateOf(a.node, 'late') === 'disconnected');
      }
    }
    const old = await open('old', { secret: SECRET });
    await expect(old.node.connect(addressOf(a.node))).rejects.toMatchObject({ code: 'wrong-secret' });
    expect([...a.events, ...b.events].some((event) => event.type === 'nodedown' && event.node !== 'late')).toBe(false);
  });

  it('is not exchanged for one that does not keep other machines out', async () => {
    const a = await open('a', { listen: '0.0.0.0:0', secret: SECRET });
    expect(() => a.node.rotate({ secret: 'x'.repeat(31) })).toThrow(
      expect.objectContaining({ code: 'insecure-listen' }),
    );
    for (const rotation of [{ cookie: OTHER }, { secret: OTHER, cookie: OTHER }]) {
      expect(() => a.node.rotate(rotation)).toThrow(/rotate takes an object of secret, tls/);
    }
    expect(() => a.node.rotate({ tls: tlsOf('a') })).toThrow(/cannot be begun/);
    const port = a.node.address?.port;
    await linked(a, await open('b', { secret: SECRET, peers: { a: `127.0.0.1:${port}` } }));
  });
});

describe('certificates', () => {
  it('are exchanged for those who come from now on', async () => {
    const a = await open('a', { tls: tlsOf('a', 'other-authority') });
    const b = await open('b', { tls: tlsOf('b') });
    await expect(b.node.connect(addressOf(a.node))).rejects.toMatchObject({ code: 'unreachable' });
    a.node.rotate({ tls: tlsOf('a') });
    expect(await b.node.connect(addressOf(a.node))).toBe('a');
    expect(() => a.node.rotate({ tls: { ...tlsOf('a'), key: tlsOf('b').key } })).toThrow(/do not serve/);
    expect(() => a.node.rotate({ tls: { ...tlsOf('a'), clientCertificates: false } })).toThrow(/cannot be begun/);
    await linked(a, b);
  });
});
