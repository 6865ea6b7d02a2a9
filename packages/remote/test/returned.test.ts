/** What a node says of messages that found nobody, or that it does not understand: to the last word. */

import { expect, it } from '@jest/globals';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { ActorPlace, Envelope, Item } from '../src/wire/frame.js';
import { Definitions } from '../src/wire/numbering.js';
import { spawnEcho } from './actors.js';
import { identity, linkRaw, type RawClient } from './raw.js';
import { eventOf, open, openTowards, type TestNode, until } from './support.js';

const NO_BYTES = new Uint8Array(0);
const mallory = identity('mallory');
const actor = (node: string, name: string): ActorPlace => ({
  kind: 'actor',
  node,
  incarnation: '',
  path: [name],
  key: NO_BYTES,
});
const waiting = (id: number): NonNullable<Envelope['sender']> => ({ kind: 'waiting', id });
const notice = { type: 'undelivered', exitReason: NO_BYTES, codec: '' };

/** What comes of messages that are sent one after the other, until the answer to the last one. */
async function answersTo({ node }: TestNode, envelopes: readonly Partial<Envelope>[]): Promise<readonly Item[]> {
  const { socket, received }: RawClient = await linkRaw(node, mallory);
  const writer = new BatchWriter();
  const last = { to: actor('a', 'echo'), sender: waiting(99) };
  for (const envelope of [...envelopes, last]) {
    writer.envelope({ to: actor('a', 'nobody'), sender: undefined, codec: '', payload: Uint8Array.of(7), ...envelope });
  }
  socket.send(writer.finish(false, false));
  const definitions = new Definitions();
  const items: Item[] = [];
  // Two belong to the handshake.
  let read = 2;
  const isLast = (item: Item): boolean => item.type === 'envelope' && item.to.kind === 'waiting' && item.to.id === 99;
  await until(() => {
    for (; read < received.length; read += 1) {
      items.push(...decodeBatch(received[read] as Buffer, definitions).items);
    }
    return items.some(isLast);
  });
  return items.filter((item) => !isLast(item));
}

it('a message that awaits no reply and finds nobody is told to nobody, whoever its sender is', async () => {
  const a = await open('a');
  spawnEcho(a.system);
  const silent = [undefined, actor('mallory', 'me'), actor('other', 'it'), { kind: 'nobody' } as const];
  expect(
    await answersTo(
      a,
      silent.map((sender) => ({ sender })),
    ),
  ).toEqual([]);
});

it('one that awaits a reply and finds nobody is told under the number of who waits', async () => {
  const a = await open('a');
  spawnEcho(a.system);
  const items = await answersTo(a, [{ sender: waiting(5) }, { sender: waiting(6), codec: 'none' }]);
  expect(items).toEqual([
    { ...notice, reason: 'noproc', waiting: waiting(5) },
    { ...notice, reason: 'noproc', waiting: waiting(6) },
  ]);
});

it('one of an unknown type is told with its type, to its node when nobody waits', async () => {
  const a = await open('a');
  spawnEcho(a.system);
  const to = actor('a', 'echo');
  const senders = [waiting(5), actor('mallory', 'me'), undefined];
  const items = await answersTo(
    a,
    senders.map((sender) => ({ to, sender, codec: 'none' })),
  );
  const unknown = { ...notice, reason: 'unknown-type', codec: 'none' };
  expect(items).toEqual([
    { ...unknown, waiting: waiting(5) },
    { ...unknown, waiting: undefined },
    { ...unknown, waiting: undefined },
  ]);
  expect(await eventOf(a, 'unknown-type')).toEqual({
    type: 'unknown-type',
    node: 'mallory',
    codec: 'none',
    sent: false,
  });
});

it('to one who waits on a third node that is told there', async () => {
  const a = await open('a');
  spawnEcho(a.system);
  const third = await openTowards('third', [a]);
  const place = { incarnation: '1'.repeat(32), peer: 'a', id: 7 };
  const sender = { kind: 'temporary', node: 'third', place } as const;
  const before = third.node.peers()[0]?.framesIn ?? 0;
  expect(await answersTo(a, [{ sender }])).toEqual([]);
  await until(() => (third.node.peers()[0]?.framesIn ?? 0) > before);
  expect(third.events.map(({ type }) => type)).toEqual(['nodeup']);
});
