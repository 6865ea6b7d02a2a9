import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AnyBehaviour,
  call,
  cast,
  deadLetters,
  dispatch,
  type ExitReason,
  genServer,
  type Reference,
  type Request,
  type ServerBehaviour,
  type Supervisor,
  type SupervisorEvent,
  type SupervisorSpec,
  serverAt,
  startActor,
  startSupervisor,
  stopSystem,
  whenDown,
} from '../src/index.js';
import { allUp, forEachTest, type Gate, gate, scribe, turns, until, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

type Add = { readonly type: 'add'; readonly by: number };

// OTP, gen_server(3): a server that traps exits gets the `shutdown` of its supervisor as a message, behind those that wait.
describe('a server that traps exits, and is shut down', () => {
  function adder(log: unknown[], first?: Gate): ServerBehaviour<number, never, Add> {
    return genServer<number, never, Add>({
      init: (context) => {
        context.trapExit(true);
        return { state: 0 };
      },
      handleCall: {},
      handleCast: {
        add: async ({ by }, sum) => {
          if (by === 1) await first?.opened;
          if (by < 0) throw new Error('less');
          log.push(by);
          return { state: sum + by };
        },
      },
      terminate: (sum, reason) => {
        log.push([sum, reason]);
      },
    });
  }

  async function under(start: ReturnType<typeof adder>, more: object = {}): Promise<Supervisor> {
    const children = [{ id: 'a', start, ...more }];
    return startSupervisor(system, 'top', { strategy: 'one_for_one', children });
  }

  it('handles what waits already, and nothing that comes later', async () => {
    const log: unknown[] = [];
    const first = gate();
    const start = adder(log, first);
    const supervisor = await under(start);
    const a = serverAt(supervisor.child('a'), start);
    const down = whenDown(a);
    for (const by of [1, 2, 3]) cast(a, { type: 'add', by });
    const ending = supervisor.shutdown();
    await turns(2);
    cast(a, { type: 'add', by: 4 });
    first.open();
    await ending;
    expect(log).toEqual([1, 2, 3, [6, 'shutdown']]);
    expect(await down).toBe('shutdown');
    expect(deadLetters(system).ended).toBe(1);
  });

  it('does so too when it is terminated, when its siblings are restarted, and when the system stops', async () => {
    const log: unknown[] = [];
    const start = adder(log);
    const spec: SupervisorSpec = {
      strategy: 'one_for_all',
      children: [
        { id: 'a', start },
        { id: 'b', start: scribe([], 'b') },
      ],
    };
    const supervisor = await startSupervisor(system, 'top', spec);
    const a = serverAt(supervisor.child('a'), start);
    cast(a, { type: 'add', by: 2 });
    await supervisor.terminateChild('a');
    expect(log.splice(0)).toEqual([2, [2, 'shutdown']]);
    await supervisor.restartChild('a');
    dispatch(supervisor.child('b'), 'boom');
    cast(a, { type: 'add', by: 1 });
    await until(() => log.length === 2);
    await allUp(supervisor);
    expect(log.splice(0)).toEqual([1, [1, 'shutdown']]);
    cast(a, { type: 'add', by: 3 });
    await stopSystem(system);
    expect(log).toEqual([3, [3, 'shutdown']]);
  });

  it('ends as killed when that takes longer than its shutdown', async () => {
    const log: unknown[] = [];
    const first = gate();
    const events: SupervisorEvent[] = [];
    const start = adder(log, first);
    const children = [{ id: 'a', start, shutdown: 5 }];
    const onEvent = (event: SupervisorEvent): number => events.push(event);
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children, onEvent });
    const a = serverAt(supervisor.child('a'), start);
    const down = whenDown(a);
    for (const by of [1, 2]) cast(a, { type: 'add', by });
    await turns(2);
    await supervisor.shutdown();
    expect(await down).toBe('killed');
    expect(log).toEqual([[0, 'killed']]);
    expect(events).toMatchObject([
      { type: 'trouble', message: expect.stringMatching(/^what waited for a did not end/) },
    ]);
    first.open();
  });

  it('ends with the crash that one of those messages makes; the rest is not handled', async () => {
    const log: unknown[] = [];
    const start = adder(log);
    const supervisor = await under(start);
    const a = serverAt(supervisor.child('a'), start);
    const down = whenDown(a);
    for (const by of [2, -1, 3]) cast(a, { type: 'add', by });
    await supervisor.shutdown();
    expect(await down).toMatchObject({ crash: { message: 'less' } });
    expect(log).toEqual([2, [2, { crash: new Error('less') }]]);
  });

  it('does not keep one waiting that does not trap exits', async () => {
    const log: unknown[] = [];
    const first = gate();
    const start = { ...adder(log, first), init: () => 0 };
    const supervisor = await under(start);
    const a = serverAt(supervisor.child('a'), start);
    for (const by of [1, 2]) cast(a, { type: 'add', by });
    await turns(2);
    const ending = supervisor.shutdown();
    first.open();
    await ending;
    expect(log).toEqual([1, [1, 'shutdown']]);
    expect(deadLetters(system).ended).toBe(1);
  });
});

// OTP, gen_server(3), `{stop, Reason, Reply, NewState}`: terminate is called, then the reply is sent.
describe('the reply of a server that ends with it', () => {
  type Calls = Request<'end', { readonly as: ExitReason }, string>;

  async function asked(as: ExitReason, terminate: () => void | Promise<void>): Promise<string> {
    const server = genServer<number, Calls>({
      init: () => ({ state: 0 }),
      handleCall: { end: (request, _, state) => ({ stop: request.as, reply: 'bye', state }) },
      handleCast: {},
      terminate,
    });
    const a = await startActor(system, 'a', server, { onTrouble: () => {} });
    return call(serverAt(a ?? system, server), { type: 'end', as }, { timeoutMs: 10_000 });
  }

  it('comes when it has cleaned up', async () => {
    let isClean = false;
    const terminate = async (): Promise<void> => {
      await turns(3);
      isClean = true;
    };
    expect(await asked('normal', terminate)).toBe('bye');
    expect(isClean).toBe(true);
  });

  it('comes also when that fails', async () => {
    const terminate = (): void => {
      throw new Error('terminate');
    };
    expect(await asked('shutdown', terminate)).toBe('bye');
  });

  it('comes before a crash, past which nothing can be sent', async () => {
    expect(await asked({ crash: new Error('odd') }, () => {})).toBe('bye');
  });
});

describe('restarts after a back-off', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('keep the order of rest_for_one: what waits for its time is not started before what it rests on', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'rest_for_one',
      backoff: { firstMs: 100, maxMs: 100 },
      children: ['a', 'b', 'c'].map((id) => ({ id, start: scribe(log, id) })),
    });
    log.splice(0);
    dispatch(supervisor.child('b'), 'boom');
    await until(() => supervisor.status().restarts === 1 && jest.getTimerCount() === 1);
    jest.advanceTimersByTime(60);
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().restarts === 2 && jest.getTimerCount() === 2);
    log.splice(0);
    jest.advanceTimersByTime(40);
    await turns(5);
    expect(log).toEqual([]);
    jest.advanceTimersByTime(60);
    await until(() => supervisor.countChildren().active === 3);
    expect(log).toEqual(['+a', '+b', '+c']);
  });
});

it('an init that took too long has failed: it keeps its own place, and no sibling from being restarted', async () => {
  const late = gate();
  const log: string[] = [];
  let inits = 0;
  const start: AnyBehaviour = {
    ...scribe(log, 'a'),
    init: async () => {
      inits += 1;
      if (inits === 2) await late.opened;
      log.push(`+a ${inits}`);
      return 0;
    },
  };
  const supervisor = await startSupervisor(system, 'top', {
    strategy: 'one_for_one',
    children: [
      { id: 'a', start, startMs: 200, shutdown: 'infinity' },
      { id: 'b', start: scribe(log, 'b') },
    ],
    onEvent: ({ type }) => log.push(type),
  });
  log.splice(0);
  dispatch(supervisor.child('a'), 'boom');
  try {
    await until(() => log.includes('start-failed'));
    dispatch(supervisor.child('b'), 'boom');
    await until(() => log.includes('+b'));
    expect(inits).toBe(2);
  } finally {
    late.open();
  }
  await until(() => log.filter((event) => event === 'restarted').length === 2);
  // The successor begins when the one before it has come to its end.
  expect(log.filter((line) => /a [23]/.test(line))).toEqual(['+a 2', '+a 3']);
});

describe('the place of one that has ended and cleans up', () => {
  const cleaning = (cleaned: Gate): AnyBehaviour => ({ ...scribe([], 'a'), terminate: () => cleaned.opened });

  it('is waited for by a supervisor, too', async () => {
    const cleaned = gate();
    const a = await startActor(system, 'a', cleaning(cleaned), { onTrouble: () => {} });
    dispatch(a ?? system, 'boom');
    await whenDown(a ?? system);
    const starting = startSupervisor(system, 'a', { strategy: 'one_for_one', children: [] });
    await turns(2);
    cleaned.open();
    await (await starting).shutdown();
  });

  it('is waited for in vain when the supervisor shuts down meanwhile, and who asked is told', async () => {
    const cleaned = gate();
    const start = cleaning(cleaned);
    const child = { id: 'a', restart: 'temporary', start } as const;
    const events: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [child],
      onEvent: ({ type }) => events.push(type),
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => events.includes('exited'));
    const asked = supervisor.startChild({ id: 'a', start: scribe([], 'a') });
    await turns(2);
    const ending = supervisor.shutdown();
    cleaned.open();
    await expect(asked).rejects.toMatchObject({ code: 'shutting-down' });
    await ending;
    expect(supervisor.whichChildren()).toEqual([]);
  });
});

it('what a start function gives is looked at, and so are the functions of a supervisor', async () => {
  const start = (): unknown => Promise.resolve(scribe([], 'a'));
  const spec = { strategy: 'one_for_one', children: [{ id: 'a', start }] };
  await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow('child a: start: init: is no function');
  for (const flaw of [{ children: undefined }, { children: [undefined] }, { onMessage: 1 }, { onEvent: {} }]) {
    await expect(untyped.startSupervisor(system, 'top', { ...spec, ...flaw })).rejects.toThrow(RangeError);
  }
  const dynamic = { strategy: 'simple_one_for_one' };
  await expect(untyped.startSupervisor(system, 'top', dynamic)).rejects.toThrow(RangeError);
});
