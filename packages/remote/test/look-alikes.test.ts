/** Data from another node that looks like a reference reaches no more than a reference would. */

import { describe, expect, it } from '@jest/globals';
import { call, link, register, startActor, trapExit } from '@parliament/otp';
import { start, stop } from 'nact';
import type { Reference } from '../src/index.js';
import { findSystem } from '../src/nact.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { Envelope } from '../src/wire/frame.js';
import { dispatch, spawn, spawnInbox, stopAt } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { eventOf, later, openPair, openTowards, type TestNode, until } from './support.js';

const NO_KEY = new Uint8Array(0);

/** A server such as any program may have: it answers whom it is told to, and stops what it is told to. */
function spawnObliging({ system }: TestNode): void {
  register(
    'obliging',
    spawn(system, 'obliging', ({ to, stops }: { to: Reference; stops?: boolean }, { self }) => {
      dispatch(to, 'as you wish', self);
      if (stops === true && to.system?.name !== undefined) stopAt(to);
    }) as never,
  );
}

const lookAlike = (system: string, parts: unknown, type = 'actor'): Record<string, unknown> => ({
  type,
  system: { name: system },
  path: { parts, system },
  id: 1,
});

describe('data that looks like a reference', () => {
  const own = (a: TestNode): string => a.system.system.name;

  it.each<[string, (forged: unknown) => unknown]>([
    ['as it is', (forged) => forged],
    ['in an array', (forged) => [forged]],
    ['in a map, as a value and as a key', (forged) => new Map([[forged, forged]])],
    ['in a set', (forged) => new Set([forged])],
    ['as the cause of an error', (forged) => new Error('x', { cause: forged })],
    ['deep below', (forged) => ({ a: [{ b: new Map([['c', forged]]) }] })],
  ])('leads to nobody that its sender may not reach: %s', async (_what, wrap) => {
    const [a, b] = await openPair({ expose: () => false });
    const got: unknown[] = [];
    register('taker', spawn(a.system, 'taker', (message) => void got.push(message)) as never);
    spawnInbox(a.system, 'hidden');
    dispatch(b.node.ref('a', 'taker'), wrap(lookAlike(own(a), ['hidden'])));
    await until(() => got.length === 1);
    const honest = wrap(b.node.ref('a', 'hidden'));
    dispatch(b.node.ref('a', 'taker'), honest);
    await until(() => got.length === 2);
    // As if it had been a reference.
    expect(got[0]).toEqual(got[1]);
  });

  it('leads to whom its sender may reach, and to no system, no waiting caller, and no other system of the process', async () => {
    const [a, b] = await openPair({ expose: () => false });
    spawnObliging(a);
    const [hidden, seen] = [spawnInbox(a.system, 'hidden'), spawnInbox(a.system, 'seen')];
    register('seen', seen.reference as never);
    const other = start({ name: `other-${process.pid}` } as never) as unknown as TestNode['system'];
    later(() => stop(other as never));
    const elsewhere = spawnInbox(other, 'inbox');
    for (const forged of [
      lookAlike(own(a), ['hidden']),
      lookAlike(own(a), []),
      lookAlike(own(a), 'hidden'),
      lookAlike(own(a), [], 'system'),
      lookAlike(own(a), [], 'temp'),
      lookAlike(other.system.name, ['inbox']),
      // Nor one of that path here.
      lookAlike(other.system.name, ['seen']),
      lookAlike(other.system.name, [], 'system'),
    ]) {
      dispatch(b.node.ref('a', 'obliging'), { to: forged, stops: true });
    }
    dispatch(b.node.ref('a', 'obliging'), { to: lookAlike(own(a), ['seen']) });
    await until(() => seen.messages.length >= 1);
    expect(seen.messages).toHaveLength(1);
    expect([hidden.messages, elsewhere.messages]).toEqual([[], []]);
  });

  it('leads no further by the names under which nodes stand in the table of the receiver', async () => {
    const [a, b] = await openPair({ expose: () => false });
    spawnObliging(a);
    const [hidden, seen] = [spawnInbox(a.system, 'hidden'), spawnInbox(a.system, 'seen')];
    register('seen', seen.reference as never);
    const known = (node: string): string => `remote:${a.node.incarnation}/${node}`;
    // Of the same process; what it knows is not for those who write to a.
    const c = await openTowards('c', [a]);
    for (const forged of [
      lookAlike(known('a'), ['hidden']),
      lookAlike(known('a'), [], 'system'),
      lookAlike(known('a'), [], 'temp'),
      lookAlike(`remote:${c.node.incarnation}/a`, ['hidden']),
      lookAlike(`remote:${c.node.incarnation}/a`, ['seen']),
    ]) {
      dispatch(b.node.ref('a', 'obliging'), { to: forged, stops: true });
    }
    dispatch(b.node.ref('a', 'obliging'), { to: lookAlike(known('a'), ['seen']) });
    await until(() => seen.messages.length >= 1);
    expect([seen.messages, hidden.messages]).toEqual([['as you wish'], []]);
    // What it was asked to stop is still there.
    dispatch(hidden.reference, 'still here');
    await until(() => hidden.messages.length === 1);
  });

  it('answers nobody who waits for another node, of whichever it is, and leads to the actors of that node as any data may', async () => {
    const [a, b] = await openPair({ expose: () => false });
    spawnObliging(a);
    const c = await openTowards('c', [a]);
    spawn(c.system, 'silent', () => {});
    const inbox = spawnInbox(c.system, 'inbox');
    const answer = call(a.node.ref('c', 'silent') as never, 1, { timeoutMs: 3_600_000 });
    const outcome = answer.catch(({ code }) => code);
    const name = `remote:${a.node.incarnation}/c`;
    const [id] = [...(findSystem(name)?.tempReferences.keys() ?? [])];
    expect(typeof id).toBe('number');
    dispatch(b.node.ref('a', 'obliging'), { to: { ...lookAlike(name, [], 'temp'), id } });
    dispatch(b.node.ref('a', 'obliging'), { to: lookAlike(name, ['inbox']) });
    await until(() => inbox.messages.length === 1);
    await c.node.close();
    expect(await outcome).toBe('noconnection');
  });

  it('leads nowhere when it names a node that becomes known only later', async () => {
    const [a, b] = await openPair({ expose: () => false });
    const kept: Reference[] = [];
    register('keeper', spawn(a.system, 'keeper', (message) => void kept.push(message)) as never);
    dispatch(b.node.ref('a', 'keeper'), lookAlike(`remote:${a.node.incarnation}/d`, [], 'temp'));
    await until(() => kept.length === 1);
    expect(kept).toEqual([expect.objectContaining({ type: 'nobody' })]);
  });

  it('that only has such fields is left alone', async () => {
    const [a, b] = await openPair();
    const inbox = spawnInbox(a.system, 'inbox');
    const data = { system: { name: own(a), load: 5 }, type: 'report', hosts: [{ system: 'linux' }, { system: null }] };
    dispatch(b.node.ref('a', 'inbox'), data);
    await until(() => inbox.messages.length === 1);
    expect(inbox.messages).toEqual([data]);
  });
});

it('a reference to the own system, which no rule opens, leads nowhere when it comes from afar', async () => {
  const [a, b] = await openPair({ expose: () => false });
  const got: Reference[] = [];
  register('taker', spawn(a.system, 'taker', (message) => void got.push(message)) as never);
  const { socket } = await linkRaw(a.node, identity('mallory'));
  const writer = new BatchWriter();
  const to = { kind: 'actor', node: 'a', incarnation: '', path: ['taker'], key: NO_KEY } as const;
  // The reference of kind 3, which is a system, in a message of CBOR.
  const payload = Uint8Array.from([0xd9, 0xa0, 0x01, 0x45, 0x08, 3, 0x12, 1, 0x61]);
  const envelope: Omit<Envelope, 'type'> = { to, sender: undefined, codec: '', payload };
  writer.envelope(envelope);
  socket.send(writer.finish(false, false));
  await until(() => got.length === 1);
  expect(got[0]).toMatchObject({ type: 'nobody' });
  expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
});

describe('an actor that is open for messages alone', () => {
  it('is not ended over a link that was made from afar, and who makes one is told that there is none', async () => {
    const [a, b] = await openPair({ expose: () => false });
    const victim = await startActor(a.system as never, 'victim', {
      init: () => 0,
      receive(state: number, _message: unknown, context) {
        if (context.sender !== undefined) context.dispatch(context.sender, 'alive');
        return state;
      },
    });
    a.node.expose(victim as never, 'messages');
    const there = b.node.ref('a', 'victim');
    const ends: unknown[] = [];
    const attacker = await startActor(b.system as never, 'attacker', {
      init: () => 0,
      receive: (state: number, message: { type?: string; reason?: unknown }) => {
        if (message.type === 'EXIT') ends.push(message.reason);
        return state;
      },
    });
    trapExit(attacker as never, true);
    link(attacker as never, there as never);
    await until(() => ends.length === 1);
    expect(ends).toEqual(['noproc']);
    // An exit over a link that was never made.
    const mallory = await linkRaw(a.node, identity('mallory'));
    const writer = new BatchWriter();
    const actor = (node: string, incarnation: string, name: string) =>
      ({ kind: 'actor', node, incarnation, path: [name], key: NO_KEY }) as const;
    const [from, to] = [actor('mallory', identity('mallory').incarnation, 'x'), actor('a', '', 'victim')];
    const reason = Uint8Array.from([0x66, ...Buffer.from('killed')]);
    writer.signal({ type: 'link', self: from, other: to });
    for (const overLink of [true, false]) writer.signal({ type: 'exit', to, from, reason, overLink });
    mallory.socket.send(writer.finish(true, false));
    await mallory.frame(2);
    expect(await call(there as never, 1, { timeoutMs: 3_600_000 })).toBe('alive');
    expect(a.events.filter(({ type }) => type === 'bad-frame')).toEqual([]);
    await eventOf(a, 'nodeup', ({ node }) => node === 'mallory');
  });
});
