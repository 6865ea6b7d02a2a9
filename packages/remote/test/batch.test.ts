import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parliament } from '#proto';
import { BATCH_ITEMS_MAX, decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { ActorPlace, Item } from '../src/wire/frame.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { Definitions, REFERENCES_MAX } from '../src/wire/numbering.js';
import { items, plain } from './frames.js';

const { Frame } = parliament.frame;

function write(writer: BatchWriter, batch: readonly Item[], ping = true, pong = false): Uint8Array {
  for (const item of batch) {
    if (item.type === 'envelope') writer.envelope(item);
    else writer.signal(item);
  }
  return Uint8Array.from(writer.finish(ping, pong));
}

const actor = (name: string): ActorPlace => ({
  kind: 'actor',
  node: 'a',
  incarnation: '',
  path: [name],
  key: new Uint8Array(0),
});

const envelope = (to: string, sender?: string): Item => ({
  type: 'envelope',
  to: actor(to),
  sender: sender === undefined ? undefined : actor(sender),
  codec: '',
  payload: Uint8Array.of(1),
});

describe('a batch', () => {
  it('arrives as it was sent, item by item, frame after frame over one link', () => {
    const frames = fc.array(fc.array(items, { maxLength: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(frames, fc.boolean(), fc.boolean(), (batches, ping, pong) => {
        const [writer, definitions] = [new BatchWriter(), new Definitions()];
        for (const batch of batches) {
          if (batch.length === 0 && !ping && !pong) continue;
          const read = decodeBatch(write(writer, batch, ping, pong), definitions);
          expect(plain(read)).toEqual(plain({ type: 'batch', items: batch, ping, pong }));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is what proto/frame.proto says: the generated code reads it, and writes what is read', () => {
    fc.assert(
      fc.property(fc.array(items, { minLength: 1, maxLength: 6 }), (batch) => {
        const bytes = write(new BatchWriter(), batch);
        const decoded = Frame.decode(bytes);
        const again = Frame.encode(decoded).finish();
        expect(plain(decodeBatch(Uint8Array.from(again), new Definitions()).items)).toEqual(plain(batch));
      }),
      { numRuns: 300 },
    );
  });

  it('names each actor and type once, and by number from then on', () => {
    const writer = new BatchWriter();
    const first = write(writer, [envelope('receiver', 'sender')]);
    const second = write(writer, [envelope('receiver', 'sender')]);
    expect(second.length).toBeLessThan(first.length / 2);
  });

  it('never takes one actor for another when there are more than numbers', () => {
    const [writer, definitions] = [new BatchWriter(), new Definitions()];
    const names = Array.from({ length: REFERENCES_MAX + 10 }, (_, index) => `n${index}`);
    for (let round = 0; round < 3; round += 1) {
      for (const [index, name] of names.entries()) {
        const message = envelope(name, names[(index * 7 + round) % names.length]);
        expect(decodeBatch(write(writer, [message]), definitions).items).toEqual([message]);
      }
    }
  });

  it('may have fields that this version does not know', () => {
    const { items: known } = Frame.decode(write(new BatchWriter(), [envelope('x')])).batch ?? {};
    expect(known).toHaveLength(2);
    const bytes = write(new BatchWriter(), [envelope('x')]);
    const unknown = [0xa0, 0x06, 0x01, 0xa2, 0x06, 0x02, 1, 2, 0xa5, 0x06, 1, 2, 3, 4, 0xa1, 0x06, ...Array(8).fill(0)];
    const grown = Uint8Array.from([0x32, (bytes[1] as number) + unknown.length, ...bytes.subarray(2), ...unknown]);
    expect(decodeBatch(grown, new Definitions()).items).toEqual([envelope('x')]);
  });

  it.each<[string, number[]]>([
    ['no body', []],
    ['another body', [0x22, 0]],
    ['an empty body', [0x32, 0]],
    ['bytes after its body', [0x32, 2, 0x10, 1, 0]],
    ['a body that is not there', [0x32, 5, 0x10, 1]],
    ['an item without a body', [0x32, 2, 0x0a, 0]],
    ['an item of an unknown kind', [0x32, 4, 0x0a, 2, 0x7a, 0]],
    ['an item longer than the frame', [0x32, 4, 0x0a, 9, 0x0a, 0]],
    ['an item with two bodies', [0x32, 12, 0x0a, 10, 0x0a, 3, 0x11, 0, 0, 0x0a, 3, 0x11, 0, 0]],
    ['an envelope to nobody', [0x32, 4, 0x0a, 2, 0x0a, 0]],
    ['a number that is not defined', [0x32, 6, 0x0a, 4, 0x0a, 2, 0x08, 7]],
    ['a number out of range', [0x32, 8, 0x0a, 6, 0x0a, 4, 0x08, 0xff, 0xff, 0x03]],
    ['a type that is not defined', [0x32, 17, 0x0a, 15, 0x0a, 13, 0x11, ...Array(8).fill(0), 0x38, 3, 0x42, 0]],
    ['a number that is cut off', [0x32, 6, 0x0a, 4, 0x0a, 2, 0x11, 1]],
    ['a number without end', [0x32, 8, 0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a field of an unknown form', [0x32, 2, 0x0b, 0]],
  ])('is refused: %s', (_what, bytes) => {
    expect(() => decodeBatch(Uint8Array.from(bytes), new Definitions())).toThrow(BadFrameError);
  });

  it('is refused where an item ends, and not by what stands behind it', () => {
    // The number of the type is missing: the next byte is the ping of the batch.
    const bytes = Uint8Array.of(0x32, 7, 0x0a, 3, 0x0a, 1, 0x38, 0x10, 1);
    expect(() => decodeBatch(bytes, new Definitions())).toThrow('ends too early');
  });

  it('is refused before much is built when it has too many items', () => {
    const length = (BATCH_ITEMS_MAX + 4) * 15;
    const item = [0x0a, 13, 0x0a, 11, 0x11, ...Array(8).fill(0), 0x42, 0];
    const body = Uint8Array.from({ length }, (_, index) => item[index % 15] as number);
    const head = [0x32, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
    expect(() => decodeBatch(Uint8Array.from([...head, ...body]), new Definitions())).toThrow(/too many items/);
    const most = body.subarray(0, (BATCH_ITEMS_MAX + 3) * 15);
    const size = most.length;
    const headOfMost = [0x32, (size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14];
    expect(decodeBatch(Uint8Array.from([...headOfMost, ...most]), new Definitions()).items).toHaveLength(
      BATCH_ITEMS_MAX + 3,
    );
  });

  it('that is random or mutated throws BadFrameError and nothing else', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    const mutated = fc.tuple(fc.array(items, { maxLength: 4 }), changes).map(([batch, changed]) => {
      const bytes = write(new BatchWriter(), batch);
      for (const [place, value] of changed) bytes[place % bytes.length] = value;
      return bytes;
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        try {
          decodeBatch(bytes, new Definitions());
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(BadFrameError);
        }
      }),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(2000);
  });
});
