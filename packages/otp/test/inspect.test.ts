import { describe, expect, it } from '@jest/globals';
import {
  type ActorInfo,
  call,
  childReference,
  dispatch,
  genServer,
  inspect,
  type Reference,
  startActor,
  startSupervisor,
  stopSystem,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, rawNact, scribe, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const counter = genServer<{ count: number; secret: string }>({
  init: () => ({ state: { count: 7, secret: 'do not show' } }),
  handleCall: {},
  handleCast: {},
  inspect: ({ count }) => ({ count }),
});

/** A tree of its names. */
function namesOf({ name, children }: ActorInfo): unknown {
  return children.length === 0 ? name : [name, ...children.map(namesOf)];
}

describe('a tree that is inspected', () => {
  it('shows who is there, and what each is and does', async () => {
    const busy = gate();
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'rest_for_one',
      children: [
        { id: 'counter', start: counter, registeredName: 'the counter' },
        { id: 'inner', supervisor: { strategy: 'one_for_one', children: [{ id: 'leaf', start: scribe([], 'leaf') }] } },
        { id: 'gone', start: scribe([], 'gone'), restart: 'transient' },
      ],
    });
    const user = plain(system, 'plain');
    rawNact.spawn(user.ref, (state: unknown) => state, 'below');
    const leaf = childReference(supervisor.child('inner'), 'leaf');
    rawNact.spawn(leaf, (state: unknown) => state, 'lower');
    rawNact.spawn(supervisor.ref, (state: unknown) => state, 'stranger');
    const watcher = await probe(system, 'watcher');
    watcher.context.link(leaf);
    watcher.context.monitor(leaf);
    dispatch(supervisor.child('gone'), 'exit');
    await until(() => supervisor.whichChildren()[2]?.state === 'stopped');
    dispatch(leaf, { wait: busy });
    await turns(2);
    const waiting = [1, 2, 3].map(() => call(leaf, 'echo', { timeoutMs: 60_000 }));

    const info = inspect(system);
    expect(info && namesOf(info)).toEqual([
      system.system.name,
      ['top', 'counter', ['inner', ['leaf', 'lower']], 'gone', 'stranger'],
      ['plain', 'below'],
      'watcher',
    ]);
    const [top, own] = (info as ActorInfo).children as [ActorInfo, ActorInfo];
    expect(top).toMatchObject({
      address: `${system.system.name}://top`,
      type: 'supervisor',
      strategy: 'rest_for_one',
      restarts: 0,
      alive: true,
      incarnation: expect.any(Number),
    });
    expect(own).toMatchObject({ type: 'actor', alive: true, mailbox: 0, busy: false });
    const [first, inner, gone] = top.children as [ActorInfo, ActorInfo, ActorInfo];
    expect(first).toMatchObject({
      type: 'gen-server',
      registeredNames: ['the counter'],
      restart: 'permanent',
      restarts: 0,
    });
    expect(first.state).toEqual({ count: 7 });
    expect(gone).toMatchObject({
      type: 'worker',
      alive: false,
      restart: 'transient',
      lastExit: 'normal',
      children: [],
    });
    expect(gone).not.toHaveProperty('incarnation');
    expect(inner.children[0]).toMatchObject({
      type: 'worker',
      mailbox: 3,
      busy: true,
      calls: 3,
      links: 1,
      // The monitor; those below do not count.
      watchers: 1,
    });
    // A worker without an `inspect` shows nothing of its state.
    expect(inner.children[0]).not.toHaveProperty('state');
    busy.open();
    await Promise.all(waiting);
    expect(inspect(leaf)).toMatchObject({ name: 'leaf', mailbox: 0, calls: 0 });
  });

  it('shows restarts and the last end', async () => {
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    const before = inspect(supervisor.child('a'));
    dispatch(supervisor.child('a'), 'boom');
    await until(() => supervisor.status().children[0]?.restarts === 1);
    const [after] = inspect(supervisor.ref)?.children ?? [];
    expect(after).toMatchObject({ restarts: 1, lastExit: 'boom', fencedMessages: 0, alive: true });
    expect(after?.incarnation).toBeGreaterThan(before?.incarnation as number);
  });

  it('is nothing where nobody is, and survives an inspect that fails', async () => {
    expect(inspect(childReference(system, 'nobody'))).toBeUndefined();
    const bad = {
      ...scribe([], 'bad'),
      inspect(): never {
        throw new Error('do not look');
      },
    };
    const ref = (await startActor(system, 'bad', bad)) as Reference;
    expect(inspect(ref)).toMatchObject({ type: 'worker', state: 'its inspect failed: do not look' });
    await stopSystem(system);
    expect(inspect(system)).toBeUndefined();
  });

  it('is plain data, but for what a server shows: it can be sent and stored', async () => {
    await startSupervisor(system, 'top', { strategy: 'one_for_one', children: [{ id: 'counter', start: counter }] });
    const info = inspect(system);
    expect(JSON.parse(JSON.stringify(info))).toEqual(info);
  });

  it('shows an actor that is still starting, and one that is about to end', async () => {
    const slow = gate();
    const starting = startActor(system, 'a', { ...scribe([], 'a'), init: () => slow.opened.then(() => 0) });
    await turns(2);
    expect(inspect(childReference(system, 'a'))).toMatchObject({ alive: true, busy: true });
    slow.open();
    await starting;
    const late = gate();
    const { context, ref } = await probe(system, 'b', {}, { terminate: () => late.opened });
    context.fail(new Error('boom'));
    expect(inspect(ref)).toMatchObject({ alive: false });
    late.open();
  });
});
