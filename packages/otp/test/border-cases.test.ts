/** What calls, monitors, links and names do at their edges, of this node and of another. */

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ActorReference,
  acceptLinkExit,
  acceptUnlink,
  addressOf,
  CallError,
  call,
  childReference,
  type Distribution,
  Down,
  deadLetters,
  demonitor,
  dispatch,
  exit,
  genServer,
  inspect,
  isRegistered,
  link,
  loseLinks,
  mayBeAlive,
  monitor,
  onDeadLetter,
  type Reference,
  register,
  registered,
  serverAt,
  startActor,
  startSupervisor,
  startSystem,
  stopActor,
  stopSystem,
  trapExit,
  unlink,
  unregister,
  whereis,
} from '../src/index.js';
import { SOON, startCounter } from './counter.js';
import { enterFarSystem, type FarSystem, farActor } from './far-system.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, reply, scribe, turns, until, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});
let far: FarSystem | undefined;
afterEach(() => {
  far?.leave();
  far = undefined;
});

describe('a reply of a gen-server', () => {
  const server = genServer<number>({
    init: () => ({ state: 0 }),
    handleCall: {
      nothing: (_, __, state) => ({ reply: undefined, state }),
      last: (_, __, state) => ({ reply: undefined, state, stop: 'normal' }),
      null: (_, __, state) => ({ reply: null, state }),
    },
    handleCast: {},
  });

  it('may be undefined: to have said so is a reply', async () => {
    const ref = serverAt((await startActor(system, 'server', server)) as Reference, server);
    expect(await call(ref, { type: 'nothing' }, SOON)).toBeUndefined();
    expect(await call(ref, { type: 'null' }, SOON)).toBeNull();
    expect(await call(ref, { type: 'last' }, SOON)).toBeUndefined();
    await until(() => inspect(ref) === undefined);
  });

  it('that refuses an unknown request says what there is', async () => {
    const ref = (await startActor(system, 'server', server)) as Reference;
    await expect(call(ref, { type: 'other' }, SOON)).rejects.toThrow(
      'server takes no request other; it takes: nothing, last, null',
    );
    await expect(call(ref, 7, SOON)).rejects.toThrow('server takes no request without a type; it takes: nothing');
    const deaf = genServer<number>({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} });
    const other = (await startActor(system, 'deaf', deaf)) as Reference;
    await expect(call(other, { type: 'x' }, SOON)).rejects.toThrow('deaf takes no request x; it takes: none');
  });

  it('does not come from one that has ended, and one that crashes gives none', async () => {
    const { ref, asked } = await startCounter(system);
    const waiting = call(ref, { type: 'later' }, SOON);
    await until(() => asked.length === 1);
    exit(ref, 'shutdown');
    expect(asked[0]?.reply('too late')).toBe(false);
    await expect(waiting).rejects.toMatchObject({ code: 'exit', reason: 'shutdown' });
    expect(deadLetters(system).fenced).toBe(1);
  });
});

describe('what is given as a reply', () => {
  const echo = {
    init: () => 0,
    receive(state: number, message: unknown, context: Parameters<typeof reply>[0]) {
      reply(context, message);
      return state;
    },
  };

  it('is one, unless it is a refusal, which has a name and a code that there are', async () => {
    const ref = (await startActor(system, 'echo', echo)) as Reference;
    const named = (name: string, more: object): Error => Object.assign(new Error('m'), { name }, more);
    const replies = [
      new Error('of the program'),
      named('CallError', {}),
      named('CallError', { code: 'unheard-of' }),
      named('OtherError', { code: 'overloaded' }),
      { name: 'CallError', code: 'overloaded', message: 'no error' },
      null,
      'CallError',
    ];
    for (const each of replies) expect(await call(ref, each, SOON)).toBe(each);
    for (const refusal of [new CallError('overloaded', 'm'), named('CallError', { code: 'noproc' })]) {
      await expect(call(ref, refusal, SOON)).rejects.toBe(refusal);
    }
  });

  it('of a system is none: nothing is there that answers', async () => {
    await expect(call(system, 'x', SOON)).rejects.toMatchObject({ code: 'noproc' });
    const other = startSystem();
    await stopSystem(other);
    await expect(call(childReference(other, 'a'), 'x', SOON)).rejects.toMatchObject({ code: 'noproc' });
  });

  it('to who asks what is no reference is what was wrong, and not that it asks itself', async () => {
    const { context } = await probe(system, 'a');
    for (const odd of [undefined, null, {}, { type: 'actor' }]) {
      const asking = (context.call as (...given: unknown[]) => Promise<unknown>).call(context, odd, 'x', SOON);
      await expect(asking).rejects.not.toMatchObject({ code: 'calling-self' });
    }
  });

  it('has a cause when who was asked has crashed, and a reason only then', async () => {
    const { ref, seen, context } = await probe(system, 'a');
    const error = new Error('boom');
    const first = call(ref, 'x', SOON);
    await until(() => seen.length === 1);
    context.fail(error);
    await expect(first).rejects.toMatchObject({ code: 'exit', reason: { crash: error }, cause: error });
    const second = await probe(system, 'b');
    const told = call(second.ref, 'x', SOON).catch((thrown: unknown) => thrown);
    await until(() => second.seen.length === 1);
    exit(second.ref, { shutdown: 'done' });
    expect(await told).toMatchObject({ reason: { shutdown: 'done' } });
    expect(await told).not.toHaveProperty('cause');
    const unasked = call(childReference(system, 'nobody'), 'x', SOON).catch((thrown: unknown) => thrown);
    expect(await unasked).toMatchObject({ code: 'noproc', reason: undefined });
  });
});

describe('a message to oneself', () => {
  it('can be taken back until it has come, and may wait as long as a timer can', async () => {
    const { context, seen } = await probe(system, 'a');
    const come = context.sendAfter(0, 'come');
    await until(() => seen.length === 1);
    expect(come.cancel()).toBe(false);
    expect(context.sendAfter(2 ** 31 - 1, 'late').cancel()).toBe(true);
    const back = context.sendAfter(1, 'taken back');
    expect(back.cancel()).toBe(true);
    context.sendAfter(1, 'last');
    await until(() => seen.length === 2);
    expect(seen).toEqual(['come', 'last']);
  });
});

describe('a context of an incarnation that has ended', () => {
  it('watches nobody, links nobody, and harms no successor', async () => {
    const { context } = await probe(system, 'a');
    const other = await probe(system, 'b');
    await stopActor(context.self);
    const successor = await probe(system, 'a');
    const over = context.monitor(other.ref);
    context.link(other.ref);
    context.trapExit(true);
    link(successor.ref, other.ref);
    context.unlink(other.ref);
    expect(demonitor(over)).toBe(false);
    expect(inspect(other.ref)).toMatchObject({ watchers: 0, links: 1 });
    expect(inspect(successor.ref)).toMatchObject({ links: 1 });
    exit(other.ref, 'shutdown');
    expect(mayBeAlive(successor.ref)).toBe(false);
    expect(successor.seen).toEqual([]);
  });
});

describe('a link', () => {
  it('with nobody, taken off, is nothing, and one with oneself is none', async () => {
    const { ref, context } = await probe(system, 'a');
    unlink(ref, childReference(system, 'nobody'));
    unlink(childReference(system, 'nobody'), ref);
    context.link(ref);
    expect(inspect(ref)).toMatchObject({ links: 0, alive: true });
  });

  it('that the way does not take is none, on either side', async () => {
    const told: string[] = [];
    const way: Distribution = {
      ends: new Set(),
      monitor: () => () => {},
      link() {
        throw new Error('too many links');
      },
      unlink: () => void told.push('unlink'),
      exit: () => void told.push('exit'),
    };
    far = enterFarSystem('far', () => {}, way);
    const { ref } = await probe(system, 'a');
    expect(() => link(ref, farActor('far', 'x'))).toThrow('too many links');
    expect([inspect(ref)?.links, way.ends.size]).toEqual([0, 0]);
    unlink(ref, farActor('far', 'x'));
    exit(ref, 'shutdown');
    expect(told).toEqual([]);
  });
});

describe('a way that was lost, and is there again', () => {
  it('knows nothing of unlinks before: they are answered anew, and a link made since is whole', async () => {
    const told: string[] = [];
    const way: Distribution = {
      ends: new Set(),
      monitor: () => () => {},
      link: () => void told.push('link'),
      unlink: () => void told.push('unlink'),
      exit: () => void told.push('exit'),
    };
    far = enterFarSystem('far', () => {}, way);
    const { ref } = await probe(system, 'a');
    const other = farActor('far', 'x');
    const self: ActorReference = { ...farActor(system.system.name, 'a') };
    acceptUnlink(self, other);
    acceptUnlink(self, other);
    expect(told.splice(0)).toEqual(['unlink']);
    loseLinks(way);
    acceptUnlink(self, other);
    expect(told.splice(0)).toEqual(['unlink']);
    link(ref, other);
    unlink(ref, other);
    loseLinks(way);
    link(ref, other);
    expect(told).toEqual(['link', 'unlink', 'link']);
    // No answer to the unlink is to come any more: what comes is meant for the new link.
    acceptLinkExit(self, other, 'killed');
    expect(mayBeAlive(ref)).toBe(false);
  });
});

describe('a monitor of an actor of another node', () => {
  const wayOf = (monitors: Distribution['monitor']): void => {
    const way = { ends: new Set(), monitor: monitors, link() {}, unlink() {}, exit() {} } as Distribution;
    far = enterFarSystem('far', () => {}, way);
  };

  it('that is told at once is a Down, and over', async () => {
    let stops = 0;
    wayOf((_, ended) => {
      ended('noconnection');
      return () => {
        stops += 1;
      };
    });
    const { ref, seen } = await probe(system, 'a');
    const reference = monitor(ref, farActor('far', 'x'));
    await until(() => seen.length === 1);
    expect(seen).toEqual([new Down(reference, 'noconnection')]);
    expect(demonitor(reference)).toBe(false);
    expect([inspect(ref)?.watchers, stops]).toEqual([0, 0]);
  });

  it('that the way does not take throws, and leaves nothing; one that has ended asks no way', async () => {
    let asked = 0;
    wayOf(() => {
      asked += 1;
      throw new Error('too many monitors');
    });
    const { ref, context } = await probe(system, 'a');
    expect(() => monitor(ref, farActor('far', 'x'))).toThrow('too many monitors');
    expect(inspect(ref)).toMatchObject({ watchers: 0 });
    await stopActor(ref);
    expect(demonitor(context.monitor(farActor('far', 'x')))).toBe(false);
    expect(asked).toBe(1);
  });
});

describe('a name', () => {
  it('is one of several: an actor is registered as long as it has any', async () => {
    const { ref } = await probe(system, 'a');
    const other = await probe(system, 'b', { registeredName: 'third' });
    expect(isRegistered(ref)).toBe(false);
    register('first', ref);
    register('second', ref);
    unregister(system, 'first');
    expect([isRegistered(ref), isRegistered(other.ref)]).toEqual([true, true]);
    expect(inspect(ref)?.registeredNames).toEqual(['second']);
    unregister(system, 'second');
    expect([isRegistered(ref), isRegistered(childReference(system, 'nobody'))]).toEqual([false, false]);
    await stopActor(other.ref);
    expect([isRegistered(other.ref), whereis(system, 'third')]).toEqual([false, undefined]);
  });

  it('is nobody’s in a system in which none was ever given, or that has stopped', async () => {
    const other = startSystem();
    expect([registered(other), whereis(other, 'x'), unregister(other, 'x')]).toEqual([[], undefined, false]);
    await stopSystem(other);
    expect([registered(other), whereis(other, 'x'), unregister(other, 'x')]).toEqual([[], undefined, false]);
  });

  it('that is taken is told with who has it', async () => {
    const { ref } = await probe(system, 'a', { registeredName: 'server' });
    const other = await probe(system, 'b');
    expect(() => register('server', other.ref)).toThrow(`the name server is taken by ${addressOf(ref)}`);
  });
});

describe('what inspect shows', () => {
  const nothing = { mailbox: 0, busy: false, registeredNames: [], links: 0, watchers: 0, calls: 0 };

  it('of a system, of a plain actor that nobody has looked at, and of a child that is not there, is all there is', async () => {
    const { name } = system.system;
    plain(system, 'plain');
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'gone', start: scribe([], 'gone'), restart: 'transient' },
        { id: 'in', supervisor: { strategy: 'one_for_all', children: [] }, restart: 'temporary' },
      ],
    });
    await top.terminateChild('gone');
    const info = inspect(system);
    expect(info).toMatchObject({ name, address: `${name}://`, type: 'system', alive: true, ...nothing });
    const [own, supervisor] = info?.children ?? [];
    expect(own).toEqual({
      name: 'plain',
      address: `${name}://plain`,
      type: 'actor',
      alive: true,
      ...nothing,
      children: [],
    });
    expect(supervisor?.children).toEqual([
      {
        name: 'gone',
        address: `${name}://top/gone`,
        type: 'worker',
        alive: false,
        ...nothing,
        restart: 'transient',
        restarts: 0,
        fencedMessages: 0,
        children: [],
      },
      {
        name: 'in',
        address: `${name}://top/in`,
        type: 'supervisor',
        alive: true,
        incarnation: expect.any(Number),
        ...nothing,
        strategy: 'one_for_all',
        restart: 'temporary',
        restarts: 0,
        fencedMessages: 0,
        children: [],
      },
    ]);
  });

  it('of a supervisor counts its own restarts, and of what an ended child tried to send', async () => {
    const late = gate();
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          start: {
            init: () => 0,
            receive(state: number, _: unknown, context) {
              context.fail(new Error('boom'));
              context.dispatch(context.self, 'fenced');
              return late.opened.then(() => state);
            },
          },
        },
      ],
    });
    dispatch(top.child('a'), 'go');
    late.open();
    await until(() => top.status().children[0]?.restarts === 1);
    expect(inspect(top.ref)).toMatchObject({ restarts: 1, children: [{ fencedMessages: 1, restarts: 1 }] });
    expect(deadLetters(system)).toMatchObject({ fenced: 1 });
  });
});

describe('a dead letter', () => {
  it('is shown to each listener as often as it listens, with its sender if it has one', async () => {
    const seen: unknown[] = [];
    const listener = (letter: unknown): void => void seen.push(letter);
    const stops = [onDeadLetter(system, listener), onDeadLetter(system, listener)];
    const nobody = childReference(system, 'nobody');
    dispatch(nobody, 1);
    dispatch(nobody, 2, system);
    expect(seen).toHaveLength(4);
    expect(seen[0]).toEqual({ recipient: nobody, message: 1, sender: undefined, reason: 'noproc' });
    expect(seen[2]).toMatchObject({ message: 2, sender: system });
    stops[0]?.();
    dispatch(nobody, 3);
    stops[1]?.();
    dispatch(nobody, 4);
    expect(seen).toHaveLength(5);
    expect(deadLetters(system)).toEqual({
      noproc: 4,
      ended: 0,
      overloaded: 0,
      'not-understood': 0,
      unsendable: 0,
      fenced: 0,
    });
  });
});

describe('an exit signal', () => {
  it('of nobody who is there names who it says; a signal of normal to another ends nothing', async () => {
    const { ref, seen } = await probe(system, 'a');
    trapExit(ref, true);
    const nobody = childReference(system, 'nobody');
    exit(ref, 'shutdown', nobody);
    await until(() => seen.length === 1);
    expect(seen).toMatchObject([{ from: nobody, reason: 'shutdown' }]);
    trapExit(ref, false);
    exit(ref, 'normal', nobody);
    await turns(2);
    expect(mayBeAlive(ref)).toBe(true);
    untyped.exit(ref, 'shutdown');
    expect(mayBeAlive(ref)).toBe(false);
  });
});

describe('a start that has failed', () => {
  it('has left its place and its name', async () => {
    const failing = { ...scribe([], 'a'), init: () => Promise.reject(new Error('no disk')) };
    for (let round = 0; round < 2; round += 1) {
      await expect(startActor(system, 'a', failing, { registeredName: 'name' })).rejects.toThrow('no disk');
    }
    expect([inspect(childReference(system, 'a')), whereis(system, 'name')]).toEqual([undefined, undefined]);
  });
});
