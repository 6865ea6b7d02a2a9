import { describe, expect, it } from '@jest/globals';
import {
  type ChildSpec,
  call,
  dispatch,
  exit,
  IGNORE,
  mayBeAlive,
  type Reference,
  type Supervisor,
  type SupervisorErrorCode,
  startSupervisor,
  supervisorAt,
} from '../src/index.js';
import { forEachTest, gate, inside, scribe, turns, until } from './support.js';
import { broken, statesOf } from './tree.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

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
      const message = expect.stringMatching(/\btop\b/);
      await expect(asked).rejects.toMatchObject({ name: 'SupervisorError', code: expected, message });
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
    expect(mayBeAlive(lost)).toBe(true);
    exit(lost, 'kill');
    expect(mayBeAlive(lost)).toBe(false);
    await until(() => supervisor.status().children[0]?.restarts === 1);
    // Nothing of it cleaned up.
    expect(log).toEqual(['+a', '+b', '+a', '+b']);
    expect(supervisor.whichChildren()).toMatchObject([{ lastExit: 'killed' }]);
    exit(supervisor.ref, 'kill');
    expect(await supervisor.finished).toMatchObject({ how: 'killed', reason: 'killed' });
    expect(inside(system)?.children.size).toBe(0);
  });
});
