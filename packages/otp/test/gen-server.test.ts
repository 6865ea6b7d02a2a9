import { describe, expect, it } from '@jest/globals';
import {
  call,
  cast,
  childReference,
  deadLetters,
  dispatch,
  exit,
  type ExitReason,
  type GenServer,
  genServer,
  IGNORE,
  type InitResult,
  type Reference,
  type Request,
  serverAt,
  startActor,
  startSupervisor,
  whenDown,
} from '../src/index.js';
import { type CounterCall, type CounterCast, SOON, startCounter } from './counter.js';
import { probe } from './probe.js';
import { forEachTest, gate, inside, rawNact, turns, until, wordOf } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

describe('a gen-server', () => {
  it('answers requests one after the other, each with the state that the one before left', async () => {
    const { ref } = await startCounter(system);
    const replies = [1, 2, 3].map((by) => call(ref, { type: 'add', by }, SOON));
    expect(await Promise.all(replies)).toEqual([1, 3, 6]);
    expect(cast(ref, { type: 'set', to: 40 })).toBe(true);
    expect(await call(ref, { type: 'read' }, SOON)).toBe(40);
  });

  it("is asked by nact's query, too", async () => {
    const { ref } = await startCounter(system);
    expect(await rawNact.query(ref, { type: 'add', by: 5 }, 60_000)).toBe(5);
  });

  it('may reply later, once, and let another one do so', async () => {
    const { ref, asked } = await startCounter(system);
    const replies = [call(ref, { type: 'later' }, SOON), call(ref, { type: 'later' }, SOON)];
    expect(await call(ref, { type: 'read' }, SOON)).toBe(0);
    expect([asked[0]?.reply('first'), asked[0]?.reply('again')]).toEqual([true, false]);
    dispatch(asked[1]?.reference as Reference, 'from elsewhere');
    expect(await Promise.all(replies)).toEqual(['first', 'from elsewhere']);
  });

  it.each<[ExitReason, boolean]>([
    ['normal', true],
    ['shutdown', false],
    [{ shutdown: 'done' }, true],
    [{ crash: new Error('on purpose') }, false],
  ])('stops with a reason: %j, with a reply: %p', async (reason, reply) => {
    const { ref, ends } = await startCounter(system);
    const down = whenDown(ref);
    const replied = call(ref, { type: 'stop', reason, reply }, SOON);
    const waiting = call(ref, { type: 'read' }, SOON);
    if (reply) expect(await replied).toBe('as told');
    else await expect(replied).rejects.toMatchObject({ code: 'exit', reason });
    await expect(waiting).rejects.toMatchObject({ code: 'exit', reason });
    expect(await down).toEqual(reason);
    await until(() => ends.length > 0);
    // A crash happens at once: what the callback gave is no state any more.
    expect(ends).toEqual([`${typeof reason === 'object' && 'crash' in reason ? 0 : 1000} ${wordOf(reason)}`]);
  });

  it('stops after a cast', async () => {
    const { ref } = await startCounter(system);
    const down = whenDown(ref);
    cast(ref, { type: 'stop-by-cast' });
    expect(await down).toBe('shutdown');
  });

  it.each(['throw', 'reject'] as const)(
    'that fails, by a %s, fails the calls that wait with its error',
    async (how) => {
      const { ref } = await startCounter(system);
      const calls = [call(ref, { type: 'fail', how }, SOON), call(ref, { type: 'read' }, SOON)];
      for (const failed of calls) {
        await expect(failed).rejects.toMatchObject({
          code: 'exit',
          message: expect.stringContaining('counter ended before it replied: told to'),
          reason: { crash: { message: 'told to' } },
          cause: { message: 'told to' },
        });
      }
    },
  );

  it('that forgets to give a result crashes: undefined is no state', async () => {
    const { ref } = await startCounter(system);
    await expect(call(ref, { type: 'nothing' }, SOON)).rejects.toMatchObject({
      code: 'exit',
      message: expect.stringContaining('a callback gave undefined'),
    });
  });

  it('that gives neither a reply nor replyLater crashes: its caller would wait for ever', async () => {
    const silent = genServer<number, Request<'nothing'>>({
      init: () => ({ state: 0 }),
      // @ts-expect-error the compiler refuses it, too
      handleCall: { nothing: (_, __, state) => ({ state }) },
      handleCast: {},
    });
    const ref = serverAt((await startActor(system, 'silent', silent)) as Reference, silent);
    await expect(call(ref, { type: 'nothing' }, SOON)).rejects.toThrow('neither a reply nor replyLater');
  });

  it.each<[string, unknown]>([
    ['of an unknown type', { type: 'subtract', by: 1 }],
    ['of a cast', { type: 'set', to: 1 }],
    ['of a type that every object has', { type: 'constructor' }],
    ['without a type', { by: 1 }],
    ['of a type that is no text', { type: 7 }],
    ['that is no object', 'read'],
    ['that is nothing', null],
  ])('refuses a request %s, and lives on', async (_, request) => {
    const { ref, heard } = await startCounter(system);
    const anything: Reference = childReference(system, 'counter');
    await expect(call(anything, request, SOON)).rejects.toMatchObject({ name: 'CallError', code: 'unknown-request' });
    expect(await call(ref, { type: 'read' }, SOON)).toBe(0);
    expect(heard).toEqual([]);
  });

  it('needs neither calls nor casts: what it has no handler for is refused, or a dead letter', async () => {
    const heard: unknown[] = [];
    const listener = await startActor(
      system,
      'listener',
      genServer({
        init: () => ({ state: 0 }),
        handleInfo: (message, state) => {
          heard.push(message);
          return { state };
        },
      }),
    );
    cast(listener, { type: 'news' });
    await expect(call(listener, { type: 'read' }, SOON)).rejects.toMatchObject({ code: 'unknown-request' });
    expect(heard).toEqual([{ type: 'news' }]);
    const deaf = await startActor(system, 'deafer', genServer({ init: () => ({ state: 0 }) }));
    cast(deaf, { type: 'news' });
    await expect(call(deaf, { type: 'read' }, SOON)).rejects.toMatchObject({ code: 'unknown-request' });
    expect(deadLetters(system)).toMatchObject({ 'not-understood': 1 });
  });

  it('gives every other message to handleInfo; without one they are dead letters', async () => {
    const { ref, heard } = await startCounter(system);
    const messages = ['text', { type: 'read' }, null, { type: 'unknown' }];
    for (const message of messages) dispatch(ref, message);
    await call(ref, { type: 'read' }, SOON);
    expect(heard).toEqual(messages);
    await startActor(system, 'deaf', genServer({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} }));
    const deaf = childReference(system, 'deaf');
    for (const message of messages) dispatch(deaf, message);
    await expect(call(deaf, 'x', SOON)).rejects.toMatchObject({ code: 'unknown-request' });
    expect(deadLetters(system)).toMatchObject({ 'not-understood': 4 });
  });

  it('hears of the end of others', async () => {
    const other = await probe(system, 'other');
    const { heard } = await startCounter(system, {
      init(context) {
        context.trapExit(true);
        context.link(other.ref);
        context.monitor(other.ref);
        return { state: 0 };
      },
    });
    exit(other.ref, 'shutdown');
    await until(() => heard.length === 2);
    expect(heard).toMatchObject([
      { type: 'DOWN', reason: 'shutdown' },
      { type: 'EXIT', reason: 'shutdown' },
    ]);
  });
});

describe('the start of a gen-server', () => {
  const starting = (init: () => InitResult<number> | Promise<InitResult<number>>) => {
    return startActor(system, 'server', genServer({ init, handleCall: {}, handleCast: {} }), { onTrouble: () => {} });
  };

  it('may find that it is not needed: nothing is left', async () => {
    await expect(starting(() => ({ ignore: true }))).rejects.toMatchObject({ cause: { cause: IGNORE } });
    expect(inside(system)?.children.size).toBe(0);
  });

  it.each<[ExitReason, string]>([
    ['normal', 'it ended itself before it had started: normal'],
    [{ shutdown: 'no disk' }, 'it ended itself before it had started: shutdown: no disk'],
    [{ crash: new Error('no disk') }, 'no disk'],
  ])('may fail: %j', async (stop, message) => {
    for (const init of [() => ({ stop }), async () => ({ stop })]) {
      await expect(starting(init)).rejects.toThrow(`server did not start: ${message}`);
      expect(inside(system)?.children.size).toBe(0);
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no result', {}],
    ['a state that is not called so', 7],
  ])('fails when init gives %s', async (_, result) => {
    await expect(starting(() => result as InitResult<number>)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^a callback gave/) },
    });
  });
});

describe('handleContinue', () => {
  it('comes before any message, after init and after a callback, and may follow from itself', async () => {
    const log: string[] = [];
    const heard = gate();
    const { ref } = await startCounter(system, {
      init: async () => {
        dispatch(childReference(system, 'counter'), 'before');
        await turns(2);
        return { state: 0, continue: 'one' };
      },
      async handleContinue(what, state) {
        await turns(1);
        log.push(what);
        return what === 'one' ? { state: state + 1, continue: 'two' } : { state: state + 10 };
      },
      handleInfo(message, state) {
        log.push(String(message));
        if (message === 'last') heard.open();
        return message === 'before' ? { state, continue: 'three' } : { state };
      },
    });
    dispatch(ref, 'last');
    await heard.opened;
    expect(log).toEqual(['one', 'two', 'before', 'three', 'last']);
    expect(await call(ref, { type: 'read' }, SOON)).toBe(21);
  });

  it('that is asked for and is not there is a crash that says so', async () => {
    const starting = startActor(
      system,
      'server',
      genServer<number, never, never, string>({
        init: () => ({ state: 0, continue: 'work' }),
        handleCall: {},
        handleCast: {},
      }),
    );
    await expect(starting).rejects.toThrow('a result asks for handleContinue, which there is not');
  });
});

describe('the time-out of a gen-server', () => {
  const idle = (heard: unknown[], timeoutMs: number): Partial<GenServer<number, CounterCall, CounterCast, string>> => ({
    init: () => ({ state: 0, timeoutMs }),
    handleInfo(message, state) {
      heard.push(message);
      return message === 'again' ? { state, timeoutMs: 1 } : { state };
    },
  });

  it('comes when no message does, once', async () => {
    const heard: unknown[] = [];
    const { ref } = await startCounter(system, idle(heard, 1));
    await until(() => heard.length === 1);
    dispatch(ref, 'again');
    await until(() => heard.length === 3);
    expect(heard).toEqual(['timeout', 'again', 'timeout']);
  });

  it('is taken back by any message, even when it is on its way already', async () => {
    const heard: unknown[] = [];
    const { ref } = await startCounter(system, idle(heard, 1));
    dispatch(ref, 'first');
    // The event loop stands still for longer than that: the time-out is due, and comes after the message.
    const end = performance.now() + 20;
    while (performance.now() < end);
    await turns(20);
    dispatch(ref, 'second');
    await until(() => heard.length >= 2);
    expect(heard).toEqual(['first', 'second']);
  });

  it('keeps nothing alive once the server has ended', async () => {
    const heard: unknown[] = [];
    const { ref } = await startCounter(system, idle(heard, 5));
    exit(ref, 'kill');
    await turns(3);
    expect(heard).toEqual([]);
  });
});

describe('a gen-server under a supervisor', () => {
  it('is a child like any other, and comes back with its first state', async () => {
    type Calls = Request<'read', object, number> | Request<'fail'>;
    const counter = genServer<number, Calls, { readonly type: 'set'; readonly to: number }>({
      init: () => ({ state: 7 }),
      handleCall: {
        read: (_, __, state) => ({ reply: state, state }),
        fail() {
          throw new Error('told to');
        },
      },
      handleCast: { set: ({ to }) => ({ state: to }) },
    });
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'counter', start: counter }],
    });
    const ref = serverAt(supervisor.child('counter'), counter);
    cast(ref, { type: 'set', to: 1 });
    expect(await call(ref, { type: 'read' }, SOON)).toBe(1);
    await expect(call(ref, { type: 'fail' }, SOON)).rejects.toMatchObject({ code: 'exit' });
    await until(() => supervisor.status().children[0]?.restarts === 1);
    expect(await call(ref, { type: 'read' }, SOON)).toBe(7);
  });

  it('does not know its callers: a reply of an incarnation that has ended is not sent', async () => {
    const { ref, asked } = await startCounter(system);
    const lost = call(ref, { type: 'later' }, SOON);
    await until(() => asked.length === 1);
    exit(ref, 'shutdown');
    await expect(lost).rejects.toMatchObject({ code: 'exit', reason: 'shutdown' });
    expect(asked[0]?.reply('too late')).toBe(false);
    expect(deadLetters(system)).toMatchObject({ fenced: 1 });
  });
});

it('a handler that is undefined is left out', async () => {
  const server = genServer<number>({
    init: () => ({ state: 0 }),
    handleCall: { read: undefined as never, get: (_request, _from, state) => ({ reply: state, state }) },
    handleCast: { add: undefined as never },
  });
  const actor = await startActor(system, 'without', server);
  await expect(call(actor, { type: 'read' }, { timeoutMs: 5000 })).rejects.toThrow(
    /takes no request read; it takes: get$/,
  );
  expect(await call(actor, { type: 'get' }, { timeoutMs: 5000 })).toBe(0);
});

it('a crash by what is no result does not show it: it may be a secret', async () => {
  const server = genServer<number>({
    init: () => ({ state: 0 }),
    handleCall: { login: () => 'hunter2' as never },
  });
  const actor = await startActor(system, 'leaking', server, { onTrouble: () => {} });
  const end = whenDown(actor);
  await expect(call(actor, { type: 'login' }, { timeoutMs: 5000 })).rejects.toThrow();
  expect(await end).toEqual({ crash: new TypeError('a callback gave string and no result') });
});
