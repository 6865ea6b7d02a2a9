/** Small things that must not pile up, get lost, or be told twice. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import nact from 'nact';
import systemMap from 'nact/lib/system-map.js';
import * as otp from '../src/index.js';
import {
  type ActorContext,
  type Behaviour,
  call,
  childReference,
  type Distribution,
  dispatch,
  type Exit,
  exit,
  IGNORE,
  inspect,
  link,
  mayBeAlive,
  monitor,
  type Reference,
  reasonText,
  register,
  type SupervisorEvent,
  startActor,
  startSupervisor,
  stopActor,
  stopSystem,
  textOf,
  trapExit,
  unregister,
  whenDown,
} from '../src/index.js';
import { enterFarSystem, type FarSystem, farActor } from './far-system.js';
import { probe } from './probe.js';
import { forEachTest, gate, inside, reply, scribe, turns, typesOf, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

describe('a name', () => {
  it('that is given and taken away, again and again, leaves nothing behind', async () => {
    const { ref } = await probe(system, 'a');
    for (let round = 0; round < 100; round += 1) {
      register('name', ref);
      expect(unregister(system, 'name')).toBe(true);
    }
    expect(inspect(ref)).toMatchObject({ watchers: 0, registeredNames: [] });
  });

  it('that was taken away and is now another’s does not go with the first one', async () => {
    const [first, second] = [await probe(system, 'first'), await probe(system, 'second')];
    register('name', first.ref);
    unregister(system, 'name');
    register('name', second.ref);
    await stopActor(first.ref);
    expect(otp.whereis(system, 'name')).toEqual(second.ref);
  });
});

describe('a message to oneself', () => {
  it.each(['refuse', 'drop-oldest'] as const)(
    'comes in its time, however full the mailbox is (%s)',
    async (whenFull) => {
      const busy = gate();
      const { ref, seen, context } = await probe(system, 'a', { mailbox: { limit: 1, whenFull } });
      dispatch(ref, () => busy.opened);
      await turns(2);
      dispatch(ref, 'first');
      context.sendAfter(0, 'my own');
      await until(() => inside(ref)?.mailbox.length === 2);
      dispatch(ref, 'second');
      busy.open();
      await until(() => seen.length === 2);
      expect(seen).toEqual(whenFull === 'refuse' ? ['first', 'my own'] : ['my own', 'second']);
    },
  );

  it('that waits at the end is a dead letter, as it was given', async () => {
    const letters: unknown[] = [];
    otp.onDeadLetter(system, ({ message, reason }) => letters.push([message, reason]));
    const busy = gate();
    const { ref, context } = await probe(system, 'a', { onTrouble: () => {} });
    dispatch(ref, () => busy.opened);
    await turns(2);
    context.sendAfter(0, 'my own');
    await until(() => inside(ref)?.mailbox.length === 1);
    const end = stopActor(ref);
    exit(ref, 'shutdown');
    busy.open();
    expect(await end).toBe('shutdown');
    await until(() => inspect(ref) === undefined);
    // The order to end, which waited, too, is nobody's message.
    expect(letters).toEqual([['my own', 'ended']]);
  });
});

describe('stopActor', () => {
  it('comes after all that waits, however full the mailbox is, and is not dropped', async () => {
    const busy = gate();
    const { ref, seen, ends } = await probe(system, 'a', { mailbox: { limit: 1, whenFull: 'drop-oldest' } });
    dispatch(ref, () => busy.opened);
    await turns(2);
    dispatch(ref, 'first');
    const end = stopActor(ref, { shutdown: 'enough' });
    dispatch(ref, 'second');
    busy.open();
    expect(await end).toEqual({ shutdown: 'enough' });
    expect([seen, ends]).toEqual([[], ['shutdown']]);
  });

  it('ends one that has not started at once', async () => {
    const hanging = { init: () => new Promise(() => {}), receive: (state: number) => state };
    const starting = startActor(system, 'a', hanging, { shutdown: 'brutal_kill' });
    await turns(1);
    const failed = expect(starting).rejects.toThrow('it ended itself before it had started: normal');
    expect(await stopActor(childReference(system, 'a'))).toBe('normal');
    await failed;
  });
});

describe('a supervisor below another one that does not start', () => {
  it('is told of as that, and not as one that has exited; its onEnd is not called', async () => {
    const holder = await probe(system, 'holder');
    const events: SupervisorEvent[] = [];
    let ended = 0;
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      intensity: 3,
      children: [
        {
          id: 'inner',
          supervisor: {
            strategy: 'one_for_one',
            registeredName: 'taken',
            children: [],
            onEnd: () => {
              ended += 1;
            },
          },
        },
      ],
      onEvent: (event) => events.push(event),
    });
    exit(top.child('inner'), 'kill');
    register('taken', holder.ref);
    expect(await top.finished).toMatchObject({ how: 'intensity' });
    expect(typesOf(events)).toEqual(['exited inner', ...new Array(3).fill('start-failed inner'), 'gave-up']);
    expect(top.status().restarts).toBe(3);
    expect(ended).toBe(0);
  });

  it('because of a child of its own counts once, too', async () => {
    let starts = 0;
    const events: SupervisorEvent[] = [];
    const failing: Behaviour<number, unknown> = {
      ...(scribe([], 'leaf') as Behaviour<number, unknown>),
      init: () => {
        starts += 1;
        if (starts > 1) throw new Error('no more');
        return 0;
      },
    };
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      intensity: 2,
      children: [{ id: 'inner', supervisor: { strategy: 'one_for_one', children: [{ id: 'leaf', start: failing }] } }],
      onEvent: (event) => events.push(event),
    });
    exit(top.child('inner'), 'kill');
    expect(await top.finished).toMatchObject({ how: 'intensity' });
    expect(typesOf(events)).toEqual(['exited inner', ...new Array(2).fill('start-failed inner'), 'gave-up']);
    expect(starts).toBe(3);
  });
});

describe('a child that has ended and is stuck', () => {
  const stuck = (id: string, restart: 'temporary' | 'permanent', slow: Promise<void>): otp.ChildSpec => ({
    id,
    restart,
    shutdown: 'infinity',
    start: {
      init: () => 0,
      receive(state: number, message: string, context: ActorContext) {
        if (message === 'stick') {
          context.fail(new Error('stuck'));
          return slow.then(() => state);
        }
        reply(context, 'there');
        return state;
      },
    },
  });

  it.each(['temporary', 'permanent'] as const)('holds up no other (%s)', async (restart) => {
    const slow = gate();
    const events: SupervisorEvent[] = [];
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [stuck('stuck', restart, slow.opened), { id: 'good', start: scribe([], 'good') }],
      onEvent: (event) => events.push(event),
    });
    dispatch(top.child('stuck'), 'stick');
    await until(() => typesOf(events).includes('exited stuck'));
    dispatch(top.child('good'), 'boom');
    await until(() => typesOf(events).includes('restarted good'));
    await top.startChild({ id: 'another', start: scribe([], 'another') });
    // Its own place is waited for: no two of it are at work.
    const again =
      restart === 'temporary'
        ? top.startChild(stuck('stuck', restart, slow.opened))
        : until(() => top.whichChildren()[0]?.state === 'running');
    await turns(5);
    expect(mayBeAlive(childReference(top.ref, 'stuck'))).toBe(false);
    slow.open();
    await again;
    expect(await call(childReference(top.ref, 'stuck'), 'ask', { timeoutMs: 5000 })).toBe('there');
  });

  it('and is terminated meanwhile is not brought back', async () => {
    const slow = gate();
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [stuck('stuck', 'permanent', slow.opened)],
    });
    dispatch(top.child('stuck'), 'stick');
    await until(() => top.whichChildren()[0]?.state === 'restarting');
    const terminated = top.terminateChild('stuck');
    await turns(3);
    slow.open();
    await terminated;
    await turns(5);
    expect(top.whichChildren()).toMatchObject([
      { state: 'stopped', incarnation: 1 + (top.whichChildren()[0]?.incarnation ?? 0) - 1 },
    ]);
    expect(inspect(top.child('stuck'))).toBeUndefined();
  });

  it('is waited for by the end of its supervisor', async () => {
    const slow = gate();
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [stuck('stuck', 'temporary', slow.opened)],
    });
    dispatch(top.child('stuck'), 'stick');
    await until(() => top.countChildren().specs === 0);
    let isOver = false;
    const over = top.shutdown().then(() => {
      isOver = true;
    });
    await turns(5);
    expect(isOver).toBe(false);
    slow.open();
    await over;
  });

  it('of one kind, and not needed any more at its restart, is forgotten', async () => {
    let starts = 0;
    const top = await startSupervisor(system, 'top', {
      strategy: 'simple_one_for_one',
      child: {
        id: 'c',
        start: () => {
          starts += 1;
          return { ...scribe([], 'c'), init: () => (starts === 1 ? 0 : IGNORE) };
        },
      },
    });
    dispatch((await top.startChild([])) as Reference, 'boom');
    await until(() => starts === 2 && top.countChildren().specs === 0);
  });
});

describe('a start that races', () => {
  it('with the end of the system is refused, and leaves nothing', async () => {
    const slow = gate();
    await startActor(system, 'slow', { ...scribe([], 'slow'), terminate: () => slow.opened });
    const stopped = stopSystem(system);
    await turns(1);
    await expect(startActor(system, 'late', scribe([], 'late'))).rejects.toThrow('is being stopped');
    await expect(startSupervisor(system, 'late', { strategy: 'one_for_one', children: [] })).rejects.toThrow(
      'is being stopped',
    );
    // A plain one cannot be refused: it is stopped, too.
    const plain = nact.spawn(system, () => undefined, 'plain');
    slow.open();
    await stopped;
    expect(mayBeAlive(plain)).toBe(false);
  });

  it('with the end of the one that it is to be linked with fails', async () => {
    const slow = gate();
    const first = await startActor(system, 'place', { ...scribe([], 'place'), terminate: () => slow.opened });
    const one = await probe(system, 'one');
    exit(first as Reference, 'shutdown');
    const starting = startActor(system, 'place', scribe([], 'place'), { link: one.ref });
    exit(one.ref, 'kill');
    slow.open();
    await expect(starting).rejects.toThrow('place did not start: the actor to link with has ended: killed');
    expect(inspect(childReference(system, 'place'))).toBeUndefined();
  });
});

describe('an exit signal', () => {
  let far: FarSystem | undefined;
  afterEach(() => {
    far?.leave();
    jest.restoreAllMocks();
  });

  it('whose way fails keeps no other from its own, now or later', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const way: Distribution = {
      ends: new Set(),
      monitor: () => () => {},
      link: () => {},
      unlink: () => {},
      exit() {
        throw new Error('no way');
      },
    };
    far = enterFarSystem('far', () => {}, way);
    const [one, two, three] = [await probe(system, 'one'), await probe(system, 'two'), await probe(system, 'three')];
    link(one.ref, farActor('far', 'x'));
    link(one.ref, two.ref);
    link(two.ref, three.ref);
    exit(one.ref, 'killed');
    expect([one, two, three].map(({ ref }) => mayBeAlive(ref))).toEqual([false, false, false]);
    expect(warned).toHaveBeenCalledWith(
      'an exit signal could not be delivered',
      expect.objectContaining({ detail: 'no way' }),
    );
    const [four, five] = [await probe(system, 'four'), await probe(system, 'five')];
    link(four.ref, five.ref);
    exit(four.ref, 'killed');
    expect(mayBeAlive(five.ref)).toBe(false);
  });

  it('of nobody names whom it was linked with', async () => {
    const { ref, seen } = await probe(system, 'a');
    trapExit(ref, true);
    link(ref, childReference(system, 'nobody'));
    await until(() => seen.length === 1);
    expect((seen[0] as Exit).from).toEqual(childReference(system, 'nobody'));
  });

  it('is told to all, though the listener of a way throws', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { ref, context } = await probe(system, 'a');
    otp.onEnd(ref, () => {
      throw new Error('a bad listener');
    });
    const watcher = await probe(system, 'watcher');
    monitor(watcher.ref, ref);
    const end = whenDown(ref);
    context.fail(new Error('boom'));
    expect(await end).toEqual({ crash: new Error('boom') });
    await until(() => watcher.seen.length === 1);
  });
});

describe('the text of what others have thrown', () => {
  it.each<[unknown, string]>([
    ['\n2026-11-26 INFO all is well\u001b[2J', '\\u000a2026-11-26 INFO all is well\\u001b[2J'],
    [new Error('a\r\nb\u2028c\u202ed\u0085'), 'a\\u000d\\u000ab\\u2028c\\u202ed\\u0085'],
    [{ message: 'tab\there' }, 'tab\\u0009here'],
    ['grüße, 世界 👋', 'grüße, 世界 👋'],
    ['x'.repeat(5000), `${'x'.repeat(2000)}…`],
    ['x'.repeat(2000), 'x'.repeat(2000)],
    ['\u0007'.repeat(400), `${'\\u0007'.repeat(334).slice(0, 2000)}…`],
    ['\u0007'.repeat(5000), `${'\\u0007'.repeat(334).slice(0, 2000)}…`],
  ])('is one printable line, of no more than 2000 characters', (thrown, text) => {
    expect(textOf(thrown)).toBe(text);
    expect(reasonText({ crash: thrown })).toBe(text);
    expect(reasonText({ shutdown: thrown })).toBe(`shutdown: ${text}`);
  });

  it('is never an error itself', () => {
    const cannot = new Proxy(
      {},
      {
        get() {
          throw new Error('a trap');
        },
      },
    );
    for (const odd of [Object.create(null), cannot, Symbol('s'), null, undefined, () => {}]) {
      expect(typeof textOf(odd)).toBe('string');
    }
  });
});

describe('two copies of this package beside one nact', () => {
  it('do not mix up the replies to their calls', async () => {
    let second: typeof otp | undefined;
    jest.isolateModules(() => {
      jest.doMock('nact', () => nact);
      jest.doMock('nact/lib/system-map.js', () => systemMap);
      second = jest.requireActual<typeof otp>('../src/index.js');
    });
    expect(second?.call).not.toBe(call);
    const asked: Reference[] = [];
    const silent: Behaviour<number, unknown> = {
      init: () => 0,
      receive(state, _, context) {
        if (context.sender !== undefined) asked.push(context.sender);
        return state;
      },
    };
    const ref = (await startActor(system, 'silent', silent)) as Reference;
    const calls = [call, second?.call, call].map((ask) => ask?.(ref, 1, { timeoutMs: 60_000 }));
    await until(() => asked.length === 3);
    asked.forEach((from, index) => void dispatch(from, `reply ${index}`));
    expect(await Promise.all(calls)).toEqual(['reply 0', 'reply 1', 'reply 2']);
  });
});
