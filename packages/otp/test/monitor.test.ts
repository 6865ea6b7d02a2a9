import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  childReference,
  Down,
  demonitor,
  dispatch,
  type ExitReason,
  exit,
  inspect,
  mayBeAlive,
  monitor,
  type Reference,
  startSupervisor,
  stop,
  stopActor,
  whenDown,
  whereis,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, rawNact, scribe, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const crash = { crash: new Error('boom') };

describe('a monitor', () => {
  it.each<[ExitReason, (context: ActorContext) => void]>([
    ['normal', (context) => context.exit()],
    ['shutdown', (context) => context.exit('shutdown')],
    [{ shutdown: 'done' }, (context) => context.exit({ shutdown: 'done' })],
    [crash, (context) => context.fail(crash.crash)],
    [crash, (context) => context.exit(crash)],
    [
      crash,
      () => {
        throw crash.crash;
      },
    ],
    [crash, () => Promise.reject(crash.crash) as unknown as undefined],
    ['killed', (context) => exit(context.self, 'kill')],
    ['noconnection', (context) => exit(context.self, 'noconnection')],
  ])('tells the reason of an end: %j', async (reason, end) => {
    const [watcher, object] = [await probe(system, 'watcher'), await probe(system, 'object')];
    const reference = watcher.context.monitor(object.ref);
    dispatch(object.ref, end);
    await until(() => watcher.seen.length > 0);
    expect(watcher.seen).toEqual([new Down(reference, reason)]);
    expect(watcher.seen).toMatchObject([{ type: 'DOWN', monitor: reference, object: object.ref, reason }]);
  });

  it('of what is not there tells noproc, at once', async () => {
    const watcher = await probe(system, 'watcher');
    const gone = (await probe(system, 'gone')).ref;
    await stopActor(gone);
    for (const object of [gone, childReference(system, 'nobody')]) monitor(watcher.ref, object);
    await turns(3);
    expect(watcher.seen).toMatchObject([{ reason: 'noproc' }, { reason: 'noproc' }]);
  });

  it('of an actor that is about to end, but may still clean up, tells the end when that is done', async () => {
    const slow = gate();
    const watcher = await probe(system, 'watcher');
    const object = await probe(system, 'object', {}, { terminate: () => slow.opened });
    const end = stopActor(object.ref, 'shutdown');
    watcher.context.monitor(object.ref);
    await turns(3);
    expect(watcher.seen).toEqual([]);
    slow.open();
    expect(await end).toBe('shutdown');
    await turns(3);
    expect(watcher.seen).toMatchObject([{ reason: 'shutdown' }]);
  });

  it('is one of several, each of which tells once; none outlives its watcher', async () => {
    const [watcher, other, object] = await Promise.all(
      ['watcher', 'other', 'object'].map((name) => probe(system, name)),
    );
    if (!watcher || !other || !object) throw new Error('missing');
    const own = [watcher.context.monitor(object.ref), watcher.context.monitor(object.ref)];
    other.context.monitor(object.ref);
    await stopActor(other.ref);
    expect(inspect(object.ref)?.watchers).toBe(2);
    exit(object.ref, 'kill');
    await turns(3);
    expect(watcher.seen).toEqual(own.map((reference) => new Down(reference, 'killed')));
    expect(other.seen).toEqual([]);
    expect(inspect(watcher.ref)?.watchers).toBe(0);
  });

  it('watches the incarnation that was there, not its successors', async () => {
    const watcher = await probe(system, 'watcher');
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    watcher.context.monitor(supervisor.child('a'));
    for (let restarts = 1; restarts < 3; restarts += 1) {
      dispatch(supervisor.child('a'), 'boom');
      await until(() => supervisor.status().children[0]?.restarts === restarts);
    }
    expect(watcher.seen).toHaveLength(1);
    const end = whenDown(supervisor.ref);
    await supervisor.shutdown();
    expect(await end).toBe('shutdown');
  });

  it('needs a watcher that is there', async () => {
    const object = await probe(system, 'object');
    expect(() => monitor(childReference(system, 'nobody'), object.ref)).toThrow(
      new RangeError(`watcher: no actor of this process is at ${system.system.name}://nobody`),
    );
  });

  it("works for the user's own plain nact actors, as watchers and as objects", async () => {
    const [watcher, object, crashing, below] = ['watcher', 'object', 'crashing', 'above'].map((name) =>
      plain(system, name),
    );
    if (!watcher || !object || !crashing || !below) throw new Error('missing');
    const child = rawNact.spawn(below.ref, (state: unknown) => state, 'child') as Reference;
    const error = new Error('a plain fault');
    const monitors = [object.ref, crashing.ref, child].map((reference) => monitor(watcher.ref, reference));
    stop(object.ref);
    dispatch(crashing.ref, error);
    await until(() => watcher.seen.length === 2);
    // What is below an actor that was stopped can be reached no more (trap p01).
    stop(below.ref);
    await until(() => watcher.seen.length === 3);
    const reasons = ['shutdown', { crash: error }, 'shutdown'] as const;
    expect(watcher.seen).toEqual(monitors.map((one, index) => new Down(one, reasons[index] ?? 'noproc')));
  });

  it('is not misled by a plain nact actor that resumes or resets after a fault: it has not ended', async () => {
    const watcher = await probe(system, 'watcher');
    for (const decision of ['resume', 'reset']) {
      const object = rawNact.spawn(
        system,
        (_: unknown, message: unknown) => {
          if (message === 'boom') throw new Error('boom');
          return message;
        },
        decision,
        { onCrash: (_message: unknown, _error: unknown, context: Record<string, symbol>) => context[decision] },
      ) as Reference;
      monitor(watcher.ref, object);
      dispatch(object, 'boom');
      await turns(5);
      expect(mayBeAlive(object)).toBe(true);
      stop(object);
    }
    await turns(3);
    expect(watcher.seen).toMatchObject([{ reason: 'shutdown' }, { reason: 'shutdown' }]);
  });
});

describe('the end of a monitor', () => {
  it('means that nothing is told any more', async () => {
    const [watcher, object] = [await probe(system, 'watcher'), await probe(system, 'object')];
    const reference = watcher.context.monitor(object.ref);
    expect(demonitor(reference)).toBe(true);
    expect(demonitor(reference)).toBe(false);
    await stopActor(object.ref);
    await turns(3);
    expect(watcher.seen).toEqual([]);
  });

  it.each([true, false])('with flush %p, of one whose message waits already', async (flush) => {
    const [watcher, object] = [await probe(system, 'watcher'), await probe(system, 'object')];
    const other = await probe(system, 'other');
    const reference = watcher.context.monitor(object.ref);
    const kept = watcher.context.monitor(other.ref);
    let wasActive: boolean | undefined;
    dispatch(watcher.ref, async () => {
      await Promise.all([stopActor(object.ref), stopActor(other.ref)]);
      wasActive = demonitor(reference, { flush });
    });
    await until(() => wasActive !== undefined);
    await turns(5);
    expect(wasActive).toBe(false);
    const downs = [new Down(reference, 'normal'), new Down(kept, 'normal')];
    expect(watcher.seen).toEqual(flush ? downs.slice(1) : downs);
  });

  it('with flush, of one whose message is the last that waits', async () => {
    const watcher = await probe(system, 'watcher');
    dispatch(watcher.ref, () => {
      dispatch(watcher.ref, 'before');
      const reference = watcher.context.monitor(childReference(system, 'nobody'));
      demonitor(reference, { flush: true });
    });
    await until(() => watcher.seen.length > 0);
    await turns(3);
    expect(watcher.seen).toEqual(['before']);
  });
});

describe('whenDown', () => {
  it('tells at once of nobody, and can be given up', async () => {
    expect(await whenDown(childReference(system, 'nobody'))).toBe('noproc');
    const object = await probe(system, 'object');
    const controller = new AbortController();
    let told = false;
    void whenDown(object.ref, controller.signal).then(() => {
      told = true;
    });
    controller.abort();
    await stopActor(object.ref);
    await turns(3);
    expect(told).toBe(false);
  });
});

describe('the order of what is sent', () => {
  // Erlang: "signals between two processes arrive in the order in which they were sent".
  it('is kept between two actors: all messages of the one before its Down and its Exit', async () => {
    const watcher = await probe(system, 'watcher');
    watcher.context.trapExit(true);
    for (const end of ['exit', 'throw', 'kill']) {
      const object = await probe(system, `object-${end}`);
      watcher.context.monitor(object.ref);
      watcher.context.link(object.ref);
      dispatch(object.ref, async (context: ActorContext) => {
        for (let number = 0; number < 100; number += 1) {
          context.dispatch(watcher.ref, number);
          if (number % 10 === 0) await turns(1);
        }
        if (end === 'exit') context.exit();
        if (end === 'throw') throw new Error('boom');
        if (end === 'kill') exit(context.self, 'kill');
        context.dispatch(watcher.ref, 'after the end');
      });
      await until(() => watcher.seen.length >= (end === 'exit' ? 103 : 102));
      await turns(5);
      const numbers = Array.from({ length: 100 }, (_, number) => number);
      // In order, it may send until the message at hand is handled; otherwise nothing more.
      const more = end === 'exit' ? ['after the end'] : [];
      expect(watcher.seen.splice(0)).toEqual([
        ...numbers,
        ...more,
        expect.any(Down),
        expect.objectContaining({ type: 'EXIT' }),
      ]);
    }
  });

  it('lets what terminate sends arrive before the Down, when the end is in order', async () => {
    const watcher = await probe(system, 'watcher');
    const terminate = (_: number, __: ExitReason, context: ActorContext): void => {
      context.dispatch(watcher.ref, 'goodbye');
    };
    const orderly = await probe(system, 'orderly', {}, { terminate });
    const crashing = await probe(system, 'crashing', {}, { terminate });
    for (const { ref } of [orderly, crashing]) watcher.context.monitor(ref);
    await stopActor(orderly.ref);
    exit(crashing.ref, crash);
    await turns(5);
    expect(watcher.seen).toMatchObject(['goodbye', { reason: 'normal' }, { reason: crash }]);
  });

  it('has freed the name of an actor before anybody is told of its end', async () => {
    const names: unknown[] = [];
    const object = await probe(system, 'object', { registeredName: 'the one' });
    expect(whereis(system, 'the one')).toEqual(object.ref);
    void whenDown(object.ref).then(() => names.push(whereis(system, 'the one')));
    exit(object.ref, 'kill');
    await turns(1);
    expect(names).toEqual([undefined]);
  });
});
