/**
 * The traps of nact 7.6.2, one by one: what nact does, asserted, so that a version that cures it is noticed; and that
 * whoever goes through this package is not caught.
 */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type ActorContext,
  type AnyBehaviour,
  type Behaviour,
  type ChildSpec,
  call,
  childReference,
  dispatch,
  isAlive,
  type Reference,
  type Strategy,
  type Supervisor,
  startSupervisor,
  startSystem,
  stop,
} from '../src/index.js';
import {
  allUp,
  failOnUnhandledRejection,
  type Gate,
  gate,
  inside,
  orderAndRestart,
  rawNact,
  reply,
  scribe,
  systemsOfThisFile,
  turns,
  until,
} from './support.js';

failOnUnhandledRejection();
const newSystem = systemsOfThisFile();

// nact's own policies print.
beforeAll(() => void jest.spyOn(console, 'log').mockImplementation(() => {}));
afterAll(() => jest.restoreAllMocks());

const { spawn, spawnStateless, spawnPersistent, configurePersistence, query } = rawNact;
const keep = (state: unknown): unknown => state;
const crash = (): never => {
  throw new Error('boom');
};

/** What nact hands to `onCrash`. */
type Policy = Record<
  'stop' | 'resume' | 'reset' | 'resetAll' | 'resetChild' | 'stopAllChildren' | 'escalate',
  symbol
> & { readonly sender: unknown };

/** A supervisor of the given behaviours. */
function supervise(children: Record<string, AnyBehaviour>, strategy: Strategy = 'one_for_one'): Promise<Supervisor> {
  const specs = Object.entries(children).map(([id, start]): ChildSpec => ({ id, start }));
  return startSupervisor(newSystem(), 'top', { strategy, children: specs });
}

/** Counts handlers that run at once. */
function gauge(): { enter(): void; leave(): void; readonly most: () => number } {
  let present = 0;
  let most = 0;
  return {
    enter() {
      present += 1;
      most = Math.max(most, present);
    },
    leave() {
      present -= 1;
    },
    most: () => most,
  };
}

/** A handler that waits for the gates that it is sent, and how many of it ran at once. */
function gated(): {
  readonly receive: (state: number, wait: Gate | 'now') => Promise<number>;
  readonly most: () => number;
  readonly begun: () => number;
} {
  const { enter, leave, most } = gauge();
  let begun = 0;
  return {
    most,
    begun: () => begun,
    async receive(state, wait) {
      begun += 1;
      enter();
      if (wait !== 'now') await wait.opened;
      leave();
      return state + 1;
    },
  };
}

/** Runs one of nact's faults in a process of its own. */
function nactProcess(fault: string): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(__dirname, 'fixtures/nact-fault.cjs'), fault], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

describe('p01: stop does not stop the children', () => {
  it.each(['a parent', 'a system'])(
    'nact: they go on with what is in their mailboxes when %s is stopped',
    async (what) => {
      const system = startSystem();
      const parent = spawn(system, keep, 'parent');
      let handled = 0;
      const child = spawn(parent, () => turns(1).then(() => void (handled += 1)), 'child') as object;
      const actor = inside(child);
      for (let message = 0; message < 5; message += 1) dispatch(child as Reference, message);
      await until(() => handled === 1);
      stop(what === 'a parent' ? parent : system);
      await until(() => handled === 5);
      expect(actor?.stopped).toBe(false);
      expect(isAlive(child as Reference)).toBe(false);
      if (what === 'a parent') stop(system);
    },
  );

  it('here: a shutdown stops the tree, leaves first, and nothing is handled afterwards', async () => {
    const log: string[] = [];
    let handled = 0;
    const counts: AnyBehaviour = { ...scribe(log, 'leaf'), receive: () => turns(1).then(() => void (handled += 1)) };
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'branch', supervisor: { strategy: 'one_for_one', children: [{ id: 'leaf', start: counts }] } },
        { id: 'stem', start: scribe(log, 'stem') },
      ],
    });
    const leaf = childReference(top.child('branch'), 'leaf');
    const actors = [top.ref, top.child('branch'), leaf].map(inside);
    for (let message = 0; message < 5; message += 1) dispatch(leaf, message);
    await until(() => handled === 1);
    await top.shutdown();
    const before = handled;
    await turns(10);
    expect(handled).toBe(before);
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, true, true]);
    expect(log).toEqual(['+leaf', '+stem', '-stem shutdown', '-leaf shutdown']);
  });
});

describe('p02: a reset runs two handlers of one actor at once', () => {
  it('nact: and the late one overwrites the fresh state', async () => {
    const parent = spawn(newSystem(), keep, 'parent');
    const { receive, most, begun } = gated();
    const actor = spawn(parent, receive, 'actor', { initialStateFunc: () => 0 });
    const peer = spawn(parent, crash, 'peer', { onCrash: (_m: unknown, _e: unknown, p: Policy) => p.resetAll });
    const slow = gate();
    dispatch(actor, slow);
    await until(() => begun() === 1);
    dispatch(peer, 'boom');
    await turns(3);
    dispatch(actor, 'now');
    await until(() => begun() === 2);
    expect(most()).toBe(2);
    dispatch(actor, 'now');
    await until(() => inside(actor)?.state === 2);
    slow.open();
    await until(() => inside(actor)?.state === 1);
  });

  it('here: one handler at a time, whatever restarts', async () => {
    const { receive, most, begun } = gated();
    const top = await supervise(
      { actor: { init: () => 0, receive }, peer: { init: () => 0, receive: crash } },
      'one_for_all',
    );
    const slow = gate();
    dispatch(top.child('actor'), slow);
    await until(() => begun() === 1);
    dispatch(top.child('peer'), 'boom');
    await until(() => top.status().restarts === 1);
    dispatch(top.child('actor'), 'now');
    await turns(5);
    expect(begun()).toBe(1);
    slow.open();
    await until(() => top.status().children.every(({ restarts, state }) => restarts === 1 && state === 'running'));
    dispatch(top.child('actor'), 'now');
    await until(() => begun() === 2);
    expect(most()).toBe(1);
    await top.shutdown();
  });
});

describe('p03: a parent that resumes after the fault of a child', () => {
  it('nact: runs two handlers itself, and the child never handles anything again', async () => {
    const { receive, most, begun } = gated();
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => policy.resume;
    const parent = spawn(newSystem(), receive, 'parent', { onCrash });
    const escalate = (_message: unknown, _error: unknown, policy: Policy): symbol => policy.escalate;
    const child = spawn(parent, crash, 'child', { onCrash: escalate });
    const slow = gate();
    for (const message of [slow, slow]) dispatch(parent, message);
    await until(() => begun() === 1);
    dispatch(child, 'boom');
    await until(() => begun() === 2);
    dispatch(child, 'more');
    await turns(10);
    expect(most()).toBe(2);
    expect(inside(child)).toMatchObject({ busy: true, mailbox: { length: 1 } });
    slow.open();
  });

  it('here: the supervisor handles its own messages, and the child comes back', async () => {
    const log: string[] = [];
    const seen: unknown[] = [];
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'child', start: scribe(log, 'child') }],
      onMessage: (message) => seen.push(message),
    });
    dispatch(top.ref, 1);
    await orderAndRestart(top, 'child', 'boom');
    dispatch(top.ref, 2);
    expect(await call(top.child('child'), 'echo', { timeoutMs: 5000 })).toBe(0);
    await until(() => seen.length === 2);
    await top.shutdown();
  });
});

describe('p04: faults that kill the process', () => {
  it.each([
    ['onCrashThrows', 'fatal: onCrash'],
    ['afterStopThrows', 'fatal: afterStop'],
    ['escalatesAfterStop', "reading 'handleFault'"],
  ])('nact: %s', async (fault, message) => {
    const { code, output } = await nactProcess(fault);
    expect(code).toBe(1);
    expect(output).toContain(message);
  });

  it('nact: an actor that stops its children for its own fault is busy for ever', async () => {
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => policy.stopAllChildren;
    const actor = spawn(newSystem(), crash, 'actor', { onCrash });
    dispatch(actor, 'boom');
    dispatch(actor, 'more');
    await turns(10);
    expect(inside(actor)).toMatchObject({ busy: true, mailbox: { length: 1 } });
  });

  it('here: nothing that a behaviour or a listener throws, early or late, leaves the supervisor', async () => {
    // What would be an unhandled rejection fails this test.
    const late = gate();
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      onEvent: crash,
      children: [
        {
          id: 'child',
          shutdownMs: 5,
          start: {
            init: () => 0,
            receive: (_state: number, message: string) => (message === 'boom' ? crash() : late.opened.then(crash)),
            terminate: () => late.opened.then(crash),
          },
        },
      ],
    });
    dispatch(top.child('child'), 'boom');
    await until(() => top.status().children[0]?.restarts === 1);
    dispatch(top.child('child'), 'late');
    await turns(3);
    await top.shutdown();
    late.open();
    await turns(3);
    expect(await top.finished).toMatchObject({ reason: 'shutdown' });
  });

  it('here: a message to something that is no reference crashes the one that sends it, and no other', async () => {
    const sends: Behaviour<number, unknown> = {
      init: () => 0,
      receive(state, to, context) {
        context.dispatch(to as Reference, 'x');
        return state;
      },
    };
    const top = await supervise({ child: sends, other: sends });
    const { system } = top.ref;
    for (const to of [undefined, { type: 'actor', system, path: { parts: 5 } }]) {
      expect(() => dispatch(to as unknown as Reference, 'x')).toThrow(TypeError);
      const { restarts } = top.status();
      dispatch(top.child('child'), to);
      await until(() => top.status().restarts === restarts + 1);
      await allUp(top);
    }
    expect(top.status().children.map(({ restarts }) => restarts)).toEqual([2, 0]);
    await top.shutdown();
  });
});

describe('p05: an init that fails', () => {
  it('nact: and is answered with reset keeps the event loop from ever turning', async () => {
    expect(await nactProcess('initThrows')).toEqual({
      code: 7,
      output: 'the timer has not fired in 50000 attempts\n',
    });
  });

  it.each<[string, () => AnyBehaviour]>([
    ['init', () => ({ init: crash, receive: keep })],
    ['start', crash],
  ])('here: a %s that goes on failing lets the event loop turn, until the supervisor gives up', async (_, next) => {
    let started = 0;
    let turned = 0;
    const count = (): void => {
      turned += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const start = (): AnyBehaviour => {
      started += 1;
      return started === 1 ? scribe([], 'a') : next();
    };
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      intensity: 100,
      children: [{ id: 'a', start }],
    });
    dispatch(top.child('a'), 'boom');
    expect(await top.finished).toMatchObject({ reason: 'crash' });
    clearImmediate(immediate);
    expect(started).toBe(101);
    expect(turned).toBeGreaterThan(100);
  });
});

describe('p06: an init that fails while the policy takes its time', () => {
  it('nact: the next messages are handled with the old state', async () => {
    const pause = gate();
    let inits = 0;
    const seen: unknown[] = [];
    const receive = (state: unknown, message: string): unknown => {
      if (message === 'boom') crash();
      seen.push(state);
      return state;
    };
    const actor = spawn(newSystem(), receive, 'actor', {
      initialStateFunc: () => {
        inits += 1;
        return inits > 1 ? crash() : 'poisoned';
      },
      onCrash: async (message: unknown, _error: unknown, policy: Policy) => {
        if (message === undefined) await pause.opened;
        return message === undefined ? policy.stop : policy.reset;
      },
    });
    dispatch(actor, 'boom');
    dispatch(actor, 'next');
    await until(() => seen.length > 0);
    expect(seen).toEqual(['poisoned']);
    pause.open();
    await until(() => !isAlive(actor));
  });

  it('here: no message is handled with a state of before', async () => {
    let inits = 0;
    const seen: unknown[] = [];
    const top = await supervise({
      actor: {
        init() {
          inits += 1;
          if (inits === 2) crash();
          return inits;
        },
        receive(state: number, message: string) {
          if (message === 'boom') crash();
          seen.push(state);
          return state;
        },
      },
    });
    for (const message of ['boom', 'next', 'next']) dispatch(top.child('actor'), message);
    await until(() => inits === 3);
    await allUp(top);
    dispatch(top.child('actor'), 'after');
    await until(() => seen.length > 0);
    expect(seen).toEqual([3]);
    await top.shutdown();
  });
});

describe('p07: stop does not wait for the handler in flight', () => {
  it('nact: its effects come after those of a successor, and an old reference reaches that', async () => {
    const system = newSystem();
    const slow = gate();
    const log: string[] = [];
    const generation = (name: string) => async (_state: unknown, message: string) => {
      log.push(`${name} begins ${message}`);
      if (message === 'slow') await slow.opened;
      log.push(`${name} writes ${message}`);
    };
    const first = spawn(system, generation('first'), 'actor');
    dispatch(first, 'slow');
    dispatch(first, 'lost');
    await until(() => log.length === 1);
    stop(first);
    spawn(system, generation('second'), 'actor');
    dispatch(first, 'old reference');
    await until(() => log.length === 3);
    slow.open();
    await until(() => log.length === 4);
    expect(log).toEqual([
      'first begins slow',
      'second begins old reference',
      'second writes old reference',
      'first writes slow',
    ]);
  });

  it('nact: a late fault runs afterStop a second time', async () => {
    const slow = gate();
    let stops = 0;
    let begun = false;
    const receive = async (): Promise<void> => {
      begun = true;
      await slow.opened;
      crash();
    };
    const actor = spawn(newSystem(), receive, 'actor', { afterStop: () => void (stops += 1) });
    dispatch(actor, 'slow');
    await until(() => begun);
    stop(actor);
    slow.open();
    await until(() => stops === 2);
  });

  it('nact: a query to an actor that stops is told so by its timeout only', async () => {
    const actor = spawn(newSystem(), () => new Promise(() => {}), 'actor');
    const pending = query(actor, () => 'x', 10) as Promise<unknown>;
    await turns(2);
    stop(actor);
    await expect(pending).rejects.toThrow('Query Timeout');
  });

  it('here: the successor begins when the handler in flight has ended, and terminate has run once', async () => {
    const log: string[] = [];
    const slow = gate();
    const top = await supervise({ a: scribe(log, 'a'), b: scribe(log, 'b') }, 'one_for_all');
    dispatch(top.child('a'), { wait: slow });
    await turns(2);
    dispatch(top.child('b'), 'boom');
    await until(() => log.includes('-b crash'));
    await turns(5);
    expect(log).toEqual(['+a', '+b', '-b crash']);
    slow.open();
    await until(() => log.length === 6);
    expect(log.slice(3)).toEqual(['-a shutdown', '+a', '+b']);
    await allUp(top);
    await top.shutdown();
    await expect(call(top.child('a'), 'echo', { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'no-process' });
  });
});

describe('p08: the ids of queries', () => {
  /** Answers only what is called `answer`, and only when told to. */
  const held: Reference[] = [];
  const holds = (state: unknown, message: unknown, { sender }: { sender: Reference }): unknown => {
    held.push(sender);
    return message ?? state;
  };

  it('nact: are drawn at random, so that one caller gets the reply of another', async () => {
    const actor = spawn(newSystem(), holds, 'actor');
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.123);
    const first = query(actor, () => 'first', 20) as Promise<unknown>;
    const second = query(actor, () => 'second', 60_000) as Promise<unknown>;
    random.mockRestore();
    await until(() => held.length === 2);
    dispatch(held[0] as Reference, 'for the first');
    expect(await second).toBe('for the first');
    await expect(first).rejects.toThrow('Query Timeout');
    held.length = 0;
  });

  it('nact: have 31 bits', () => {
    const actor = spawn(newSystem(), holds, 'actor');
    const ids = Array.from({ length: 200 }, () => {
      let id = 0;
      const abandoned = query(actor, (reference: { id: number }) => (id = reference.id), 1) as Promise<unknown>;
      abandoned.catch(() => {});
      return id;
    });
    expect(ids.every((id) => id % 2 !== 0 && Math.abs(id) < 2 ** 31)).toBe(true);
  });

  it('nact: a timeout of 25 days is over at once', async () => {
    const actor = spawn(newSystem(), holds, 'actor');
    await expect(query(actor, () => 'x', 25 * 24 * 3_600_000)).rejects.toThrow('Query Timeout');
    held.length = 0;
  });

  it('here: a counter, so that each caller gets its own; a timeout is what it says, or refused', async () => {
    const actor = spawn(newSystem(), holds, 'actor') as Reference;
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.123);
    const first = call(actor, 'first', { timeoutMs: 60_000 });
    const second = call(actor, 'second', { timeoutMs: 60_000 });
    random.mockRestore();
    await until(() => held.length === 2);
    dispatch(held[1] as Reference, 'for the second');
    dispatch(held[0] as Reference, 'for the first');
    expect(await Promise.all([first, second])).toEqual(['for the first', 'for the second']);
    await expect(call(actor, 'x', { timeoutMs: 25 * 24 * 3_600_000 })).rejects.toThrow(RangeError);
  });
});

describe('p09: spawnStateless', () => {
  it('nact: handles one message at a time, and never asks the policy that it is given', async () => {
    const { receive, most, begun } = gated();
    let asked = 0;
    const handle = (wait: Gate | 'now' | 'boom'): unknown => (wait === 'boom' ? crash() : receive(0, wait));
    const actor = spawnStateless(newSystem(), handle, 'actor', { onCrash: () => void (asked += 1) });
    const slow = gate();
    for (const message of ['boom', slow, slow]) dispatch(actor, message);
    await until(() => begun() === 1);
    await turns(5);
    slow.open();
    await until(() => begun() === 2);
    expect([most(), asked, isAlive(actor)]).toEqual([1, 0, true]);
  });

  it('here: no fault goes unseen', async () => {
    const exits: unknown[] = [];
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
      onEvent: (event) => void (event.type === 'exited' && exits.push(event.reason)),
    });
    await orderAndRestart(top, 'a', 'boom');
    await orderAndRestart(top, 'a', 'reject');
    expect(exits).toEqual(['boom', 'reject']);
    await top.shutdown();
  });
});

describe('p10: shutdownAfter', () => {
  it('nact: of 30 days is over at once', async () => {
    let stopped = false;
    spawn(newSystem(), keep, 'actor', { shutdownAfter: 30 * 24 * 3_600_000, afterStop: () => void (stopped = true) });
    await until(() => stopped);
  });

  it('here: a time that no timer can wait is refused', async () => {
    const children: ChildSpec[] = [{ id: 'a', start: scribe([], 'a'), shutdownMs: 30 * 24 * 3_600_000 }];
    const starting = startSupervisor(newSystem(), 'top', { strategy: 'one_for_one', children });
    await expect(starting).rejects.toThrow('child a: shutdownMs: 2592000000');
  });
});

describe('p11: what a message costs', () => {
  it('nact: a copy of the table of children, for every message; and mailboxes have no bound', async () => {
    const tables: ReadonlyMap<string, unknown>[] = [];
    const slow = gate();
    const receive = (
      _state: unknown,
      _message: unknown,
      context: { children: ReadonlyMap<string, unknown> },
    ): unknown => {
      tables.push(context.children);
      return tables.length === 2 ? slow.opened : undefined;
    };
    const actor = spawn(newSystem(), receive, 'actor');
    for (let child = 0; child < 10; child += 1) spawn(actor, keep, `child-${child}`);
    for (let message = 0; message < 10_000; message += 1) dispatch(actor, message);
    await until(() => tables.length === 2);
    expect(tables[0]).not.toBe(tables[1]);
    expect(tables.map(({ size }) => size)).toEqual([10, 10]);
    expect(inside(actor)?.mailbox.length).toBe(9998);
    stop(actor);
    slow.open();
  });

  it('here: the context is made once for an incarnation, and its mailbox ends with it', async () => {
    const contexts = new Set<ActorContext>();
    const slow = gate();
    const top = await supervise({
      a: {
        init: (context: ActorContext) => contexts.add(context).size,
        receive(state: number, message: number, context: ActorContext) {
          contexts.add(context);
          if (message === 1) return slow.opened.then(crash);
          reply(context, contexts.size);
          return state;
        },
      },
    });
    for (let message = 0; message < 10_000; message += 1) dispatch(top.child('a'), message);
    await until(() => inside(top.child('a'))?.mailbox.length === 9998);
    expect(contexts.size).toBe(1);
    slow.open();
    await until(() => top.status().children[0]?.restarts === 1);
    expect(inside(top.child('a'))?.mailbox.length).toBe(0);
    expect(await call(top.child('a'), 2, { timeoutMs: 5000 })).toBe(2);
    await top.shutdown();
  });
});

describe('p12: names and references', () => {
  it('nact: a name that is given as text is ignored; a second system of a name takes the references of the first', async () => {
    expect(rawNact.start('a-name').system.name).not.toBe('a-name');
    const seen: string[] = [];
    const first = rawNact.start({ name: 'p12' });
    const actor = spawn(first, () => void seen.push('first'), 'actor');
    const second = rawNact.start({ name: 'p12' });
    spawn(second, () => void seen.push('second'), 'actor');
    dispatch(actor, 'x');
    await until(() => seen.length === 1);
    expect(seen).toEqual(['second']);
    stop(second);
  });

  it('here: a name is what is given, and one that is taken is refused', () => {
    const system = newSystem('p12');
    expect(system.system.name).toBe('p12');
    expect(() => startSystem('p12')).toThrow(RangeError);
  });

  it('nact: a reference is plain data, which stops an actor as well as it reaches it', () => {
    const actor = spawn(newSystem(), keep, 'actor') as { system: object; path: { parts: string[] } };
    stop(JSON.parse(JSON.stringify({ type: 'actor', system: actor.system, path: { parts: actor.path.parts } })));
    expect(inside(actor)).toBeUndefined();
  });

  it('here: what came as data can be sent to, but is no order to an actor or to a supervisor', async () => {
    const top = await supervise({ a: scribe([], 'a') });
    const forged = JSON.parse(JSON.stringify(top.child('a'))) as Reference;
    expect(await call(forged, 'echo', { timeoutMs: 5000 })).toBe(0);
    for (const type of ['EXIT', 'exit', 'shutdown', 'Start']) dispatch(forged, { type, reason: 'crash' });
    expect(await call(forged, 'echo', { timeoutMs: 5000 })).toBe(5);
    expect(top.status()).toMatchObject({ restarts: 0 });
    await top.shutdown();
  });

  it('nact: a handler that forgets to return loses its state', async () => {
    const actor = spawn(newSystem(), () => {}, 'actor', { initialState: 'precious' });
    dispatch(actor, 'x');
    await until(() => inside(actor)?.state === undefined);
  });

  it('here: the compiler refuses a handler that forgets to return', () => {
    // @ts-expect-error receive must give the next state
    const forgetful: Behaviour<string, string> = { init: () => 'precious', receive: () => {} };
    expect(forgetful.init).toBeDefined();
  });
});

describe('p13: an acceptor breaks its promise', () => {
  interface Acceptor {
    readonly promised: number;
  }
  interface Ballot {
    readonly type: 'prepare' | 'accept';
    readonly ballot: number;
    readonly sync?: Gate;
  }
  /** Promises, syncs, answers: a handler that is in flight for as long as the disk takes. */
  function acceptor(answers: string[]): { disk: Acceptor; receive(s: Acceptor, m: Ballot): Promise<Acceptor> } {
    const self = {
      disk: { promised: 5 },
      async receive(state: Acceptor, { type, ballot, sync }: Ballot): Promise<Acceptor> {
        if (type === 'accept') {
          answers.push(ballot >= state.promised ? `accepted ${ballot}` : `refused ${ballot}`);
          return state;
        }
        if (ballot <= state.promised) return state;
        await sync?.opened;
        self.disk = { promised: Math.max(self.disk.promised, ballot) };
        answers.push(`promised ${ballot}`);
        return { promised: ballot };
      },
    };
    return self;
  }

  it('nact: a reset lets the late handler of an old promise overwrite a newer one', async () => {
    const answers: string[] = [];
    const parent = spawn(newSystem(), keep, 'parent');
    const role = acceptor(answers);
    const actor = spawn(parent, role.receive, 'acceptor', { initialStateFunc: () => role.disk });
    const peer = spawn(parent, crash, 'peer', { onCrash: (_m: unknown, _e: unknown, p: Policy) => p.resetAll });
    const sync = gate();
    dispatch(actor, { type: 'prepare', ballot: 6, sync });
    await turns(2);
    dispatch(peer, 'boom');
    await turns(3);
    dispatch(actor, { type: 'prepare', ballot: 9 });
    await until(() => answers.includes('promised 9'));
    sync.open();
    await until(() => answers.includes('promised 6'));
    dispatch(actor, { type: 'accept', ballot: 7 });
    await until(() => answers.length === 3);
    expect(role.disk.promised).toBe(9);
    expect(answers).toEqual(['promised 9', 'promised 6', 'accepted 7']);
  });

  it('here: it keeps it', async () => {
    const answers: string[] = [];
    const role = acceptor(answers);
    const top = await supervise(
      {
        acceptor: { init: () => role.disk, receive: role.receive },
        peer: { init: () => 0, receive: crash },
      },
      'one_for_all',
    );
    const sync = gate();
    dispatch(top.child('acceptor'), { type: 'prepare', ballot: 6, sync });
    await turns(2);
    dispatch(top.child('peer'), 'boom');
    await until(() => top.status().restarts === 1);
    dispatch(top.child('acceptor'), { type: 'prepare', ballot: 9 }); // Lost with the incarnation, as messages may be.
    sync.open();
    await until(() => top.status().children.every(({ restarts, state }) => restarts === 1 && state === 'running'));
    for (const ballot of [9, 7]) dispatch(top.child('acceptor'), { type: ballot === 9 ? 'prepare' : 'accept', ballot });
    dispatch(top.child('acceptor'), { type: 'accept', ballot: 9 });
    await until(() => answers.length === 4);
    expect(answers).toEqual(['promised 6', 'promised 9', 'refused 7', 'accepted 9']);
    await top.shutdown();
  });
});

describe('p14 and p15: how often is too often', () => {
  it('nact: resets an actor for ever', async () => {
    let resets = 0;
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => {
      resets += 1;
      return policy.reset;
    };
    const actor = spawn(newSystem(), crash, 'actor', { onCrash });
    for (let message = 0; message < 1000; message += 1) dispatch(actor, message);
    await until(() => resets === 1000);
    expect(isAlive(actor)).toBe(true);
  });

  it('nact: escalates a fault to the top, and leaves what failed running', async () => {
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => policy.escalate;
    const top = spawn(newSystem(), keep, 'top', { onCrash });
    const middle = spawn(top, keep, 'middle', { onCrash });
    const leaf = spawn(middle, crash, 'leaf', { onCrash });
    const actors = [top, middle, leaf].map(inside);
    dispatch(leaf, 'boom');
    await until(() => actors[0]?.stopped === true);
    await turns(5);
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, false, false]);
  });

  it('here: gives up after the third restart in five seconds, with nothing left', async () => {
    const system = newSystem();
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    const actor = inside(top.child('a'));
    for (let crashes = 0; crashes < 3; crashes += 1) await orderAndRestart(top, 'a', 'boom');
    dispatch(top.child('a'), 'boom');
    expect(await top.finished).toMatchObject({ reason: 'crash' });
    expect(inside(system)?.children.size).toBe(0);
    expect(actor?.stopped).toBe(true);
  });
});

describe('p16: order, and who owns a message', () => {
  it('nact: keeps the order of one sender, and hands a message over as it is, not as a copy', async () => {
    const seen: unknown[] = [];
    const actor = spawn(newSystem(), (_state: unknown, message: unknown) => void seen.push(message), 'actor');
    const messages = Array.from({ length: 1000 }, (_, number) => ({ number }));
    for (const message of messages) dispatch(actor, message);
    await until(() => seen.length === 1000);
    expect(seen.every((message, index) => message === messages[index])).toBe(true);
  });

  it('here: the same holds', async () => {
    const seen: unknown[] = [];
    const top = await supervise({
      a: {
        init: () => 0,
        receive(state: number, message: unknown) {
          seen.push(message);
          return state;
        },
      },
    });
    const messages = Array.from({ length: 1000 }, (_, number) => ({ number }));
    for (const message of messages) dispatch(top.child('a'), message);
    await until(() => seen.length === 1000);
    expect(seen.every((message, index) => message === messages[index])).toBe(true);
    await top.shutdown();
  });
});

describe('p17: persistence', () => {
  it('nact: leaves a hole in the sequence of events after one that could not be written', async () => {
    const numbers: number[] = [];
    let full = false;
    const engine = {
      events: () => ({ reduce: (_step: unknown, initial: unknown) => Promise.resolve(initial) }),
      latestSnapshot: () => Promise.resolve(undefined),
      takeSnapshot: () => Promise.resolve(),
      async persist({ sequenceNumber }: { sequenceNumber: number }) {
        if (full) throw new Error('ENOSPC');
        numbers.push(sequenceNumber);
      },
    };
    const system = rawNact.start(configurePersistence(engine));
    let crashes = 0;
    const receive = async (
      _state: unknown,
      message: unknown,
      context: { readonly recovering: boolean; persist(message: unknown): Promise<void> },
    ): Promise<void> => {
      if (!context.recovering) await context.persist(message);
    };
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => {
      crashes += 1;
      return policy.resume;
    };
    const actor = spawnPersistent(system, receive, 'key', 'actor', { onCrash });
    for (const message of [1, 2]) dispatch(actor, message);
    await until(() => numbers.length === 2);
    full = true;
    dispatch(actor, 'lost');
    await until(() => crashes === 1);
    full = false;
    dispatch(actor, 3);
    await until(() => numbers.length === 3);
    expect(numbers).toEqual([1, 2, 4]);
    stop(system);
  });

  it('here: of all that nact has, these four are used, and by one module only', () => {
    const folder = join(__dirname, '../src');
    const users = readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /from 'nact/.test(readFileSync(join(folder, file), 'utf8')));
    expect(users).toEqual(['nact.ts']);
    const source = readFileSync(join(folder, 'nact.ts'), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '');
    const used = [...source.matchAll(/\bnact\.(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(['dispatch', 'spawn', 'start', 'stop']);
    expect([...source.matchAll(/from '(nact[^']*)'/g)].map(([, name]) => name)).toEqual([
      'nact',
      'nact/lib/system-map.js',
    ]);
  });
});

describe('p18: decisions about a child go by its name', () => {
  it('nact: and hit a successor that has done nothing wrong, in the middle of a handler', async () => {
    const pause = gate();
    let asked = false;
    const parent = spawn(newSystem(), keep, 'parent', {
      onCrash: async (_message: unknown, _error: unknown, policy: Policy) => {
        asked = true;
        await pause.opened;
        return policy.resetChild;
      },
    });
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol => policy.escalate;
    const first = spawn(parent, crash, 'child', { onCrash });
    dispatch(first, 'boom');
    await until(() => asked);
    stop(first);
    const { receive, most, begun } = gated();
    const second = spawn(parent, receive, 'child', { initialStateFunc: () => 0 });
    const slow = gate();
    for (const message of [slow, slow]) dispatch(second, message);
    await until(() => begun() === 1);
    pause.open();
    await until(() => begun() === 2);
    expect(most()).toBe(2);
    slow.open();
  });

  it('here: they go by the incarnation, and an old one cannot hurt a new one', async () => {
    const contexts: ActorContext[] = [];
    const { receive, begun, most } = gated();
    const top = await supervise({ a: { init: (context: ActorContext) => contexts.push(context), receive } });
    contexts[0]?.fail(new Error('boom'));
    await until(() => contexts.length === 2);
    await allUp(top);
    const slow = gate();
    for (const message of [slow, slow]) dispatch(top.child('a'), message);
    await until(() => begun() === 1);
    contexts[0]?.fail(new Error('once more'));
    await turns(5);
    expect(top.status()).toMatchObject({ restarts: 1 });
    slow.open();
    await until(() => begun() === 2);
    expect(most()).toBe(1);
    await top.shutdown();
  });
});
