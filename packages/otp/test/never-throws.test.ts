/** Whatever gives a promise rejects it, and never throws; and what has an option refuses one that there is not. */

import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type Behaviour,
  IGNORE,
  type Reference,
  type Supervisor,
  startActor,
  startSupervisor,
  isReference,
  startSystem,
} from '../src/index.js';
import { probe } from './probe.js';
import { forEachTest, scribe, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const trap = new Proxy(
  {},
  {
    get() {
      throw new Error('a trap');
    },
    has() {
      throw new Error('a trap');
    },
    ownKeys() {
      throw new Error('a trap');
    },
  },
);
const ODD: readonly unknown[] = [undefined, null, 5, '', 'text', {}, [], { type: 'actor' }, { system: {} }, trap];

/** It may be pending: of one that watches nobody nothing comes. */
async function settles(given: unknown): Promise<void> {
  expect(given).toBeInstanceOf(Promise);
  await Promise.race([given, new Promise((resolve) => setImmediate(resolve))]).catch(() => {});
}

describe('every function that gives a promise', () => {
  it.each(['call', 'startActor', 'startSupervisor', 'stopActor', 'whenDown'] as const)(
    '%s gives one, whatever it is given',
    async (name) => {
      const { ref } = await probe(system, 'a');
      for (const odd of ODD) {
        await settles(untyped[name](odd, odd, odd, odd));
        await settles(untyped[name](ref, odd, odd, odd));
        await settles(untyped[name](ref, 'b', odd, odd));
        await settles(untyped[name](ref, 'c', scribe([], 'c'), odd));
      }
    },
  );

  it('of a context and of a supervisor, too', async () => {
    const { context } = await probe(system, 'a');
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const asking = context.call as (...parameters: readonly unknown[]) => unknown;
    const orders = ['startChild', 'terminateChild', 'restartChild', 'deleteChild'] as const;
    for (const odd of ODD) {
      await settles(asking.call(context, odd, odd, odd));
      for (const order of orders) {
        const act = supervisor[order] as (given: unknown) => unknown;
        await settles(act.call(supervisor, odd));
      }
    }
    expect(supervisor.countChildren().specs).toBe(0);
  });
});

describe('an option that there is not', () => {
  const child = { id: 'a', start: scribe([], 'a') };
  const top = { strategy: 'one_for_one', children: [] };

  it.each<[string, object, string]>([
    ['of a supervisor', { ...top, intensty: 5 }, 'supervisor: there is no intensty; there are: strategy, children'],
    ['of a child', { ...top, children: [{ ...child, restrat: 'temporary' }] }, 'child: there is no restrat'],
    ['of a back-off', { ...top, backoff: { firstMs: 1, maxMs: 2, jitter: 1 } }, 'backoff: there is no jitter'],
    [
      'of a mailbox',
      { ...top, children: [{ ...child, mailbox: { limit: 1, size: 2 } }] },
      'a: mailbox: there is no size',
    ],
    [
      'of a template',
      { strategy: 'simple_one_for_one', child: { ...child, start: () => child.start, x: 1 } },
      'there is no x',
    ],
    [
      'a behaviour without receive',
      { ...top, children: [{ id: 'a', start: { init: () => 0 } }] },
      'receive: is no function',
    ],
    ['a behaviour that is none', { ...top, children: [{ id: 'a', start: 5 }] }, 'start: is no behaviour'],
    ['a template that is no function', { strategy: 'simple_one_for_one', child }, 'is no function'],
    [
      'a mistyped callback',
      { ...top, children: [{ id: 'a', start: { ...child.start, terminate: 5 } }] },
      'terminate: is no function',
    ],
  ])('%s is refused', async (_, spec, message) => {
    await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow(RangeError);
    await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow(message);
  });

  it.each<[object, string]>([
    [{ linked: 1 }, 'startActor(a): there is no linked; there are: link, mailbox'],
    [{ startMs: -1 }, 'a: startMs: -1 is not between 0'],
    [{ shutdown: 'soon' }, 'a: shutdown: soon is none of'],
    [{ mailbox: { limit: 1, size: 2 } }, 'a: mailbox: there is no size'],
  ])('of startActor is refused: %j', async (settings, message) => {
    await expect(untyped.startActor(system, 'a', scribe([], 'a'), settings)).rejects.toThrow(RangeError);
    await expect(untyped.startActor(system, 'a', scribe([], 'a'), settings)).rejects.toThrow(message);
  });

  it.each<[unknown, string]>([
    [{ timeoutMs: 5, timeout: 6 }, 'call: there is no timeout; there are: timeoutMs, signal'],
    [{ timeoutMs: 5, signal: {} }, 'signal: is no AbortSignal'],
    [5, 'call: the options are not given as an object'],
  ])('of a call is refused: %j', async (settings, message) => {
    const { ref, seen } = await probe(system, 'a');
    await expect(untyped.call(ref, 1, settings)).rejects.toThrow(new RangeError(message));
    expect(seen).toEqual([]);
  });

  it('of a gen-server is refused: a callback that nobody would call', () => {
    const server = { init: () => ({ state: 0 }), handleCall: {}, handleCast: {} };
    expect(() => untyped.genServer({ ...server, handleInof: () => server.init() })).toThrow(
      new RangeError(
        'genServer: there is no handleInof; there are: init, handleCall, handleCast, handleInfo, handleContinue, terminate, inspect',
      ),
    );
    class Own {
      readonly more = 'of its own';
      readonly init = server.init;
      readonly handleCall = {};
      readonly handleCast = {};
    }
    expect(untyped.genServer(new Own())).toMatchObject({ kind: 'gen-server' });
  });

  const init = (): object => ({ state: 0 });
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'genServer: give its callbacks as an object'],
    ['no init', {}, 'genServer: init is missing: it gives the first state'],
    ['an init that is none', { init: 5 }, 'genServer: init is no function'],
    [
      'one handler for all',
      { init, handleCast: init },
      'genServer: handleCast is no object of functions, one for each type',
    ],
    ['a handler that is none', { init, handleCall: { read: 5 } }, 'genServer: handleCall.read is no function'],
    ['a terminate that is none', { init, terminate: 'later' }, 'genServer: terminate is no function'],
  ])('of a gen-server is refused when it is made: %s', (_, server, message) => {
    expect(() => untyped.genServer(server)).toThrow(new RangeError(message));
  });
});

describe('what is no reference', () => {
  it.each<[unknown]>([[{}], [undefined], [null], ['a'], [{ system: {} }], [{ system: { name: 5 } }]])(
    'is refused: %j',
    async (given) => {
      expect(isReference(given)).toBe(false);
      const wrong = /^this is no reference to an actor or a system/;
      const sending = (): unknown => untyped.dispatch(given, 'message');
      expect(sending).toThrow(RangeError);
      expect(sending).toThrow(wrong);
      await expect(untyped.whenDown(given)).rejects.toThrow(wrong);
      await expect(untyped.call(given, { type: 'read' }, { timeoutMs: 5 })).rejects.toThrow(wrong);
      await expect(untyped.startActor(given, 'a', scribe([], 'a'))).rejects.toThrow(wrong);
      const spec = { strategy: 'one_for_one', children: [] };
      await expect(untyped.startSupervisor(given, 'a', spec)).rejects.toThrow(/this is no reference to an actor/);
    },
  );

  it('is not taken for a system: nor is a name that is none', () => {
    expect(isReference(system)).toBe(true);
    expect(() => startSystem({ name: 'x' } as unknown as string)).toThrow(
      new RangeError("the name of a system is a text, as in startSystem('a'); this is none: { name: 'x' }"),
    );
    expect(() => startSystem('')).toThrow(RangeError);
  });
});

describe('an exit reason that is none', () => {
  it.each<[string, (odd: unknown, context: ActorContext) => unknown]>([
    ['of context.exit', (odd, context) => (context.exit as (reason: unknown) => void)(odd)],
    ['of exit', (odd, context) => untyped.exit(context.self, odd)],
    ['of stopActor', (odd, context) => untyped.stopActor(context.self, odd)],
  ])('%s is a crash with it, as any other term is in Erlang', async (_, end) => {
    for (const odd of ['my_reason', 7, null, { reason: 1 }, Object.create(null)] as const) {
      const { ref, context } = await probe(system, 'a');
      const down = untyped.whenDown(ref);
      end.call(context, odd, context);
      const reason = await down;
      expect(reason).toEqual({ crash: odd });
    }
  });
});

describe('a behaviour', () => {
  it('may be an object of a class, with more in it', async () => {
    class Idle implements Behaviour<number, unknown> {
      readonly mine = 'more';
      init(): number {
        return 0;
      }
      receive(state: number): number {
        return state;
      }
    }
    expect(await startActor(system, 'a', new Idle())).toBeDefined();
    const ignoring = startActor(system, 'b', { ...scribe([], 'b'), init: () => IGNORE });
    await expect(ignoring).rejects.toMatchObject({
      code: 'start-failed',
      message: 'b did not start: its init gave IGNORE: it is not needed',
      cause: { cause: IGNORE },
    });
    // Nothing of it is left, and no crash: its place is free.
    expect(await startActor(system, 'b', new Idle())).toBeDefined();
    const supervisor: Supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: new Idle() }],
    });
    await supervisor.shutdown();
  });
});
