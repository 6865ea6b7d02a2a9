import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChildSpec,
  call,
  dispatch,
  exit,
  IGNORE,
  isAlive,
  type Reference,
  type Supervisor,
  type SupervisorErrorCode,
  startSupervisor,
  startSystem,
  stopSystem,
  supervisorAt,
} from '../src/index.js';
import { gate, inside, scribe, turns, until } from './support.js';
import { broken, statesOf } from './tree.js';

let system: Reference;
beforeEach(() => {
  system = startSystem();
});
afterEach(() => stopSystem(system));

/** A supervisor with a child that runs, one that has stopped, and one that is being restarted for ever. */
async function three(log: string[] = []): Promise<Supervisor> {
  const hanging = gate();
  let starts = 0;
  const restarting = {
    ...scribe(log, 'restarting'),
    async init() {
      starts += 1;
      if (starts > 1) throw new Error('not again');
      return 0;
    },
  };
  const supervisor = await startSupervisor(system, 'top', {
    strategy: 'one_for_one',
    intensity: 1,
    // One restart is tried, after a minute.
    backoff: { firstMs: 60_000, maxMs: 60_000 },
    children: [
      { id: 'running', start: scribe(log, 'running') },
      { id: 'stopped', start: scribe(log, 'stopped'), restart: 'transient' },
      { id: 'restarting', start: restarting },
    ],
  });
  hanging.open();
  dispatch(supervisor.child('stopped'), 'exit');
  dispatch(supervisor.child('restarting'), 'boom');
  await until(() => Object.entries(statesOf(supervisor)).every(([id, state]) => id === state));
  return supervisor;
}

type Order = 'startChild' | 'terminateChild' | 'restartChild' | 'deleteChild';

// OTP, supervisor(3): the results of start_child/2, terminate_child/2, restart_child/2 and delete_child/2.
const RESULTS: readonly (readonly [Order, string, SupervisorErrorCode | 'ok'])[] = [
  ['startChild', 'running', 'already-started'],
  ['startChild', 'stopped', 'already-present'],
  ['startChild', 'restarting', 'already-started'],
  ['startChild', 'unknown', 'ok'],
  ['terminateChild', 'running', 'ok'],
  ['terminateChild', 'stopped', 'ok'],
  ['terminateChild', 'restarting', 'ok'],
  ['terminateChild', 'unknown', 'not-found'],
  ['restartChild', 'running', 'running'],
  ['restartChild', 'stopped', 'ok'],
  ['restartChild', 'restarting', 'restarting'],
  ['restartChild', 'unknown', 'not-found'],
  ['deleteChild', 'running', 'running'],
  ['deleteChild', 'stopped', 'ok'],
  ['deleteChild', 'restarting', 'restarting'],
  ['deleteChild', 'unknown', 'not-found'],
];

/** What the orders that are obeyed leave of the child. */
const LEAVES: Record<Order, string | undefined> = {
  startChild: 'running',
  terminateChild: 'stopped',
  restartChild: 'running',
  deleteChild: undefined,
};

describe('a supervisor that is asked to', () => {
  it.each(RESULTS)('%s a child that is %s: %s', async (order, id, expected) => {
    const supervisor = await three();
    const before = statesOf(supervisor);
    const asked = order === 'startChild' ? supervisor.startChild({ id, start: scribe([], id) }) : supervisor[order](id);
    if (expected === 'ok') {
      await asked;
      expect(statesOf(supervisor)[id]).toBe(LEAVES[order]);
    } else {
      await expect(asked).rejects.toMatchObject({ name: 'SupervisorError', code: expected });
      expect(statesOf(supervisor)).toEqual(before);
    }
  });

  it.each(['startChild', 'terminateChild', 'restartChild', 'deleteChild'] as const)(
    '%s when it has ended, or is about to, refuses',
    async (order) => {
      const supervisor = await three();
      const end = supervisor.shutdown();
      const spec = { id: 'new', start: scribe([], 'new') };
      for (const phase of ['ending', 'ended']) {
        const asked = order === 'startChild' ? supervisor.startChild(spec) : supervisor[order]('stopped');
        await expect(asked).rejects.toMatchObject({ code: 'shutting-down' });
        if (phase === 'ending') await end;
      }
    },
  );
});

describe('a child that is added', () => {
  it('is the last to start and the first to stop, takes part in restarts, and is found', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_all',
      children: [{ id: 'a', start: scribe(log, 'a') }],
    });
    const b = await supervisor.startChild({ id: 'b', start: scribe(log, 'b') });
    expect(await call(b as Reference, 'echo', { timeoutMs: 5000 })).toBe(0);
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().children[1]?.restarts === 1);
    await supervisor.shutdown();
    expect(log).toEqual(['+a', '+b', '-a crash', '-b shutdown', '+a', '+b', '-b shutdown', '-a shutdown']);
  });

  it('may be a supervisor, whose own children can be changed in turn', async () => {
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const ref = await supervisor.startChild({ id: 'inner', supervisor: { strategy: 'one_for_one', children: [] } });
    const inner = supervisorAt(ref as Reference);
    await inner?.startChild({ id: 'leaf', start: scribe([], 'leaf') });
    expect(supervisor.countChildren()).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 });
    expect(inner?.countChildren()).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    expect(inner?.whichChildren()).toMatchObject([
      { id: 'leaf', type: 'worker', restart: 'permanent', state: 'running' },
    ]);
    expect(supervisorAt(inner?.child('leaf') as Reference)).toBeUndefined();
  });

  it('that does not start is not there; one whose spec makes no sense is refused', async () => {
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const failing = supervisor.startChild({ id: 'a', start: broken([], 'a') });
    await expect(failing).rejects.toMatchObject({
      name: 'StartError',
      child: 'a',
      cause: { message: 'cannot read the disk' },
    });
    const senseless: ChildSpec[] = [
      { id: 'a/b', start: scribe([], 'a') },
      { id: 'a', start: scribe([], 'a'), significant: true, restart: 'transient' },
    ];
    for (const spec of senseless) await expect(supervisor.startChild(spec)).rejects.toBeInstanceOf(RangeError);
    expect(supervisor.whichChildren()).toEqual([]);
    expect(inside(supervisor.ref)?.children.size).toBe(0);
  });

  it.each([
    ['permanent', ['stopped']],
    ['transient', ['stopped']],
    // OTP, supervisor(3): "the child specification is kept … unless it is temporary".
    ['temporary', []],
  ] as const)('that is not needed is kept as stopped, unless it is temporary: %s', async (restart, states) => {
    const ignoring = { ...scribe([], 'a'), init: () => IGNORE };
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'first', start: ignoring, restart }],
    });
    expect(Object.values(statesOf(supervisor))).toEqual(states);
    expect(await supervisor.startChild({ id: 'second', start: ignoring, restart })).toBeUndefined();
    expect(Object.values(statesOf(supervisor))).toEqual([...states, ...states]);
    expect(inside(supervisor.ref)?.children.size).toBe(0);
    if (restart !== 'temporary') expect(await supervisor.restartChild('second')).toBeUndefined();
  });

  it('can be stopped while it starts, by the shutdown of its supervisor', async () => {
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const hanging = { ...scribe([], 'a'), init: () => new Promise<number>(() => {}) };
    const starting = supervisor.startChild({ id: 'a', start: hanging, shutdown: 5 });
    const refused = expect(starting).rejects.toMatchObject({ code: 'start-failed' });
    await turns(3);
    await supervisor.shutdown();
    await refused;
  });
});

describe('a child that is terminated', () => {
  it('stays so through the crashes of others, until it is restarted; a temporary one is forgotten', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'a', start: scribe(log, 'a') },
        { id: 'b', start: scribe(log, 'b') },
        { id: 'c', start: scribe(log, 'c'), restart: 'temporary' },
      ],
    });
    await supervisor.terminateChild('a');
    await supervisor.terminateChild('c');
    dispatch(supervisor.child('b'), 'boom');
    await until(() => supervisor.status().children.some(({ id, restarts }) => id === 'b' && restarts === 1));
    expect(statesOf(supervisor)).toEqual({ a: 'stopped', b: 'running' });
    await supervisor.restartChild('a');
    expect(statesOf(supervisor)).toEqual({ a: 'running', b: 'running' });
    expect(log).toEqual(['+a', '+b', '+c', '-a shutdown', '-c shutdown', '-b crash', '+b', '+a']);
  });

  it('when it cannot be restarted stays stopped', async () => {
    let starts = 0;
    const once = {
      ...scribe([], 'a'),
      init() {
        starts += 1;
        if (starts > 1) throw new Error('once only');
        return 0;
      },
    };
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: once }],
    });
    await supervisor.terminateChild('a');
    await expect(supervisor.restartChild('a')).rejects.toMatchObject({ code: 'start-failed' });
    expect(supervisor.whichChildren()).toMatchObject([{ state: 'stopped', lastExit: 'once only' }]);
    expect(supervisor.status().restarts).toBe(0);
  });
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
    const pool = await startSupervisor(system, 'pool', {
      strategy: 'simple_one_for_one',
      intensity: 1000,
      child: { id: 'worker', start: (name: string) => scribe(log, name) },
    });
    const all = await Promise.all(Array.from({ length: 2000 }, (_, index) => pool.startChild([`${index}`])));
    for (const [index, child] of all.entries()) if (index % 3 === 0) dispatch(child as Reference, 'boom');
    await until(() => pool.status().restarts === 667 && pool.countChildren().active === 2000);
    await pool.shutdown();
    expect(log.filter((line) => line.endsWith('shutdown'))).toHaveLength(2000);
    expect(isAlive(pool.ref)).toBe(false);
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
    expect(isAlive(supervisor.ref)).toBe(true);
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
    expect(isAlive(supervisor.ref)).toBe(true);
    dispatch(supervisor.child('a'), 'exit shutdown');
    expect(await supervisor.finished).toMatchObject({ how: 'auto-shutdown' });
  });

  it('does not follow from a child that was told to stop', async () => {
    const supervisor = await start('any_significant', []);
    await supervisor.terminateChild('a');
    await supervisor.terminateChild('b');
    await turns(5);
    expect(isAlive(supervisor.ref)).toBe(true);
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
    const starting = startSupervisor(system, 'top', { strategy: 'one_for_one', children: [], ...flaw } as never);
    await expect(starting).rejects.toThrow(message);
  });
});

describe('the signal kill', () => {
  it('ends a supervisor with all that is below, at once; its own supervisor brings it back', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'inner',
          supervisor: {
            strategy: 'one_for_one',
            children: [
              { id: 'a', start: scribe(log, 'a') },
              {
                id: 'deeper',
                supervisor: { strategy: 'one_for_one', children: [{ id: 'b', start: scribe(log, 'b') }] },
              },
            ],
          },
        },
      ],
    });
    const lost = supervisor.child('inner');
    exit(lost, 'shutdown');
    expect(isAlive(lost)).toBe(true);
    exit(lost, 'kill');
    expect(isAlive(lost)).toBe(false);
    await until(() => supervisor.status().children[0]?.restarts === 1);
    // Nothing of it cleaned up.
    expect(log).toEqual(['+a', '+b', '+a', '+b']);
    expect(supervisor.whichChildren()).toMatchObject([{ lastExit: 'killed' }]);
    exit(supervisor.ref, 'kill');
    expect(await supervisor.finished).toMatchObject({ how: 'killed', reason: 'killed' });
    expect(inside(system)?.children.size).toBe(0);
  });
});
