import { describe, expect, it } from '@jest/globals';
import { dispatch, IGNORE, mayBeAlive, type Reference, startSupervisor, supervisorAt } from '../src/index.js';
import { forEachTest, scribe, turns, until, untyped } from './support.js';
import { broken } from './tree.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

describe('simple_one_for_one', () => {
  const start = (log: string[], restart: 'permanent' | 'transient' | 'temporary' = 'transient') =>
    startSupervisor(system, 'pool', {
      strategy: 'simple_one_for_one',
      intensity: 10,
      child: { id: 'worker', restart, start: (name: string) => scribe(log, name) },
    });

  it('makes its children from parameters, the same at each restart, and stops them all at once', async () => {
    const log: string[] = [];
    const pool = await start(log);
    expect(pool.whichChildren()).toEqual([]);
    const [one, two] = [await pool.startChild(['one']), await pool.startChild(['two'])];
    expect(pool.whichChildren().map(({ id }) => id)).toEqual(['worker-1', 'worker-2']);
    expect(one).toMatchObject({ path: { parts: ['pool', 'worker-1'] } });
    dispatch(one as Reference, 'boom');
    await until(() => pool.status().children[0]?.restarts === 1);
    expect(log).toEqual(['+one', '+two', '-one crash', '+one']);
    dispatch(two as Reference, 'exit');
    await until(() => pool.countChildren().specs === 1);
    await pool.shutdown();
    expect(log).toEqual(['+one', '+two', '-one crash', '+one', '-two normal', '-one shutdown']);
  });

  it('forgets what has ended and what was terminated, and never uses an id again', async () => {
    const pool = await start([]);
    await pool.startChild(['one']);
    await pool.terminateChild('worker-1');
    await expect(pool.terminateChild('worker-1')).rejects.toMatchObject({ code: 'not-found' });
    await pool.startChild(['two']);
    expect(pool.whichChildren().map(({ id }) => id)).toEqual(['worker-2']);
  });

  it('has no specs to restart or delete, and takes parameters only', async () => {
    const pool = await start([]);
    await pool.startChild(['one']);
    await expect(pool.restartChild('worker-1')).rejects.toMatchObject({ code: 'simple-one-for-one' });
    await expect(pool.deleteChild('worker-1')).rejects.toMatchObject({ code: 'simple-one-for-one' });
    const spec = { id: 'a', start: scribe([], 'a') };
    await expect(pool.startChild(spec)).rejects.toMatchObject({ code: 'simple-one-for-one' });
  });

  it('tells of a child that does not start, or is not needed, and keeps nothing of it', async () => {
    const pool = await startSupervisor(system, 'pool', {
      strategy: 'simple_one_for_one',
      child: {
        id: 'worker',
        start: (how: 'broken' | 'not needed') =>
          how === 'broken' ? broken([], 'a') : { ...scribe([], 'a'), init: () => IGNORE },
      },
    });
    await expect(pool.startChild(['broken'])).rejects.toMatchObject({ code: 'start-failed', child: 'worker-1' });
    expect(await pool.startChild(['not needed'])).toBeUndefined();
    expect(pool.whichChildren()).toEqual([]);
  });

  it('may have supervisors as children', async () => {
    const log: string[] = [];
    const pool = await startSupervisor(system, 'pool', {
      strategy: 'simple_one_for_one',
      child: {
        id: 'pair',
        supervisor: (name: string) => ({
          strategy: 'one_for_all',
          children: ['a', 'b'].map((id) => ({ id, start: scribe(log, `${name}${id}`) })),
        }),
      },
    });
    const pair = (await pool.startChild(['x'])) as Reference;
    dispatch(supervisorAt(pair)?.child('a') as Reference, 'boom');
    await until(() => log.length === 6);
    await pool.shutdown();
    expect(log).toEqual(['+xa', '+xb', '-xa crash', '-xb shutdown', '+xa', '+xb', '-xb shutdown', '-xa shutdown']);
  });

  it('has room for many: 2,000 start, a third of them crash, all are stopped', async () => {
    const log: string[] = [];
    let back = 0;
    const pool = await startSupervisor(system, 'pool', {
      strategy: 'simple_one_for_one',
      intensity: 1000,
      onEvent: ({ type }) => {
        if (type === 'restarted') back += 1;
      },
      child: { id: 'worker', start: (name: string) => scribe(log, name) },
    });
    const all = await Promise.all(Array.from({ length: 2000 }, (_, index) => pool.startChild([`${index}`])));
    for (const [index, child] of all.entries()) if (index % 3 === 0) dispatch(child as Reference, 'boom');
    // Not by looking at all of them in each turn: on a busy machine that would be most of the work.
    await until(() => back === 667);
    expect([pool.status().restarts, pool.countChildren().active]).toEqual([667, 2000]);
    await pool.shutdown();
    expect(log.filter((line) => line.endsWith('shutdown'))).toHaveLength(2000);
    expect(mayBeAlive(pool.ref)).toBe(false);
  });
});

describe('the automatic shutdown', () => {
  const start = (autoShutdown: 'any_significant' | 'all_significant', log: string[]) =>
    startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      autoShutdown,
      children: [
        { id: 'a', start: scribe(log, 'a'), restart: 'transient', significant: true },
        { id: 'b', start: scribe(log, 'b'), restart: 'temporary', significant: true },
        { id: 'c', start: scribe(log, 'c'), restart: 'temporary' },
      ],
    });

  it('any_significant: with the first significant child that ends for good', async () => {
    const log: string[] = [];
    const supervisor = await start('any_significant', log);
    dispatch(supervisor.child('c'), 'boom');
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().children[0]?.restarts === 1);
    expect(mayBeAlive(supervisor.ref)).toBe(true);
    dispatch(supervisor.child('a'), 'exit');
    expect(await supervisor.finished).toEqual({
      how: 'auto-shutdown',
      reason: 'shutdown',
      message: 'top shuts down, as its significant child a has ended',
    });
    expect(log.slice(3)).toEqual(['-c crash', '-a crash', '+a', '-a normal', '-b shutdown']);
  });

  it('all_significant: with the last of them', async () => {
    const log: string[] = [];
    const supervisor = await start('all_significant', log);
    dispatch(supervisor.child('b'), 'boom');
    await until(() => log.includes('-b crash'));
    await turns(5);
    expect(mayBeAlive(supervisor.ref)).toBe(true);
    dispatch(supervisor.child('a'), 'exit shutdown');
    expect(await supervisor.finished).toMatchObject({ how: 'auto-shutdown' });
  });

  it('does not follow from a child that was told to stop', async () => {
    const supervisor = await start('any_significant', []);
    await supervisor.terminateChild('a');
    await supervisor.terminateChild('b');
    await turns(5);
    expect(mayBeAlive(supervisor.ref)).toBe(true);
  });

  it.each<[object, string]>([
    [{ autoShutdown: 'some' }, 'autoShutdown: some is none of never, any_significant, all_significant'],
    [
      { children: [{ id: 'a', start: scribe([], 'a'), significant: true, restart: 'transient' }] },
      'child a: significant',
    ],
    [
      { autoShutdown: 'any_significant', children: [{ id: 'a', start: scribe([], 'a'), significant: true }] },
      'child a: significant: a permanent child never ends for good',
    ],
  ])('that makes no sense is refused: %j', async (flaw, message) => {
    const starting = untyped.startSupervisor(system, 'top', { strategy: 'one_for_one', children: [], ...flaw });
    await expect(starting).rejects.toThrow(message);
  });
});
