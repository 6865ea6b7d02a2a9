/** What supervisors do to the letter: when a row of restarts is over, in which order, and what is told of it. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AnyBehaviour,
  type ChildSpec,
  call,
  dispatch,
  exit,
  IGNORE,
  inspect,
  monitor,
  type Reference,
  type Supervisor,
  type SupervisorEvent,
  startActor,
  startSupervisor,
  stopActor,
  stopSystem,
} from '../src/index.js';
import { probe } from './probe.js';
import { forEachTest, gate, orderAndRestart, scribe, turns, until, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});
afterEach(() => void jest.restoreAllMocks());

describe('the back-off', () => {
  it('begins anew when the child has stayed up for more than a period, and not before', async () => {
    let now = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const armed = jest.spyOn(globalThis, 'setTimeout');
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 1, maxMs: 64 },
      periodMs: 700,
      intensity: 10,
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    const delays: unknown[] = [];
    for (const upMs of [0, 0, 700, 701, 0, 1]) {
      now += upMs;
      armed.mockClear();
      await orderAndRestart(supervisor, 'a', 'boom');
      delays.push(armed.mock.calls.map(([, ms]) => ms).find((ms) => ms !== undefined && ms < 100));
    }
    expect(delays).toEqual([1, 2, 4, 1, 2, 4]);
  });

  it('begins at the beginning for a child that has never been up', async () => {
    let now = 1_000_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const armed = jest.spyOn(globalThis, 'setTimeout');
    let starts = 0;
    const late: AnyBehaviour = {
      ...scribe([], 'late'),
      init: () => {
        starts += 1;
        if (starts > 1 && starts < 4) throw new Error('no disk');
        return 0;
      },
    };
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 1, maxMs: 64 },
      intensity: 10,
      children: [{ id: 'late', start: late }],
    });
    now += 1;
    armed.mockClear();
    dispatch(supervisor.child('late'), 'boom');
    await until(() => starts === 4 && supervisor.whichChildren()[0]?.state === 'running');
    // Starts that failed are of the same row.
    expect(armed.mock.calls.map(([, ms]) => ms).filter((ms) => ms !== undefined && ms < 100)).toEqual([1, 2, 4]);
  });
});

describe('the order of ends', () => {
  it('is that of the starts in reverse after one was restarted alone, too', async () => {
    const log: string[] = [];
    const slow: AnyBehaviour = {
      ...scribe(log, 'b'),
      async terminate() {
        await turns(5);
        log.push('-b');
      },
    };
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'a', start: scribe(log, 'a') },
        { id: 'b', start: slow },
      ],
    });
    await orderAndRestart(supervisor, 'a', 'boom');
    log.length = 0;
    await supervisor.shutdown();
    expect(log).toEqual(['-b', '-a shutdown']);
  });

  it('is that in reverse when a supervisor or an actor is killed with all below it', async () => {
    const watcher = await probe(system, 'watcher');
    const children = ['a', 'b', 'c'].map((id): ChildSpec => ({ id, start: scribe([], id) }));
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children });
    const host = await probe(system, 'host');
    const guests = await Promise.all(['d', 'e'].map((name) => probe(host.ref, name)));
    for (const { id } of children) watcher.context.monitor(supervisor.child(id));
    for (const { ref } of guests) watcher.context.monitor(ref);
    exit(supervisor.ref, 'kill');
    exit(host.ref, 'kill');
    await until(() => watcher.seen.length === 5);
    const names = watcher.seen.map((down) => (down as { object: { path: { parts: string[] } } }).object.path.parts[1]);
    expect(names).toEqual(['c', 'b', 'a', 'e', 'd']);
    // Who was started below an actor without a supervisor is not killed with it, but told to stop.
    const reasons = ['killed', 'killed', 'killed', 'shutdown', 'shutdown'];
    expect(watcher.seen).toMatchObject(reasons.map((reason) => ({ reason })));
  });
});

describe('what is told', () => {
  const events: SupervisorEvent[] = [];
  const start = (children: readonly ChildSpec[]): Promise<Supervisor> => {
    events.length = 0;
    return startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children,
      onEvent: (event) => events.push(event),
    });
  };

  it('of an end: the reason, and what was thrown when something was', async () => {
    const children = ['a', 'b', 'c'].map((id): ChildSpec => ({ id, start: scribe([], id), restart: 'temporary' }));
    const supervisor = await start(children);
    const error = new Error('of its own');
    exit(supervisor.child('a'), { crash: error });
    exit(supervisor.child('b'), { shutdown: 'done' });
    exit(supervisor.child('c'), 'killed');
    await until(() => events.length === 3);
    expect(events).toEqual([
      { type: 'exited', id: 'a', reason: 'of its own', error },
      { type: 'exited', id: 'b', reason: 'shutdown: done' },
      { type: 'exited', id: 'c', reason: 'killed' },
    ]);
    expect(events.map((event) => 'error' in event)).toEqual([true, false, false]);
    expect(supervisor.whichChildren()).toEqual([]);
  });

  it('of a start that failed, at once and at a restart', async () => {
    let error: unknown;
    const failing: AnyBehaviour = {
      ...scribe([], 'a'),
      init: () => {
        if (error !== undefined) throw error;
        return 0;
      },
    };
    const supervisor = await start([{ id: 'a', start: failing, restart: 'transient' }]);
    await supervisor.terminateChild('a');
    error = new Error('no disk');
    await expect(supervisor.restartChild('a')).rejects.toMatchObject({ code: 'start-failed', cause: error });
    expect(supervisor.whichChildren()).toMatchObject([{ state: 'stopped', lastExit: 'no disk', restarts: 0 }]);
    expect(inspect(supervisor.child('a'))).toBeUndefined();
    const unsettled = error;
    error = undefined;
    await supervisor.restartChild('a');
    error = unsettled;
    dispatch(supervisor.child('a'), 'boom');
    await supervisor.finished;
    expect(events).toContainEqual({ type: 'start-failed', id: 'a', reason: 'no disk', error: unsettled });
    expect(events.at(-1)).toMatchObject({ type: 'gave-up', error: unsettled });
  });

  it('of trouble: an error only where there is one', async () => {
    const bad: AnyBehaviour = { ...scribe([], 'bad'), terminate: () => Promise.reject(new Error('no goodbye')) };
    const stuck: AnyBehaviour = { ...scribe([], 'stuck'), terminate: () => new Promise<void>(() => {}) };
    const supervisor = await start([
      { id: 'bad', start: bad },
      { id: 'stuck', start: stuck, shutdown: 1 },
    ]);
    await supervisor.shutdown();
    expect(events).toEqual([
      { type: 'trouble', message: 'terminate of stuck did not end within 1 ms' },
      { type: 'trouble', message: 'terminate of bad failed', error: new Error('no goodbye') },
    ]);
    expect(events.map((event) => 'error' in event)).toEqual([false, true]);
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await startActor(system, 'alone', stuck, { shutdown: 1 });
    await stopSystem(system);
    expect(warned.mock.calls).toEqual([
      ['terminate of alone did not end within 1 ms', { type: 'ParliamentOtpWarning' }],
    ]);
  });

  it('in counts: what runs, what does not, what is of which kind', async () => {
    const supervisor = await start([
      { id: 'a', start: scribe([], 'a') },
      { id: 'b', start: scribe([], 'b'), restart: 'transient' },
      { id: 'in', supervisor: { strategy: 'one_for_one', children: [{ id: 'leaf', start: scribe([], 'leaf') }] } },
    ]);
    const kinds = ['worker', 'worker', 'supervisor'];
    expect(supervisor.whichChildren().map(({ type }) => type)).toEqual(kinds);
    await supervisor.terminateChild('in');
    // What has stopped is of its kind, too.
    expect(inspect(supervisor.ref)?.children.map(({ type }) => type)).toEqual(kinds);
    await supervisor.restartChild('in');
    await supervisor.terminateChild('b');
    expect(supervisor.countChildren()).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 });
    expect(await supervisor.startChild({ id: 'd', start: { ...scribe([], 'd'), init: () => IGNORE } })).toBeUndefined();
    expect(supervisor.countChildren()).toEqual({ specs: 4, active: 2, supervisors: 1, workers: 3 });
    expect(supervisor.whichChildren().at(-1)).toMatchObject({ id: 'd', state: 'stopped', restarts: 0 });
  });
});

describe('a supervisor that numbers its children', () => {
  it('begins with 1, and goes on where one did not start', async () => {
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'simple_one_for_one',
      child: {
        id: 'c',
        start: (isGood: boolean) => {
          if (!isGood) throw new Error('no');
          return scribe([], 'c');
        },
      },
    });
    await supervisor.startChild([true]);
    await expect(supervisor.startChild([false])).rejects.toMatchObject({ child: 'c-2' });
    await supervisor.startChild([true]);
    expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(['c-1', 'c-3']);
  });
});

describe('the least and the most of an option', () => {
  const child = { id: 'a', start: scribe([], 'a') };
  it.each<[string, object]>([
    ['no restart at all', { intensity: 0 }],
    ['any period above nothing', { periodMs: Number.MIN_VALUE }],
    ['a back-off of no time', { backoff: { firstMs: 0, maxMs: 0 } }],
    ['the longest back-off', { backoff: { firstMs: 2 ** 31 - 1, maxMs: 2 ** 31 - 1 } }],
    ['the longest times of a child', { children: [{ ...child, shutdown: 2 ** 31 - 1, startMs: 2 ** 31 - 1 }] }],
    ['a child that may take no time to end', { children: [{ ...child, shutdown: 0 }] }],
  ])('is taken: %s', async (_, more) => {
    const spec = { strategy: 'one_for_one', children: [], ...more };
    await expect(untyped.startSupervisor(system, 'top', spec)).resolves.toBeDefined();
  });

  it.each<[string, object, string]>([
    ['half a restart', { intensity: 0.5 }, 'intensity: 0.5'],
    ['a period of no number', { periodMs: Number.NaN }, 'periodMs: NaN'],
    ['too long a back-off', { backoff: { firstMs: 0, maxMs: 2 ** 31 } }, 'backoff.maxMs: 2147483648'],
    ['too long a start', { children: [{ ...child, startMs: 2 ** 31 }] }, 'child a: startMs: 2147483648'],
    ['a mailbox', { children: [{ ...child, mailbox: { limit: 0 } }] }, 'child a: mailbox.limit: 0'],
    ['an automatic shutdown', { autoShutdown: 'sometimes' }, 'autoShutdown: sometimes'],
    [
      'an inspect',
      { children: [{ ...child, start: { ...child.start, inspect: 5 } }] },
      'start: inspect: is no function',
    ],
    [
      'a child of a kind, in a supervisor below',
      { children: [{ id: 'in', supervisor: { strategy: 'simple_one_for_one', child } }] },
      'is no function',
    ],
  ])('is not passed: %s', async (_, more, message) => {
    const spec = { strategy: 'one_for_one', children: [], ...more };
    await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow(message);
  });

  it('is looked at once more in what a function gives for a child of a kind', async () => {
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'simple_one_for_one',
      child: { id: 'c', supervisor: (intensity: number) => ({ strategy: 'one_for_one', intensity, children: [] }) },
    });
    await expect(supervisor.startChild([-1])).rejects.toThrow('intensity: -1');
    expect(await supervisor.startChild([0])).toBeDefined();
  });
});

describe('a message to a supervisor', () => {
  it('is handled by onMessage with its sender, if it has one, until the supervisor is about to end', async () => {
    const slow = gate();
    const heard: unknown[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: { ...scribe([], 'a'), terminate: () => slow.opened } }],
      onMessage: (message, { self, sender }) => void heard.push([message, self, sender]),
    });
    const { ref, context } = await probe(system, 'sender');
    dispatch(supervisor.ref, 'nobody sends');
    context.dispatch(supervisor.ref, 'somebody sends', ref);
    // An exit signal, which it traps, is no message to it.
    exit(supervisor.ref, 'shutdown');
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      ['nobody sends', supervisor.ref, undefined],
      ['somebody sends', supervisor.ref, ref],
    ]);
    const ended = supervisor.shutdown();
    dispatch(supervisor.ref, 'too late');
    await turns(3);
    slow.open();
    await ended;
    expect(heard).toHaveLength(2);
  });

  it('that awaits an answer is told of the end when that has come, with or without onMessage', async () => {
    for (const more of [{}, { onMessage: () => {} }]) {
      const slow = gate();
      const supervisor = await startSupervisor(system, 'top', {
        strategy: 'one_for_one',
        children: [{ id: 'a', start: { ...scribe([], 'a'), terminate: () => slow.opened } }],
        ...more,
      });
      const ended = supervisor.shutdown();
      const asked = call(supervisor.ref, 'anybody?', { timeoutMs: 600_000 });
      const told = expect(asked).rejects.toMatchObject({ code: 'exit', reason: 'shutdown' });
      await turns(3);
      slow.open();
      await Promise.all([ended, told]);
    }
  });

  it('of a monitor that it does not have is one like any other', async () => {
    const heard: unknown[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [],
      onMessage: (message) => void heard.push(message),
    });
    const { ref } = await probe(system, 'a');
    monitor(supervisor.ref, ref);
    await stopActor(ref, 'shutdown');
    await until(() => heard.length === 1);
    expect(heard).toMatchObject([{ type: 'DOWN', reason: 'shutdown' }]);
  });
});
