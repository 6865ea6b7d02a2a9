/** What cannot be delivered does no harm to who sent it, and whoever waits is told at once. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { call, deadLetters, dispatch as otpDispatch, register, startActor } from '@parliament/otp';
import { sayHello } from '../src/handshake/handshake.js';
import type { Reference } from '../src/index.js';
import { dispatch, query, spawn, spawnEcho } from './actors.js';
import { connectRaw, identity } from './raw.js';
import { eventOf, linked, open, openPair, openTowards, type TestNode, until } from './support.js';

/** No time limit is to be what ends a call. */
const HOUR_MS = 3_600_000;
const SMALL = { limits: { payloadBytes: 1024 } };
const timeoutMs = HOUR_MS;

/** What nobody caught, and what was told of it. */
const escaped: unknown[] = [];
const note = (error: unknown): void => void escaped.push(error);
const asked = (error: unknown): unknown => error;

beforeEach(() => {
  escaped.length = 0;
  jest.spyOn(process, 'emitWarning').mockImplementation(note as never);
  process.on('unhandledRejection', note);
});

afterEach(() => {
  jest.restoreAllMocks();
  process.off('unhandledRejection', note);
  expect(escaped).toEqual([]);
});

/** `a` takes little; `b` has an actor that answers with as many characters as it is asked for. */
async function smallCaller(): Promise<[TestNode, TestNode, Reference]> {
  const b = await open('b');
  const a = await openTowards('a', [b], SMALL);
  await startActor(b.system as never, 'teller', {
    init: () => 0,
    receive(count: number, length: number, context) {
      if (context.sender !== undefined) context.dispatch(context.sender, 'x'.repeat(length));
      return count + 1;
    },
    inspect: (count: number) => count,
  });
  return [a, b, a.node.ref('b', 'teller')];
}

describe('a reply that is longer than the caller takes', () => {
  it('fails the call at once, with both sizes, and harms nothing on either side', async () => {
    const [a, b, teller] = await smallCaller();
    for (const ask of [() => call(teller as never, 3000, { timeoutMs }), () => query(teller, 3000, HOUR_MS)]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'too-large',
        message: expect.stringMatching(/3003 bytes, more than the 1024 that may come here/),
      });
    }
    expect(await call(teller as never, 5, { timeoutMs })).toBe('xxxxx');
    expect(await eventOf(b, 'too-large')).toEqual({ type: 'too-large', node: 'a', bytes: 3003, limit: 1024 });
    // Told once, as the peer has it in its hands how often it happens.
    expect(b.events.filter(({ type }) => type === 'too-large')).toHaveLength(1);
    expect([a, b].map(({ events }) => events.some(({ type }) => type === 'nodedown'))).toEqual([false, false]);
    expect(b.node.peers()[0]?.dropped).toBe(2);
  });

  it('also of the node itself fits, as every refusal does', async () => {
    const [a] = await smallCaller();
    for (const name of ['x'.repeat(255), '\n'.repeat(700)]) {
      const error = await a.node.spawnAt('b', name, 1, { timeoutMs }).catch(asked);
      expect(error).toMatchObject({ code: 'spawn-failed' });
    }
  });
});

it('a request that cannot travel fails its call as unsendable, and its query with the error that says why', async () => {
  const [a, b] = await openPair();
  spawnEcho(a.system);
  const echo = b.node.ref('a', 'echo');
  const message = { x: () => 0 };
  await expect(call(echo as never, message, { timeoutMs })).rejects.toMatchObject({
    name: 'CallError',
    code: 'unsendable',
    cause: expect.any(TypeError),
    message: expect.stringMatching(/message.x is a function/),
  });
  await expect(query(echo, message, HOUR_MS)).rejects.toThrow(TypeError);
});

// Two nodes have limits of their own: what the one takes may be more than may wait at the other.
describe('a message that is longer than what may wait to be sent', () => {
  const hard = { payloadBytes: 100_000, queueSoftBytes: 100_000, queueHardBytes: 100_000 };

  it('is refused alone, request or reply, with both sizes, and the link stays', async () => {
    const b = await open('b');
    const a = await openTowards('a', [b], { limits: hard });
    spawnEcho(b.system);
    const teller = a.node.ref('b', 'echo');
    const error = await call(teller as never, 'x'.repeat(200_000), { timeoutMs }).catch(asked);
    expect(error).toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/200005 bytes is more than may wait for node b, 100000: .*limits.queueHardBytes/),
    });
    expect(otpDispatch(teller as never, 'x'.repeat(200_000))).toBe(false);
    spawn(a.system, 'long', (_, { sender, self }) => dispatch(sender, 'x'.repeat(200_000), self));
    const reply = await call(b.node.ref('a', 'long') as never, 1, { timeoutMs }).catch(asked);
    expect(reply).toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/200005 bytes, more than the 100000/),
    });
    // One that is just as long as may wait has more around it, and comes all the same.
    const longest = 'x'.repeat(100_000 - 5);
    expect(await call(teller as never, longest, { timeoutMs })).toBe(longest);
    expect([a, b].map(({ events }) => events.some(({ type }) => type === 'nodedown'))).toEqual([false, false]);
  });
});

it('what a node answers that cannot travel is told to who asked', async () => {
  const [a, b] = await openPair();
  let parent: Reference = b.system;
  for (let depth = 0; depth < 33; depth += 1) parent = spawn(parent, `level-${depth}`, () => {});
  register('deep', parent as never);
  await expect(a.node.whereis('b', 'deep', { timeoutMs })).rejects.toMatchObject({ code: 'spawn-failed' });
});

describe('a request', () => {
  it('that is longer than the other node takes, or has too many parts, rejects at once and never throws', async () => {
    const b = await open('b', SMALL);
    const a = await openTowards('a', [b]);
    spawnEcho(b.system);
    const echo = a.node.ref('b', 'echo');
    for (const message of ['x'.repeat(5000), new Array(200_000).fill(1)]) {
      await expect(call(echo as never, message, { timeoutMs })).rejects.toMatchObject({ code: 'too-large' });
      await expect(query(echo, message, HOUR_MS)).rejects.toMatchObject({ code: 'too-large' });
      expect(otpDispatch(echo as never, message)).toBe(false);
      dispatch(echo, message);
    }
    expect(a.node.peers()[0]?.dropped).toBe(8);
  });

  it('that holds what cannot travel rejects, and leaves nobody who waits', async () => {
    const [a, b] = await openPair();
    spawnEcho(b.system);
    const echo = a.node.ref('b', 'echo');
    const odd = {
      get it(): never {
        throw Object.create(null);
      },
    };
    for (const message of [{ done: () => 0 }, odd]) {
      await expect(call(echo as never, message, { timeoutMs })).rejects.toThrow();
      await expect(query(echo, message, HOUR_MS)).rejects.toThrow(TypeError);
    }
    await expect(a.node.spawnAt('b', 'x', () => 0, { timeoutMs })).rejects.toThrow(/is a function/);
    expect(await call(echo as never, 1, { timeoutMs })).toBe(1);
  });
});

describe('a call that is handed on', () => {
  it('to a node that takes less, or that is not connected, fails at once, on whichever node it waits', async () => {
    const b = await open('b');
    const small = await open('small', SMALL);
    const a = await openTowards('a', [b, small]);
    const c = await openTowards('c', [a, b]);
    const forwarder = spawn(a.system, 'forwarder', ({ to, length }: { to: string; length: number }, { sender }) =>
      dispatch(a.node.ref(to, 'nobody'), 'x'.repeat(length), sender),
    );
    for (const from of [forwarder, c.node.ref('a', 'forwarder')]) {
      // Not nact's query: of one that fails, it keeps the timer.
      const ask = (to: string, length: number): Promise<unknown> =>
        call(from as never, { to, length }, { timeoutMs }).catch(asked);
      expect(await ask('small', 5000)).toMatchObject({ code: 'too-large' });
      expect(await ask('unknown', 5)).toMatchObject({ code: 'noconnection' });
      expect(await ask('b', 5)).toMatchObject({ code: 'noproc' });
    }
  });
});

it('an actor that has ended, and cleans up, fails a call from afar as it does one from here', async () => {
  const [a, b] = await openPair();
  let cleanedUp = (): void => {};
  const isCleaningUp = new Promise<void>((resolve) => {
    cleanedUp = resolve;
  });
  const reference = await startActor(
    b.system as never,
    'dying',
    {
      init: () => 0,
      receive: () => {
        throw new Error('on purpose');
      },
      terminate: () => isCleaningUp,
    },
    { onTrouble: () => {} },
  );
  const before = deadLetters(b.system as never).noproc;
  otpDispatch(reference as never, 'crash');
  await expect(call(a.node.ref('b', 'dying') as never, 1, { timeoutMs })).rejects.toMatchObject({
    code: expect.stringMatching(/noproc|exit/),
  });
  await expect(call(a.node.ref('b', 'dying') as never, 1, { timeoutMs })).rejects.toMatchObject({ code: 'noproc' });
  expect(deadLetters(b.system as never).noproc).toBeGreaterThan(before);
  cleanedUp();
});

describe('the least that a node may take', () => {
  it('is an option that is refused below it', async () => {
    await expect(open('a', { limits: { payloadBytes: 1023 } })).rejects.toThrow(/from 1024 to/);
  });

  it('holds for peers, too: one that takes less is not let in', async () => {
    const a = await open('a');
    const client = await connectRaw(a.node);
    client.socket.send(sayHello(identity('tiny', { payloadLimit: 1023 }), 'a').send);
    await client.closed();
    expect((await eventOf(a, 'bad-frame')).reason).toMatch(/payload limit/);
    await linked(a, await openTowards('b', [a]));
    await until(() => a.node.nodes().length === 1);
  });
});
