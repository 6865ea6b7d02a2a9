/** How many peers a node keeps, for how long a query may wait, and who still comes in while it is being closed. */

import { once } from 'node:events';
import fs from 'node:fs';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Node, nodeOf, openNode } from '../src/index.js';
import { findSystem } from '../src/nact.js';
import { dispatch, query, spawn, spawnEcho } from './actors.js';
import { addressOf, later, open, openPair, startSystem, until } from './support.js';

afterEach(() => void jest.restoreAllMocks());

describe('of peers that nobody needs', () => {
  const pace = { heartbeatMs: 1000, downAfterMs: 4000 };
  const names = (node: Awaited<ReturnType<typeof open>>['node']): string[] => node.peers().map(({ name }) => name);

  it('the oldest is forgotten for a new one, with all that nact knew of it, and as few as need be', async () => {
    const { node } = await open('a', { limits: { peers: 2 } });
    const [x] = ['x', 'y'].map((peer) => node.ref(peer, 'actor'));
    const system = x?.system.name as string;
    expect([names(node), findSystem(system) === undefined]).toEqual([['x', 'y'], false]);
    const asked = query(x as never, 1, 3_600_000);
    await expect(asked).rejects.toMatchObject({ code: 'noconnection' });
    node.ref('z', 'actor');
    expect([names(node), findSystem(system) === undefined]).toEqual([['y', 'z'], true]);
    node.ref('z', 'other');
    expect(names(node)).toEqual(['y', 'z']);
  });

  it('one is not forgotten that is watched or dialled, and a new one is not remembered then', async () => {
    const { node } = await open('a', { limits: { peers: 2 }, peers: { dialled: '127.0.0.1:1' } });
    const release = node.keepPace('watched', pace);
    node.ref('x', 'actor');
    expect(names(node)).toEqual(['dialled', 'watched']);
    node.keepPace('x', pace)();
    release();
    node.ref('x', 'actor');
    expect(names(node)).toEqual(['dialled', 'x']);
    node.ref('a', 'actor');
    expect(names(node)).toEqual(['dialled', 'x']);
    await node.close();
    node.ref('y', 'actor');
    expect(names(node)).toEqual(['dialled', 'x']);
  });
});

describe('a query', () => {
  it.each([Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, 2 ** 31])(
    'waits no longer than a timer can, and as long when it is told to wait longer: %p',
    async (timeoutMs) => {
      const [a, b] = await openPair();
      const waits: number[] = [];
      const { setTimeout: start } = globalThis;
      jest.spyOn(globalThis, 'setTimeout').mockImplementation(((
        work: () => void,
        milliseconds: number,
        ...rest: []
      ) => {
        if (milliseconds > 2 ** 30) waits.push(milliseconds);
        return start(work, milliseconds, ...rest);
      }) as never);
      spawnEcho(a.system);
      expect(await query(b.node.ref('a', 'echo'), 'x', timeoutMs)).toBe('x');
      expect(waits).toEqual([2 ** 31 - 1]);
    },
  );

  it.each([-1, 0.9, Number.NEGATIVE_INFINITY, 'no number' as never])(
    'does not wait at all for %p',
    async (timeoutMs) => {
      const [a, b] = await openPair();
      spawn(a.system, 'silent', () => {});
      const asked = query(b.node.ref('a', 'silent'), 'x', timeoutMs);
      await expect(asked).rejects.toMatchObject({
        code: 'timeout',
        message: 'Query Timeout: no reply from node a within 0 ms',
      });
    },
  );

  it('that has failed is settled: a reply that comes then is nothing to anybody', async () => {
    const [a, b] = await openPair();
    let reply = (): void => {};
    spawn(a.system, 'late', (_, { sender, self }) => {
      reply = () => dispatch(sender, 'late', self);
    });
    spawnEcho(a.system);
    await expect(query(b.node.ref('a', 'late'), 'x', 1)).rejects.toMatchObject({ code: 'timeout' });
    await query(b.node.ref('a', 'echo'), 1, 3_600_000);
    reply();
    expect(await query(b.node.ref('a', 'echo'), 2, 3_600_000)).toBe(2);
    expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
  });
});

it('who was still shaking hands over TLS when the node was closed does not keep it open', async () => {
  const pem = (file: string): string => fs.readFileSync(path.join(__dirname, 'fixtures', 'tls', file), 'utf8');
  const [ca, cert, key] = [pem('cluster-authority.pem'), pem('b.pem'), pem('b.key')];
  const tls = { cert: pem('a.pem'), key: pem('a.key'), ca };
  // Longer than the test may take.
  const a = await open('a', { tls, limits: { handshakeMs: 3_600_000 } });
  const address = addressOf(a.node);
  const connection = connectTcp(a.node.address?.port as number, '127.0.0.1');
  later(() => connection.destroy());
  // The listener has it once a second one, which came later, is greeted.
  await once(connection, 'connect');
  const b = await open('b', { tls: { cert, key, ca }, peers: { a: address } });
  await until(() => b.node.nodes().length === 1);
  const cut = once(connection, 'close');
  await a.node.close();
  await cut;
});

it('a node that is closed while it is being opened is not open afterwards', async () => {
  const system = startSystem();
  const opening = openNode(system, { name: 'a', listen: '127.0.0.1:0', peers: { b: '127.0.0.1:1' } });
  const node = nodeOf(system) as Node;
  // Another is opened as soon as may be: nothing of the first is in its way.
  let refusal: unknown;
  const again = opening.catch((error: unknown) => {
    refusal = error;
    return openNode(system, { name: 'a', listen: '127.0.0.1:0' });
  });
  later(async () => (await again).close());
  await node.close();
  expect([node.address, node.peers()]).toEqual([undefined, []]);
  expect(nodeOf(system)).toBe(await again);
  expect(refusal).toMatchObject({ code: 'closed' });
});
