import { describe, expect, it, jest } from '@jest/globals';
import {
  type AnyBehaviour,
  call,
  childReference,
  dispatch,
  mayBeAlive,
  type Reference,
  type Shutdown,
  type SupervisorEvent,
  startActor,
  startSupervisor,
  stopActor,
  stopSystem,
  whenDown,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, inside, rawNact, scribe, turns, typesOf, until, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

// OTP, supervisor(3), "shutdown": "brutal_kill means that the child process is unconditionally terminated … An integer
// time-out value means that the supervisor tells the child process to terminate … and then wait … If no exit signal is
// received within the specified number of milliseconds, the child process is unconditionally terminated … infinity".
describe('the shutdown of a child', () => {
  const table: readonly (readonly [Shutdown, 'quick' | 'slow' | 'hanging', string[], 'shutdown' | 'killed'])[] = [
    ['brutal_kill', 'quick', [], 'killed'],
    ['brutal_kill', 'slow', [], 'killed'],
    [20, 'quick', ['begun', 'done'], 'shutdown'],
    [20, 'hanging', ['begun'], 'killed'],
    [60_000, 'slow', ['begun', 'done'], 'shutdown'],
    ['infinity', 'quick', ['begun', 'done'], 'shutdown'],
    ['infinity', 'slow', ['begun', 'done'], 'shutdown'],
  ];

  it.each(table)(
    '%p, of one whose terminate is %s: %j, and its reason is %s',
    async (shutdown, pace, expected, reason) => {
      const log: string[] = [];
      const events: SupervisorEvent[] = [];
      const start: AnyBehaviour = {
        ...scribe([], 'a'),
        async terminate() {
          log.push('begun');
          if (pace === 'slow') await turns(20);
          if (pace === 'hanging') await new Promise(() => {});
          log.push('done');
        },
      };
      const supervisor = await startSupervisor(system, 'top', {
        strategy: 'one_for_one',
        children: [{ id: 'a', start, shutdown }],
        onEvent: (event) => events.push(event),
      });
      const down = whenDown(supervisor.child('a'));
      await supervisor.shutdown();
      expect(log).toEqual(expected);
      expect(await down).toBe(reason);
      expect(typesOf(events)).toEqual(pace === 'hanging' ? ['trouble'] : []);
    },
  );

  it('of a supervisor is limited, too, when that is asked for: past it all below are killed', async () => {
    const log: string[] = [];
    const hanging: AnyBehaviour = { ...scribe(log, 'a'), terminate: () => new Promise<void>(() => {}) };
    const spec = (shutdown: Shutdown): Parameters<typeof startSupervisor>[2] => ({
      strategy: 'one_for_one',
      children: [
        {
          id: 'inner',
          shutdown,
          supervisor: {
            strategy: 'one_for_one',
            children: [
              { id: 'b', start: scribe(log, 'b') },
              { id: 'a', start: hanging, shutdown: 'infinity' },
            ],
          },
        },
      ],
    });
    for (const shutdown of [5, 'brutal_kill'] as const) {
      const supervisor = await startSupervisor(system, 'top', spec(shutdown));
      const downs = [whenDown(supervisor.child('inner')), whenDown(childReference(supervisor.child('inner'), 'b'))];
      await supervisor.shutdown();
      expect(await Promise.all(downs)).toEqual(['killed', 'killed']);
      expect(await supervisor.finished).toMatchObject({ how: 'told' });
      expect(inside(system)?.children.size).toBe(0);
    }
    expect(log).toEqual(['+b', '+a', '+b', '+a']);
  });

  it.each([
    ['shutdown: -1', { shutdown: -1 }, 'child a: shutdown: -1 is not between 0 and 2147483647'],
    ['shutdown: soon', { shutdown: 'soon' }, 'child a: shutdown: soon is none of brutal_kill, infinity'],
    ['startMs', { startMs: Number.NaN }, 'child a: startMs: NaN'],
  ])('that makes no sense is refused: %s', async (_, flaw, message) => {
    const spec = { strategy: 'one_for_one', children: [{ id: 'a', start: scribe([], 'a'), ...flaw }] };
    await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow(message);
  });
});

describe('an init that never settles', () => {
  const hanging: AnyBehaviour = { init: () => new Promise(() => {}), receive: (state: unknown) => state };

  it('fails the start past startMs', async () => {
    const starting = startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: hanging, startMs: 5, shutdown: 5 }],
    });
    await expect(starting).rejects.toThrow('a did not start: init took longer than 5 ms');
    expect(inside(system)?.children.size).toBe(0);
    const alone = startActor(system, 'a', hanging, { startMs: 5, shutdown: 5, onTrouble: () => {} });
    await expect(alone).rejects.toThrow('a did not start: init took longer than 5 ms');
  });

  it('at a restart counts as one more, until that is too many', async () => {
    // Time passes when the test says so: else, on a busy machine, the first start could take too long as well.
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    let starts = 0;
    const once: AnyBehaviour = {
      ...scribe([], 'a'),
      init: () => {
        starts += 1;
        return starts === 1 ? 0 : new Promise(() => {});
      },
    };
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      intensity: 2,
      children: [{ id: 'a', start: once, startMs: 5, shutdown: 1 }],
    });
    dispatch(supervisor.child('a'), 'boom');
    const end = whenDown(supervisor.ref);
    while (mayBeAlive(supervisor.ref)) {
      // What has begun by then is in its init.
      await turns(10);
      jest.advanceTimersByTime(5);
    }
    jest.useRealTimers();
    await end;
    expect(await supervisor.finished).toMatchObject({
      how: 'intensity',
      message: expect.stringContaining('longer than 5 ms'),
    });
    expect(starts).toBe(3);
  });
});

describe('the back-off', () => {
  it('waits before a restart, while others go on; a shutdown does not wait for it', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 60_000, maxMs: 60_000 },
      children: ['a', 'b'].map((id) => ({ id, start: scribe(log, id) })),
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 1);
    await turns(10);
    expect(supervisor.whichChildren().map(({ state }) => state)).toEqual(['restarting', 'running']);
    expect(await call(supervisor.child('b'), 'echo', { timeoutMs: 5000 })).toBe(0);
    await supervisor.terminateChild('b');
    await supervisor.shutdown();
    expect(log).toEqual(['+a', '+b', '-a crash', '-b shutdown']);
  });

  it('waits before a group comes back, too', async () => {
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_all',
      backoff: { firstMs: 60_000, maxMs: 60_000 },
      children: ['a', 'b'].map((id) => ({ id, start: scribe([], id) })),
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 1);
    await turns(20);
    expect(supervisor.whichChildren().map(({ state }) => state)).toEqual(['restarting', 'restarting']);
    await supervisor.shutdown();
  });

  it('comes to an end: the children come back, those of a group together', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_all',
      backoff: { firstMs: 1, maxMs: 4 },
      intensity: 5,
      children: ['a', 'b'].map((id) => ({ id, start: scribe(log, id) })),
    });
    for (const restarts of [1, 2, 3]) {
      dispatch(supervisor.child('a'), 'boom');
      await until(() => supervisor.status().children[1]?.restarts === restarts);
    }
    const round = ['-a crash', '-b shutdown', '+a', '+b'];
    expect(log).toEqual(['+a', '+b', ...round, ...round, ...round]);
  });

  it('is longer for each restart in a row', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(1);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 1, maxMs: 3 },
      intensity: 5,
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    for (const restarts of [1, 2, 3]) {
      dispatch(supervisor.child('a'), 'boom');
      await until(() => supervisor.status().children[0]?.restarts === restarts);
    }
    const delays = timers.mock.calls.map(([, delay]) => delay).filter((delay) => delay !== undefined && delay < 10);
    expect(delays).toEqual([1, 2, 3]);
    timers.mockRestore();
    random.mockRestore();
  });

  it('leaves alone what was terminated, deleted, or brought back meanwhile', async () => {
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 10, maxMs: 10 },
      children: ['a', 'b', 'c'].map((id) => ({ id, start: scribe(log, id) })),
    });
    for (const id of ['a', 'b', 'c']) dispatch(supervisor.child(id), 'boom');
    await until(() => supervisor.status().restarts === 3);
    for (const id of ['a', 'b']) await supervisor.terminateChild(id);
    await supervisor.deleteChild('a');
    await supervisor.restartChild('b');
    await until(() => supervisor.whichChildren().every(({ state }) => state === 'running'));
    await supervisor.terminateChild('c');
    expect(log.filter((line) => line.startsWith('+'))).toEqual(['+a', '+b', '+c', '+b', '+c']);
  });

  it.each([
    [{ firstMs: -1, maxMs: 1 }, 'backoff.firstMs: -1'],
    [{ firstMs: 1, maxMs: Number.POSITIVE_INFINITY }, 'backoff.maxMs: Infinity'],
    [{ firstMs: 2, maxMs: 1 }, 'backoff.maxMs: 1 is less than firstMs, 2'],
  ])('of %j is refused', async (backoff, message) => {
    const starting = startSupervisor(system, 'top', { strategy: 'one_for_one', children: [], backoff });
    await expect(starting).rejects.toThrow(message);
  });
});

describe('an actor without a supervisor', () => {
  it('ends when it is told to, in order, and leaves its place', async () => {
    const busy = gate();
    const { ref, seen, ends } = await probe(system, 'a');
    dispatch(ref, () => busy.opened);
    dispatch(ref, 'handled first, as in OTP');
    await turns(2);
    const stopped = stopActor(ref, 'shutdown');
    dispatch(ref, 'never handled');
    expect(mayBeAlive(ref)).toBe(true);
    busy.open();
    expect(await stopped).toBe('shutdown');
    expect([seen, ends]).toEqual([['handled first, as in OTP'], ['shutdown']]);
    await probe(system, 'a');
    await expect(stopActor(childReference(system, 'nobody'))).rejects.toThrow(RangeError);
  });

  it('is not restarted when it crashes; a successor waits until it has cleaned up', async () => {
    const slow = gate();
    const log: string[] = [];
    const { context } = await probe(
      system,
      'a',
      {},
      { terminate: () => slow.opened.then(() => void log.push('cleaned up')) },
    );
    context.fail(new Error('boom'));
    const successor = probe(system, 'a').then(() => log.push('successor'));
    await turns(5);
    expect(log).toEqual([]);
    slow.open();
    await successor;
    expect(log).toEqual(['cleaned up', 'successor']);
  });

  it('tells of trouble by a warning, unless somebody listens', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const terminate = (): Promise<void> => Promise.reject(new Error('no goodbye'));
    await stopActor((await probe(system, 'a', {}, { terminate })).ref);
    const options = { type: 'ParliamentOtpWarning', detail: 'Error: no goodbye' };
    expect(warned.mock.calls).toEqual([['terminate of a failed', options]]);
    const heard: unknown[] = [];
    const onTrouble = (message: string): unknown => heard.push(message);
    await stopActor((await probe(system, 'b', { onTrouble }, { terminate })).ref);
    expect(heard).toEqual(['terminate of b failed']);
    const bad = (): never => {
      throw new Error('bad listener');
    };
    await stopActor((await probe(system, 'c', { onTrouble: bad }, { terminate })).ref);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  it('can be any: stopActor ends plain nact actors, with what is below, and supervisors, too', async () => {
    const { ref } = plain(system, 'plain');
    const child = rawNact.spawn(ref, (state: unknown) => state, 'child') as Reference;
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const downs = [whenDown(child), stopActor(ref), stopActor(supervisor.ref)];
    expect(await Promise.all(downs)).toEqual(['shutdown', 'shutdown', 'shutdown']);
  });
});

describe('the end of a system', () => {
  it('is in order: last started, first ended, leaves first, whatever they are', async () => {
    const log: string[] = [];
    await startActor(system, 'first', scribe(log, 'first'));
    await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: ['a', 'b'].map((id) => ({ id, start: scribe(log, id) })),
    });
    const above = rawNact.spawn(system, (state: unknown) => state, 'above') as Reference;
    await startActor(above, 'below', scribe(log, 'below'));
    log.length = 0;
    await Promise.all([stopSystem(system), stopSystem(system)]);
    expect(log).toEqual(['-below shutdown', '-b shutdown', '-a shutdown', '-first shutdown']);
    expect(mayBeAlive(above)).toBe(false);
    await stopSystem(system);
  });
});
