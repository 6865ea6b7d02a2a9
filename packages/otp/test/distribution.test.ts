/** What this package owes the way to another node, with a way that only writes down what it is told. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import nact from 'nact';
import {
  type ActorReference,
  acceptLink,
  acceptLinkExit,
  acceptUnlink,
  DISTRIBUTION,
  type Distribution,
  Down,
  demonitor,
  type ExitReason,
  exit,
  link,
  loseLinks,
  mayBeAlive,
  monitor,
  onEnd,
  type Reference,
  type SystemReference,
  startActor,
  startSystem,
  stopActor,
  stopSystem,
  trapExit,
  unlink,
  whenDown,
} from '../src/index.js';
import { until } from './support.js';

const told: unknown[][] = [];
const watchers: ((reason: ExitReason) => void)[] = [];
const way: Distribution = {
  ends: new Set(),
  monitor(object, ended) {
    told.push(['monitor', nameOf(object)]);
    watchers.push(ended);
    return () => told.push(['demonitor', nameOf(object)]);
  },
  link: (self, other) => told.push(['link', nameOf(self), nameOf(other)]),
  unlink: (self, other) => told.push(['unlink', nameOf(self), nameOf(other)]),
  exit: (to, reason, from, isLink) => told.push(['exit', nameOf(to), reason, from && nameOf(from), isLink]),
};

const nameOf = (reference: Reference): string => (reference as ActorReference).path.parts.join('/');
const far = (name: string): ActorReference => ({
  type: 'actor',
  system: { name: 'far' },
  path: { parts: [name], system: 'far' },
});

let system: SystemReference;
let count = 0;
beforeAll(() => {
  system = startSystem();
  const start = nact.start as unknown as (first: object, extension: (entered: object) => void) => unknown;
  start({ name: 'far' }, (entered) =>
    Object.assign(entered, { [DISTRIBUTION]: way, find: () => ({ dispatch: () => {} }), stop: () => {} }),
  );
});
afterAll(() => stopSystem(system));

async function actor(): Promise<{ self: ActorReference; messages: unknown[]; name: string }> {
  count += 1;
  const name = `actor-${count}`;
  const messages: unknown[] = [];
  const self = (await startActor(system, name, {
    init: () => 0,
    receive: (state: number, message: unknown) => {
      messages.push(message);
      return state;
    },
  })) as ActorReference;
  told.length = 0;
  watchers.length = 0;
  return { self, messages, name };
}

describe('a monitor of an actor of another node', () => {
  it('is a Down when the way says so, once', async () => {
    const { self, messages } = await actor();
    const watched = monitor(self, far('x'));
    watchers[0]?.('noconnection');
    watchers[0]?.('normal');
    await until(() => messages.length > 0);
    expect(messages).toEqual([expect.any(Down)]);
    expect(messages[0]).toMatchObject({ monitor: watched, reason: 'noconnection' });
    expect(demonitor(watched)).toBe(false);
  });

  it('is taken off by demonitor, and by the end of the watcher', async () => {
    const { self, messages } = await actor();
    expect(demonitor(monitor(self, far('x')))).toBe(true);
    watchers[0]?.('normal');
    monitor(self, far('y'));
    await stopActor(self);
    expect(told).toEqual([
      ['monitor', 'x'],
      ['demonitor', 'x'],
      ['monitor', 'y'],
      ['demonitor', 'y'],
    ]);
    expect(messages).toEqual([]);
  });

  it('for programs that are no actors is a promise', async () => {
    await actor();
    const down = whenDown(far('x'));
    watchers[0]?.('killed');
    expect(await down).toBe('killed');
    const abort = new AbortController();
    void whenDown(far('y'), abort.signal);
    abort.abort();
    expect(told.at(-1)).toEqual(['demonitor', 'y']);
  });
});

describe('a link with an actor of another node', () => {
  it('is told once, and its exit signal leaves when the near end ends', async () => {
    const { self, name } = await actor();
    link(self, far('x'));
    link(self, far('x'));
    exit(self, { shutdown: 'enough' });
    expect(told).toEqual([
      ['link', name, 'x'],
      ['exit', 'x', { shutdown: 'enough' }, name, true],
    ]);
    expect(way.ends.size).toBe(0);
  });

  it('ends the near end when the far one ends, and is void after unlink', async () => {
    const one = await actor();
    link(one.self, far('x'));
    unlink(one.self, far('x'));
    acceptLinkExit(one.self, far('x'), 'killed');
    expect(mayBeAlive(one.self)).toBe(true);
    expect(told.at(-1)).toEqual(['unlink', one.name, 'x']);
    acceptUnlink(one.self, far('x'));
    link(one.self, far('x'));
    acceptLinkExit(one.self, far('x'), 'killed');
    expect(await whenDown(one.self)).toMatch(/noproc|killed/);
  });

  it('stands beside others of the same actor', async () => {
    const { self, messages } = await actor();
    trapExit(self, true);
    for (const name of ['x', 'y', 'z']) link(self, far(name));
    unlink(self, far('y'));
    for (const name of ['x', 'y', 'z']) acceptLinkExit(self, far(name), 'killed');
    await until(() => messages.length > 1);
    expect(messages).toMatchObject(['x', 'z'].map((name) => ({ from: far(name), reason: 'killed' })));
    expect(way.ends.size).toBe(0);
  });

  it('breaks with the way, as noconnection: a message to one that traps exits', async () => {
    const [one, two] = [await actor(), await actor()];
    trapExit(one.self, true);
    link(one.self, far('x'));
    link(two.self, far('x'));
    const end = whenDown(two.self);
    loseLinks(way);
    expect(await end).toBe('noconnection');
    await until(() => one.messages.length > 0);
    expect(one.messages).toEqual([expect.objectContaining({ type: 'EXIT', from: far('x'), reason: 'noconnection' })]);
    expect(way.ends.size).toBe(0);
  });

  it('can be made and taken off from the far end', async () => {
    const { self, name } = await actor();
    expect(acceptLink(far('nobody'), far('x'))).toBe(false);
    expect(acceptLink({ ...self, path: { ...self.path, parts: ['nobody'] } }, far('x'))).toBe(false);
    expect(acceptLink(self, far('x'))).toBe(true);
    acceptUnlink(self, far('x'));
    exit(self, 'shutdown');
    // The answer to the unlink, and no exit signal.
    expect(told).toEqual([['unlink', name, 'x']]);
  });

  it('is answered for each time that the far end takes it off, and made anew from either end between', async () => {
    const { self, name } = await actor();
    const unlinks = (): number => told.filter(([what]) => what === 'unlink').length;
    link(self, far('x'));
    acceptUnlink(self, far('x'));
    link(self, far('x'));
    acceptUnlink(self, far('x'));
    expect(unlinks()).toBe(2);
    acceptLink(self, far('x'));
    acceptUnlink(self, far('x'));
    expect(unlinks()).toBe(3);
    // With no link since, it is a stray answer.
    acceptUnlink(self, far('x'));
    expect(told.filter(([what]) => what === 'unlink')).toEqual(new Array(3).fill(['unlink', name, 'x']));
  });
});

describe('exit signals', () => {
  it('go to actors of other nodes', async () => {
    const { self, name } = await actor();
    exit(far('x'), 'kill', self);
    expect(told).toEqual([['exit', 'x', 'kill', name, false]]);
  });

  it('of other nodes name their sender', async () => {
    const { self, messages } = await actor();
    trapExit(self, true);
    exit(self, 'normal', far('x'));
    await until(() => messages.length > 0);
    expect(messages).toEqual([expect.objectContaining({ from: far('x'), reason: 'normal' })]);
  });
});

describe('onEnd', () => {
  it('calls back at the end, synchronously; undefined where nobody is', async () => {
    const { self } = await actor();
    const reasons: ExitReason[] = [];
    const stop = onEnd(self, (reason) => reasons.push(reason));
    onEnd(self, (reason) => reasons.push(reason));
    stop?.();
    exit(self, 'killed');
    expect(reasons).toEqual(['killed']);
    expect(onEnd(self, () => {})).toBeUndefined();
  });
});
