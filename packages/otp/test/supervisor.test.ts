import { describe, expect, it } from '@jest/globals';
import {
  call,
  childReference,
  dispatch,
  exit,
  mayBeAlive,
  type Restart,
  type StaticSpec,
  startSupervisor,
} from '../src/index.js';
import { allUp, gate, orderAndRestart, scribe, systemsOfThisFile, turns, typesOf, until } from './support.js';
import { statesOf, tree } from './tree.js';

const newSystem = systemsOfThisFile();

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

  it.each<[StaticSpec['strategy'], string, string[]]>([
    ['one_for_one', 'a', ['-a crash', '+a']],
    ['one_for_one', 'c', ['-c crash', '+c']],
    ['one_for_all', 'a', ['-a crash', '-c shutdown', '-b shutdown', '+a', '+b', '+c']],
    ['one_for_all', 'b', ['-b crash', '-c shutdown', '-a shutdown', '+a', '+b', '+c']],
    ['rest_for_one', 'a', ['-a crash', '-c shutdown', '-b shutdown', '+a', '+b', '+c']],
    ['rest_for_one', 'b', ['-b crash', '-c shutdown', '+b', '+c']],
    ['rest_for_one', 'c', ['-c crash', '+c']],
  ])('%s: after a crash of %s, %j', async (strategy, id, expected) => {
    const { supervisor, log, events } = await tree(newSystem(), strategy);
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
    ['temporary', 'boom', ['-b crash'], 'gone'],
    ['temporary', 'exit', ['-b normal'], 'gone'],
  ])('a %s child told to %s: %j, and is then %s', async (restart, order, expected, state) => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_one', { b: restart });
    dispatch(supervisor.child('b'), order);
    await until(() => log.length === expected.length);
    await allUp(supervisor);
    await turns(5);
    expect(log).toEqual(expected);
    expect(statesOf(supervisor)).toEqual({ a: 'running', ...(state === 'gone' ? {} : { b: state }), c: 'running' });
    expect(mayBeAlive(childReference(supervisor.ref, 'b'))).toBe(state === 'running');
    if (state !== 'gone') {
      expect(supervisor.status().children[1]?.lastExit).toBe(order === 'boom' ? 'boom' : 'normal');
    }
    await supervisor.shutdown();
  });

  it('one_for_all: stops a temporary sibling for good, and starts a transient one that had ended', async () => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_all', { a: 'transient', c: 'temporary' });
    dispatch(supervisor.child('a'), 'exit');
    await until(() => statesOf(supervisor).a === 'stopped' && log.length === 1);
    await orderAndRestart(supervisor, 'b', 'boom');
    expect(log).toEqual(['-a normal', '-b crash', '-c shutdown', '+a', '+b']);
    expect(statesOf(supervisor)).toEqual({ a: 'running', b: 'running' });
    await supervisor.shutdown();
  });

  it('is left in reverse order, each child awaited, and then ends itself, however often it is told', async () => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_one');
    const both = [supervisor.shutdown(), supervisor.shutdown()];
    await Promise.all(both);
    await supervisor.shutdown();
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a shutdown']);
    expect(mayBeAlive(supervisor.ref)).toBe(false);
    expect(await supervisor.finished).toEqual({
      how: 'told',
      reason: 'shutdown',
      message: 'top was told to shut down',
    });
    expect(statesOf(supervisor)).toEqual({ a: 'stopped', b: 'stopped', c: 'stopped' });
  });

  it('tells its status', async () => {
    const { supervisor } = await tree(newSystem(), 'rest_for_one', {}, { intensity: 7, periodMs: 1234 });
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
    const { supervisor } = await tree(newSystem(), 'one_for_one');
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
    const { supervisor, log } = await tree(newSystem(), 'one_for_one');
    for (const id of ['c', 'a', 'b']) dispatch(supervisor.child(id), 'boom');
    await until(() => supervisor.status().restarts === 3);
    await allUp(supervisor);
    expect(log).toEqual(['-c crash', '-a crash', '-b crash', '+c', '+a', '+b']);
    await supervisor.shutdown();
  });

  it('counts the crash of a sibling that it has restarted already as no crash of the new one', async () => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_all');
    for (const id of ['a', 'b']) exit(supervisor.child(id), { crash: new Error('boom') });
    await until(() => log.filter((line) => line === '+c').length === 1);
    await turns(5);
    expect(log).toEqual(['-a crash', '-b crash', '-c shutdown', '+a', '+b', '+c']);
    expect(supervisor.status().restarts).toBe(1);
    await supervisor.shutdown();
  });
});

describe('the restart intensity', () => {
  it('lets as many restarts pass as it says; with the next the supervisor gives up, in reverse order', async () => {
    const { supervisor, log, events } = await tree(newSystem(), 'one_for_one', {}, { intensity: 2 });
    for (let crash = 0; crash < 2; crash += 1) await orderAndRestart(supervisor, 'b', 'boom');
    log.length = 0;
    events.length = 0;
    dispatch(supervisor.child('b'), 'boom');
    const exit = await supervisor.finished;
    expect(exit).toMatchObject({
      how: 'intensity',
      reason: { shutdown: expect.any(String) },
      error: { message: 'boom' },
    });
    expect(exit.message).toBe('b ended once too often (3 times within 5000 ms, where 2 are allowed): boom');
    expect(log).toEqual(['-b crash', '-c shutdown', '-a shutdown']);
    expect(events).toMatchObject([{ type: 'exited' }, { type: 'gave-up', reason: exit.message }]);
    expect(mayBeAlive(supervisor.ref)).toBe(false);
    expect(supervisor.status()).toMatchObject({ restarts: 2 });
    expect(statesOf(supervisor)).toEqual({ a: 'stopped', b: 'stopped', c: 'stopped' });
    await supervisor.shutdown();
  });

  it('is 3 in 5000 ms when nothing is said', async () => {
    const { supervisor } = await tree(newSystem(), 'one_for_one');
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
    expect(log).toEqual(['-a crash', '-c shutdown', '-b shutdown', '+a', '+b', '+c']);
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
    expect(await supervisor.finished).toMatchObject({
      how: 'intensity',
      reason: { shutdown: expect.any(String) },
      error: { message: 'gone' },
    });
    expect(inits).toBe(6);
  });
});
