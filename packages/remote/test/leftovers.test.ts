/** What is over leaves no timer and nobody who listens, and what has gone over a link is counted on both sides. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Node, openNode, type PeerStatus } from '../src/index.js';
import { dispatch, query, spawnEcho, spawnInbox } from './actors.js';
import { addressOf, later, linked, open, openTowards, startSystem, stateOf, until } from './support.js';

/** Longer than any test: a timer that stays is not over by itself. */
const HOUR_MS = 3_600_000;
/** Timers of that length. */
const running = new Set<unknown>();
const timers = (): number => running.size;
beforeEach(() => {
  running.clear();
  const { setTimeout: start, clearTimeout: end } = globalThis;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, milliseconds: number, ...rest: []) => {
    const timer = start(work, milliseconds, ...rest);
    if (milliseconds === HOUR_MS) running.add(timer);
    return timer;
  }) as never);
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    running.delete(timer);
    end(timer);
  });
});
afterEach(() => void jest.restoreAllMocks());
const slow = { limits: { handshakeMs: HOUR_MS } };

async function dialler(options: object = {}): Promise<Node> {
  const node = await openNode(startSystem(), { name: 'dialler', ...slow, ...options });
  later(() => node.close());
  return node;
}

describe('no timer is left of', () => {
  it('a dial, whether anybody was there or not, or the node is closed meanwhile', async () => {
    const a = await open('a', slow);
    const node = await dialler();
    await expect(node.connect('127.0.0.1:1', { timeoutMs: HOUR_MS })).rejects.toMatchObject({ code: 'unreachable' });
    await until(() => timers() === 0);
    expect(await node.connect(addressOf(a.node), { timeoutMs: HOUR_MS })).toBe('a');
    // Linked already: the other side has nothing against it, and this one needs no second link.
    expect(await node.connect(addressOf(a.node), { timeoutMs: HOUR_MS })).toBe('a');
    const other = await dialler({ name: 'other' });
    const closed = other.connect(addressOf(a.node), { timeoutMs: HOUR_MS });
    const refused = expect(closed).rejects.toMatchObject({ code: 'closed' });
    await other.close();
    await refused;
    await node.close();
    await until(() => timers() === 0 && a.node.nodes().length === 0);
  });

  it('a query that was answered, that has failed, or that the loss of the link has ended', async () => {
    const a = await open('a', { ...slow, heartbeatMs: 1000 });
    const b = await openTowards('b', [a], slow);
    await until(() => timers() === 0);
    spawnEcho(a.system);
    expect(await query(b.node.ref('a', 'echo'), 'ping', HOUR_MS)).toBe('ping');
    await expect(query(b.node.ref('a', 'nobody'), 'ping', HOUR_MS)).rejects.toMatchObject({ code: 'noproc' });
    await expect(query(b.node.ref('nowhere', 'x'), 'ping', HOUR_MS)).rejects.toMatchObject({ code: 'noconnection' });
    expect(timers()).toBe(0);
    spawnInbox(a.system, 'silent');
    const lost = query(b.node.ref('a', 'silent'), 'ping', HOUR_MS);
    expect(timers()).toBe(1);
    const failed = expect(lost).rejects.toMatchObject({ code: 'noconnection' });
    await a.node.close();
    await failed;
    await b.node.close();
    expect(timers()).toBe(0);
  });
});

describe('what has gone over a link', () => {
  it('is counted the same at both ends, and goes on being counted over the next link', async () => {
    const quiet = { heartbeatMs: 60_000 };
    let a = await open('a', quiet);
    const listen = addressOf(a.node);
    const b = await openTowards('b', [a], quiet);
    spawnEcho(a.system);
    const statusOf = (node: Node): PeerStatus => {
      const [status] = node.peers();
      if (status === undefined) throw new Error('no peer');
      return status;
    };
    for (let count = 0; count < 5; count += 1) await query(b.node.ref('a', 'echo'), 'x'.repeat(1000), HOUR_MS);
    await until(() => statusOf(a.node).bytesOut === statusOf(b.node).bytesIn);
    const [there, here] = [statusOf(a.node), statusOf(b.node)];
    expect([there.bytesOut, there.framesOut]).toEqual([here.bytesIn, here.framesIn]);
    expect([there.bytesIn, there.framesIn]).toEqual([here.bytesOut, here.framesOut]);
    expect([here.framesIn, here.framesOut]).toEqual([5, 5]);
    expect(here.bytesOut).toBeGreaterThan(5000);
    expect(here).toMatchObject({ dropped: 0, badFrames: 0, overloaded: false, lastError: undefined });
    await a.node.close();
    await until(() => stateOf(b.node, 'a') !== 'connected');
    dispatch(b.node.ref('a', 'echo'), 'lost');
    expect(statusOf(b.node)).toMatchObject({ dropped: 1, bytesOut: here.bytesOut });
    a = await open('a', { ...quiet, listen });
    await linked(a, b);
    spawnEcho(a.system);
    await query(b.node.ref('a', 'echo'), 'y', HOUR_MS);
    expect(statusOf(b.node)).toMatchObject({ dropped: 1, framesOut: 6, framesIn: 6, lastError: undefined });
    expect(statusOf(b.node).since).toBeGreaterThanOrEqual(here.since);
  });
});

describe('what is asked of a node', () => {
  it('has bounds, and is refused past them', async () => {
    const node = await dialler();
    const bad = { code: 'bad-option' };
    for (const timeoutMs of [0, -1, 2 ** 31, 1.5]) {
      await expect(node.connect('127.0.0.1:1', { timeoutMs })).rejects.toMatchObject(bad);
      await expect(node.whereis('b', 'name', { timeoutMs })).rejects.toMatchObject(bad);
      await expect(node.spawnAt('b', 'what', 1, { timeoutMs })).rejects.toMatchObject(bad);
    }
    for (const address of ['', 'host', 'http://host:1', 'ws://host', 'ws://host:0', 'ws://host:1/x']) {
      await expect(node.connect(address)).rejects.toMatchObject(bad);
    }
    await expect(node.connect('127.0.0.1:1', { timeoutMs: 2 ** 31 - 1 })).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(node.whereis('b', 'name')).rejects.toMatchObject({ code: 'noconnection' });
    expect(await node.whereis('dialler', 'name')).toBeUndefined();
    for (const pace of [
      { heartbeatMs: 9, downAfterMs: 100 },
      { heartbeatMs: 10, downAfterMs: 19 },
      { heartbeatMs: 10.5, downAfterMs: 100 },
      { heartbeatMs: 2 ** 31, downAfterMs: 2 ** 32 },
    ]) {
      expect(() => node.keepPace('b', pace)).toThrow(expect.objectContaining(bad));
    }
    expect(() => node.keepPace('b c', { heartbeatMs: 10, downAfterMs: 20 })).toThrow(expect.objectContaining(bad));
    const release = node.keepPace('b', { heartbeatMs: 10, downAfterMs: 20 });
    release();
    release();
    await node.drained('b');
    await node.drained('never heard of');
  });

  it('is not done once it is closed, and closing it again is nothing more', async () => {
    const node = await dialler();
    const [first, second] = [node.close(), node.close()];
    await Promise.all([first, second]);
    await expect(node.connect('127.0.0.1:1')).rejects.toMatchObject({ code: 'closed' });
    expect(node.nodes()).toEqual([]);
  });
});
