import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type AnyBehaviour,
  type ChildSpec,
  call,
  deadLetters,
  dispatch,
  exit,
  mayBeAlive,
  type Reference,
  type SupervisorEvent,
  type SupervisorSpec,
  startSupervisor,
  stop,
} from '../src/index.js';
import { allUp, gate, inside, rawNact, reply, scribe, systemsOfThisFile, turns, typesOf, until } from './support.js';
import { broken, tree } from './tree.js';

const newSystem = systemsOfThisFile();

describe('a start that fails', () => {
  it('rejects, names the child and the cause, and leaves nothing behind', async () => {
    const system = newSystem();
    const log: string[] = [];
    const children: ChildSpec[] = [
      { id: 'a', start: scribe(log, 'a') },
      { id: 'b', start: scribe(log, 'b') },
      { id: 'c', start: broken(log, 'c') },
      { id: 'd', start: scribe(log, 'd') },
    ];
    await expect(startSupervisor(system, 'top', { strategy: 'one_for_one', children })).rejects.toMatchObject({
      name: 'StartError',
      code: 'start-failed',
      child: 'c',
      message: 'c did not start: cannot read the disk',
      cause: { message: 'cannot read the disk' },
    });
    expect(log).toEqual(['+a', '+b', '-b shutdown', '-a shutdown']);
    expect(inside(system)?.children.size).toBe(0);
    await (await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] })).shutdown();
  });

  it.each<[string, (context: ActorContext) => unknown, string]>([
    ['rejects', () => Promise.reject(new Error('no disk')), 'a did not start: no disk'],
    [
      'is failed from outside',
      (context) => new Promise(() => context.fail(new Error('no net'))),
      'a did not start: no net',
    ],
    ['ends itself', (context) => context.exit(), 'a did not start: it ended itself before it had started'],
  ])('fails the same way when init %s', async (_, init, message) => {
    const children: ChildSpec[] = [{ id: 'a', start: { init, receive: (state: unknown) => state }, shutdown: 5 }];
    await expect(startSupervisor(newSystem(), 'top', { strategy: 'one_for_one', children })).rejects.toThrow(message);
  });

  it('fails the same way when the behaviour cannot be made', async () => {
    const start = (): AnyBehaviour => {
      throw new Error('no such file');
    };
    const starting = startSupervisor(newSystem(), 'top', { strategy: 'one_for_one', children: [{ id: 'a', start }] });
    await expect(starting).rejects.toThrow('a did not start: no such file');
  });

  it('is told of a name that is taken or not legal, and of a parent that is gone', async () => {
    const system = newSystem();
    const spec: SupervisorSpec = { strategy: 'one_for_one', children: [] };
    const supervisor = await startSupervisor(system, 'top', spec);
    await expect(startSupervisor(system, 'top', spec)).rejects.toThrow('top did not start: child actor of name top');
    await expect(startSupervisor(system, 'a/b', spec)).rejects.toMatchObject({ code: 'start-failed', child: 'a/b' });
    await supervisor.shutdown();
    await expect(startSupervisor(supervisor.ref, 'below', spec)).rejects.toMatchObject({ code: 'start-failed' });
  });

  it.each<[string, object, string]>([
    ['a strategy', { strategy: 'all_for_all' }, 'strategy: all_for_all'],
    ['an intensity', { intensity: -1 }, 'intensity: -1'],
    ['an intensity without a bound', { intensity: Number.POSITIVE_INFINITY }, 'intensity: Infinity'],
    ['a period', { periodMs: 0 }, 'periodMs: 0'],
    ['an id', { children: [{ id: 'a/b', start: scribe([], 'a') }] }, 'child id a/b'],
    ['a restart', { children: [{ id: 'a', start: scribe([], 'a'), restart: 'always' }] }, 'child a: restart: always'],
    [
      'a limit',
      { children: [{ id: 'a', start: scribe([], 'a'), shutdown: 2 ** 31 }] },
      'child a: shutdown: 2147483648',
    ],
    [
      'two of one id',
      { children: ['a', 'a'].map((id) => ({ id, start: scribe([], id) })) },
      'child a is described twice',
    ],
    ['a subtree', { children: [{ id: 'in', supervisor: { strategy: '', children: [] } }] }, 'strategy: '],
  ])('refuses %s that makes no sense before it starts anything', async (_, flaw, message) => {
    const system = newSystem();
    const spec = { strategy: 'one_for_one', children: [], ...flaw } as unknown as SupervisorSpec;
    const error: unknown = await startSupervisor(system, 'top', spec).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as RangeError).message).toContain(message);
    expect(inside(system)?.children.size).toBe(0);
  });
});

describe('a shutdown', () => {
  it('does not wait for an init that hangs, and terminates what it gives in the end', async () => {
    const late = gate();
    const log: string[] = [];
    let inits = 0;
    const events: SupervisorEvent[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      onEvent: (event) => events.push(event),
      children: [
        {
          id: 'a',
          shutdown: 5,
          start: {
            ...scribe(log, 'a'),
            init() {
              inits += 1;
              return inits === 1 ? 0 : late.opened.then(() => 0);
            },
          },
        },
      ],
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => inits === 2);
    expect(supervisor.status().children[0]?.state).toBe('restarting');
    await supervisor.shutdown();
    expect(log).toEqual(['-a crash']);
    expect(mayBeAlive(supervisor.ref)).toBe(false);
    late.open();
    await until(() => log.length === 2);
    expect(log).toEqual(['-a crash', '-a shutdown']);
    expect(typesOf(events)).toEqual(['exited a', 'trouble']);
  });

  it('lets a child that is ending end before it stops the next one, and hands no more messages to onMessage', async () => {
    const slow = gate();
    const seen: unknown[] = [];
    const log: string[] = [];
    const lingers = { ...scribe(log, 'a'), terminate: () => slow.opened.then(() => void log.push('-a')) };
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      onMessage: (message) => seen.push(message),
      children: [
        { id: 'a', start: lingers },
        { id: 'b', start: scribe(log, 'b') },
      ],
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 1);
    const shutdown = supervisor.shutdown();
    dispatch(supervisor.ref, 'anyone there?');
    await turns(5);
    slow.open();
    await shutdown;
    expect(log).toEqual(['+a', '+b', '-a', '-b shutdown']);
    expect(seen).toEqual([]);
  });

  it('during a restart ends the restart', async () => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_all');
    const slow = gate();
    dispatch(supervisor.child('c'), { wait: slow });
    await turns(2);
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 1);
    const shutdown = supervisor.shutdown();
    slow.open();
    await shutdown;
    expect(log).toEqual(['-a crash', '-c shutdown', '-b shutdown']);
  });
});

describe('a supervisor that is killed', () => {
  it('takes all below it along at once: what waits there goes to the dead letters, and nobody cleans up', async () => {
    const system = newSystem();
    const log: string[] = [];
    const inner: SupervisorSpec = { strategy: 'one_for_one', children: [{ id: 'b', start: scribe(log, 'b') }] };
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'a', start: scribe(log, 'a') },
        { id: 'inner', supervisor: inner },
      ],
    });
    const a = top.child('a');
    const busy = gate();
    dispatch(a, { wait: busy });
    await turns(3);
    for (let count = 0; count < 3; count += 1) dispatch(a, 'echo');
    exit(top.ref, 'kill');
    expect(mayBeAlive(a)).toBe(false);
    expect(deadLetters(system).ended).toBe(3);
    busy.open();
    await turns(5);
    expect(log).toEqual(['+a', '+b']);
    // The place is free.
    await (await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] })).shutdown();
  });
});

describe("what nact's own stop leaves behind", () => {
  const pinger = (seen: string[]): AnyBehaviour => ({
    init: () => 0,
    receive(state: number, message: string, context: ActorContext) {
      seen.push(message);
      reply(context, message);
      return state;
    },
  });

  it('is a supervisor that shuts itself down at once, in order; what its children then send is not sent', async () => {
    const contexts: ActorContext[] = [];
    const ends: string[] = [];
    const start = {
      init(context: ActorContext) {
        contexts.push(context);
        return 0;
      },
      receive: (state: number) => state,
      terminate: () => void ends.push('terminated'),
    };
    const system = newSystem();
    const outer = await startSupervisor(system, 'outer', {
      strategy: 'one_for_one',
      children: [{ id: 'inner', supervisor: { strategy: 'one_for_one', children: [{ id: 'a', start }] } }],
    });
    const seen: string[] = [];
    const other = await startSupervisor(system, 'other', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: pinger(seen) }],
    });
    stop(outer.ref);
    expect(await outer.finished).toEqual({
      how: 'stopped',
      reason: 'shutdown',
      message: 'outer was stopped by other means than shutdown',
    });
    expect(contexts[0]?.dispatch(other.child('a'), 'from beyond')).toBe(false);
    expect(ends).toEqual(['terminated']);
    expect(await call(other.child('a'), 'marker', { timeoutMs: 5000 })).toBe('marker');
    expect(seen).toEqual(['marker']);
    await other.shutdown();
  });

  it.each(['a plain actor above', 'the system'])('is noticed by a supervisor when %s is stopped', async (what) => {
    const system = newSystem();
    const above = rawNact.spawn(system, (state: unknown) => state, 'above') as Reference;
    const log: string[] = [];
    const supervisor = await startSupervisor(above, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe(log, 'a') }],
    });
    stop(what === 'the system' ? system : above);
    expect(await supervisor.finished).toMatchObject({ how: 'stopped' });
    expect(log).toEqual(['+a', '-a shutdown']);
  });

  it('is restarted at once when it was a single child', async () => {
    const contexts: ActorContext[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          start: {
            init: (context: ActorContext) => contexts.push(context),
            receive: (state: number) => state,
          },
        },
      ],
    });
    stop(supervisor.child('a'));
    await until(() => contexts.length === 2);
    await allUp(supervisor);
    expect(supervisor.status().children[0]).toMatchObject({
      state: 'running',
      lastExit: 'a was stopped by other means than its supervisor',
    });
    await supervisor.shutdown();
  });

  it('does not include plain nact actors below ours: they are stopped with the tree', async () => {
    const { supervisor } = await tree(newSystem(), 'one_for_one');
    const plain = rawNact.spawn(supervisor.child('a'), (state: unknown) => state, 'plain') as object;
    const deeper = rawNact.spawn(plain, (state: unknown) => state, 'deeper') as object;
    const actors = [inside(plain), inside(deeper)];
    await supervisor.shutdown();
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, true]);
  });
});
