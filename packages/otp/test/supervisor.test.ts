import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type AnyBehaviour,
  type ChildSpec,
  call,
  childReference,
  dispatch,
  isAlive,
  type Restart,
  type Strategy,
  type Supervisor,
  type SupervisorEvent,
  type SupervisorSpec,
  startSupervisor,
  stop,
} from '../src/index.js';
import {
  allUp,
  failOnUnhandledRejection,
  gate,
  inside,
  orderAndRestart,
  rawNact,
  reply,
  scribe,
  systemsOfThisFile,
  turns,
  typesOf,
  until,
} from './support.js';

failOnUnhandledRejection();
const newSystem = systemsOfThisFile();

interface Tree {
  readonly supervisor: Supervisor;
  readonly log: string[];
  readonly events: SupervisorEvent[];
}

/** A supervisor of scribes a, b and c, with what they have written since they started. */
async function tree(
  strategy: Strategy,
  restarts: { readonly [id: string]: Restart } = {},
  rest: Partial<SupervisorSpec> = {},
): Promise<Tree> {
  const log: string[] = [];
  const events: SupervisorEvent[] = [];
  const children = ['a', 'b', 'c'].map((id): ChildSpec => {
    return { id, start: scribe(log, id), restart: restarts[id] ?? 'permanent' };
  });
  const onEvent = (event: SupervisorEvent): void => void events.push(event);
  const supervisor = await startSupervisor(newSystem(), 'top', { strategy, children, onEvent, ...rest });
  expect(log.splice(0)).toEqual(['+a', '+b', '+c']);
  return { supervisor, log, events };
}

function statesOf(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries(supervisor.status().children.map(({ id, state }) => [id, state]));
}

const broken = (log: string[], id: string): AnyBehaviour => ({
  ...scribe(log, id),
  init() {
    throw new Error('cannot read the disk');
  },
});

describe('a supervisor', () => {
  it('starts its children in order, each when the one before is ready', async () => {
    const ready = gate();
    const log: string[] = [];
    const slow = { ...scribe(log, 'a'), init: () => ready.opened.then(() => log.push('+a')) };
    const starting = startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'a', start: slow },
        { id: 'b', start: scribe(log, 'b') },
      ],
    });
    await turns(5);
    expect(log).toEqual([]);
    ready.open();
    const supervisor = await starting;
    expect(log).toEqual(['+a', '+b']);
    await supervisor.shutdown();
  });

  it.each<[Strategy, string, string[]]>([
    ['one_for_one', 'a', ['-a crash', '+a']],
    ['one_for_one', 'c', ['-c crash', '+c']],
    ['one_for_all', 'a', ['-c shutdown', '-b shutdown', '-a crash', '+a', '+b', '+c']],
    ['one_for_all', 'b', ['-c shutdown', '-b crash', '-a shutdown', '+a', '+b', '+c']],
    ['rest_for_one', 'a', ['-c shutdown', '-b shutdown', '-a crash', '+a', '+b', '+c']],
    ['rest_for_one', 'b', ['-c shutdown', '-b crash', '+b', '+c']],
    ['rest_for_one', 'c', ['-c crash', '+c']],
  ])('%s: after a crash of %s, %j', async (strategy, id, expected) => {
    const { supervisor, log, events } = await tree(strategy);
    await orderAndRestart(supervisor, id, 'boom');
    expect(log).toEqual(expected);
    const returned = expected.filter((line) => line.startsWith('+')).map((line) => `restarted ${line.slice(1)}`);
    expect(typesOf(events)).toEqual([`exited ${id}`, ...returned]);
    expect(supervisor.status()).toMatchObject({ strategy, restarts: 1 });
    await supervisor.shutdown();
  });

  it.each<[Restart, 'boom' | 'exit', string[], string]>([
    ['permanent', 'boom', ['-b crash', '+b'], 'running'],
    ['permanent', 'exit', ['-b normal', '+b'], 'running'],
    ['transient', 'boom', ['-b crash', '+b'], 'running'],
    ['transient', 'exit', ['-b normal'], 'stopped'],
    ['temporary', 'boom', ['-b crash'], 'stopped'],
    ['temporary', 'exit', ['-b normal'], 'stopped'],
  ])('a %s child told to %s: %j, and is then %s', async (restart, order, expected, state) => {
    const { supervisor, log } = await tree('one_for_one', { b: restart });
    dispatch(supervisor.child('b'), order);
    await until(() => log.length === expected.length);
    await allUp(supervisor);
    await turns(5);
    expect(log).toEqual(expected);
    expect(statesOf(supervisor)).toEqual({ a: 'running', b: state, c: 'running' });
    expect(isAlive(supervisor.child('b'))).toBe(state === 'running');
    expect(supervisor.status().children[1]?.lastExit).toBe(order === 'boom' ? 'boom' : 'normal');
    await supervisor.shutdown();
  });

  it('one_for_all: stops a temporary sibling for good, and starts a transient one that had ended', async () => {
    const { supervisor, log } = await tree('one_for_all', { a: 'transient', c: 'temporary' });
    dispatch(supervisor.child('a'), 'exit');
    await until(() => statesOf(supervisor).a === 'stopped' && log.length === 1);
    await orderAndRestart(supervisor, 'b', 'boom');
    expect(log).toEqual(['-a normal', '-c shutdown', '-b crash', '+a', '+b']);
    expect(statesOf(supervisor)).toEqual({ a: 'running', b: 'running', c: 'stopped' });
    await supervisor.shutdown();
  });

  it('is left in reverse order, each child awaited, and then ends itself, however often it is told', async () => {
    const { supervisor, log } = await tree('one_for_one');
    const both = [supervisor.shutdown(), supervisor.shutdown()];
    await Promise.all(both);
    await supervisor.shutdown();
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a shutdown']);
    expect(isAlive(supervisor.ref)).toBe(false);
    expect(await supervisor.finished).toEqual({ reason: 'shutdown', message: 'top was told to shut down' });
    expect(statesOf(supervisor)).toEqual({ a: 'stopped', b: 'stopped', c: 'stopped' });
  });

  it('tells its status', async () => {
    const { supervisor } = await tree('rest_for_one', {}, { intensity: 7, periodMs: 1234 });
    await orderAndRestart(supervisor, 'b', 'reject');
    const { children, ...rest } = supervisor.status();
    expect(rest).toEqual({ strategy: 'rest_for_one', intensity: 7, periodMs: 1234, restarts: 1 });
    expect(children.map(({ id, restarts, lastExit, state }) => [id, restarts, lastExit, state])).toEqual([
      ['a', 0, undefined, 'running'],
      ['b', 1, 'reject', 'running'],
      ['c', 1, undefined, 'running'],
    ]);
    const [a, b, c] = children.map(({ incarnation }) => incarnation) as [number, number, number];
    expect(a).toBeLessThan(b);
    expect(b).toBeLessThan(c);
    expect(children[1]?.reference).toEqual(supervisor.child('b'));
    await supervisor.shutdown();
  });

  it('gives references that stay valid across restarts', async () => {
    const { supervisor } = await tree('one_for_one');
    const reference = supervisor.child('a');
    await orderAndRestart(supervisor, 'a', 'boom');
    expect(await call(reference, 'echo', { timeoutMs: 5000 })).toBe(0);
    expect(() => supervisor.child('z')).toThrow(new RangeError('top has no child z'));
    await supervisor.shutdown();
  });

  it('gives each incarnation a behaviour of its own when start is a function', async () => {
    const made: number[] = [];
    const log: string[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          start: () => {
            made.push(made.length);
            return scribe(log, `a${made.length}`);
          },
        },
      ],
    });
    await orderAndRestart(supervisor, 'a', 'boom');
    expect(log).toEqual(['+a1', '-a1 crash', '+a2']);
    await supervisor.shutdown();
  });

  it('restarts one after the other when several crash at once', async () => {
    const { supervisor, log } = await tree('one_for_one');
    for (const id of ['c', 'a', 'b']) dispatch(supervisor.child(id), 'boom');
    await until(() => supervisor.status().restarts === 3);
    await allUp(supervisor);
    expect(log).toEqual(['-c crash', '+c', '-a crash', '+a', '-b crash', '+b']);
    await supervisor.shutdown();
  });

  it('counts the crash of a sibling that it has restarted already as no crash of the new one', async () => {
    const { supervisor, log } = await tree('one_for_all');
    dispatch(supervisor.child('a'), 'boom');
    dispatch(supervisor.child('b'), 'boom');
    await until(() => log.filter((line) => line === '+c').length === 1);
    await turns(5);
    expect(log).toEqual(['-c shutdown', '-b crash', '-a crash', '+a', '+b', '+c']);
    expect(supervisor.status().restarts).toBe(1);
    await supervisor.shutdown();
  });
});

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
    const children: ChildSpec[] = [{ id: 'a', start: { init, receive: (state: unknown) => state }, shutdownMs: 5 }];
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
      { children: [{ id: 'a', start: scribe([], 'a'), shutdownMs: 2 ** 31 }] },
      'child a: shutdownMs: 2147483648',
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

describe('the restart intensity', () => {
  it('lets as many restarts pass as it says; with the next the supervisor gives up, in reverse order', async () => {
    const { supervisor, log, events } = await tree('one_for_one', {}, { intensity: 2 });
    for (let crash = 0; crash < 2; crash += 1) await orderAndRestart(supervisor, 'b', 'boom');
    log.length = 0;
    events.length = 0;
    dispatch(supervisor.child('b'), 'boom');
    const exit = await supervisor.finished;
    expect(exit).toMatchObject({ reason: 'crash', error: { message: 'boom' } });
    expect(exit.message).toBe('b ended once too often (3 times within 5000 ms, where 2 are allowed): boom');
    expect(log).toEqual(['-c shutdown', '-b crash', '-a shutdown']);
    expect(events).toMatchObject([{ type: 'exited' }, { type: 'gave-up', reason: exit.message }]);
    expect(isAlive(supervisor.ref)).toBe(false);
    expect(supervisor.status()).toMatchObject({ restarts: 2 });
    expect(statesOf(supervisor)).toEqual({ a: 'stopped', b: 'stopped', c: 'stopped' });
    await supervisor.shutdown();
  });

  it('is 3 in 5000 ms when nothing is said', async () => {
    const { supervisor } = await tree('one_for_one');
    expect(supervisor.status()).toMatchObject({ intensity: 3, periodMs: 5000 });
    await supervisor.shutdown();
  });

  it('counts a restart whose init fails as one more, and tries again', async () => {
    let inits = 0;
    const log: string[] = [];
    const flaky = {
      ...scribe(log, 'a'),
      init() {
        inits += 1;
        if (inits === 2 || inits === 3) throw new Error(`attempt ${inits}`);
        log.push('+a');
        return 0;
      },
    };
    const children = [{ id: 'a', start: flaky }];
    const supervisor = await startSupervisor(newSystem(), 'top', { strategy: 'one_for_one', children });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => inits === 4);
    await allUp(supervisor);
    expect(log).toEqual(['+a', '-a crash', '+a']);
    expect(supervisor.status()).toMatchObject({ restarts: 3, children: [{ restarts: 1, lastExit: 'attempt 3' }] });
    await supervisor.shutdown();
  });

  it('rest_for_one: tries again from the child that did not come back up', async () => {
    let inits = 0;
    const log: string[] = [];
    const flaky = {
      ...scribe(log, 'b'),
      init() {
        inits += 1;
        if (inits === 2) throw new Error('not yet');
        log.push('+b');
        return 0;
      },
    };
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'rest_for_one',
      children: [
        { id: 'a', start: scribe(log, 'a') },
        { id: 'b', start: flaky },
        { id: 'c', start: scribe(log, 'c') },
      ],
    });
    log.length = 0;
    dispatch(supervisor.child('a'), 'boom');
    await until(() => log.includes('+c'));
    await allUp(supervisor);
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a crash', '+a', '+b', '+c']);
    expect(supervisor.status().restarts).toBe(2);
    await supervisor.shutdown();
  });

  it('ends a child that never comes back up', async () => {
    let inits = 0;
    const log: string[] = [];
    const once = {
      ...scribe(log, 'a'),
      init() {
        inits += 1;
        if (inits > 1) throw new Error('gone');
        return 0;
      },
    };
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      intensity: 5,
      children: [{ id: 'a', start: once }],
    });
    dispatch(supervisor.child('a'), 'boom');
    expect(await supervisor.finished).toMatchObject({ reason: 'crash', error: { message: 'gone' } });
    expect(inits).toBe(6);
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
          shutdownMs: 5,
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
    expect(supervisor.status().children[0]?.state).toBe('starting');
    await supervisor.shutdown();
    expect(log).toEqual(['-a crash']);
    expect(isAlive(supervisor.ref)).toBe(false);
    late.open();
    await until(() => log.length === 2);
    expect(log).toEqual(['-a crash', '-a shutdown']);
    expect(typesOf(events)).toEqual(['exited a', 'trouble']);
  });

  it('during a restart ends the restart', async () => {
    const { supervisor, log } = await tree('one_for_all');
    const slow = gate();
    dispatch(supervisor.child('c'), { wait: slow });
    await turns(2);
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 1);
    const shutdown = supervisor.shutdown();
    slow.open();
    await shutdown;
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a crash']);
  });
});

describe("the supervisor's own mailbox", () => {
  it('goes on being read while children start and restart', async () => {
    const seen: unknown[] = [];
    const slow = gate();
    const { supervisor, log } = await tree(
      'one_for_all',
      {},
      {
        onMessage: (message, { self, sender }) => {
          seen.push(message);
          if (sender !== undefined) dispatch(sender, self);
        },
      },
    );
    dispatch(supervisor.child('a'), { wait: slow });
    await turns(2);
    dispatch(supervisor.child('b'), 'boom');
    await until(() => log.includes('-b crash'));
    // The restart waits for the handler of a.
    expect(await call(supervisor.ref, 'are you there', { timeoutMs: 5000 })).toEqual(supervisor.ref);
    slow.open();
    await supervisor.shutdown();
    expect(seen).toEqual(['are you there']);
    expect(log).toEqual(['-c shutdown', '-b crash', '-a shutdown']);
  });

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('bad manners');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bad manners'))],
  ])('ends the supervisor as a crash when onMessage %s: the children stop in reverse order', async (_, onMessage) => {
    const { supervisor, log } = await tree('one_for_one', {}, { onMessage });
    dispatch(supervisor.ref, 'hello');
    expect(await supervisor.finished).toMatchObject({
      reason: 'crash',
      message: 'onMessage of top failed: bad manners',
      error: { message: 'bad manners' },
    });
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a shutdown']);
  });

  it('is not disturbed by a listener that throws or rejects', async () => {
    let told = 0;
    const onEvent = (): Promise<never> => {
      told += 1;
      if (told === 1) throw new Error('a listener');
      return Promise.reject(new Error('a listener'));
    };
    const { supervisor } = await tree('one_for_one', {}, { onEvent: onEvent as () => void });
    await orderAndRestart(supervisor, 'a', 'boom');
    expect(told).toBe(2);
    await supervisor.shutdown();
  });

  it('obeys no message that only looks like one of its own', async () => {
    const seen: unknown[] = [];
    const { supervisor, log } = await tree('one_for_one', {}, { onMessage: (message) => seen.push(message) });
    const { incarnation } = supervisor.status().children[0] as { incarnation: number };
    const forgeries = [
      { child: { spec: { id: 'a' } }, exit: { incarnation: { number: incarnation, alive: false }, reason: 'crash' } },
      { type: 'EXIT', id: 'a', incarnation, reason: 'crash' },
      { constructor: { name: 'Exit' }, type: 'shutdown' },
    ].map((forgery) => JSON.parse(JSON.stringify(forgery)) as unknown);
    for (const forgery of forgeries) {
      dispatch(supervisor.ref, forgery);
      dispatch(supervisor.child('a'), forgery);
      dispatch(supervisor.child('a'), { constructor: { name: 'Start' } });
    }
    await until(() => seen.length === forgeries.length);
    expect(seen).toEqual(forgeries);
    // Six messages were six messages to the actor, too.
    expect(await call(supervisor.child('a'), 'echo', { timeoutMs: 5000 })).toBe(6);
    expect(log).toEqual([]);
    await supervisor.shutdown();
  });
});

describe('nested supervisors', () => {
  const nested = (log: string[], inner: Partial<SupervisorSpec> = {}): SupervisorSpec => ({
    strategy: 'one_for_one',
    intensity: 1,
    children: [
      { id: 'before', start: scribe(log, 'before') },
      {
        id: 'inner',
        supervisor: {
          strategy: 'one_for_all',
          intensity: 1,
          children: [
            { id: 'x', start: scribe(log, 'x') },
            { id: 'y', start: scribe(log, 'y') },
          ],
          ...inner,
        },
      },
      { id: 'after', start: scribe(log, 'after') },
    ],
  });

  it('start and stop as one tree, leaves first', async () => {
    const log: string[] = [];
    const system = newSystem();
    const supervisor = await startSupervisor(system, 'top', nested(log));
    expect(log.splice(0)).toEqual(['+before', '+x', '+y', '+after']);
    expect(isAlive(childReference(supervisor.child('inner'), 'x'))).toBe(true);
    await supervisor.shutdown();
    expect(log).toEqual(['-after shutdown', '-y shutdown', '-x shutdown', '-before shutdown']);
    expect(inside(system)?.children.size).toBe(0);
  });

  it('escalate: past its intensity the inner one ends, and is restarted as a child that has crashed', async () => {
    const log: string[] = [];
    const events: SupervisorEvent[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      ...nested(log),
      onEvent: (event) => events.push(event),
    });
    const x = childReference(supervisor.child('inner'), 'x');
    const [, inner] = supervisor.status().children;
    log.length = 0;
    dispatch(x, 'boom');
    await until(() => log.length === 4);
    expect(events).toEqual([]);
    dispatch(x, 'boom');
    await until(() => supervisor.status().children[1]?.restarts === 1);
    expect(log).toEqual(['-y shutdown', '-x crash', '+x', '+y', '-y shutdown', '-x crash', '+x', '+y']);
    expect(typesOf(events)).toEqual(['exited inner', 'restarted inner']);
    expect(supervisor.status().children[1]?.incarnation).toBeGreaterThan(inner?.incarnation as number);
    expect(supervisor.status().children[1]?.lastExit).toBe('boom');
    // The new inner one counts from the start.
    dispatch(x, 'boom');
    await until(() => log.length === 12);
    dispatch(x, 'boom');
    expect(await supervisor.finished).toMatchObject({ reason: 'crash', error: { message: 'boom' } });
    expect(log.slice(-4)).toEqual(['-y shutdown', '-x crash', '-after shutdown', '-before shutdown']);
  });

  it('do not start when a leaf does not start, and name the way to it', async () => {
    const log: string[] = [];
    const spec = nested(log, { children: [{ id: 'x', start: broken(log, 'x') }] });
    await expect(startSupervisor(newSystem(), 'top', spec)).rejects.toMatchObject({
      child: 'inner',
      message: 'inner did not start: x did not start: cannot read the disk',
    });
    expect(log).toEqual(['+before', '-before shutdown']);
  });

  it('end when their parent is shut down while they are still starting', async () => {
    const log: string[] = [];
    let inits = 0;
    const hangs = {
      ...scribe(log, 'x'),
      init() {
        inits += 1;
        return inits === 1 ? 0 : new Promise<number>(() => {});
      },
    };
    const spec = nested(log, { intensity: 0, children: [{ id: 'x', start: hangs, shutdownMs: 5 }] });
    const supervisor = await startSupervisor(newSystem(), 'top', spec);
    dispatch(childReference(supervisor.child('inner'), 'x'), 'boom');
    await until(() => inits === 2);
    await supervisor.shutdown();
    expect(await supervisor.finished).toMatchObject({ reason: 'shutdown' });
    expect(isAlive(supervisor.ref)).toBe(false);
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

  it('shuts itself down with the next message that a child handles', async () => {
    const seen: string[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: pinger(seen) }],
    });
    dispatch(supervisor.child('a'), 'one');
    dispatch(supervisor.child('a'), 'two');
    await until(() => seen.length === 1);
    stop(supervisor.ref);
    expect(await supervisor.finished).toEqual({
      reason: 'shutdown',
      message: 'top was stopped by other means than shutdown',
    });
    expect(seen).toEqual(['one']);
  });

  it('shuts itself down with the next message that a child sends, which is not sent', async () => {
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
    contexts[0]?.dispatch(other.child('a'), 'from beyond');
    expect(await outer.finished).toMatchObject({ reason: 'shutdown' });
    expect(ends).toEqual(['terminated']);
    expect(await call(other.child('a'), 'marker', { timeoutMs: 5000 })).toBe('marker');
    expect(seen).toEqual(['marker']);
    await other.shutdown();
  });

  it('shuts itself down with the next crash of a child', async () => {
    const contexts: ActorContext[] = [];
    const start = {
      init(context: ActorContext) {
        contexts.push(context);
        return 0;
      },
      receive: (state: number) => state,
    };
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start }],
    });
    stop(supervisor.ref);
    contexts[0]?.fail(new Error('boom'));
    expect(await supervisor.finished).toMatchObject({ reason: 'shutdown' });
    expect(contexts).toHaveLength(1);
  });

  it('is restarted when it was a single child, once it is active', async () => {
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
    contexts[0]?.dispatch(supervisor.ref, 'anything');
    await until(() => contexts.length === 2);
    await allUp(supervisor);
    expect(supervisor.status().children[0]).toMatchObject({
      state: 'running',
      lastExit: 'a was stopped by other means than its supervisor',
    });
    await supervisor.shutdown();
  });

  it('does not include plain nact actors below ours: they are stopped with the tree', async () => {
    const { supervisor } = await tree('one_for_one');
    const plain = rawNact.spawn(supervisor.child('a'), (state: unknown) => state, 'plain') as object;
    const deeper = rawNact.spawn(plain, (state: unknown) => state, 'deeper') as object;
    const actors = [inside(plain), inside(deeper)];
    await supervisor.shutdown();
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, true]);
  });
});
