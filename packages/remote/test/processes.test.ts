import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { query } from './actors.js';
import { addressOf, eventOf, later, open, stateOf, type TestNode, until } from './support.js';

interface PeerProcess {
  readonly child: ChildProcess;
  readonly address: string;
  readonly incarnation: string;
}

async function startPeer(a: TestNode, listen: string): Promise<PeerProcess> {
  const child = fork(path.join(__dirname, 'fixtures', 'peer-process.mjs'), [listen, addressOf(a.node)], {
    execArgv: [],
  });
  later(() => child.kill('SIGKILL'));
  const [told] = (await once(child, 'message')) as [{ address: string; incarnation: string }];
  return { child, ...told };
}

it('a page whose browser refuses to dial is told so, and dials again', async () => {
  const page = fork(path.join(__dirname, 'fixtures', 'refusing-browser.mjs'), { execArgv: ['--conditions=browser'] });
  later(() => page.kill('SIGKILL'));
  const [told] = (await once(page, 'message')) as [Record<string, unknown>];
  expect(told).toEqual({
    code: 'unreachable',
    message: expect.stringContaining('An insecure connection may not be initiated'),
    state: expect.stringMatching(/^(waiting|connecting)$/),
    lastError: expect.stringContaining('An insecure connection may not be initiated'),
    warnings: [],
  });
});

describe('a node in another process', () => {
  it('answers, dies by kill -9 in the middle of a query, and comes back as a new incarnation', async () => {
    const a = await open('a', { secret: 'shared by processes' });
    const first = await startPeer(a, '127.0.0.1:0');
    await eventOf(a, 'nodeup', ({ incarnation }) => incarnation === first.incarnation);
    expect(await query(a.node.ref('b', 'echo'), { text: 'hello' }, 5000)).toEqual({ text: 'hello' });

    const pending = query(a.node.ref('b', 'silent'), 1, 3_600_000);
    // The echo comes back after the query has arrived: order is kept.
    await query(a.node.ref('b', 'echo'), 1, 5000);
    first.child.kill('SIGKILL');
    await expect(pending).rejects.toMatchObject({ code: 'noconnection' });
    expect(await eventOf(a, 'nodedown')).toMatchObject({ node: 'b', reason: 'connection-lost' });

    const second = await startPeer(a, first.address);
    await eventOf(a, 'nodeup', ({ incarnation }) => incarnation === second.incarnation);
    expect(await query(a.node.ref('b', 'echo'), 'again', 5000)).toBe('again');
    expect(a.events.filter(({ type }) => type === 'refused')).toEqual([]);
  });

  it('ends by itself once its node is closed: nothing keeps it', async () => {
    const a = await open('a', { secret: 'shared by processes' });
    const { child } = await startPeer(a, '127.0.0.1:0');
    await eventOf(a, 'nodeup');
    child.send('close');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await until(() => stateOf(a.node, 'b') === 'disconnected');
    expect(await eventOf(a, 'nodedown')).toMatchObject({ reason: 'peer-closed' });
  });

  it('that is stopped is given up after some silent heartbeats, and taken back when it goes on', async () => {
    const a = await open('a', { secret: 'shared by processes', heartbeatMs: 50 });
    const { child } = await startPeer(a, '127.0.0.1:0');
    await eventOf(a, 'nodeup');
    child.kill('SIGSTOP');
    expect(await eventOf(a, 'nodedown')).toMatchObject({ node: 'b', reason: 'heartbeat' });
    child.kill('SIGCONT');
    await until(() => stateOf(a.node, 'b') === 'connected');
    expect(await query(a.node.ref('b', 'echo'), 'awake', 5000)).toBe('awake');
  });
});
