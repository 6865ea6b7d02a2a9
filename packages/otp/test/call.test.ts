import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type ActorContext,
  CallError,
  call,
  childReference,
  dispatch,
  inspect,
  type Reference,
  type Supervisor,
  type SystemReference,
  startActor,
  startSupervisor,
} from '../src/index.js';
import { inside, rawNact, reply, systemsOfThisFile } from './support.js';

const newSystem = systemsOfThisFile();

let system: SystemReference;
let supervisor: Supervisor;
let actor: Reference;
/** Who called `silence`, in order. */
const silenced: Reference[] = [];

beforeAll(async () => {
  system = newSystem();
  const start = {
    init: () => 0,
    receive(state: number, message: string, context: ActorContext) {
      if (message === 'silence') silenced.push(context.sender as Reference);
      else reply(context, `${message}?`);
      return state;
    },
  };
  supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [{ id: 'actor', start }] });
  actor = supervisor.child('actor');
});
afterAll(() => supervisor.shutdown());

const waiting = (): number | undefined => inside(system)?.tempReferences.size;
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.then(undefined, (error: unknown) => error);

describe('a call', () => {
  it('resolves with the reply, and leaves nothing behind', async () => {
    expect(await call<string>(actor, 'hello', { timeoutMs: 5000 })).toBe('hello?');
    expect(waiting()).toBe(0);
  });

  it('keeps the process alive as long as somebody waits, and no longer, time after time', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const before = timers();
    for (const text of ['first', 'second']) {
      silenced.length = 0;
      const pending = call(actor, 'silence', { timeoutMs: 7777 });
      expect(timers()).toBe(before + 1);
      while (silenced.length === 0) await new Promise((resolve) => setImmediate(resolve));
      dispatch(silenced[0] as Reference, text);
      expect(await pending).toBe(text);
      expect(timers()).toBe(before);
    }
  });

  it('is not touched by the end of another actor that somebody waits for', async () => {
    const mortal = (await startActor(system, 'mortal', {
      init: () => 0,
      receive(state: number, message: string) {
        if (message === 'crash') throw new Error('on purpose');
        return state;
      },
    })) as Reference;
    silenced.length = 0;
    const pending = call(actor, 'silence', { timeoutMs: 20_000 });
    const failing = caught(call(mortal, 'wait', { timeoutMs: 20_000 }));
    while (silenced.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const waitingFor = (reference: Reference): number | undefined => inspect(reference)?.calls;
    expect([waitingFor(actor), waitingFor(mortal)]).toEqual([1, 1]);
    dispatch(mortal, 'crash');
    expect(await failing).toMatchObject({ code: 'exit' });
    dispatch(silenced[0] as Reference, 'here');
    expect(await pending).toBe('here');
  });

  it('reaches a plain nact actor, too', async () => {
    const echo = (state: unknown, message: unknown, { sender }: { sender: Reference }): unknown => {
      dispatch(sender, message);
      return state;
    };
    const plain = rawNact.spawn(system, echo, 'plain') as Reference;
    expect(await call(plain, 'hello', { timeoutMs: 5000 })).toBe('hello');
    rawNact.stop(plain);
  });

  it('gets its own reply, and no other, among very many at once', async () => {
    const numbers = Array.from({ length: 2000 }, (_, number) => number);
    const replies = await Promise.all(numbers.map((number) => call(actor, `${number}`, { timeoutMs: 20_000 })));
    expect(replies).toEqual(numbers.map((number) => `${number}?`));
    expect(waiting()).toBe(0);
  });

  it('has an id of its own among 100,000', async () => {
    const seen = new Set<unknown>();
    const concreteSystem = inside(system) as unknown as {
      addTempReference(reference: { readonly id: unknown }, deferral: { resolve(reply: unknown): void }): void;
    };
    const added = jest.spyOn(concreteSystem, 'addTempReference').mockImplementation(({ id }, deferral) => {
      seen.add(id);
      deferral.resolve('answered');
    });
    const probe = rawNact.spawn(system, () => undefined, 'probe') as Reference;
    for (let count = 0; count < 100_000; count += 1) await call(probe, 'x', { timeoutMs: 60_000 });
    added.mockRestore();
    rawNact.stop(probe);
    expect(seen.size).toBe(100_000);
  });

  it('fails at once when nobody is there', async () => {
    const nobody: Reference[] = [
      childReference(supervisor.ref, 'nobody'),
      { type: 'system', system: { name: 'no-such-system' }, path: { parts: [], system: 'no-such-system' } },
      { type: 'temp', system: system.system, id: 'call-0' },
      system,
    ];
    for (const to of nobody) {
      const error = await caught(call(to, 'hello', { timeoutMs: 2 ** 31 - 1 }));
      expect(error).toBeInstanceOf(CallError);
      expect(error).toMatchObject({ code: 'noproc' });
    }
    expect(waiting()).toBe(0);
  });

  it('fails after its time, drops the reply that comes later, and leaves nothing behind', async () => {
    const error = await caught(call(actor, 'silence', { timeoutMs: 5 }));
    expect(error).toMatchObject({ name: 'CallError', code: 'timeout' });
    expect((error as Error).message).toContain('top/actor within 5 ms');
    expect(waiting()).toBe(0);
    dispatch(silenced.pop() as Reference, 'too late');
    expect(await call(actor, 'hello', { timeoutMs: 5000 })).toBe('hello?');
  });

  it('is aborted by its signal, before and while it waits', async () => {
    const reason = new Error('the user has left');
    expect(await caught(call(actor, 'x', { timeoutMs: 5000, signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'aborted',
      cause: reason,
    });
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const pending = caught(call(actor, 'silence', { timeoutMs: 5000, signal: controller.signal }));
    expect(waiting()).toBe(1);
    controller.abort(reason);
    expect(await pending).toMatchObject({ code: 'aborted', cause: reason });
    expect(waiting()).toBe(0);
    expect(removed).toHaveBeenCalled();
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    await call(actor, 'hello', { timeoutMs: 5000, signal });
    expect(removed.mock.calls[0]?.slice(0, 2)).toEqual(added.mock.calls[0]?.slice(0, 2));
  });

  it('fails with the error of a link that is lost', async () => {
    const pending = caught(call(actor, 'silence', { timeoutMs: 5000 }));
    const [deferral] = [...(inside(system)?.tempReferences.values() ?? [])] as { reject(error: Error): void }[];
    const lost = Object.assign(new Error('lost'), { code: 'odd' });
    deferral?.reject(lost);
    expect(await pending).toBe(lost);
    expect(waiting()).toBe(0);
  });

  it.each([0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])('refuses to wait for %p ms', async (timeoutMs) => {
    const error = await caught(call(actor, 'hello', { timeoutMs }));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe(`timeoutMs: ${timeoutMs} is not above 0 and at most 2147483647`);
  });

  it('may wait for as long as a timer can', async () => {
    expect(await call(actor, 'hello', { timeoutMs: 2 ** 31 - 1 })).toBe('hello?');
  });
});

describe('a call on an actor that ends before it replies', () => {
  const start = {
    init: () => 0,
    receive(state: number, message: string, context: ActorContext) {
      if (message === 'crash') throw new Error('as told');
      if (message === 'exit') context.exit();
      return state;
    },
  };

  it.each(['crash', 'exit'])('fails at once, the one at hand and those in the mailbox alike: %s', async (message) => {
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'actor', start }],
    });
    const calls = [call(top.child('actor'), 'nothing', { timeoutMs: 600_000 })];
    calls.push(call(top.child('actor'), message, { timeoutMs: 600_000 }));
    calls.push(call(top.child('actor'), 'nothing', { timeoutMs: 600_000 }));
    const errors = await Promise.all(calls.map(caught));
    expect(errors).toEqual(errors.map(() => expect.objectContaining({ code: 'exit' })));
    await top.shutdown();
  });

  it('lets a child that needs a sibling to start be started anew when that sibling crashes instead of answering', async () => {
    const faults = { left: 1 };
    const server = {
      init: () => 0,
      receive(state: number, _message: string, context: ActorContext) {
        if (faults.left === 0) reply(context, 'here you are');
        else {
          faults.left -= 1;
          throw new Error('server fault');
        }
        return state;
      },
    };
    const client = {
      async init(): Promise<unknown> {
        return call(childReference(top, 'server'), 'please', { timeoutMs: 600_000 });
      },
      receive(state: unknown, message: string) {
        if (message === 'crash') throw new Error('client fault');
        return state;
      },
    };
    faults.left = 0;
    const newTop = newSystem();
    const top = childReference(newTop, 'top');
    const tree = await startSupervisor(newTop, 'top', {
      strategy: 'rest_for_one',
      intensity: 3,
      periodMs: 60_000,
      children: [
        { id: 'server', start: server },
        { id: 'client', start: client },
      ],
    });
    faults.left = 1;
    dispatch(tree.child('client'), 'crash');
    const isBack = (): boolean => {
      const { children } = tree.status();
      return children.every(({ state }) => state === 'running') && (children[0]?.restarts ?? 0) === 1;
    };
    while (!isBack()) await new Promise((resolve) => setImmediate(resolve));
    // The client's crash, and the server's: what kept the client from starting was mended before it was tried again.
    expect(tree.status().restarts).toBe(2);
    await tree.shutdown();
  });
});
