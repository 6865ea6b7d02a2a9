import { describe, expect, it } from '@jest/globals';
import {
  call,
  Down,
  demonitor,
  type Exit,
  type ExitReason,
  exit,
  link,
  mayBeAlive,
  monitor,
  startActor,
  trapExit,
  unlink,
  whenDown,
} from '@parliament/otp';
import { stop } from 'nact';
import type { NodeDown, Reference } from '../src/index.js';
import { dispatch, query, spawn, spawnInbox } from './actors.js';
import { linked, open, openPair, openTowards, type TestNode, until } from './support.js';

/** An actor that ends as it is told: crash, exit with a reason, or never answer. */
async function startVictim({ system }: TestNode, name = 'victim'): Promise<Reference> {
  const victim = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: { crash?: string; exit?: ExitReason; ping?: true }, context) {
      if (message.crash !== undefined) throw new Error(message.crash);
      if (message.exit !== undefined) context.exit(message.exit);
      if (message.ping) dispatch(context.sender as Reference, 'pong');
      return state;
    },
  });
  return victim as Reference;
}

interface Watcher {
  readonly reference: Reference;
  readonly messages: unknown[];
}

async function pair(): Promise<{ a: TestNode; b: TestNode; victim: Reference; there: Reference; watcher: Watcher }> {
  const [a, b] = await openPair();
  return {
    a,
    b,
    victim: await startVictim(a),
    there: b.node.ref('a', 'victim'),
    watcher: spawnInbox(b.system, 'watcher'),
  };
}

const crash = (message: string): object => ({ crash: expect.objectContaining({ message }) });

describe('a monitor of an actor of another node', () => {
  it.each<[string, (victim: Reference, there: Reference) => void, unknown]>([
    ['by a crash', (_, there) => dispatch(there, { crash: 'on purpose' }), crash('on purpose')],
    ['by itself', (_, there) => dispatch(there, { exit: 'normal' }), 'normal'],
    ['with something to say', (_, there) => dispatch(there, { exit: { shutdown: 7n } }), { shutdown: 7n }],
    ['by a signal from afar', (_, there) => exit(there, 'kill'), 'killed'],
    ['by the stop of nact from afar', (_, there) => stop(there as never), 'shutdown'],
    [
      'by a signal there, whose reason cannot travel',
      (victim) => exit(victim, { crash: () => 0 }),
      { crash: expect.any(Error) },
    ],
  ])('tells why it has ended: %s', async (_how, end, reason) => {
    const { victim, there, watcher } = await pair();
    const watched = monitor(watcher.reference as never, there as never);
    const ended = whenDown(there as never);
    // Both monitors are there once this is answered.
    await query(there, { ping: true }, 5000);
    end(victim, there);
    await until(() => watcher.messages.length > 0);
    expect(watcher.messages).toEqual([expect.any(Down)]);
    expect(watcher.messages[0]).toMatchObject({ monitor: watched, object: there, reason });
    expect(await ended).toEqual(reason);
    expect(mayBeAlive(victim as never)).toBe(false);
  });

  it('comes after everything that the actor sent before', async () => {
    const { a, b, watcher } = await pair();
    await startActor(a.system, 'talker', {
      init: () => 0,
      receive(_state: number, _message: unknown, context) {
        for (let count = 0; count < 1000; count += 1) dispatch(a.node.ref('b', 'watcher'), count);
        context.exit('normal');
        return 0;
      },
    });
    const talker = b.node.ref('a', 'talker');
    monitor(watcher.reference as never, talker as never);
    dispatch(talker, 'talk');
    await until(() => watcher.messages.length > 1000);
    expect(watcher.messages.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, count) => count));
    expect(watcher.messages[1000]).toMatchObject({ type: 'DOWN', reason: 'normal' });
  });

  it('is noproc at once where nobody is, and noconnection where no node is', async () => {
    const { b, watcher } = await pair();
    expect(await whenDown(b.node.ref('a', 'nobody') as never)).toBe('noproc');
    expect(await whenDown(b.node.ref('z', 'nobody') as never)).toBe('noconnection');
    monitor(watcher.reference as never, b.node.ref('z', 'nobody') as never);
    await until(() => watcher.messages.length > 0);
    expect(watcher.messages[0]).toMatchObject({ type: 'DOWN', reason: 'noconnection' });
  });

  it('is noconnection of a node that was forgotten, or was only heard of, as is all else', async () => {
    const hub = await open('hub');
    await openTowards('c', [hub]);
    const heard = await openTowards('b', [hub]);
    const inbox = spawnInbox<{ of: Reference }>(heard.system, 'inbox');
    // The reference comes over the hub: b has no link to c, and never had.
    dispatch(hub.node.ref('b', 'inbox'), { of: hub.node.ref('c', 'nobody') });
    await until(() => inbox.messages.length > 0);
    const forgetful = await open('forgetful', { limits: { peers: 1 } });
    const forgotten = forgetful.node.ref('x', 'nobody');
    forgetful.node.ref('y', 'nobody');
    const watcher = spawnInbox(heard.system, 'watcher');
    trapExit(watcher.reference as never, true);
    for (const there of [(inbox.messages[0] as { of: Reference }).of, forgotten]) {
      expect(await whenDown(there as never)).toBe('noconnection');
      expect(mayBeAlive(there as never)).toBe(true);
      const asked = call(there as never, 1, { timeoutMs: 3_600_000 });
      await expect(asked).rejects.toMatchObject({ code: 'noconnection' });
      monitor(watcher.reference as never, there as never);
      link(watcher.reference as never, there as never);
      unlink(watcher.reference as never, there as never);
      exit(there as never, 'shutdown');
      await until(() => watcher.messages.length >= 2);
      expect(watcher.messages.splice(0)).toMatchObject([
        { type: 'DOWN', reason: 'noconnection' },
        { type: 'EXIT', reason: 'noconnection' },
      ]);
    }
  });

  it('is noconnection when the link is lost, and then forgotten on both sides', async () => {
    const { a, there, watcher } = await pair();
    monitor(watcher.reference as never, there as never);
    await query(there, { ping: true }, 5000);
    await a.node.close();
    await until(() => watcher.messages.length > 0);
    expect(watcher.messages).toEqual([expect.objectContaining({ type: 'DOWN', reason: 'noconnection' })]);
  });

  it('can be taken off', async () => {
    const { victim, there, watcher } = await pair();
    const watched = monitor(watcher.reference as never, there as never);
    expect(demonitor(watched)).toBe(true);
    exit(victim as never, 'kill');
    expect(await whenDown(there as never)).toBe('noproc');
    expect(watcher.messages).toEqual([]);
  });
});

describe('a link with an actor of another node', () => {
  it('carries the end either way', async () => {
    const { a, b, victim, there } = await pair();
    const near = await startVictim(b, 'near');
    link(near as never, there as never);
    dispatch(near, { crash: 'near' });
    expect(await whenDown(victim as never)).toEqual(crash('near'));
    const [far, second] = [await startVictim(a, 'far'), await startVictim(b, 'second')];
    const ended = whenDown(second as never);
    link(second as never, b.node.ref('a', 'far') as never);
    await query(b.node.ref('a', 'far'), { ping: true }, 5000);
    dispatch(far, { crash: 'far' });
    expect(await ended).toEqual(crash('far'));
  });

  it('is a message to who traps exits: the reason, noproc, noconnection', async () => {
    const { a, b, victim, there, watcher } = await pair();
    trapExit(watcher.reference as never, true);
    link(watcher.reference as never, there as never);
    link(watcher.reference as never, b.node.ref('a', 'nobody') as never);
    const other = await startVictim(a, 'other');
    link(watcher.reference as never, b.node.ref('a', 'other') as never);
    await until(() => watcher.messages.length > 0);
    exit(victim as never, 'killed');
    await until(() => watcher.messages.length > 1);
    await a.node.close();
    await until(() => watcher.messages.length > 2);
    expect(watcher.messages.map((message) => (message as Exit).reason)).toEqual(['noproc', 'killed', 'noconnection']);
    expect((watcher.messages[1] as Exit).from).toMatchObject({ path: { parts: ['victim'] } });
    expect(await whenDown(other as never)).toMatch(/noproc|noconnection/);
  });

  it('is no more after unlink, on either side', async () => {
    const { b, victim, there } = await pair();
    const near = await startVictim(b, 'near');
    link(near as never, there as never);
    unlink(near as never, there as never);
    await query(there, { ping: true }, 5000);
    exit(near as never, 'killed');
    expect(await query(there, { ping: true }, 5000)).toBe('pong');
    expect(mayBeAlive(victim as never)).toBe(true);
  });

  it('at once breaks when there is no node', async () => {
    const { b } = await pair();
    const near = await startVictim(b, 'near');
    const ended = whenDown(near as never);
    link(near as never, b.node.ref('z', 'anybody') as never);
    expect(await ended).toBe('noconnection');
  });
});

describe('a call of an actor of another node', () => {
  it('fails as soon as the actor ends, with the reason', async () => {
    const { there } = await pair();
    const pending = call(there as never, {}, { timeoutMs: 3_600_000 });
    // Not nact's query, which leaves its timer behind when it fails.
    const crashed = call(there as never, { crash: 'on purpose' }, { timeoutMs: 3_600_000 });
    await expect(crashed).rejects.toMatchObject({ code: 'exit', reason: crash('on purpose') });
    await expect(pending).rejects.toMatchObject({ code: 'exit', reason: crash('on purpose') });
    await expect(call(there as never, {}, { timeoutMs: 3_600_000 })).rejects.toMatchObject({ code: 'noproc' });
  });

  it('fails as soon as the node is gone', async () => {
    const { a, there } = await pair();
    const pending = call(there as never, {}, { timeoutMs: 3_600_000 });
    await query(there, { ping: true }, 5000);
    await Promise.all([a.node.close(), expect(pending).rejects.toMatchObject({ code: 'noconnection' })]);
  });
});

describe('monitorNode', () => {
  it('tells once when the node is lost, and at once when it is not there', async () => {
    const { a, b, watcher } = await pair();
    expect(b.node.nodes()).toEqual(['a']);
    b.node.monitorNode('a', watcher.reference);
    b.node.monitorNode('a', watcher.reference)();
    b.node.monitorNode('z', watcher.reference);
    const { incarnation } = a.node;
    await a.node.close();
    await until(() => watcher.messages.length > 1);
    expect(watcher.messages as NodeDown[]).toEqual([
      { type: 'nodedown', node: 'z', incarnation: undefined, reason: 'not-connected' },
      { type: 'nodedown', node: 'a', incarnation, reason: 'peer-closed' },
    ]);
    expect(b.node.nodes()).toEqual([]);
  });
});

describe('spawnAt', () => {
  const offers = {
    counter: (from: unknown) => {
      if (typeof from !== 'number') throw new TypeError('a counter begins at a number');
      return {
        init: () => from,
        receive(count: number, message: unknown, { sender }: { sender: Reference | undefined }) {
          if (sender) dispatch(sender, count);
          return message === 'up' ? count + 1 : count;
        },
      };
    },
  };

  it('starts what the other program offers, and gives its reference', async () => {
    const a = await open('a', { spawn: offers, expose: () => false });
    const b = await openTowards('b', [a]);
    const counter = (await b.node.spawnAt('a', 'counter', 5)) as Reference;
    dispatch(counter, 'up');
    expect(await query(counter, 'read', 5000)).toBe(6);
    const ended = whenDown(counter as never);
    exit(counter as never, 'shutdown');
    expect(await ended).toBe('shutdown');
  });

  it('refuses what is not offered, what refuses its argument, a name that is taken, and too many', async () => {
    const a = await open('a', { spawn: offers, limits: { spawned: 2 } });
    const b = await openTowards('b', [a]);
    const failure = { code: 'spawn-failed' };
    await expect(b.node.spawnAt('a', 'toString')).rejects.toMatchObject(failure);
    await expect(b.node.spawnAt('a', 'counter', 'x')).rejects.toThrow(/begins at a number/);
    await b.node.spawnAt('a', 'counter', 1, { name: 'one' });
    await expect(b.node.spawnAt('a', 'counter', 1, { name: 'one' })).rejects.toMatchObject(failure);
    const two = (await b.node.spawnAt('a', 'counter', 1)) as Reference;
    await expect(b.node.spawnAt('a', 'counter', 1)).rejects.toMatchObject({ code: 'overloaded' });
    exit(two as never, 'kill');
    expect(await whenDown(two as never)).toMatch(/killed|noproc/);
    await b.node.spawnAt('a', 'counter', 1);
    await expect(b.node.spawnAt('z', 'counter', 1)).rejects.toMatchObject({ code: 'noconnection' });
  });
});

describe('discovery', () => {
  it('finds nodes by a lookup, itself included, and again after they were lost', async () => {
    const a = await open('a');
    const port = a.node.address?.port;
    const found = [`127.0.0.1:${port}`];
    let asked = 0;
    const lookup = (): Promise<string[]> => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve(found);
    };
    const b = await open('b', { discover: { lookup, everyMs: 20 } });
    found.push(`127.0.0.1:${b.node.address?.port}`);
    await linked(a, b);
    expect(b.events.filter(({ type }) => type === 'discovery-failed')).toHaveLength(1);
    await a.node.close();
    const again = await open('a', { listen: `127.0.0.1:${port}` });
    await linked(again, b);
    expect(b.node.nodes()).toEqual(['a']);
  });

  it('finds nodes by the addresses of a name', async () => {
    const a = await open('a');
    const b = await open('b', {
      discover: { dns: 'localhost', port: a.node.address?.port as number, everyMs: 20 },
    });
    await linked(a, b);
  });
});

it('a query past the number that may wait fails as overloaded', async () => {
  const a = await open('a');
  const b = await openTowards('b', [a], { limits: { calls: 2 } });
  spawn(a.system, 'silent', () => {});
  const ask = (): Promise<unknown> => call(b.node.ref('a', 'silent') as never, 1, { timeoutMs: 3_600_000 });
  const waiting = [ask(), ask()];
  await expect(ask()).rejects.toMatchObject({ code: 'overloaded' });
  await Promise.all([
    b.node.close(),
    ...waiting.map((each) => expect(each).rejects.toMatchObject({ code: 'noconnection' })),
  ]);
});
