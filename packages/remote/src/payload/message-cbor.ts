/**
 * Messages as CBOR, for those that no codec of the user's takes: plain data, and references. Objects of classes arrive as plain
 * objects of their own enumerable properties.
 */

import { type Cbor, CborError, createCbor, WORK_MAX } from '@parliament/cbor';
import { textOf } from '@parliament/otp';
import { NodeError } from '../errors.js';
import { BadFrameError } from '../wire/frame-validator.js';

/** How references go into a message and come out of it. */
export interface ReferenceCodec {
  isReference(value: object): boolean;
  encode(reference: object): Uint8Array;
  decode(bytes: Uint8Array): object;
  /** Takes from a fresh message what looks like a reference and did not come as one. */
  disarm?(message: unknown): unknown;
}

/** Messages to CBOR and back, with the references of one node. */
export interface MessageCbor {
  /**
   * @throws TypeError naming the path to what cannot travel: a function, a symbol, a cycle.
   * @throws NodeError `too-large` when it has too many parts.
   */
  encode(message: unknown): Uint8Array;
  /** @throws BadFrameError */
  decode(bytes: Uint8Array): unknown;
}

export function createMessageCbor({ isReference, encode, decode, disarm }: ReferenceCodec): MessageCbor {
  const cbor: Cbor = createCbor({
    references: {
      isReference,
      encode,
      // What is no bytes it refuses as it refuses other bytes.
      decode: (content) => decode(content as Uint8Array),
      // Whatever looks like a reference has a field of this name.
      ...(disarm === undefined ? {} : { lookAlikes: { mark: 'system', disarm } }),
    },
    flattensClasses: true,
  });
  return {
    encode(message) {
      try {
        return cbor.encode(message, 'message');
      } catch (error) {
        throw error instanceof CborError ? unsendable(error) : error;
      }
    },
    decode(bytes) {
      try {
        return cbor.decode(bytes);
      } catch (error) {
        throw error instanceof CborError ? badFrame(error) : error;
      }
    },
  };
}

function unsendable({ code, culprit, cause }: CborError): Error {
  if (code === 'too-large') {
    return new NodeError(
      'too-large',
      `A message of so many parts cannot travel (${WORK_MAX}, where an entry of an object is three, and one of a map, a set, a date, an error or a bigint five): send it in several, or numbers as a typed array`,
    );
  }
  const problem =
    culprit === undefined ? textOf(cause) : `${culprit}, which cannot travel to another node: send plain data`;
  return new TypeError(problem, { cause });
}

function badFrame({ code, cause }: CborError): BadFrameError {
  if (code === 'too-large') return new BadFrameError('message of too many parts');
  return new BadFrameError(`message that cannot be decoded: ${textOf(cause).slice(0, 200)}`, { cause });
}
