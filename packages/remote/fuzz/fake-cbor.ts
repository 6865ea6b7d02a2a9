import { createMessageCbor, type MessageCbor } from '#src/payload/message-cbor.js';
import type { WireReference } from '#src/wire/frame.js';
import { decodeReference, encodeReference } from '#src/wire/frame-codec.js';

/** A reference inside a message, without a node that could resolve it. */
export class FakeReference {
  readonly wire: WireReference;

  constructor(wire: WireReference) {
    this.wire = wire;
  }
}

/** The codec of messages, with references that lead nowhere. */
export function createFakeCbor(): MessageCbor {
  return createMessageCbor({
    isReference: (value) => value instanceof FakeReference,
    encode: (reference) => encodeReference((reference as FakeReference).wire),
    decode: (bytes) => new FakeReference(decodeReference(bytes)),
  });
}
