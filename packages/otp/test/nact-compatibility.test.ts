/**
 * The traps of nact 7.6.2, of addressing and of all the rest: what nact does, asserted, so that a version that
 * cures it is noticed; and that whoever goes through this package is not caught.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { type ActorContext, type Behaviour, call, dispatch, type Reference, startSystem, stop } from '../src/index.js';
import { crash, keep, type Policy, silenceNact, supervise } from './nact-traps.js';
import { gate, inside, rawNact, reply, scribe, systemsOfThisFile, until } from './support.js';

const newSystem = systemsOfThisFile();
silenceNact();

const { spawn, spawnPersistent, configurePersistence, query } = rawNact;

describe('p08: the ids of queries', () => {
  /** An actor that notes its callers and leaves them waiting. */
  function holding(): { readonly actor: Reference; readonly held: Reference[] } {
    const held: Reference[] = [];
    const hold = (_state: unknown, _message: unknown, { sender }: { sender: Reference }): void => {
      held.push(sender);
    };
    return { actor: spawn(newSystem(), hold, 'actor') as Reference, held };
  }

  it('nact: are drawn at random, so that one caller gets the reply of another', async () => {
    const { actor, held } = holding();
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.123);
    const timeout = jest.spyOn(globalThis, 'setTimeout');
    const first = query(actor, () => 'first', 60_000) as Promise<unknown>;
    const [expire] = timeout.mock.calls[0] ?? [];
    const timer = timeout.mock.results[0]?.value as NodeJS.Timeout | undefined;
    timeout.mockRestore();
    const second = query(actor, () => 'second', 60_000) as Promise<unknown>;
    random.mockRestore();
    await until(() => held.length === 2);
    dispatch(held[0] as Reference, 'for the first');
    expect(await second).toBe('for the first');
    // Its time is over when the test says so: were it so before, nobody would get the reply.
    clearTimeout(timer);
    expire?.();
    await expect(first).rejects.toThrow('Query Timeout');
  });

  it('nact: have 32 bits at most, drawn at random', async () => {
    const { actor } = holding();
    const ids: number[] = [];
    const queries = Array.from({ length: 200 }, () => {
      const note = (reference: { readonly id: number }): void => void ids.push(reference.id);
      return query(actor, note, 1) as Promise<unknown>;
    });
    await Promise.allSettled(queries);
    expect(ids).toHaveLength(200);
    // On Node 20 all of them are odd, too, which leaves 31.
    expect(ids.every((id) => Number.isInteger(id) && Math.abs(id) <= 2 ** 31)).toBe(true);
  });

  it('nact: a timeout of 25 days is over at once', async () => {
    const { actor } = holding();
    await expect(query(actor, () => 'x', 25 * 24 * 3_600_000)).rejects.toThrow('Query Timeout');
  });

  it('here: a counter, so that each caller gets its own; a timeout is what it says, or refused', async () => {
    const { actor, held } = holding();
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.123);
    const first = call(actor, 'first', { timeoutMs: 60_000 });
    const second = call(actor, 'second', { timeoutMs: 60_000 });
    random.mockRestore();
    await until(() => held.length === 2);
    dispatch(held[1] as Reference, 'for the second');
    dispatch(held[0] as Reference, 'for the first');
    expect(await Promise.all([first, second])).toEqual(['for the first', 'for the second']);
    await expect(call(actor, 'x', { timeoutMs: 25 * 24 * 3_600_000 })).rejects.toThrow(RangeError);
  });
});

describe('p11: what a message costs', () => {
  it('nact: a copy of the table of children, for every message; and mailboxes have no bound', async () => {
    const tables: ReadonlyMap<string, unknown>[] = [];
    const slow = gate();
    const receive = (
      _state: unknown,
      _message: unknown,
      context: { children: ReadonlyMap<string, unknown> },
    ): unknown => {
      tables.push(context.children);
      return tables.length === 2 ? slow.opened : undefined;
    };
    const actor = spawn(newSystem(), receive, 'actor');
    for (let child = 0; child < 10; child += 1) spawn(actor, keep, `child-${child}`);
    for (let message = 0; message < 10_000; message += 1) dispatch(actor, message);
    await until(() => tables.length === 2);
    expect(tables[0]).not.toBe(tables[1]);
    expect(tables.map(({ size }) => size)).toEqual([10, 10]);
    expect(inside(actor)?.mailbox.length).toBe(9998);
    stop(actor);
    slow.open();
  });

  it('here: the context is made once for an incarnation, and its mailbox ends with it', async () => {
    const contexts = new Set<ActorContext>();
    const slow = gate();
    const top = await supervise(newSystem(), {
      a: {
        init: (context: ActorContext) => contexts.add(context).size,
        receive(state: number, message: number, context: ActorContext) {
          contexts.add(context);
          if (message === 1) return slow.opened.then(crash);
          reply(context, contexts.size);
          return state;
        },
      },
    });
    for (let message = 0; message < 10_000; message += 1) dispatch(top.child('a'), message);
    await until(() => inside(top.child('a'))?.mailbox.length === 9998);
    expect(contexts.size).toBe(1);
    slow.open();
    await until(() => top.status().children[0]?.restarts === 1);
    expect(inside(top.child('a'))?.mailbox.length).toBe(0);
    expect(await call(top.child('a'), 2, { timeoutMs: 5000 })).toBe(2);
    await top.shutdown();
  });
});

describe('p12: names and references', () => {
  it('nact: a name that is given as text is ignored; a second system of a name takes the references of the first', async () => {
    expect(rawNact.start('a-name').system.name).not.toBe('a-name');
    const seen: string[] = [];
    const first = rawNact.start({ name: 'p12' });
    const actor = spawn(first, () => void seen.push('first'), 'actor');
    const second = rawNact.start({ name: 'p12' });
    spawn(second, () => void seen.push('second'), 'actor');
    dispatch(actor, 'x');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['second']);
    stop(second);
  });

  it('here: a name is what is given, and one that is taken is refused', () => {
    const system = newSystem('p12');
    expect(system.system.name).toBe('p12');
    expect(() => startSystem('p12')).toThrow(RangeError);
  });

  it('nact: a reference is plain data, which stops an actor as well as it reaches it', () => {
    const actor = spawn(newSystem(), keep, 'actor') as { system: object; path: { parts: string[] } };
    stop(JSON.parse(JSON.stringify({ type: 'actor', system: actor.system, path: { parts: actor.path.parts } })));
    expect(inside(actor)).toBeUndefined();
  });

  it('here: what came as data can be sent to, but is no order to an actor or to a supervisor', async () => {
    const top = await supervise(newSystem(), { a: scribe([], 'a') });
    const forged = JSON.parse(JSON.stringify(top.child('a'))) as Reference;
    expect(await call(forged, 'echo', { timeoutMs: 5000 })).toBe(0);
    for (const type of ['EXIT', 'exit', 'shutdown', 'Start']) dispatch(forged, { type, reason: 'crash' });
    expect(await call(forged, 'echo', { timeoutMs: 5000 })).toBe(5);
    expect(top.status()).toMatchObject({ restarts: 0 });
    await top.shutdown();
  });

  it('nact: a handler that forgets to return loses its state', async () => {
    const actor = spawn(newSystem(), () => {}, 'actor', { initialState: 'precious' });
    dispatch(actor, 'x');
    await until(() => inside(actor)?.state === undefined);
  });

  it('here: the compiler refuses a handler that forgets to return', () => {
    // @ts-expect-error receive must give the next state
    const forgetful: Behaviour<string, string> = { init: () => 'precious', receive: () => {} };
    expect(forgetful.init).toBeDefined();
  });
});

describe('p16: order, and who owns a message', () => {
  it('nact: keeps the order of one sender, and hands a message over as it is, not as a copy', async () => {
    const seen: unknown[] = [];
    const actor = spawn(newSystem(), (_state: unknown, message: unknown) => void seen.push(message), 'actor');
    const messages = Array.from({ length: 1000 }, (_, number) => ({ number }));
    for (const message of messages) dispatch(actor, message);
    await until(() => seen.length === 1000);
    expect(seen.every((message, index) => message === messages[index])).toBe(true);
  });

  it('here: the same holds', async () => {
    const seen: unknown[] = [];
    const top = await supervise(newSystem(), {
      a: {
        init: () => 0,
        receive(state: number, message: unknown) {
          seen.push(message);
          return state;
        },
      },
    });
    const messages = Array.from({ length: 1000 }, (_, number) => ({ number }));
    for (const message of messages) dispatch(top.child('a'), message);
    await until(() => seen.length === 1000);
    expect(seen.every((message, index) => message === messages[index])).toBe(true);
    await top.shutdown();
  });
});

describe('p17: persistence', () => {
  it('nact: leaves a hole in the sequence of events after one that could not be written', async () => {
    const numbers: number[] = [];
    let full = false;
    const engine = {
      events: () => ({ reduce: (_step: unknown, initial: unknown) => Promise.resolve(initial) }),
      latestSnapshot: () => Promise.resolve(undefined),
      takeSnapshot: () => Promise.resolve(),
      async persist({ sequenceNumber }: { sequenceNumber: number }) {
        if (full) throw new Error('ENOSPC');
        numbers.push(sequenceNumber);
      },
    };
    const system = rawNact.start(configurePersistence(engine));
    let crashes = 0;
    const receive = async (
      _state: unknown,
      message: unknown,
      context: { readonly recovering: boolean; persist(message: unknown): Promise<void> },
    ): Promise<void> => {
      if (!context.recovering) await context.persist(message);
    };
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol | undefined => {
      crashes += 1;
      return policy.resume;
    };
    const actor = spawnPersistent(system, receive, 'key', 'actor', { onCrash });
    for (const message of [1, 2]) dispatch(actor, message);
    await until(() => numbers.length === 2);
    full = true;
    dispatch(actor, 'lost');
    await until(() => crashes === 1);
    full = false;
    dispatch(actor, 3);
    await until(() => numbers.length === 3);
    expect(numbers).toEqual([1, 2, 4]);
    stop(system);
  });

  it('here: of all that nact has, these three are used, and by one module only', () => {
    const folder = join(__dirname, '../src');
    const users = readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /from 'nact/.test(readFileSync(join(folder, file), 'utf8')));
    expect(users).toEqual(['nact.ts']);
    const source = readFileSync(join(folder, 'nact.ts'), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '');
    const used = [...source.matchAll(/\bnact\.(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(['spawn', 'start', 'stop']);
    expect([...source.matchAll(/from '(nact[^']*)'/g)].map(([, name]) => name)).toEqual([
      'nact',
      'nact/lib/system-map.js',
    ]);
  });
});
