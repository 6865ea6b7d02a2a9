import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type AnyBehaviour,
  type Behaviour,
  call,
  dispatch,
  type ExitReason,
  type Supervisor,
  type SupervisorEvent,
  startSupervisor,
} from '../src/index.js';
import { allUp, failOnUnhandledRejection, gate, reply, systemsOfThisFile, turns, until } from './support.js';

failOnUnhandledRejection();
const newSystem = systemsOfThisFile();

interface Run {
  readonly supervisor: Supervisor;
  readonly events: SupervisorEvent[];
}

/** One actor under a supervisor of its own. */
async function run(start: AnyBehaviour | (() => AnyBehaviour), shutdownMs = 5000): Promise<Run> {
  const events: SupervisorEvent[] = [];
  const supervisor = await startSupervisor(newSystem(), 'top', {
    strategy: 'one_for_one',
    children: [{ id: 'actor', start, shutdownMs }],
    onEvent: (event) => events.push(event),
  });
  return { supervisor, events };
}

describe('an actor', () => {
  it('handles its messages in the order of their sending, each with the state that the one before gave', async () => {
    const { supervisor } = await run({
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
    const { supervisor } = await run({
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
    expect(await call(actor, 'with a sender', { timeoutMs: 5000 })).toMatchObject({
      path: { parts: ['top', 'actor'] },
    });
    dispatch(actor, 'without');
    await until(() => senders.length === 2);
    expect(senders[0]).toMatchObject({ type: 'temp' });
    expect(senders[1]).toBeUndefined();
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
    const { supervisor, events } = await run({
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
    const { supervisor, events } = await run({
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

  it('can be crashed from outside a handler, and by its present incarnation only', async () => {
    const contexts: ActorContext[] = [];
    const { supervisor, events } = await run({
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
    const { supervisor } = await run(behaviour);
    const actor = supervisor.child('actor');
    for (const [ended, message] of ['boom', 'exit', 'exit later'].entries()) {
      dispatch(actor, 'count');
      dispatch(actor, message);
      await until(() => ends.length === ended + 1);
      await allUp(supervisor);
    }
    await supervisor.shutdown();
    expect(ends).toEqual([
      [1, 'crash'],
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
    const { supervisor, events } = await run({
      init: () => 0,
      receive: (): number => {
        throw new Error('boom');
      },
      terminate,
    });
    dispatch(supervisor.child('actor'), 'boom');
    await until(() => supervisor.status().children[0]?.restarts === 1);
    expect(events).toMatchObject([
      { type: 'exited' },
      { type: 'trouble', message: 'terminate of actor failed', error: { message: 'no goodbye' } },
      { type: 'restarted' },
    ]);
    await supervisor.shutdown();
  });
});

describe('an incarnation that has ended', () => {
  it('handles none of the messages that still wait for it; they are lost with it', async () => {
    const seen: string[] = [];
    const { supervisor } = await run({
      init: () => 0,
      receive(state: number, message: string) {
        seen.push(message);
        if (message === 'boom') throw new Error('boom');
        return state;
      },
      // The actor stays in the tree for some turns after its crash.
      terminate: () => turns(5),
    });
    for (const message of ['boom', 'waits', 'waits, too']) dispatch(supervisor.child('actor'), message);
    await until(() => supervisor.status().children[0]?.restarts === 1);
    dispatch(supervisor.child('actor'), 'to the next one');
    await until(() => seen.length > 1);
    expect(seen).toEqual(['boom', 'to the next one']);
    await supervisor.shutdown();
  });

  it('sends nothing and changes nothing when its handler comes back late, and its successor waits for it', async () => {
    const late = gate();
    const log: string[] = [];
    let starts = 0;
    const { supervisor } = await run({
      init() {
        starts += 1;
        log.push(`init ${starts}`);
        return `fresh ${starts}`;
      },
      async receive(state: string, message: string, context: ActorContext) {
        if (message === 'show') reply(context, state);
        if (message !== 'slow') return state;
        context.fail(new Error('the disk is full'));
        await late.opened;
        log.push('late');
        context.dispatch(context.self, 'a ghost');
        return 'stale';
      },
    });
    const actor = supervisor.child('actor');
    dispatch(actor, 'slow');
    await until(() => supervisor.status().restarts === 1);
    await turns(5);
    expect(log).toEqual(['init 1']);
    late.open();
    await until(() => starts === 2);
    await allUp(supervisor);
    expect(log).toEqual(['init 1', 'late', 'init 2']);
    expect(await call(actor, 'show', { timeoutMs: 5000 })).toBe('fresh 2');
    expect(supervisor.status().children[0]?.fencedMessages).toBe(1);
    await supervisor.shutdown();
  });

  it('is replaced while its handler hangs, once its shutdownMs is over, and stays fenced', async () => {
    const late = gate();
    const seen: unknown[] = [];
    let starts = 0;
    const { supervisor, events } = await run(() => {
      starts += 1;
      const own = starts;
      return {
        init: () => own,
        async receive(state: number, message: string, context: ActorContext) {
          if (message === 'hang') {
            context.fail(new Error('told to'));
            await late.opened;
            context.dispatch(supervisor.child('actor'), 'a ghost');
            throw new Error('a late fault');
          }
          seen.push(message);
          reply(context, state);
          return state;
        },
      };
    }, 20);
    const actor = supervisor.child('actor');
    dispatch(actor, 'hang');
    await until(() => starts === 2);
    await allUp(supervisor);
    late.open();
    await until(() => events.some(({ type, ...rest }) => type === 'trouble' && 'error' in rest));
    expect(await call(actor, 'marker', { timeoutMs: 5000 })).toBe(2);
    expect(seen).toEqual(['marker']);
    expect(supervisor.status().children[0]).toMatchObject({ fencedMessages: 1, restarts: 1 });
    expect(events).toMatchObject([
      { type: 'exited', reason: 'told to' },
      { type: 'trouble', message: 'a handler of actor did not end within 20 ms; it is fenced' },
      { type: 'restarted' },
      { type: 'trouble', message: 'a handler of actor failed after the end of its incarnation' },
    ]);
    await supervisor.shutdown();
  });

  it('ends its handler in flight before terminate when it is shut down', async () => {
    const busy = gate();
    const log: string[] = [];
    const { supervisor } = await run({
      init: () => 'first',
      async receive(_state: string, message: string) {
        log.push(message);
        await busy.opened;
        log.push('done');
        return 'second';
      },
      terminate(state: string, reason: ExitReason) {
        log.push(`terminate ${state} ${reason}`);
      },
    });
    const actor = supervisor.child('actor');
    dispatch(actor, 'work');
    dispatch(actor, 'never handled');
    await until(() => log.length > 0);
    const shutdown = supervisor.shutdown();
    await turns(5);
    expect(log).toEqual(['work']);
    busy.open();
    await shutdown;
    expect(log).toEqual(['work', 'done', 'terminate first shutdown']);
  });

  it('is shut down within its shutdownMs however long terminate takes', async () => {
    const { supervisor, events } = await run(
      { init: () => 0, receive: (state: number) => state, terminate: () => new Promise<void>(() => {}) },
      10,
    );
    await supervisor.shutdown();
    expect(events).toEqual([{ type: 'trouble', message: 'terminate of actor did not end within 10 ms' }]);
  });
});
