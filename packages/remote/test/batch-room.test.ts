/** Frames of every size: what is written has the room that it needs, and no byte is lost at the edge of it. */

import { describe, expect, it } from '@jest/globals';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { ActorPlace, Envelope, Item } from '../src/wire/frame.js';
import { Definitions } from '../src/wire/numbering.js';

const actor = (name: string): ActorPlace => ({
  kind: 'actor',
  node: 'a',
  incarnation: '',
  path: [name],
  key: new Uint8Array(0),
});
const system = { kind: 'system', node: 'c' } as const;
const payloadOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index % 250) + 1);

type Kind = (payload: Uint8Array, index: number) => Item;
const message = (changes: Partial<Envelope>, payload: Uint8Array): Item => ({
  type: 'envelope',
  to: { kind: 'waiting', id: 2 ** 52 + 1 },
  sender: undefined,
  codec: '',
  payload,
  ...changes,
});
const kinds: [string, Kind][] = [
  ['to who waits', (payload) => message({}, payload)],
  [
    'between actors that were not named before',
    (payload, index) => message({ to: actor(`r${index}`), sender: actor(`s${index}`) }, payload),
  ],
  ['between actors that were', (payload) => message({ to: actor('r'), sender: actor('s'), spoken: true }, payload)],
  ['from a system, by a codec', (payload) => message({ sender: system, codec: 'my/type' }, payload)],
  ['from who waits', (payload, index) => message({ to: actor('r'), sender: { kind: 'waiting', id: index } }, payload)],
  [
    'of an end',
    (payload, index) => ({ type: 'down', number: index, reason: Uint8Array.of(1, ...payload.subarray(0, 550)) }),
  ],
];

function expectRoundTrip(
  writer: BatchWriter,
  definitions: Definitions,
  batch: readonly Item[],
  isPing = true,
): Uint8Array {
  for (const item of batch) {
    if (item.type === 'envelope') writer.envelope(item);
    else writer.signal(item);
  }
  const gathered = writer.bytes;
  const frame = writer.finish(isPing, isPing);
  const read = decodeBatch(frame, definitions);
  expect([read.ping, read.pong, read.items.length]).toEqual([isPing, isPing, batch.length]);
  for (const [index, item] of batch.entries()) {
    const found = read.items[index] as Item;
    if (item.type === 'envelope' && found.type === 'envelope') {
      // Compared by themselves, as that is much faster.
      if (Buffer.compare(found.payload, item.payload) !== 0)
        throw new Error(`another payload of ${item.payload.length}`);
      const { payload: _, ...rest } = item;
      expect(found).toMatchObject(rest);
    } else expect(found).toEqual(item);
  }
  expect(frame.length).toBeGreaterThanOrEqual(gathered);
  return frame;
}

describe.each(kinds)('messages %s', (_what, kind) => {
  it('of every length around that of the first room arrive, alone', () => {
    for (let length = 380; length <= 540; length += 1) {
      expectRoundTrip(new BatchWriter(), new Definitions(), [kind(payloadOf(length), length)]);
    }
  });

  it('arrive together, whatever the room that is left for the last of them', () => {
    const [writer, definitions] = [new BatchWriter(), new Definitions()];
    for (let length = 0; length <= 130; length += 1) {
      const batch = Array.from({ length: 9 }, (_, index) => kind(payloadOf(length), length * 10 + index));
      expectRoundTrip(writer, definitions, batch, length % 2 === 0);
    }
  });
});

it.each([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
  'a length of as many bytes as it takes is written: %i',
  (length) => {
    const [writer, definitions] = [new BatchWriter(), new Definitions()];
    const payload = payloadOf(length);
    for (const [, kind] of kinds) expectRoundTrip(writer, definitions, [kind(payload, 7)]);
  },
);

it('what has been gathered is told as it grows, and is nothing after a frame', () => {
  const writer = new BatchWriter();
  expect([writer.bytes, writer.items]).toEqual([0, 0]);
  const item = message({}, payloadOf(10));
  if (item.type === 'envelope') writer.envelope(item);
  // Four for tags and lengths, nine for who waits, twelve for the payload.
  expect([writer.bytes, writer.items]).toEqual([25, 1]);
  if (item.type === 'envelope') writer.envelope(item);
  expect([writer.bytes, writer.items]).toEqual([50, 2]);
  expect(writer.finish(false, false)).toHaveLength(52);
  expect([writer.bytes, writer.items]).toEqual([0, 0]);
});

it('a frame that was long leaves no more room behind than the next ones are likely to need', () => {
  const [writer, definitions] = [new BatchWriter(), new Definitions()];
  const write = (length: number): number =>
    expectRoundTrip(writer, definitions, [message({}, payloadOf(length))]).buffer.byteLength;
  expect(write(1_000_000)).toBeGreaterThan(1_000_000);
  const rooms = [1, 1, 1].map(write);
  // Of the small ones, several may share their memory.
  expect(rooms.at(-1)).toBeLessThan(65_536);
});
