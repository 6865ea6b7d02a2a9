/** Monitors, links and exit signals between two nodes, item by item: the other node is the test. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { demonitor, exit, link, monitor, trapExit, unlink, whenDown } from '@parliament/otp';
import { findSystem, systemReference } from '../src/nact.js';
import { peerSystemName } from '../src/references/system-names.js';
import { RemoteTemporaryReference } from '../src/references/temporary.js';
import type { ActorPlace, Item } from '../src/wire/frame.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { spawnInbox, stopAt } from './actors.js';
import { HERE, Node, ownPlace, place, THERE } from './exchange-rig.js';
import { until } from './support.js';

let node: Node;
beforeEach(() => {
  node = new Node();
});
afterEach(() => {
  node.end();
});

describe('a monitor', () => {
  it('of an actor here is told how it ended, once; of one that is not to be reached, that nobody is there', async () => {
    const [one, two] = [await node.actor('one'), await node.actor('two'), await node.actor('hidden')];
    node.take({ type: 'monitor', number: 1, object: place('a', 'one') });
    node.take({ type: 'monitor', number: 2, object: place('a', 'two', HERE) });
    node.take({ type: 'demonitor', number: 2 });
    const down = (number: number, reason: unknown): unknown => ({ type: 'down', number, reason: node.reason(reason) });
    expect(await node.sent()).toEqual([]);
    const nobody = [place('a', 'hidden'), place('a', 'three'), place('a', 'one', '1'.repeat(32)), place('c', 'one')];
    for (const [index, object] of nobody.entries()) node.take({ type: 'monitor', number: 10 + index, object });
    expect(await node.sent()).toEqual([10, 11, 12, 13].map((number) => down(number, 'noproc')));
    exit(two as never, 'shutdown');
    exit(one as never, 'kill');
    await whenDown(one as never);
    expect(await node.sent()).toEqual([down(1, 'killed')]);
  });

  it('of an actor there is told when it ends, or is gone, and not when it was taken off', async () => {
    const watcher = spawnInbox<{ reason: unknown }>(node.system, 'watcher');
    const watch = (name: string): ReturnType<typeof monitor> =>
      monitor(watcher.reference as never, node.there(name) as never);
    watch('x');
    const taken = watch('y');
    watch('z');
    expect(await node.sent()).toMatchObject([
      { type: 'monitor', object: place('b', 'x') },
      { type: 'monitor', object: place('b', 'y') },
      { type: 'monitor', object: place('b', 'z') },
    ]);
    demonitor(taken);
    demonitor(taken);
    const [off, ...more] = await node.sent();
    expect([off?.type, more]).toEqual(['demonitor', []]);
    const number = off?.type === 'demonitor' ? off.number : 0;
    for (const each of [number - 1, number]) {
      node.take({ type: 'down', number: each, reason: node.reason({ crash: each }) });
    }
    node.exchange.lose('gone');
    await until(() => watcher.messages.length >= 2);
    expect(watcher.messages.map(({ reason }) => reason)).toEqual([{ crash: number - 1 }, 'noconnection']);
  });
});

describe('a link', () => {
  const linked = (name: string): Item => ({
    type: 'link',
    self: place('b', 'far', THERE),
    other: place('a', name, HERE),
  });
  const ended = (name: string, reason: unknown): unknown => ({
    type: 'exit',
    to: place('b', 'far', THERE),
    from: ownPlace(name),
    reason: node.reason(reason),
    overLink: true,
  });

  it('carries the end of the one here, and none once it is taken off', async () => {
    const [one, two] = [await node.actor('one'), await node.actor('two')];
    node.take(linked('one'));
    node.take(linked('two'));
    node.take({ type: 'unlink', self: place('b', 'far', THERE), other: place('a', 'two', HERE) });
    // The other side hears that nothing more comes over it.
    expect(await node.sent()).toEqual([{ type: 'unlink', self: ownPlace('two'), other: place('b', 'far', THERE) }]);
    for (const each of [two, one]) {
      exit(each as never, 'kill');
      await whenDown(each as never);
    }
    expect(await node.sent()).toEqual([ended('one', 'killed')]);
  });

  it('with one that is not there, or not to be reached, is told to be none', async () => {
    await node.actor('hidden');
    for (const name of ['nobody', 'hidden']) node.take(linked(name));
    expect(await node.sent()).toMatchObject(
      ['nobody', 'hidden'].map((name) => ({ ...(ended(name, 'noproc') as object), from: place('a', name, HERE) })),
    );
  });

  it('carries the end of the other one, of which kill is no order', async () => {
    const trapping = spawnInbox<{ type: string; reason: unknown }>(node.system, 'trapping');
    trapExit(trapping.reference as never, true);
    link(trapping.reference as never, node.there('far') as never);
    expect(await node.sent()).toEqual([{ type: 'link', self: ownPlace('trapping'), other: place('b', 'far') }]);
    const end = (changes: object): void =>
      node.take({
        type: 'exit',
        to: place('a', 'trapping', HERE),
        from: place('b', 'far'),
        reason: node.reason('kill'),
        overLink: true,
        ...changes,
      } as Item);
    end({ from: undefined });
    end({ from: place('b', 'other') });
    end({ to: place('a', 'trapping', '1'.repeat(32)) });
    end({ to: place('c', 'trapping') });
    end({});
    end({});
    await until(() => trapping.messages.length > 0);
    expect(trapping.messages).toMatchObject([{ type: 'EXIT', reason: 'killed' }]);
    unlink(trapping.reference as never, node.there('far') as never);
    expect(await node.sent()).toEqual([]);
    link(trapping.reference as never, node.there('far') as never);
    unlink(trapping.reference as never, node.there('far') as never);
    expect((await node.sent()).map(({ type }) => type)).toEqual(['link', 'unlink']);
  });

  it('in the name of another node is no frame to take', async () => {
    await node.actor('one');
    const other = place('a', 'one');
    for (const type of ['link', 'unlink'] as const) {
      expect(() => node.take({ type, self: place('c', 'far'), other })).toThrow(BadFrameError);
    }
    const signal = { type: 'exit', to: other, from: place('c', 'far'), reason: node.reason('shutdown') } as const;
    for (const overLink of [true, false]) expect(() => node.take({ ...signal, overLink })).toThrow(BadFrameError);
  });
});

describe('an exit signal', () => {
  const signal = (name: string, reason: unknown, from?: ActorPlace): Item => ({
    type: 'exit',
    to: place('a', name),
    from,
    reason: node.reason(reason),
    overLink: false,
  });

  it('ends an actor here that may be reached, by its reason', async () => {
    const one = await node.actor('one');
    const hidden = await node.actor('hidden');
    const ends = Promise.all([one, hidden].map((each) => whenDown(each as never)));
    node.take(signal('hidden', 'kill'));
    node.take(signal('one', { shutdown: 1 }, place('b', 'far')));
    node.take(signal('one', 'kill'));
    exit(hidden as never, 'shutdown');
    expect(await ends).toEqual([{ shutdown: 1 }, 'shutdown']);
  });

  it('to an actor there names its sender when that is one of this node, and does not go where nobody is', async () => {
    const one = await node.actor('one');
    exit(node.there('x') as never, 'kill', one as never);
    exit(node.there('x') as never, 'shutdown', node.there('y') as never);
    exit(node.there('x') as never, 'shutdown');
    stopAt(node.there('x'));
    exit(node.there('x', '1'.repeat(32)) as never, 'kill');
    const told = {
      type: 'exit',
      to: place('b', 'x'),
      from: undefined,
      reason: node.reason('shutdown'),
      overLink: false,
    };
    expect(await node.sent()).toEqual([
      { ...told, from: ownPlace('one'), reason: node.reason('kill') },
      told,
      told,
      told,
    ]);
    node.isLinked = false;
    exit(node.there('x') as never, 'kill');
    expect(await node.sent()).toEqual([]);
  });

  it('is not what one who waits can be sent, nor the other system, nor is an actor spawned there', async () => {
    const waits = { incarnation: THERE, peer: 'a', id: 5 };
    const far = peerSystemName(node.home, 'b');
    stopAt(new RemoteTemporaryReference(far, waits));
    stopAt(systemReference(far));
    for (const parent of [node.there('x'), systemReference(far)]) {
      expect(() => spawnInbox(parent as never, 'child')).toThrow(/Actors of node b are spawned on b/);
    }
    expect([await node.sent(), findSystem(far) === undefined]).toEqual([[], false]);
  });
});
