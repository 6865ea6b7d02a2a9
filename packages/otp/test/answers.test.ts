/** Nothing that the other side, the way to it or the size of a message is to blame for throws, crashes, or leaves somebody waiting. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  CallError,
  call,
  deadLetters,
  dispatch,
  genServer,
  inspect,
  mayBeAlive,
  type Reference,
  startActor,
  startSupervisor,
  type TemporaryReference,
  whenDown,
} from '../src/index.js';
import { enterFarSystem, type FarSystem, farActor } from './far-system.js';
import { probe } from './probe.js';
import { forEachTest, gate, inside, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

class TooLarge extends Error {
  readonly code = 'too-large';
}

const tooLarge = new TooLarge('5,000,000 bytes, where the node takes 300');
const cannotTravel = new TypeError('message.f is a function, which cannot travel to another node');

/** What the way does with a message; undefined: it takes it. */
let refusal: (message: unknown) => Error | undefined = () => undefined;
const arrived: unknown[] = [];
let far: FarSystem;
beforeEach(() => {
  arrived.length = 0;
  refusal = () => undefined;
  far = enterFarSystem('far', (_, message) => {
    const error = refusal(message);
    if (error !== undefined) throw error;
    arrived.push(message);
  });
});
afterEach(() => far.leave());

/** Somebody on the other node, who waits for an answer. */
const waiting = (id: number): TemporaryReference => ({ type: 'temp', system: { name: 'far' }, id });

describe('a call that the way does not take', () => {
  it.each([
    ['too-large', tooLarge],
    ['unsendable', cannotTravel],
  ])('rejects, once, as %s, and leaves nothing behind', async (code, error) => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    refusal = () => error;
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const asking = call(farActor('far', 'x'), { type: 'x' }, { timeoutMs: 5 });
    await expect(asking).rejects.toMatchObject({ name: 'CallError', code, cause: error });
    await expect(asking).rejects.toThrow(error.message);
    expect(far.waiting.size).toBe(0);
    // Past the time-out, nobody fails a second time.
    jest.advanceTimersByTime(1000);
    jest.useRealTimers();
    await turns(2);
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });

  it('rejects so in a context, too', async () => {
    refusal = () => tooLarge;
    const { context } = await probe(system, 'a');
    await expect(context.call(farActor('far', 'x'), 1, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'too-large',
    });
    expect(context.incarnation.alive).toBe(true);
  });

  it.each([
    ['noconnection', 'noconnection'],
    ['noproc', 'noproc'],
    ['too-large', 'too-large'],
    ['overloaded', 'overloaded'],
    ['unknown-type', 'unsendable'],
  ])('or that it fails later as %s is told so as %s', async (code, own) => {
    const asking = call(farActor('far', 'x'), 1, { timeoutMs: 60_000 });
    const [deferral] = far.waiting.values();
    deferral?.reject(Object.assign(new Error('from the link'), { code }));
    await expect(asking).rejects.toMatchObject({ name: 'CallError', code: own, message: 'from the link' });
  });
});

describe('a reply that the way does not take', () => {
  const server = genServer({
    init: () => ({ state: 0 }),
    handleCall: { read: (_, __, state) => ({ reply: { what: 'a reply' }, state }) },
    handleCast: {},
  });

  it.each([
    ['too-large', tooLarge],
    ['unsendable', cannotTravel],
  ])('is a dead letter; the one who waits is told %s, and the server goes on', async (code, error) => {
    const ref = (await startActor(system, 'server', server)) as Reference;
    refusal = (message) => (message instanceof CallError ? undefined : error);
    dispatch(ref, { type: 'read' }, waiting(1));
    await until(() => arrived.length === 1);
    expect(arrived[0]).toBeInstanceOf(CallError);
    expect(arrived[0]).toMatchObject({ code, message: `its reply cannot be sent: ${error.message}` });
    expect(deadLetters(system)).toMatchObject({ unsendable: 1 });
    expect(await call(ref, { type: 'read' }, { timeoutMs: 5000 })).toEqual({ what: 'a reply' });
  });

  it('nor the refusal either: the server goes on all the same', async () => {
    const ref = (await startActor(system, 'server', server)) as Reference;
    refusal = () => tooLarge;
    dispatch(ref, { type: 'read' }, waiting(1));
    dispatch(ref, { type: 'unknown' }, waiting(2));
    await until(() => deadLetters(system).unsendable === 3);
    expect(inspect(ref)).toMatchObject({ alive: true, type: 'gen-server' });
  });
});

describe('a refusal', () => {
  it('of an unknown request is short and on one line, whatever the type is', async () => {
    const ref = (await startActor(
      system,
      'server',
      genServer({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} }),
    )) as Reference;
    const type = `\u001b[2J\n${'long'.repeat(100_000)}`;
    const asking: Promise<unknown> = call(ref, { type }, { timeoutMs: 5000 });
    const error = await asking.then(undefined, (reason: CallError) => reason);
    if (!(error instanceof CallError)) throw new Error('it was answered');
    expect(error).toMatchObject({ code: 'unknown-request' });
    expect(error.message.length).toBeLessThan(500);
    expect(error.message).toMatch(/^server takes no request \\u001b\[2J\\u000along/);
  });

  it('of a supervisor without onMessage that cannot be sent does not end it', async () => {
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    refusal = () => tooLarge;
    dispatch(supervisor.ref, 1, waiting(1));
    await until(() => deadLetters(system).unsendable === 1);
    expect(mayBeAlive(supervisor.ref)).toBe(true);
    await expect(call(supervisor.ref, 1, { timeoutMs: 5000 })).rejects.toMatchObject({ code: 'unknown-request' });
  });

  it('goes to the one who waits on the other node, and to nobody here that waits under the same number', async () => {
    const busy = gate();
    const { ref } = await probe(system, 'a', { mailbox: { limit: 1 } });
    dispatch(ref, () => busy.opened);
    await turns(2);
    const own = call(ref, 'mine', { timeoutMs: 60_000 });
    const [id] = [...(inside(system)?.tempReferences.keys() ?? [])];
    let isSettled = false;
    own
      .catch(() => {})
      .finally(() => {
        isSettled = true;
      });
    expect(dispatch(ref, 'theirs', waiting(id as number))).toBe(false);
    await until(() => arrived.length === 1);
    expect(arrived[0]).toMatchObject({ code: 'overloaded' });
    await turns(2);
    expect(isSettled).toBe(false);
    busy.open();
  });
});

describe('an actor that has ended, and still cleans up', () => {
  it.each(['terminate', 'a handler'])('takes no more messages: callers learn it at once (%s)', async (what) => {
    const slow = gate();
    const terminate = { terminate: () => (what === 'terminate' ? slow.opened : undefined) };
    const { ref, context } = await probe(system, 'a', { onTrouble: () => {} }, terminate);
    dispatch(ref, () => (what === 'a handler' ? slow.opened : undefined));
    await turns(2);
    context.fail(new Error('boom'));
    expect(mayBeAlive(ref)).toBe(false);
    expect(await whenDown(ref)).toBe('noproc');
    expect(dispatch(ref, 'anyone?')).toBe(false);
    await expect(call(ref, 'anyone?', { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'noproc' });
    // Those of other nodes are found there by the path alone.
    dispatch(ref, 'anyone?', waiting(1));
    expect(arrived).toEqual([expect.objectContaining({ name: 'CallError', code: 'noproc' })]);
    expect(deadLetters(system)).toMatchObject({ noproc: 2, ended: 0 });
    slow.open();
    await until(() => inspect(ref) === undefined);
  });
});
