import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type Behaviour,
  call,
  dispatch,
  type ExitReason,
  exit,
  type Reference,
  startActor,
  startSupervisor,
  stopActor,
  whenDown,
} from '../src/index.js';
import { allUp, gate, rawNact, reply, systemsOfThisFile, turns, until } from './support.js';
import { alone } from './tree.js';

const newSystem = systemsOfThisFile();

describe('an actor', () => {
  it('handles its messages in the order of their sending, each with the state that the one before gave', async () => {
    const { supervisor } = await alone(newSystem(), {
      init: () => [] as number[],
      receive: (state: number[], message: number | 'show', context) => {
        if (message === 'show') {
          reply(context, state);
          return state;
        }
        // Every other one takes a turn.
        return message % 2 === 0 ? [...state, message] : turns(1).then(() => [...state, message]);
      },
    } satisfies Behaviour<number[], number | 'show'>);
    for (let number = 0; number < 100; number += 1) dispatch(supervisor.child('actor'), number);
    const state = await call<number[]>(supervisor.child('actor'), 'show', { timeoutMs: 5000 });
    expect(state).toEqual(Array.from({ length: 100 }, (_, number) => number));
    await supervisor.shutdown();
  });

  it('keeps the messages that arrive while its init is pending, in their order', async () => {
    const ready = gate();
    const seen: unknown[] = [];
    const system = newSystem();
    const starting = startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'actor',
          start: {
            async init(context: ActorContext) {
              for (const message of ['first', 'second', 'third']) dispatch(context.self, message);
              await ready.opened;
              seen.push('init');
              return 0;
            },
            receive(state: number, message: string) {
              seen.push(message);
              return state;
            },
          },
        },
      ],
    });
    await turns(5);
    expect(seen).toEqual([]);
    ready.open();
    const supervisor = await starting;
    await until(() => seen.length === 4);
    expect(seen).toEqual(['init', 'first', 'second', 'third']);
    await supervisor.shutdown();
  });

  it('knows its name, its reference, and the sender of the message at hand only', async () => {
    let held: ActorContext | undefined;
    const senders: unknown[] = [];
    const { supervisor } = await alone(newSystem(), {
      init(context: ActorContext) {
        held = context;
        expect(context.name).toBe('actor');
        expect(context.sender).toBeUndefined();
        return 0;
      },
      receive(state: number, _message: string, context: ActorContext) {
        senders.push(context.sender);
        reply(context, context.self);
        return state;
      },
    });
    const actor = supervisor.child('actor');
    dispatch(actor, 'without');
    expect(await call(actor, 'with one', { timeoutMs: 5000 })).toMatchObject({ path: { parts: ['top', 'actor'] } });
    expect(senders).toEqual([undefined, expect.objectContaining({ type: 'temp' })]);
    expect(held?.sender).toBeUndefined();
    await supervisor.shutdown();
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    [
      'rejects later',
      async () => {
        await turns(2);
        throw new Error('boom');
      },
    ],
  ])('is another incarnation after a receive that %s, with a fresh state and a higher number', async (_, fault) => {
    const incarnations: number[] = [];
    const { supervisor, events } = await alone(newSystem(), {
      init(context: ActorContext) {
        incarnations.push(context.incarnation.number);
        return 0;
      },
      receive(state: number, message: string, context: ActorContext): number {
        if (message === 'fault') return fault() as number;
        reply(context, state);
        return state + 1;
      },
    });
    const actor = supervisor.child('actor');
    expect(await call(actor, 'count', { timeoutMs: 5000 })).toBe(0);
    expect(await call(actor, 'count', { timeoutMs: 5000 })).toBe(1);
    dispatch(actor, 'fault');
    await until(() => incarnations.length === 2);
    await allUp(supervisor);
    expect(await call(actor, 'count', { timeoutMs: 5000 })).toBe(0);
    expect(incarnations[1]).toBeGreaterThan(incarnations[0] as number);
    expect(events).toMatchObject([
      { type: 'exited', id: 'actor', reason: 'boom', error: { message: 'boom' } },
      { type: 'restarted', id: 'actor', incarnation: incarnations[1], reason: 'boom' },
    ]);
    await supervisor.shutdown();
  });

  it('survives that something without a text is thrown', async () => {
    const { supervisor, events } = await alone(newSystem(), {
      init: () => 0,
      receive: (_state: number, message: unknown): number => {
        throw message;
      },
    });
    const actor = supervisor.child('actor');
    const thrown = [Object.create(null), Symbol('no error'), undefined];
    for (const [restarts, value] of thrown.entries()) {
      dispatch(actor, value);
      await until(() => supervisor.status().children[0]?.restarts === restarts + 1);
    }
    expect(events.filter(({ type }) => type === 'exited')).toHaveLength(3);
    await supervisor.shutdown();
  });

  it('ends for the first reason that it gives, but a crash on the way is a crash', async () => {
    const ends: ExitReason[] = [];
    const { supervisor, events } = await alone(newSystem(), {
      init: () => 0,
      receive(state: number, message: string, context: ActorContext) {
        context.exit({ shutdown: 'first' });
        context.exit('normal');
        if (message === 'fail') throw new Error('on the way out');
        return state;
      },
      terminate: (_state: number, reason: ExitReason) => void ends.push(reason),
    });
    dispatch(supervisor.child('actor'), 'end');
    await until(() => supervisor.status().children[0]?.restarts === 1);
    dispatch(supervisor.child('actor'), 'fail');
    await until(() => supervisor.status().children[0]?.restarts === 2);
    expect(ends).toEqual([{ shutdown: 'first' }, { crash: new Error('on the way out') }]);
    expect(events).toMatchObject([
      { type: 'exited', reason: 'shutdown: first' },
      { type: 'restarted' },
      { type: 'exited', reason: 'on the way out' },
      { type: 'restarted' },
    ]);
    await supervisor.shutdown();
  });

  it('can be crashed from outside a handler, and by its present incarnation only', async () => {
    const contexts: ActorContext[] = [];
    const { supervisor, events } = await alone(newSystem(), {
      init(context: ActorContext) {
        contexts.push(context);
        return 0;
      },
      receive: (state: number) => state,
    });
    contexts[0]?.fail(new Error('the disk is full'));
    contexts[0]?.fail(new Error('once more'));
    expect(contexts[0]?.incarnation.alive).toBe(false);
    await until(() => contexts.length === 2);
    await allUp(supervisor);
    contexts[0]?.fail(new Error('too late'));
    contexts[0]?.exit();
    await turns(5);
    expect(contexts).toHaveLength(2);
    expect(contexts[1]?.incarnation.alive).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['exited', 'restarted']);
    await supervisor.shutdown();
  });

  it('gives terminate its last state and the reason, after what it did itself and after a shutdown', async () => {
    const ends: [number, ExitReason][] = [];
    const behaviour = {
      init: () => 0,
      receive(state: number, message: string, context: ActorContext): number | Promise<number> {
        if (message === 'boom') throw new Error('boom');
        if (message === 'exit') context.exit();
        if (message === 'exit later') {
          return turns(1).then(() => {
            context.exit('shutdown');
            return state + 100;
          });
        }
        return state + 1;
      },
      terminate(state: number, reason: ExitReason) {
        ends.push([state, reason]);
      },
    };
    const { supervisor } = await alone(newSystem(), behaviour);
    const actor = supervisor.child('actor');
    for (const [ended, message] of ['boom', 'exit', 'exit later'].entries()) {
      dispatch(actor, 'count');
      dispatch(actor, message);
      await until(() => ends.length === ended + 1);
      await allUp(supervisor);
    }
    await supervisor.shutdown();
    expect(ends).toEqual([
      [1, { crash: new Error('boom') }],
      [2, 'normal'],
      [101, 'shutdown'],
      [0, 'shutdown'],
    ]);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('no goodbye');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no goodbye'))],
  ])('is restarted all the same when its terminate %s, which is told', async (_, terminate) => {
    const { supervisor, events } = await alone(newSystem(), {
      init: () => 0,
      receive: (): number => {
        throw new Error('boom');
      },
      terminate,
    });
    dispatch(supervisor.child('actor'), 'boom');
    await until(() => supervisor.status().children[0]?.restarts === 1);
    expect(events).toMatchObject([
      { type: 'trouble', message: 'terminate of actor failed', error: { message: 'no goodbye' } },
      { type: 'exited' },
      { type: 'restarted' },
    ]);
    await supervisor.shutdown();
  });
});

describe('terminate', () => {
  const variants: readonly (readonly [string, boolean, (log: string[]) => unknown])[] = [
    ['synchronous', false, (log) => log.push('handled')],
    [
      'asynchronous',
      true,
      async (log) => {
        await turns(3);
        log.push('handled');
      },
    ],
  ];

  it.each(variants)('never runs beside a handler that ended its own incarnation and is %s', async (_, __, work) => {
    for (const end of ['fail', 'signal', 'exit'] as const) {
      for (const isSupervised of [true, false]) {
        const log: string[] = [];
        const behaviour = {
          init: () => 0,
          receive(state: number, ___: string, context: ActorContext): number | Promise<number> {
            if (end === 'fail') context.fail(new Error('boom'));
            if (end === 'signal') exit(context.self, 'shutdown');
            if (end === 'exit') context.exit();
            log.push('ended');
            const done = work(log);
            return done instanceof Promise ? done.then(() => state) : state;
          },
          terminate: () => void log.push('terminate'),
        };
        const system = newSystem();
        const spec = {
          strategy: 'one_for_one',
          children: [{ id: 'a', start: behaviour, restart: 'temporary' }],
        } as const;
        const actor = isSupervised
          ? (await startSupervisor(system, 'top', spec)).child('a')
          : ((await startActor(system, 'a', behaviour)) as Reference);
        dispatch(actor, 'end');
        await until(() => log.length === 3);
        expect(log).toEqual(['ended', 'handled', 'terminate']);
      }
    }
  });

  it('comes after the end of those that were started below, whoever they are', async () => {
    const log: string[] = [];
    const system = newSystem();
    const terminate = (name: string) => () => turns(2).then(() => void log.push(name));
    const one = (name: string) => ({ init: () => 0, receive: (state: number) => state, terminate: terminate(name) });
    const parent = (await startActor(system, 'parent', one('parent'))) as Reference;
    await startActor(parent, 'first', one('first'));
    const plain = rawNact.spawn(parent, (state: unknown) => state, 'plain') as Reference;
    await startActor(plain, 'below', one('below'));
    await startSupervisor(parent, 'top', { strategy: 'one_for_one', children: [{ id: 'leaf', start: one('leaf') }] });
    const downs = [whenDown(plain), whenDown(parent)];
    await stopActor(parent, 'shutdown');
    expect(log).toEqual(['leaf', 'below', 'first', 'parent']);
    expect(await Promise.all(downs)).toEqual(['shutdown', 'shutdown']);
  });

  it('cleans up when nact stops what is above it', async () => {
    const system = newSystem();
    const above = rawNact.spawn(system, (state: unknown) => state, 'above') as Reference;
    const ends: ExitReason[] = [];
    const below = await startActor(above, 'below', {
      init: () => 0,
      receive: (state: number) => state,
      terminate: (_: number, reason) => void ends.push(reason),
    });
    const down = whenDown(below as Reference);
    rawNact.stop(above);
    expect(await down).toBe('shutdown');
    expect(ends).toEqual(['shutdown']);
  });

  it('is not called when the actor, or one above it, is killed', async () => {
    const log: string[] = [];
    const system = newSystem();
    const one = (name: string) => ({
      init: () => 0,
      receive: (state: number) => state,
      terminate: () => void log.push(name),
    });
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: one('a'), shutdown: 'brutal_kill' }],
    });
    const below = (await startActor(supervisor.child('a'), 'below', one('below'))) as Reference;
    const down = whenDown(below);
    await supervisor.shutdown();
    expect(await down).toBe('killed');
    expect(log).toEqual([]);
  });
});
