import { describe, expect, it } from '@jest/globals';
import {
  call,
  childReference,
  deadLetters,
  dispatch,
  mayBeAlive,
  type StaticSpec,
  type SupervisorEvent,
  type SupervisorSpec,
  startSupervisor,
} from '../src/index.js';
import { gate, inside, orderAndRestart, scribe, systemsOfThisFile, turns, typesOf, until } from './support.js';
import { broken, tree } from './tree.js';

const newSystem = systemsOfThisFile();

describe("the supervisor's own mailbox", () => {
  it('goes on being read while children start and restart', async () => {
    const seen: unknown[] = [];
    const slow = gate();
    const { supervisor, log } = await tree(
      newSystem(),
      'one_for_all',
      {},
      {
        onMessage: (message, { self, sender }) => {
          seen.push(message);
          if (sender !== undefined) dispatch(sender, self);
        },
      },
    );
    dispatch(supervisor.child('a'), { wait: slow });
    await turns(2);
    dispatch(supervisor.child('b'), 'boom');
    await until(() => log.includes('-b crash'));
    // The restart waits for the handler of a.
    expect(await call(supervisor.ref, 'are you there', { timeoutMs: 5000 })).toEqual(supervisor.ref);
    slow.open();
    await supervisor.shutdown();
    expect(seen).toEqual(['are you there']);
    expect(log).toEqual(['-b crash', '-c shutdown', '-a shutdown']);
  });

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('bad manners');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bad manners'))],
  ])('ends the supervisor as a crash when onMessage %s: the children stop in reverse order', async (_, onMessage) => {
    const { supervisor, log } = await tree(newSystem(), 'one_for_one', {}, { onMessage });
    dispatch(supervisor.ref, 'hello');
    expect(await supervisor.finished).toMatchObject({
      how: 'failed',
      reason: { crash: { message: 'bad manners' } },
      message: 'onMessage of top failed: bad manners',
      error: { message: 'bad manners' },
    });
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a shutdown']);
  });

  it('refuses what is sent to it when nobody takes it', async () => {
    const system = newSystem();
    const supervisor = await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    dispatch(supervisor.ref, 'hello');
    await expect(call(supervisor.ref, 'hello', { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'unknown-request',
    });
    expect(deadLetters(system)).toMatchObject({ 'not-understood': 2 });
    await supervisor.shutdown();
  });

  it('is not disturbed by a listener that throws or rejects', async () => {
    let told = 0;
    const onEvent = (): Promise<never> => {
      told += 1;
      if (told === 1) throw new Error('a listener');
      return Promise.reject(new Error('a listener'));
    };
    const { supervisor } = await tree(newSystem(), 'one_for_one', {}, { onEvent: onEvent as () => void });
    await orderAndRestart(supervisor, 'a', 'boom');
    expect(told).toBe(2);
    await supervisor.shutdown();
  });

  it('obeys no message that only looks like one of its own', async () => {
    const seen: unknown[] = [];
    const { supervisor, log } = await tree(
      newSystem(),
      'one_for_one',
      {},
      { onMessage: (message) => seen.push(message) },
    );
    const { incarnation } = supervisor.status().children[0] as { incarnation: number };
    const forgeries = [
      { child: { spec: { id: 'a' } }, exit: { incarnation: { number: incarnation, alive: false }, reason: 'crash' } },
      { type: 'EXIT', id: 'a', incarnation, reason: 'crash' },
      { constructor: { name: 'Exit' }, type: 'shutdown' },
    ].map((forgery) => JSON.parse(JSON.stringify(forgery)) as unknown);
    for (const forgery of forgeries) {
      dispatch(supervisor.ref, forgery);
      dispatch(supervisor.child('a'), forgery);
      dispatch(supervisor.child('a'), { constructor: { name: 'Start' } });
    }
    await until(() => seen.length === forgeries.length);
    expect(seen).toEqual(forgeries);
    // Six messages were six messages to the actor, too.
    expect(await call(supervisor.child('a'), 'echo', { timeoutMs: 5000 })).toBe(6);
    expect(log).toEqual([]);
    await supervisor.shutdown();
  });
});

describe('nested supervisors', () => {
  const nested = (log: string[], inner: Partial<StaticSpec> = {}): SupervisorSpec => ({
    strategy: 'one_for_one',
    intensity: 1,
    children: [
      { id: 'before', start: scribe(log, 'before') },
      {
        id: 'inner',
        supervisor: {
          strategy: 'one_for_all',
          intensity: 1,
          children: [
            { id: 'x', start: scribe(log, 'x') },
            { id: 'y', start: scribe(log, 'y') },
          ],
          ...inner,
        },
      },
      { id: 'after', start: scribe(log, 'after') },
    ],
  });

  it('start and stop as one tree, leaves first', async () => {
    const log: string[] = [];
    const system = newSystem();
    const supervisor = await startSupervisor(system, 'top', nested(log));
    expect(log.splice(0)).toEqual(['+before', '+x', '+y', '+after']);
    expect(mayBeAlive(childReference(supervisor.child('inner'), 'x'))).toBe(true);
    await supervisor.shutdown();
    expect(log).toEqual(['-after shutdown', '-y shutdown', '-x shutdown', '-before shutdown']);
    expect(inside(system)?.children.size).toBe(0);
  });

  it('escalate: past its intensity the inner one ends, and is restarted as a child that has crashed', async () => {
    const log: string[] = [];
    const events: SupervisorEvent[] = [];
    const supervisor = await startSupervisor(newSystem(), 'top', {
      ...nested(log),
      onEvent: (event) => events.push(event),
    });
    const x = childReference(supervisor.child('inner'), 'x');
    const [, inner] = supervisor.status().children;
    log.length = 0;
    dispatch(x, 'boom');
    await until(() => log.length === 4);
    expect(events).toEqual([]);
    dispatch(x, 'boom');
    await until(() => supervisor.status().children[1]?.restarts === 1);
    expect(log).toEqual(['-x crash', '-y shutdown', '+x', '+y', '-x crash', '-y shutdown', '+x', '+y']);
    expect(typesOf(events)).toEqual(['exited inner', 'restarted inner']);
    expect(supervisor.status().children[1]?.incarnation).toBeGreaterThan(inner?.incarnation as number);
    expect(supervisor.status().children[1]?.lastExit).toMatch(/^shutdown: x ended once too often .*: boom$/);
    // The new inner one counts from the start.
    dispatch(x, 'boom');
    await until(() => log.length === 12);
    dispatch(x, 'boom');
    expect(await supervisor.finished).toMatchObject({ how: 'intensity', message: expect.stringContaining('boom') });
    expect(log.slice(-4)).toEqual(['-x crash', '-y shutdown', '-after shutdown', '-before shutdown']);
  });

  it('do not start when a leaf does not start, and name the way to it', async () => {
    const log: string[] = [];
    const spec = nested(log, { children: [{ id: 'x', start: broken(log, 'x') }] });
    await expect(startSupervisor(newSystem(), 'top', spec)).rejects.toMatchObject({
      child: 'inner',
      message: 'inner did not start: x did not start: cannot read the disk',
    });
    expect(log).toEqual(['+before', '-before shutdown']);
  });

  it('end when their parent is shut down while they are still starting', async () => {
    const log: string[] = [];
    let inits = 0;
    const hangs = {
      ...scribe(log, 'x'),
      init() {
        inits += 1;
        return inits === 1 ? 0 : new Promise<number>(() => {});
      },
    };
    const spec = nested(log, { intensity: 0, children: [{ id: 'x', start: hangs, shutdown: 5 }] });
    const supervisor = await startSupervisor(newSystem(), 'top', spec);
    dispatch(childReference(supervisor.child('inner'), 'x'), 'boom');
    await until(() => inits === 2);
    await supervisor.shutdown();
    expect(await supervisor.finished).toMatchObject({ reason: 'shutdown' });
    expect(mayBeAlive(supervisor.ref)).toBe(false);
  });
});
