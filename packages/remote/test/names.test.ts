/** Names of nodes, and numbers of those who wait: neither can be had by who only asks. */

import { describe, expect, it } from '@jest/globals';
import { call } from '@parliament/otp';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { dispatch, query, spawn, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { addressOf, eventOf, linked, open, openPair, openTowards, SECRET, until } from './support.js';

const timeoutMs = 3_600_000;

describe('the name of a live node', () => {
  it('is not given to who also knows its incarnation, which is in every reference', async () => {
    const a = await open('a', { secret: SECRET });
    const b = await openTowards('b', [a], { secret: SECRET });
    const changes = { secrets: [SECRET], incarnation: b.node.incarnation };
    const impostor = await linkRaw(a.node, identity('b', changes));
    await impostor.closed();
    expect(a.events.map(({ type }) => type)).toEqual(['nodeup']);
    expect(b.events.map(({ type }) => type)).toEqual(['nodeup']);
    spawn(b.system, 'echo', (message, { sender, self }) => dispatch(sender, message, self));
    expect(await query(a.node.ref('b', 'echo'), 'still here', timeoutMs)).toBe('still here');
  });

  it('is had by another as soon as the first one has gone: it goes on asking', async () => {
    const a = await open('a');
    const first = await openTowards('b', [a]);
    const second = await open('b', { peers: { a: addressOf(a.node) }, reconnectMaxMs: 50 });
    expect(await eventOf(second, 'refused')).toMatchObject({ code: 'name-taken', ownNameTaken: true });
    await first.node.close();
    await linked(a, second);
    // The same refusal, again and again, was told once.
    expect(second.events.map(({ type }) => type)).toEqual(['refused', 'nodeup']);
  });
});

describe('a reply', () => {
  it('is not taken from who guesses under which number it is awaited, be the call to another node or a local one', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a]);
    spawnInbox(b.system, 'silent');
    const local = spawnInbox(a.system, 'silent');
    const mallory = await linkRaw(a.node, identity('mallory'));
    const answers: unknown[] = [];
    const waiting = [a.node.ref('b', 'silent'), local.reference].map((to) => {
      const stop = new AbortController();
      void call(to as never, 'question', { timeoutMs, signal: stop.signal }).then(
        (answer) => answers.push(answer),
        () => {},
      );
      return stop;
    });
    await until(() => local.messages.length === 1);
    // Counters would be somewhere here, and whatever is sealed cannot be made up.
    const ids = [0, 2 ** 31, 2 ** 32, 2 ** 48].flatMap((from) => Array.from({ length: 500 }, (_, id) => from + id));
    const writer = new BatchWriter();
    const payload = Uint8Array.of(0xf5);
    for (const [index, number] of ids.entries()) {
      const id = index % 2 === 0 ? number : `n${number}.${'0'.repeat(32)}`;
      for (const peer of ['', 'b']) {
        const place = { incarnation: a.node.incarnation, peer, id };
        writer.envelope({ to: { kind: 'temporary', node: 'a', place }, sender: undefined, codec: '', payload });
      }
      writer.envelope({ to: { kind: 'waiting', id: number }, sender: undefined, codec: '', payload });
      if (writer.items > 900) mallory.socket.send(writer.finish(false, false));
    }
    mallory.socket.send(writer.finish(true, false));
    const before = mallory.received.length;
    await until(() => mallory.received.length > before);
    expect([answers, a.events.filter(({ type }) => type === 'bad-frame')]).toEqual([[], []]);
    for (const stop of waiting) stop.abort();
  });

  it('comes under numbers of which one tells nothing of the next', async () => {
    const [a, b] = await openPair();
    const ids: number[] = [];
    spawn(b.system, 'noter', (_message, { sender, self }) => {
      ids.push((sender as unknown as { id: number }).id);
      dispatch(sender, 'noted', self);
    });
    for (let count = 0; count < 50; count += 1) await call(a.node.ref('b', 'noter') as never, count, { timeoutMs });
    const sorted = [...new Set(ids)].sort((one, other) => one - other);
    expect(sorted).toHaveLength(50);
    const closest = Math.min(...sorted.slice(1).map((id, index) => id - (sorted[index] as number)));
    expect(closest).toBeGreaterThan(1000);
    expect(ids.every((id) => Number.isSafeInteger(id))).toBe(true);
  });
});
