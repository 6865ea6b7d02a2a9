import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  type AnyBehaviour,
  childReference,
  dispatch,
  mayBeAlive,
  type Supervisor,
  type SupervisorEvent,
  startSupervisor,
  stop,
} from '../src/index.js';
import { gate, scribe, systemsOfThisFile, turns, typesOf, until } from './support.js';

const newSystem = systemsOfThisFile();

describe('an end at an awkward moment', () => {
  it('of a child that has only just started does not leave it called running', async () => {
    const [ready, slow] = [gate(), gate()];
    let starts = 0;
    const brief: AnyBehaviour = {
      init(context: ActorContext) {
        starts += 1;
        if (starts !== 2) return 0;
        // Comes after what waits for init, and before what waits for the start.
        queueMicrotask(() => void ready.opened.then(() => context.fail(new Error('so soon'))));
        return ready.opened;
      },
      receive: (state: number) => state,
    };
    const log: string[] = [];
    let loads = 0;
    const sibling: AnyBehaviour = {
      ...scribe(log, 'sibling'),
      async init() {
        loads += 1;
        if (loads === 2) await slow.opened;
        return 0;
      },
    };
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_all',
      children: [
        { id: 'brief', start: brief },
        { id: 'sibling', start: sibling },
      ],
    });
    dispatch(supervisor.child('sibling'), 'boom');
    await until(() => starts === 2);
    ready.open();
    await until(() => loads === 2);
    expect(supervisor.status().children.map(({ state }) => state)).toEqual(['restarting', 'restarting']);
    slow.open();
    await until(() => starts === 3 && supervisor.status().children.every(({ state }) => state === 'running'));
    expect(supervisor.status()).toMatchObject({ restarts: 2, children: [{ lastExit: 'so soon' }, {}] });
    await supervisor.shutdown();
  });

  it.each(['exited', 'restarted'])('the shutdown that a listener asks for when it hears %s is obeyed', async (type) => {
    const log: string[] = [];
    const events: SupervisorEvent[] = [];
    const supervisor: Supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_all',
      children: ['a', 'b'].map((id) => ({ id, start: scribe(log, id) })),
      onEvent(event) {
        events.push(event);
        if (event.type === type) void supervisor.shutdown();
      },
    });
    dispatch(supervisor.child('b'), 'boom');
    expect(await supervisor.finished).toMatchObject({ reason: 'shutdown' });
    expect(typesOf(events)).toEqual(type === 'exited' ? ['exited b'] : ['exited b', 'restarted a']);
    expect(log.slice(2)).toEqual(
      type === 'exited' ? ['-b crash', '-a shutdown'] : ['-b crash', '-a shutdown', '+a', '-a shutdown'],
    );
  });

  it.each(['receive', 'terminate'])('a shutdown that %s waits for comes to its end all the same', async (where) => {
    let supervisor: Supervisor | undefined;
    const waits = (): Promise<void> | undefined => supervisor?.shutdown();
    supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          shutdown: 5,
          start: {
            init: () => 0,
            receive: (state: number, message: string) =>
              where === 'receive' && message === 'end' ? waits()?.then(() => state) : state,
            terminate: () => (where === 'terminate' ? waits() : undefined),
          },
        },
      ],
    });
    if (where === 'receive') dispatch(supervisor.child('a'), 'end');
    else void supervisor.shutdown();
    expect(await supervisor.finished).toMatchObject({ reason: 'shutdown' });
    expect(mayBeAlive(supervisor.ref)).toBe(false);
  });

  it("nact's stop of a child that is about to start fails its start", async () => {
    const system = newSystem();
    const starting = startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    const refused = expect(starting).rejects.toMatchObject({ code: 'start-failed' });
    stop(childReference(childReference(system, 'top'), 'a'));
    await turns(5);
    await refused;
  });

  it('the failure of an init that the supervisor no longer waits for is told', async () => {
    const slow = gate();
    const events: SupervisorEvent[] = [];
    let starts = 0;
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          shutdown: 5,
          start: {
            async init() {
              starts += 1;
              if (starts === 1) return 0;
              await slow.opened;
              throw new Error('cannot read the disk');
            },
            receive: (): number => {
              throw new Error('boom');
            },
          },
        },
      ],
      onEvent: (event) => events.push(event),
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => starts === 2);
    await supervisor.shutdown();
    slow.open();
    await until(() => events.length === 3);
    expect(events).toMatchObject([
      { type: 'exited', reason: 'boom' },
      { type: 'trouble', message: 'a handler of a did not end within 5 ms; it is fenced' },
      {
        type: 'trouble',
        message: 'init of a failed after the end of its incarnation',
        error: { message: 'cannot read the disk' },
      },
    ]);
  });

  it("nact's stop above a supervisor is noticed with the next message to the supervisor itself", async () => {
    const seen: unknown[] = [];
    const outer = await startSupervisor(newSystem(), 'outer', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'inner',
          supervisor: { strategy: 'one_for_one', children: [], onMessage: (message) => seen.push(message) },
        },
      ],
    });
    dispatch(outer.child('inner'), 'on its way');
    stop(outer.ref);
    expect(await outer.finished).toMatchObject({ reason: 'shutdown' });
    expect(seen).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['has no text', { toString: undefined }, '{ toString: undefined }'],
    [
      'fails when it is looked at',
      {
        get message(): never {
          throw new Error('do not look');
        },
      },
      'something that cannot be shown',
    ],
  ])('what was thrown and %s becomes a reason all the same', async (_, thrown, reason) => {
    const events: SupervisorEvent[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          start: {
            init: () => 0,
            receive: (): number => {
              throw thrown;
            },
          },
        },
      ],
      onEvent: (event) => events.push(event),
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => events.length === 2);
    expect(events.map((event) => ('reason' in event ? event.reason : ''))).toEqual([reason, reason]);
    await supervisor.shutdown();
  });
});
