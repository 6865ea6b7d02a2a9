/** Messages to bytes and back: by the first codec that matches, else as CBOR. */

import { textOf } from '@parliament/otp';
import type { Sender } from '../nact.js';
import type { CodecTable } from '../payload/codec.js';
import { createMessageCbor } from '../payload/message-cbor.js';
import { disarm } from '../references/look-alikes.js';
import { fromWire, type Home, isReference, toWire } from '../references/references.js';
import { decodeReference, encodeReference } from '../wire/frame-codec.js';
import { BadFrameError } from '../wire/frame-validator.js';

export interface MessageCodec {
  /** @throws TypeError naming what cannot travel, NodeError `too-large`, or whatever the user's codec throws. */
  encode(message: unknown): { readonly codec: string; readonly payload: Uint8Array };
  /** As CBOR, whatever codecs there are. @throws TypeError */
  encodeCbor(message: unknown): Uint8Array;
  /** Whether messages of that type can be decoded here. */
  knows(codec: string): boolean;
  /** @throws BadFrameError */
  decode(codec: string, payload: Uint8Array): unknown;
}

export function createMessageCodec(home: Home, codecs: CodecTable): MessageCodec {
  /** What came as references, to be told from what only looks like one. */
  const genuine = new WeakSet<object>();
  const cbor = createMessageCbor({
    isReference: (value) => isReference(home, value),
    encode: (reference) => encodeReference(toWire(home, reference as Sender)),
    decode(bytes) {
      const reference = fromWire(home, decodeReference(bytes));
      genuine.add(reference);
      return reference;
    },
    disarm: (message) => disarm(home, message, (value) => genuine.has(value)),
  });
  return {
    encode(message) {
      const { ordered } = codecs;
      const codec = ordered.length === 0 ? undefined : ordered.find((candidate) => candidate.matches(message));
      if (!codec) return { codec: '', payload: cbor.encode(message) };
      const payload: unknown = codec.encode(message);
      if (!(payload instanceof Uint8Array))
        throw new TypeError(`The codec ${codec.type} did not encode to a Uint8Array`);
      return { codec: codec.type, payload };
    },
    encodeCbor: cbor.encode,
    knows: (codec) => codec === '' || codecs.byType.has(codec),
    decode(type, payload) {
      const codec = codecs.byType.get(type);
      if (!codec) return cbor.decode(payload);
      try {
        return codec.decode(payload);
      } catch (error) {
        throw new BadFrameError(`message that the codec ${type} cannot decode: ${textOf(error).slice(0, 200)}`, {
          cause: error,
        });
      }
    },
  };
}
