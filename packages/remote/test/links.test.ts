import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeEvent } from '../src/index.js';
import { dispatch, query, spawn, spawnEcho, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { addressOf, eventOf, later, linked, open, openPair, openTowards, stateOf, until } from './support.js';

const HOUR_MS = 3_600_000;

describe('a lost link', () => {
  it('fails the queries under way at once', async () => {
    const [a, b] = await openPair();
    let asked = false;
    spawn(a.system, 'silent', () => {
      asked = true;
    });
    const pending = query(b.node.ref('a', 'silent'), 1, HOUR_MS);
    await until(() => asked);
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'noconnection' }), a.node.close()]);
    expect((await eventOf(b, 'nodedown')).reason).toBe('peer-closed');
  });

  it('is dialled again until the peer is back on its port', async () => {
    const [a, b] = await openPair();
    await a.node.close();
    await until(() => stateOf(b.node, 'a') !== 'connected');
    await expect(query(b.node.ref('a', 'echo'), 1, HOUR_MS)).rejects.toMatchObject({ code: 'noconnection' });
    const back = await open('a', { listen: addressOf(a.node) });
    spawnEcho(back.system);
    await linked(back, b);
    expect(await query(b.node.ref('a', 'echo'), 'again', 5000)).toBe('again');
    const ups = b.events.filter((event) => event.type === 'nodeup').map(({ incarnation }) => incarnation);
    expect(ups).toEqual([a.node.incarnation, back.node.incarnation]);
  });

  it('loses messages, and never repeats or reorders them', async () => {
    let a = await open('a');
    const listen = addressOf(a.node);
    const b = await open('b', { peers: { a: listen } });
    // By incarnation of the receiver: an actor of a closed node still empties its mailbox.
    const received: number[][] = [];
    const receive = (): void => {
      const numbers: number[] = [];
      received.push(numbers);
      spawn(a.system, 'inbox', (number: number) => numbers.push(number));
    };
    receive();
    await linked(a, b);
    const reference = b.node.ref('a', 'inbox');
    let sent = 0;
    const send = (count: number): void => {
      for (let each = 0; each < count; each += 1) dispatch(reference, sent++);
    };
    for (let round = 0; round < 5; round += 1) {
      for (let turn = 0; turn < 50; turn += 1) {
        send(20);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await until(() => received.at(-1)?.length);
      // In the middle of things: what is under way may be lost.
      send(20);
      await a.node.close();
      send(20);
      a = await open('a', { listen });
      receive();
      await linked(a, b);
    }
    send(1);
    await until(() => received.at(-1)?.length);
    const all = received.flat();
    expect(all).toEqual([...new Set(all)].sort((x, y) => x - y));
    expect(all.length).toBeLessThan(sent);
    expect(b.node.peers()[0]?.dropped).toBeGreaterThan(0);
  });

  it('is noticed when the other side falls silent', async () => {
    const a = await open('a', { heartbeatMs: 20 });
    // It never answers a ping.
    const silent = await linkRaw(a.node, identity('silent'));
    expect(await eventOf(a, 'nodedown')).toMatchObject({ node: 'silent', reason: 'heartbeat' });
    expect(a.node.peers()[0]?.lastError).toMatch(/silent for too long/);
    await silent.closed();
  });

  it('is not suspected while the other side is only idle', async () => {
    const a = await open('a', { heartbeatMs: 10 });
    const b = await openTowards('b', [a], { heartbeatMs: 1000 });
    const frames = (): number => a.node.peers()[0]?.framesIn as number;
    await until(() => frames() >= 10);
    expect([...a.events, ...b.events].map(({ type }) => type)).toEqual(['nodeup', 'nodeup']);
  });
});

describe('a peer that does not read', () => {
  it('is told of as overloaded, then dropped', async () => {
    const a = await open('a', {
      limits: { payloadBytes: 200_000, queueSoftBytes: 300_000, queueHardBytes: 3_000_000 },
      heartbeatMs: HOUR_MS,
    });
    const client = await linkRaw(a.node, identity('reader'));
    client.socket.pause();
    const reference = a.node.ref('reader', 'inbox');
    const down = (): NodeEvent | undefined => a.events.find(({ type }) => type === 'nodedown');
    while (!down()) {
      dispatch(reference, new Uint8Array(100_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(down()).toMatchObject({ node: 'reader', reason: 'overloaded' });
    const told = a.events.filter((event) => event.type === 'overloaded').map(({ dropped }) => dropped);
    expect([told[0], told.at(-1)]).toEqual([false, true]);
  });
});

describe('a name', () => {
  it('belongs to one live node: a second one is refused, and told what to do', async () => {
    const [a, b] = await openPair();
    const second = await open('b', { peers: { a: addressOf(a.node) } });
    const refusal = await eventOf(second, 'refused');
    expect(refusal).toMatchObject({ node: 'a', code: 'name-taken', ownNameTaken: true });
    expect(refusal.reason).toMatch(/name of its own/);
    // It dials again and again, since the other one may go; and tells of it once.
    await until(() => a.events.filter(({ type }) => type === 'refused').length >= 3);
    expect(second.events.filter(({ type }) => type === 'refused')).toHaveLength(1);
    expect(await eventOf(a, 'refused')).toMatchObject({ node: 'b', code: 'name-taken', ownNameTaken: false });
    // It may have dialled once more, and not have its answer yet.
    await until(() => stateOf(second.node, 'a') === 'refused');
    expect(a.node.peers().map(({ incarnation }) => incarnation)).toEqual([b.node.incarnation]);
    expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
  });

  it('of the node itself is taken too', async () => {
    const a = await open('a');
    const other = await open('a');
    await expect(other.node.connect(addressOf(a.node))).rejects.toMatchObject({ code: 'name-taken' });
  });

  it('goes to the newer incarnation when the older one is dead but has not hung up', async () => {
    const a = await open('a', { heartbeatMs: HOUR_MS });
    await linkRaw(a.node, identity('b'));
    await eventOf(a, 'nodeup');
    const b = await openTowards('b', [a]);
    expect((await eventOf(a, 'nodedown')).reason).toBe('replaced');
    expect(a.node.peers()[0]?.incarnation).toBe(b.node.incarnation);
  });

  it('goes to the newer link when the same incarnation has lost the older one', async () => {
    const a = await open('a', { heartbeatMs: HOUR_MS });
    await linkRaw(a.node, identity('b'));
    await eventOf(a, 'nodeup');
    await linkRaw(a.node, identity('b'));
    expect((await eventOf(a, 'nodedown')).reason).toBe('replaced');
    await until(() => stateOf(a.node, 'b') === 'connected');
  });
});

describe('two nodes that dial each other at once', () => {
  it.each(Array.from({ length: 10 }, (_, round) => round))('have one link, and no errors (round %i)', async () => {
    const [first, second] = await Promise.all([open('x'), open('y')]);
    const addresses = [addressOf(first.node), addressOf(second.node)] as const;
    await Promise.all([first.node.close(), second.node.close()]);
    const [x, y] = await Promise.all([
      open('x', { listen: addresses[0], peers: { y: addresses[1] } }),
      open('y', { listen: addresses[1], peers: { x: addresses[0] } }),
    ]);
    await linked(x, y);
    spawnEcho(y.system);
    spawnEcho(x.system);
    expect(await query(x.node.ref('y', 'echo'), 1, 5000)).toBe(1);
    expect(await query(y.node.ref('x', 'echo'), 2, 5000)).toBe(2);
    expect([...x.events, ...y.events].map(({ type }) => type)).toEqual(['nodeup', 'nodeup']);
  });

  it('have one link when connect() races with the configured dial', async () => {
    const a = await open('a');
    const b = await open('b', { peers: { a: addressOf(a.node) } });
    const names = [
      b.node.connect(addressOf(a.node)),
      b.node.connect(addressOf(a.node)),
      a.node.connect(addressOf(b.node)),
    ];
    expect(await Promise.all(names)).toEqual(['a', 'a', 'b']);
    await linked(a, b);
    expect([...a.events, ...b.events].map(({ type }) => type)).toEqual(['nodeup', 'nodeup']);
  });
});

/** Who dials a port, which closes at once: one entry for each. */
async function countDials(port = 0): Promise<[readonly number[], number]> {
  const dials: number[] = [];
  const server = createServer((socket) => {
    dials.push(socket.remotePort ?? 0);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  later(() => server.close());
  return [dials, (server.address() as AddressInfo).port];
}

describe('connect', () => {
  it('finds the name of the node at an address', async () => {
    const a = await open('a');
    const b = await open('b');
    expect(await b.node.connect(addressOf(a.node))).toBe('a');
    expect(await b.node.connect(addressOf(a.node))).toBe('a');
  });

  it('takes an address with a scheme, as a browser does', async () => {
    const a = await open('a');
    const b = await open('b');
    expect(await b.node.connect(`ws://${addressOf(a.node)}`)).toBe('a');
    await expect(b.node.connect(`http://${addressOf(a.node)}`)).rejects.toMatchObject({ code: 'bad-option' });
  });

  it('does not dial again when the link is lost', async () => {
    const a = await open('a');
    const address = addressOf(a.node);
    const b = await open('b');
    // One that is dialled again shows how long to look.
    const [again, port] = await countDials();
    const c = await open('c', { peers: { gone: `127.0.0.1:${port}` }, reconnectMaxMs: 20 });
    await b.node.connect(address);
    await a.node.close();
    await until(() => stateOf(b.node, 'a') !== 'connected');
    const [dials] = await countDials(Number(address.split(':')[1]));
    const before = again.length;
    await until(() => again.length >= before + 5);
    expect([dials, stateOf(b.node, 'a')]).toEqual([[], 'disconnected']);
    expect(stateOf(c.node, 'gone')).not.toBe('connected');
  });

  it('rejects with what is wrong', async () => {
    const a = await open('a', { secret: 'a secret of this test' });
    const b = await open('b');
    await expect(b.node.connect(addressOf(a.node))).rejects.toMatchObject({ code: 'wrong-secret' });
    await expect(b.node.connect('127.0.0.1:1')).rejects.toMatchObject({ code: 'unreachable' });
    await expect(b.node.connect('nowhere')).rejects.toMatchObject({ code: 'bad-option' });
    await expect(b.node.connect('10.0.0.1:4000')).rejects.toMatchObject({ code: 'insecure-dial' });
    await b.node.close();
    await expect(b.node.connect(addressOf(a.node))).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a listener of events', () => {
  it('that throws harms nothing, and one that leaves hears no more', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    later(() => warn.mockRestore());
    const a = await open('a', {
      onEvent: () => {
        throw new Error('listener broke');
      },
    });
    const heard: string[] = [];
    const leave = a.node.onEvent(({ type }) => heard.push(type));
    const b = await openTowards('b', [a]);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/listener broke/), { type: 'ParliamentRemoteWarning' });
    leave();
    const inbox = spawnInbox(a.system, 'inbox');
    dispatch(b.node.ref('a', 'inbox'), 1);
    await until(() => inbox.messages.length === 1);
    await b.node.close();
    await until(() => stateOf(a.node, 'b') === 'disconnected');
    expect(heard).toEqual(['nodeup']);
  });
});

describe('close', () => {
  it('leaves no handle, no timer and no trace in nact', async () => {
    // What this test itself waits with is an immediate.
    const resources = (): string[] => process.getActiveResourcesInfo().filter((what) => what !== 'Immediate');
    const before = resources().length;
    const [a, b] = await openPair();
    const reference = b.node.ref('a', 'silent');
    spawn(a.system, 'silent', () => {});
    const pending = query(reference, 1, HOUR_MS);
    const waiting = await open('c', { peers: { d: '127.0.0.1:1' } });
    await eventOf(b, 'nodeup');
    const closed = Promise.all([a.node.close(), b.node.close(), waiting.node.close(), a.node.close()]);
    await expect(pending).rejects.toMatchObject({ code: 'noconnection' });
    await closed;
    while (resources().length > before) await new Promise((resolve) => setImmediate(resolve));
    await expect(query(reference, 1, HOUR_MS)).rejects.toThrow(/stopped or never existed/);
  });
});
