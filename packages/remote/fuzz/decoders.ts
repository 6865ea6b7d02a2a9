/** What takes bytes once they have come out of their seal: decoders, each for frames and for parts of them. */

import type { MessageCbor } from '#src/payload/message-cbor.js';
import { decodeBatch } from '#src/wire/batch-reader.js';
import { BatchWriter } from '#src/wire/batch-writer.js';
import type { Batch } from '#src/wire/frame.js';
import {
  decodeDefinition,
  decodeFrame,
  decodeGreeting,
  decodeReference,
  decodeSignal,
  encodeDefinition,
  encodeFrame,
  encodeGreeting,
  encodeReference,
  encodeSignal,
} from '#src/wire/frame-codec.js';
import { Definitions } from '#src/wire/numbering.js';
import { same } from './same.js';
import { type Kind, type Target, Violation } from './target.js';

/** By what they decode. */
export type Decoders = Readonly<Record<Kind, readonly Target[]>>;

export function createDecoders(cbor: MessageCbor): Decoders {
  const kept = new Definitions();
  const relayed = relay();
  const batch = (bytes: Uint8Array, definitions: Definitions): Batch => relayed(decodeBatch(bytes, definitions));
  return {
    frame: [coder('decodeFrame', decodeFrame, encodeFrame)],
    greeting: [coder('decodeGreeting', decodeGreeting, encodeGreeting)],
    reference: [coder('decodeReference', decodeReference, encodeReference)],
    signal: [coder('decodeSignal', decodeSignal, encodeSignal)],
    definition: [
      coder('decodeDefinition', decodeDefinition, ({ number, meaning }) => encodeDefinition(number, meaning)),
    ],
    batch: [
      { name: 'decodeBatch', feed: (bytes) => batch(bytes, new Definitions()) },
      { name: 'decodeBatch with definitions', feed: (bytes) => batch(bytes, kept) },
    ],
    cbor: [{ name: 'cbor', feed: (bytes) => cbor.decode(bytes) }],
  };
}

/** What is taken must be as good as what is sent: written anew, it means the same. */
function coder<Meaning>(
  name: string,
  decode: (bytes: Uint8Array) => Meaning,
  encode: (meaning: Meaning) => Uint8Array,
): Target {
  return {
    name,
    feed(bytes) {
      const meaning = decode(bytes);
      if (
        !same(
          meaning,
          again(() => decode(encode(meaning))),
        )
      ) {
        throw new Violation('written anew, it means something else');
      }
      return meaning;
    },
  };
}

/** The same for batches, over one link for all of them, so that its numbers are given away again and again. */
function relay(): (batch: Batch) => Batch {
  const writer = new BatchWriter();
  const definitions = new Definitions();
  return (batch) => {
    const { items, ping, pong } = batch;
    if (items.length === 0 && !ping && !pong) return batch;
    for (const item of items) {
      if (item.type === 'envelope') writer.envelope(item);
      else writer.signal(item);
    }
    if (
      !same(
        batch,
        again(() => decodeBatch(writer.finish(ping, pong), definitions)),
      )
    ) {
      throw new Violation('sent on over another link, it means something else');
    }
    return batch;
  };
}

/** A refusal of what was written here is no refusal of the input. */
function again<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new Violation('written anew, it is refused', { cause: error });
  }
}
