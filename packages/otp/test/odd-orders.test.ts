import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  call,
  childReference,
  demonitor,
  dispatch,
  exit,
  inspect,
  mayBeAlive,
  type Reference,
  type Supervisor,
  startActor,
  startSupervisor,
  stop,
  stopActor,
  stopSystem,
  whenDown,
} from '../src/index.js';
import { type Probe, plain, probe } from './probe.js';
import { forEachTest, gate, rawNact, scribe, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const probes = (count: number): Promise<Probe[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => probe(system, `probe-${index}`)));

describe('an end that comes while another one is under way', () => {
  it('a crash in terminate is what the actor ended for, and its place is free after it', async () => {
    const terminate = (_: number, __: unknown, context: ActorContext): void => context.fail(new Error('in terminate'));
    const { ref } = await probe(system, 'a', {}, { terminate });
    expect(await stopActor(ref)).toEqual({ crash: new Error('in terminate') });
    await probe(system, 'a');
  });

  it('kill ends an actor that is cleaning up', async () => {
    const slow = gate();
    const { ref, context } = await probe(system, 'a', {}, { terminate: () => slow.opened });
    const down = whenDown(ref);
    context.exit();
    await turns(2);
    exit(ref, 'kill');
    expect(await down).toBe('killed');
    slow.open();
    await until(() => !mayBeAlive(ref));
  });

  it('stopActor twice is one end', async () => {
    const { ref } = await probe(system, 'a');
    expect(await Promise.all([stopActor(ref), stopActor(ref, 'shutdown')])).toEqual(['normal', 'normal']);
  });

  it('stopActor right after a reply, when nact still calls the actor busy, ends it', async () => {
    const { ref } = await probe(system, 'a');
    const echo = (context: ActorContext): unknown => context.dispatch(context.sender as Reference, 'echo');
    await call(ref, echo, { timeoutMs: 5000 });
    expect(await stopActor(ref)).toBe('normal');
    const quick = {
      init: () => 0,
      receive(state: number, _: unknown, context: ActorContext) {
        echo(context);
        return state;
      },
    };
    const second = (await startActor(system, 'quick', quick)) as Reference;
    await call(second, 'x', { timeoutMs: 5000 });
    expect(await stopActor(second, 'shutdown')).toBe('shutdown');
  });

  it('the end of the system that a handler waits for comes all the same', async () => {
    const { ref } = await probe(system, 'a', { shutdown: 5, onTrouble: () => {} });
    dispatch(ref, () => stopSystem(system));
    await until(() => !mayBeAlive(system));
    expect(mayBeAlive(ref)).toBe(false);
  });

  it("nact's stop in the middle of a handler is a crash, after which the handler is waited for", async () => {
    const busy = gate();
    const log: string[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe(log, 'a') }],
    });
    dispatch(supervisor.child('a'), { wait: busy });
    await turns(2);
    stop(supervisor.child('a'));
    await turns(5);
    expect(log).toEqual(['+a']);
    busy.open();
    await until(() => supervisor.whichChildren()[0]?.restarts === 1);
    expect(log).toEqual(['+a', '-a crash', '+a']);
  });
});

describe('a start that meets another', () => {
  it('of the same name fails, and harms the first one not', async () => {
    const starts = ['a', 'a'].map((name) => startActor(system, name, scribe([], name)));
    const results = await Promise.allSettled(starts);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await call(childReference(system, 'a'), 'echo', { timeoutMs: 5000 })).toBe(0);
  });

  it('of a child where a stranger is fails, and it is no child', async () => {
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    rawNact.spawn(supervisor.ref, (state: unknown) => state, 'a');
    const starting = supervisor.startChild({ id: 'a', start: scribe([], 'a') });
    await expect(starting).rejects.toMatchObject({ code: 'start-failed' });
    expect(supervisor.whichChildren()).toEqual([]);
  });

  it('of a sibling, asked for in an init that waits for it, waits for ever: a shutdown breaks it off', async () => {
    const supervisor: Supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const init = (): unknown => supervisor.startChild({ id: 'b', start: scribe([], 'b') });
    const starting = supervisor.startChild({
      id: 'a',
      shutdown: 5,
      start: { init, receive: (state: unknown) => state },
    });
    const refused = expect(starting).rejects.toMatchObject({ code: 'start-failed' });
    await turns(3);
    await supervisor.shutdown();
    await refused;
  });
});

describe('a listener that calls back', () => {
  it('is obeyed after what is being done', async () => {
    const supervisor: Supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_all',
      children: ['a', 'b'].map((id) => ({ id, start: scribe([], id) })),
      onEvent: ({ type }) => {
        if (type === 'exited') void supervisor.terminateChild('b');
      },
    });
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.whichChildren()[1]?.state === 'stopped');
    expect(supervisor.whichChildren().map(({ state, restarts }) => [state, restarts])).toEqual([
      ['running', 1],
      ['stopped', 1],
    ]);
  });
});

describe('very many', () => {
  it('links in a chain pass an end on to its last one', async () => {
    const chain = await probes(5000);
    for (const [index, { context }] of chain.entries()) {
      const before = chain[index - 1];
      if (before !== undefined) context.link(before.ref);
    }
    exit(chain[0]?.ref as Reference, { crash: new Error('boom') });
    expect(chain.filter(({ context }) => context.incarnation.alive)).toEqual([]);
  });

  it('monitors, calls and timers that are over leave nothing behind', async () => {
    const [one, two] = (await probes(2)) as [Probe, Probe];
    const echo = (context: ActorContext): unknown => context.dispatch(context.sender as Reference, 'echo');
    for (let count = 0; count < 100; count += 1) {
      demonitor(one.context.monitor(two.ref));
      await one.context.call(two.ref, echo, { timeoutMs: 5000 });
      one.context.sendAfter(60_000, 'x').cancel();
    }
    // The one listener that clears the timers at its end.
    expect(inspect(one.ref)).toMatchObject({ watchers: 1, calls: 0 });
    expect(inspect(two.ref)).toMatchObject({ watchers: 0, calls: 0 });
  });
});

it('a plain nact actor that stops itself while it handles a message is seen to end', async () => {
  const watcher = await probe(system, 'watcher');
  const { ref } = plain(system, 'plain');
  watcher.context.monitor(ref);
  dispatch(ref, () => stop(ref));
  await until(() => watcher.seen.length === 1);
  expect(watcher.seen).toMatchObject([{ type: 'DOWN', reason: 'shutdown' }]);
});
