/** What is over leaves nothing behind: no timer that keeps the process alive, and no memory in those that live on. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type Behaviour,
  call,
  childReference,
  type DynamicSpec,
  demonitor,
  dispatch,
  exit,
  inspect,
  isRegistered,
  monitor,
  type Reference,
  register,
  startActor,
  startSupervisor,
  stop,
  stopActor,
  unregister,
  whenDown,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, reply, scribe, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const LONG = 600_000;
/** Timers of about that length, which nothing in these tests waits for. */
const open = new Set<unknown>();
const timers = (): number => open.size;
beforeEach(() => {
  open.clear();
  const { setTimeout: start, clearTimeout: end } = globalThis;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, milliseconds: number, ...rest: []) => {
    const timer = start(work, milliseconds, ...rest);
    if (milliseconds >= LONG / 2) open.add(timer);
    return timer;
  }) as never);
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    open.delete(timer);
    end(timer);
  });
});
afterEach(() => void jest.restoreAllMocks());

describe('no timer is left of', () => {
  it('a limited start, however it ends', async () => {
    await probe(system, 'well', { startMs: LONG });
    const failing = { ...scribe([], 'bad'), init: () => Promise.reject(new Error('no disk')) };
    await expect(startActor(system, 'bad', failing, { startMs: LONG })).rejects.toThrow('no disk');
    const slow = gate();
    const starting = startActor(
      system,
      'ended',
      { ...scribe([], 'ended'), init: () => slow.opened.then(() => 0) },
      {
        startMs: LONG,
        shutdown: 'brutal_kill',
      },
    );
    const refused = expect(starting).rejects.toMatchObject({ code: 'start-failed' });
    exit(childReference(system, 'ended'), 'shutdown');
    await refused;
    expect(timers()).toBe(0);
    slow.open();
  });

  it('messages to oneself that were taken back, that the end has overtaken, or that came after it', async () => {
    const { context, ref } = await probe(system, 'a');
    expect(context.sendAfter(LONG, 'one').cancel()).toBe(true);
    expect(timers()).toBe(0);
    const two = context.sendAfter(LONG, 'two');
    expect(timers()).toBe(1);
    await stopActor(ref);
    await until(() => inspect(ref) === undefined);
    expect([timers(), two.cancel()]).toEqual([0, false]);
    context.sendAfter(LONG, 'three');
    expect(timers()).toBe(0);
  });

  it('a limit on an end that came in time', async () => {
    const { ref } = await probe(system, 'a', { shutdown: LONG }, { terminate: () => turns(2) });
    await stopActor(ref);
    await until(() => inspect(ref) === undefined);
    expect(timers()).toBe(0);
  });

  it('a back-off that the end of the supervisor has overtaken, of one child and of a group', async () => {
    for (const strategy of ['one_for_one', 'one_for_all'] as const) {
      const supervisor = await startSupervisor(system, 'top', {
        strategy,
        backoff: { firstMs: LONG, maxMs: LONG },
        children: ['a', 'b'].map((id) => ({ id, start: scribe([], id) })),
      });
      dispatch(supervisor.child('a'), 'boom');
      await until(() => timers() > 0);
      await supervisor.shutdown();
      expect(timers()).toBe(0);
    }
  });

  it('calls and waits that were given up: nobody listens to what was waited for', async () => {
    const { ref } = await probe(system, 'a');
    void whenDown(ref, AbortSignal.abort());
    expect(inspect(ref)).toMatchObject({ watchers: 0 });
    const { signal } = new AbortController();
    void whenDown(ref, signal);
    expect(inspect(ref)).toMatchObject({ watchers: 1 });
    const heard: string[] = [];
    const { removeEventListener } = signal;
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      heard.push(given[0]);
      removeEventListener.apply(signal, given);
    };
    await stopActor(ref);
    expect(heard).toEqual(['abort']);
  });
});

it('an actor below which very many have come and gone ends as any other', async () => {
  const parent = plain(system, 'parent');
  const down = whenDown(parent.ref);
  for (let count = 0; count < 12_000; count += 1) {
    const { ref } = plain(parent.ref, 'child');
    // What is looked at is watched, and with it what is above it.
    expect(isRegistered(ref)).toBe(false);
    stop(ref);
  }
  stop(parent.ref);
  expect(await down).toBe('shutdown');
});

describe('memory of what has ended is free', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const freed = (marks: readonly WeakRef<object>[]): Promise<void> =>
    until(() => {
      collect();
      return marks.every((mark) => mark.deref() === undefined);
    });

  /** A behaviour that is known by its marks as long as anything holds it. What is thrown would hold it, too, by its stack. */
  function marked(marks: WeakRef<object>[]): Behaviour<object, 'echo' | 'exit'> {
    const state = { some: 'state' };
    const behaviour: Behaviour<object, 'echo' | 'exit'> = {
      init: () => state,
      receive(given, order, context) {
        if (order === 'exit') context.exit();
        else reply(context, order);
        return given;
      },
    };
    marks.push(new WeakRef(behaviour), new WeakRef(state));
    return behaviour;
  }

  it('in the system, and in those that were linked with it, watched it, called it, or named it', async () => {
    const friend = await probe(system, 'friend');
    friend.context.trapExit(true);
    const parent = plain(system, 'parent');
    const marks: WeakRef<object>[] = [];
    for (const above of [system, parent.ref]) {
      const ref = (await startActor(above, 'a', marked(marks), { link: friend.ref })) as Reference;
      monitor(friend.ref, ref);
      demonitor(monitor(friend.ref, ref));
      register('name', ref);
      register('other name', ref);
      unregister(system, 'other name');
      await call(ref, 'echo', { timeoutMs: LONG });
      dispatch(ref, 'exit');
      await until(() => inspect(ref) === undefined);
    }
    await freed(marks);
    expect(inspect(friend.ref)).toMatchObject({ links: 0, watchers: 0 });
  });

  it('in supervisors: of children that were replaced, terminated, or that do not come back', async () => {
    const marks: WeakRef<object>[] = [];
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      backoff: { firstMs: 0, maxMs: 1 },
      children: [{ id: 'again', start: () => marked(marks) }],
    });
    dispatch(top.child('again'), 'exit');
    await until(() => top.status().children[0]?.restarts === 1);
    const ended = marks.splice(0, 2);
    await top.startChild({ id: 'temporary', restart: 'temporary', start: () => marked(ended) });
    dispatch(top.child('temporary'), 'exit');
    await until(() => top.countChildren().specs === 1);
    const pool = {
      strategy: 'simple_one_for_one',
      child: { id: 'c', start: () => marked(ended) },
    } satisfies DynamicSpec;
    const many = await startSupervisor(system, 'many', pool);
    await many.startChild([]);
    await many.terminateChild('c-1');
    await top.startChild({ id: 'told', start: () => marked(ended) });
    await top.terminateChild('told');
    await freed(ended);
    expect(marks.map((mark) => typeof mark.deref())).toEqual(['object', 'object']);
  });
});
