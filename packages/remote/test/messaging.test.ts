import { describe, expect, it } from '@jest/globals';
import { call, deadLetters, genServer, type Request, serverAt, startActor, stopSystem } from '@parliament/otp';
import { type Codec, nodeOf, peerOf, type Reference, remoteRef } from '../src/index.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { dispatch, query, spawn, spawnEcho, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { eventOf, linked, open, openPair, openTowards, until } from './support.js';

const HOUR_MS = 3_600_000;

describe('a message to an actor of another node', () => {
  it('arrives, in the order of sending', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox<number>(a.system, 'inbox');
    const reference = b.node.ref('a', 'inbox');
    for (let number = 0; number < 10_000; number += 1) dispatch(reference, number);
    await until(() => inbox.messages.length >= 10_000);
    expect(inbox.messages).toEqual(Array.from({ length: 10_000 }, (_, number) => number));
  });

  it('is known to come when it is long, and not when it is short', async () => {
    const [a, b] = await openPair({ heartbeatMs: 10 });
    const inbox = spawnInbox<string>(a.system, 'inbox');
    const reference = b.node.ref('a', 'inbox');
    // Beside these, the links ask for signs of life.
    for (let number = 0; number < 20; number += 1) {
      dispatch(reference, 'short');
      await until(() => inbox.messages.length > number);
    }
    expect([a.node.partAt('b'), b.node.partAt('a')]).toEqual([undefined, undefined]);
    const before = performance.now();
    dispatch(reference, 'x'.repeat(3_000_000));
    await until(() => inbox.messages.length > 20);
    expect(a.node.partAt('b')).toBeGreaterThan(before);
    expect([b.node.partAt('a'), a.node.partAt('nobody')]).toEqual([undefined, undefined]);
    await b.node.close();
    await until(() => a.node.nodes().length === 0);
    expect(a.node.partAt('b')).toBeUndefined();
  });

  it('may be as long as its node takes, or as may wait for it here', async () => {
    const [a, b] = await openPair({ limits: { payloadBytes: 2000, queueSoftBytes: 3000, queueHardBytes: 3000 } });
    expect(a.node.payloadBytes('c')).toBeUndefined();
    const c = await openTowards('c', [a], { limits: { payloadBytes: 4000 } });
    expect(['a', 'b', 'c'].map((name) => a.node.payloadBytes(name))).toEqual([2000, 2000, 3000]);
    expect(['a', 'b', 'c'].map((name) => c.node.payloadBytes(name))).toEqual([2000, undefined, 4000]);
    await b.node.close();
    await until(() => a.node.nodes().length === 1);
    expect(a.node.payloadBytes('b')).toBeUndefined();
  });

  it('arrives as a copy', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox<{ list: number[] }>(a.system, 'inbox');
    const message = { list: [1] };
    dispatch(b.node.ref('a', 'inbox'), message);
    message.list.push(2);
    await until(() => inbox.messages.length > 0);
    expect(inbox.messages).toEqual([{ list: [1] }]);
  });

  it('may be data that is called what references are called', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox(a.system, 'inbox');
    const messages = [
      { type: 'actor' },
      { type: 'temp', system: null },
      { type: 'system', system: 'a' },
      { type: 'actor', system: {} },
      { type: 'actor', system: { name: 'nowhere' } },
    ];
    for (const message of messages) dispatch(b.node.ref('a', 'inbox'), message);
    await until(() => inbox.messages.length === messages.length);
    expect(inbox.messages).toEqual(messages);
  });

  it('names a sender to whom the receiver can answer', async () => {
    const [a, b] = await openPair();
    spawnEcho(a.system);
    const inbox = spawnInbox(b.system, 'inbox');
    dispatch(b.node.ref('a', 'echo'), 'hello', inbox.reference);
    await until(() => inbox.messages.length > 0);
    expect(inbox.messages).toEqual(['hello']);
  });

  it('reaches actors at any depth', async () => {
    const [a, b] = await openPair();
    const parent = spawnInbox(a.system, 'parent');
    spawn(parent.reference, 'child', (message, { sender }) => dispatch(sender, message));
    expect(await query(b.node.ref('a', ['parent', 'child']), 1, 5000)).toBe(1);
    expect(await query(remoteRef(b.node, 'a', 'parent/child'), 2, 5000)).toBe(2);
  });

  it('that answers a sender on a third node goes straight there', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a]);
    const c = await openTowards('c', [a, b]);
    spawn(a.system, 'relay', (message, { sender }) => dispatch(a.node.ref('b', 'echo'), message, sender));
    spawnEcho(b.system);
    expect(await query(c.node.ref('a', 'relay'), 'far', 5000)).toBe('far');
    // The answer did not pass through a: b sent more than its greeting to c.
    expect(b.node.peers().find(({ name }) => name === 'c')?.framesOut).toBeGreaterThan(0);
  });

  it('to the own node is local', async () => {
    const a = await open('a');
    spawnEcho(a.system);
    const message = { shared: true };
    expect(await query(a.node.ref('a', 'echo'), message, 5000)).toBe(message);
    expect(nodeOf(a.system)).toBe(a.node);
  });

  it('travels in the form of the first codec that matches', async () => {
    const point: Codec<{ x: number }> = {
      type: 'test/point',
      matches: (message): message is { x: number } => typeof message === 'object' && message !== null && 'x' in message,
      encode: ({ x }) => Uint8Array.of(x),
      decode: (bytes) => ({ x: (bytes[0] ?? 0) + 100 }),
    };
    const [a, b] = await openPair({ codecs: [point] });
    spawnEcho(a.system);
    expect(await query(b.node.ref('a', 'echo'), { x: 1 }, 5000)).toEqual({ x: 201 });
    expect(await query(b.node.ref('a', 'echo'), { y: 1 }, 5000)).toEqual({ y: 1 });
  });

  it('of a type that the other node lacks fails the query and is told there', async () => {
    const [a, b] = await openPair();
    spawnEcho(a.system);
    b.node.addCodec({
      type: 'odd',
      matches: (message): message is 'odd' => message === 'odd',
      encode: () => Uint8Array.of(1),
      decode: () => 'odd',
    });
    await expect(query(b.node.ref('a', 'echo'), 'odd', 5000)).rejects.toMatchObject({ code: 'unknown-type' });
    expect(await eventOf(a, 'unknown-type')).toEqual({ type: 'unknown-type', node: 'b', codec: 'odd', sent: false });
    expect(await eventOf(b, 'unknown-type')).toEqual({ type: 'unknown-type', node: 'a', codec: 'odd', sent: true });
    b.events.length = 0;
    dispatch(b.node.ref('a', 'echo'), 'odd');
    await eventOf(b, 'unknown-type');
    expect(await query(b.node.ref('a', 'echo'), 'even', 5000)).toBe('even');
  });
});

describe('a message that cannot travel', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  it.each([
    ['a function', { items: [1, { done: () => 0 }] }, /^message\.items\[1\]\.done is a function/],
    ['a symbol', new Map([['key', Symbol('s')]]), /^message\.get\("key"\) is a symbol/],
    ['a cycle', cycle, /^message\.self\.cycle is a cycle/],
    ['a promise', { when: Promise.resolve() }, /^message\.when is of the kind Promise/],
  ])('throws at the sender: %s', async (_what, message, expected) => {
    const [, b] = await openPair();
    expect(() => dispatch(b.node.ref('a', 'inbox'), message)).toThrow(expected);
    expect(() => dispatch(b.node.ref('a', 'inbox'), message)).toThrow(TypeError);
    await expect(query(b.node.ref('a', 'inbox'), message, 5000)).rejects.toThrow(expected);
  });

  it('is larger than the other node takes', async () => {
    const a = await open('a', { limits: { payloadBytes: 1024 } });
    const b = await openTowards('b', [a]);
    spawnEcho(a.system);
    const reference = b.node.ref('a', 'echo');
    for (const length of [1025, 2000]) dispatch(reference, 'x'.repeat(length));
    await expect(query(reference, 'x'.repeat(1022), HOUR_MS)).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/1025 bytes is more than node a takes, 1024/),
    });
    expect(b.events.filter(({ type }) => type === 'too-large')).toEqual([
      { type: 'too-large', node: 'a', bytes: 1028, limit: 1024 },
    ]);
    expect(b.node.peers()[0]?.dropped).toBe(3);
    expect(await query(reference, 'x'.repeat(1021), HOUR_MS)).toHaveLength(1021);
  });

  it('holds a reference of a system that the node is not open on', async () => {
    const [, b] = await openPair();
    const stranger = await open('stranger');
    const foreign = spawnInbox(stranger.system, 'inbox').reference;
    expect(() => dispatch(b.node.ref('a', 'inbox'), { foreign })).toThrow(/cannot travel/);
  });
});

describe('a query of an actor of another node', () => {
  it('resolves with what is sent to its sender', async () => {
    const [a, b] = await openPair();
    spawnEcho(a.system);
    expect(await query(b.node.ref('a', 'echo'), { n: 1n }, 5000)).toEqual({ n: 1n });
    expect(await query(a.node.ref('b', 'echo'), 1, 5000).catch((error) => error.code)).toBe('noproc');
  });

  it('may carry its reply reference inside the message', async () => {
    const [a, b] = await openPair();
    spawn(a.system, 'counter', ({ replyTo }: { replyTo: Reference }) => dispatch(replyTo, 42));
    const reply = query(b.node.ref('a', 'counter'), (replyTo: Reference) => ({ type: 'get', replyTo }), 5000);
    expect(await reply).toBe(42);
  });

  it('fails at once when no such actor exists', async () => {
    const [, b] = await openPair();
    const failed = query(b.node.ref('a', 'nobody-there'), 1, 3_600_000);
    await expect(failed).rejects.toMatchObject({ code: 'noproc', name: 'NodeError' });
  });

  it('fails at once when the node is not connected', async () => {
    const a = await open('a', { peers: { b: '127.0.0.1:1' } });
    await expect(query(a.node.ref('b', 'echo'), 1, 3_600_000)).rejects.toMatchObject({ code: 'noconnection' });
    expect(a.node.peers()[0]?.dropped).toBe(1);
  });

  it('fails with Query Timeout when the actor does not answer, and the late answer is dropped', async () => {
    const [a, b] = await openPair();
    let answer: (() => void) | undefined;
    spawn(a.system, 'slow', (message, { sender }) => {
      answer = () => dispatch(sender, message);
    });
    await expect(query(b.node.ref('a', 'slow'), 1, 20)).rejects.toThrow(/^Query Timeout/);
    answer?.();
    spawnEcho(a.system);
    expect(await query(b.node.ref('a', 'echo'), 'after', 5000)).toBe('after');
  });

  it('works with call of @parliament/otp, and fails as fast', async () => {
    const [a, b] = await openPair();
    spawnEcho(a.system);
    expect(await call(b.node.ref('a', 'echo'), 'called', { timeoutMs: 5000 })).toBe('called');
    const missing = call(b.node.ref('a', 'missing'), 1, { timeoutMs: 3_600_000 });
    await expect(missing).rejects.toMatchObject({ code: 'noproc' });
    expect(deadLetters(a.system)).toMatchObject({ noproc: 1 });
  });

  it('fails the calls of @parliament/otp as noconnection, at once, when the link is lost, and when there is none', async () => {
    const [a, b] = await openPair();
    spawn(a.system, 'silent', () => {});
    const there = b.node.ref('a', 'silent');
    const pending = call(there, 1, { timeoutMs: 3_600_000 });
    const lost = expect(pending).rejects.toMatchObject({ name: 'CallError', code: 'noconnection' });
    await a.node.close();
    await lost;
    await eventOf(b, 'nodedown');
    await expect(call(there, 1, { timeoutMs: 3_600_000 })).rejects.toMatchObject({ code: 'noconnection' });
  });

  it('asks a gen-server of the other node, and is told so when that takes no such request', async () => {
    const [a, b] = await openPair();
    const adder = genServer<number, Request<'add', { by: number }, number>>({
      init: () => ({ state: 0 }),
      handleCall: { add: ({ by }, _from, sum) => ({ reply: sum + by, state: sum + by }) },
      handleCast: {},
    });
    await startActor(a.system, 'adder', adder);
    const there = serverAt(b.node.ref('a', 'adder'), adder);
    expect(await call(there, { type: 'add', by: 2 }, { timeoutMs: 5000 })).toBe(2);
    const wrong = call(b.node.ref('a', 'adder'), { type: 'subtract' }, { timeoutMs: 3_600_000 });
    await expect(wrong).rejects.toMatchObject({ code: 'unknown-request' });
  });

  it('is told at once that the mailbox of the one it asks is full', async () => {
    const [a, b] = await openPair();
    const busy = { init: () => 0, receive: () => new Promise<number>(() => {}) };
    await startActor(a.system, 'busy', busy, { mailbox: { limit: 1 }, shutdown: 5, onTrouble: () => {} });
    const there = b.node.ref('a', 'busy');
    for (const message of ['at hand', 'waits']) dispatch(there, message);
    const refused = call(there, 'too much', { timeoutMs: 3_600_000 });
    await expect(refused).rejects.toMatchObject({ name: 'CallError', code: 'overloaded' });
    await stopSystem(a.system);
  });

  it('made locally is answered from another node when its sender is passed on', async () => {
    const [a, b] = await openPair();
    spawnEcho(a.system);
    const front = spawn(b.system, 'front', (message, { sender }) =>
      dispatch(b.node.ref('a', message), 'through', sender),
    );
    expect(await query(front, 'echo', 5000)).toBe('through');
    // Not nact's query, which leaves its timer behind when it fails.
    const missing = call(front, 'missing', { timeoutMs: 3_600_000 });
    await expect(missing).rejects.toMatchObject({ code: 'noproc' });
  });
});

describe('a reference inside a message', () => {
  it('works where it arrives, at any depth, in arrays, maps and sets', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox(b.system, 'inbox');
    spawn(
      a.system,
      'visitor',
      ({ deep, map, set }: { deep: { list: Reference[] }; map: Map<string, Reference>; set: Set<Reference> }) => {
        dispatch(deep.list[0] as Reference, 'from the list');
        dispatch(map.get('one') as Reference, 'from the map');
        for (const reference of set) dispatch(reference, 'from the set');
      },
    );
    const { reference } = inbox;
    const message = { deep: { list: [reference] }, map: new Map([['one', reference]]), set: new Set([reference]) };
    dispatch(b.node.ref('a', 'visitor'), message);
    await until(() => inbox.messages.length === 3);
    expect(inbox.messages).toEqual(['from the list', 'from the map', 'from the set']);
  });

  it('that returns to its own node is local again', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox(b.system, 'inbox');
    spawnEcho(a.system);
    const returned = (await query(b.node.ref('a', 'echo'), { reference: inbox.reference }, 5000)) as {
      reference: Reference;
    };
    expect(returned.reference).toEqual(inbox.reference);
  });

  it('of a third node works where that node is known, also when it becomes known later', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a]);
    const c = await openTowards('c', [b]);
    const inbox = spawnInbox(c.system, 'inbox');
    let passed: Reference | undefined;
    spawn(a.system, 'taker', ({ reference }: { reference: Reference }) => {
      passed = reference;
    });
    dispatch(b.node.ref('a', 'taker'), { reference: b.node.ref('c', 'inbox') });
    await until(() => passed);
    dispatch(passed as Reference, 'too early');
    await c.node.connect(`127.0.0.1:${a.node.address?.port}`);
    await linked(a, c);
    dispatch(passed as Reference, 'hello');
    await until(() => inbox.messages.length > 0);
    expect(inbox.messages).toEqual(['hello']);
  });
});

describe('the node that a message comes from', () => {
  it('is the one that has proved its name, and not one that it names as the sender', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a]);
    const senders: Reference[] = [];
    spawn(a.system, 'noter', (_message, { sender }) => senders.push(sender));
    dispatch(b.node.ref('a', 'noter'), 1, b.node.ref('b', 'somebody'));
    dispatch(b.node.ref('a', 'noter'), 2, b.node.ref('c', 'somebody'));
    await until(() => senders.length === 2);
    expect(senders.map(peerOf)).toEqual(['b', undefined]);
    // Nor one whose query, or whose system, it names.
    const mallory = await linkRaw(a.node, identity('mallory'));
    const to = { kind: 'actor', node: 'a', incarnation: '', path: ['noter'], key: new Uint8Array(0) } as const;
    const writer = new BatchWriter();
    const place = { incarnation: 'c'.repeat(32), peer: '', id: 1 };
    const claimed = [{ kind: 'temporary', node: 'c', place } as const, { kind: 'system', node: 'c' } as const];
    for (const sender of claimed) writer.envelope({ to, sender, codec: '', payload: Uint8Array.of(1) });
    mallory.socket.send(writer.finish(false, false));
    await until(() => senders.length === 4);
    expect(senders.slice(2).map((sender) => sender.system?.name && peerOf(sender))).toEqual([undefined, undefined]);
    // It can be answered all the same, once c is there.
    const c = await openTowards('c', [a]);
    const inbox = spawnInbox(c.system, 'somebody');
    dispatch(senders[1] as Reference, 'answer');
    await until(() => inbox.messages.length > 0);
  });
});
