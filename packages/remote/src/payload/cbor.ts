/**
 * Messages as CBOR (RFC 8949), for those that no codec of the user's takes. Beside what JSON has, these survive: undefined,
 * bigint, -0, NaN, Date, Map, Set, Uint8Array and the other typed arrays (RFC 8746), errors, and references, which get a
 * tag of their own. Objects of classes arrive as plain objects of their own enumerable properties.
 */

import { textOf } from '@parliament/otp';
import { decode, type EncodeOptions, encode, Token, Tokenizer, Type } from 'cborg';
import * as extended from 'cborg/extended';
import { NodeError } from '../errors.js';
import { BadFrameError } from '../wire/frame-validator.js';
import { BIGINT_BITS_MAX, BIGINT_TAGS, encodeBigint } from './cbor-bigint.js';
import { decodeBytes, encodeBytes } from './cbor-bytes.js';
import { ERROR_TAGS, encodeError } from './cbor-error.js';
import { isTooMuchWork, WORK_MAX } from './cbor-work.js';
import { describeCulprit, type TravelRules } from './culprit.js';

/** How deep a message may be nested. */
export const MESSAGE_DEPTH_MAX = 64;

/** An error takes most levels of CBOR: a tag, an array, a map. */
const CBOR_DEPTH_MAX: number = MESSAGE_DEPTH_MAX * 4;

/** Unassigned in IANA's registry of CBOR tags. Its content: the bytes of a Reference of proto/frame.proto. */
const TAG_REFERENCE = 40_961;
/**
 * Unassigned too. Its content: a date in milliseconds since 1970, NaN for an invalid one. The registered tag counts
 * seconds, whose fraction cannot hold the milliseconds of a distant year.
 */
const TAG_DATE = 40_962;

/** How references go into a message and come out of it. */
export interface ReferenceCodec {
  isReference(value: object): boolean;
  encode(reference: object): Uint8Array;
  decode(bytes: Uint8Array): object;
  /** Takes from a fresh message what looks like a reference and did not come as one. */
  disarm?(message: unknown): unknown;
}

type TypeEncoder = NonNullable<EncodeOptions['typeEncoders']>[string];
type EncoderStack = Parameters<TypeEncoder>[3];

/** Messages to CBOR and back, with the references of one node. */
export interface Cbor {
  /**
   * @throws TypeError naming the path to what cannot travel: a function, a symbol, a cycle.
   * @throws NodeError `too-large` when it has too many parts.
   */
  encode(message: unknown): Uint8Array;
  /** @throws BadFrameError */
  decode(bytes: Uint8Array): unknown;
}

export function createCbor(references: ReferenceCodec): Cbor {
  const encodeObject: TypeEncoder = (value: object, _type, _options, stack) => {
    if (references.isReference(value)) {
      return [new Token(Type.tag, TAG_REFERENCE), new Token(Type.bytes, references.encode(value))];
    }
    return checkDepth(stack);
  };
  // Made once: cborg would look at them anew with each message.
  const encodeOptions: EncodeOptions = {
    // Properties and entries keep their order.
    mapSorter: undefined as never,
    typeEncoders: { ...TYPE_ENCODERS, Object: encodeObject },
  };
  const tags = {
    ...TAG_DECODERS,
    [TAG_REFERENCE]: (content: () => unknown) => references.decode(content() as Uint8Array),
  };
  const rules: TravelRules = {
    isReference: references.isReference,
    depthMax: MESSAGE_DEPTH_MAX,
    bigintBitsMax: BIGINT_BITS_MAX,
  };
  const culpritIn = (message: unknown): string | undefined => {
    try {
      return describeCulprit(message, rules);
    } catch {
      // A getter, or a proxy, that throws.
      return undefined;
    }
  };
  const encodeParts = (message: unknown): Uint8Array => {
    try {
      return encode(message, encodeOptions);
    } catch (error) {
      throw new TypeError(culpritIn(message) ?? textOf(error), { cause: error });
    }
  };
  return {
    encode(message) {
      if (message instanceof Uint8Array) return encodeBytes(message);
      const bytes = encodeParts(message);
      if (!isTooMuchWork(bytes)) return bytes;
      throw new NodeError(
        'too-large',
        `A message of so many parts cannot travel (${WORK_MAX}, where an entry of an object is three, and one of a map, a set, a date, an error or a bigint five): send it in several, or numbers as a typed array`,
      );
    },
    decode(bytes) {
      const plain = decodeBytes(bytes);
      if (plain !== undefined) return plain;
      if (isTooMuchWork(bytes)) throw new BadFrameError('message of too many parts');
      try {
        const tokenizer = new BoundedTokenizer(bytes, { allowIndefinite: false });
        const message: unknown = decode(bytes, { rejectDuplicateMapKeys: true, tokenizer, tags });
        return tokenizer.namesSystem && references.disarm !== undefined ? references.disarm(message) : message;
      } catch (error) {
        throw new BadFrameError(`message that cannot be decoded: ${textOf(error).slice(0, 200)}`, { cause: error });
      }
    },
  };
}

const refuse: TypeEncoder = (_value, type) => {
  throw new TypeError(`${type} does not travel`);
};

/** By the kinds that cborg tells apart. An encoder that returns null leaves the value to cborg. */
const TYPE_ENCODERS: Record<string, TypeEncoder> = {
  // As an integer it would lose its sign.
  number: (value) => (Object.is(value, -0) ? [new Token(Type.float, -0)] : null),
  bigint: encodeBigint,
  Array: (_value, _type, _options, stack) => checkDepth(stack),
  Map: (map, type, options, stack) => checkDepth(stack) ?? extended.mapEncoder(map, type, options, stack),
  Set: (set, type, options, stack) => checkDepth(stack) ?? extended.setEncoder(set, type, options, stack),
  Error: (error, _type, options, stack) => checkDepth(stack) ?? encodeError(error, options, stack),
  Date: (date: Date) => [new Token(Type.tag, TAG_DATE), new Token(Type.float, date.getTime())],
  Uint8ClampedArray: extended.uint8ClampedArrayEncoder,
  Int8Array: extended.int8ArrayEncoder,
  Uint16Array: extended.uint16ArrayEncoder,
  Uint32Array: extended.uint32ArrayEncoder,
  Int16Array: extended.int16ArrayEncoder,
  Int32Array: extended.int32ArrayEncoder,
  Float32Array: extended.float32ArrayEncoder,
  Float64Array: extended.float64ArrayEncoder,
  BigUint64Array: extended.bigUint64ArrayEncoder,
  BigInt64Array: extended.bigInt64ArrayEncoder,
  // cborg would send these as bytes, to arrive as something else.
  ArrayBuffer: refuse,
  DataView: refuse,
  Tagged: refuse,
};

const TAG_DECODERS = {
  ...BIGINT_TAGS,
  ...ERROR_TAGS,
  [TAG_DATE]: decodeDate,
  [extended.TAG_MAP]: extended.mapDecoder,
  [extended.TAG_SET]: extended.setDecoder,
  [extended.TAG_UINT8_CLAMPED_ARRAY]: extended.uint8ClampedArrayDecoder,
  [extended.TAG_INT8_ARRAY]: extended.int8ArrayDecoder,
  [extended.TAG_UINT16_ARRAY_LE]: extended.uint16ArrayDecoder,
  [extended.TAG_UINT32_ARRAY_LE]: extended.uint32ArrayDecoder,
  [extended.TAG_INT16_ARRAY_LE]: extended.int16ArrayDecoder,
  [extended.TAG_INT32_ARRAY_LE]: extended.int32ArrayDecoder,
  [extended.TAG_FLOAT32_ARRAY_LE]: extended.float32ArrayDecoder,
  [extended.TAG_FLOAT64_ARRAY_LE]: extended.float64ArrayDecoder,
  [extended.TAG_BIGUINT64_ARRAY_LE]: extended.bigUint64ArrayDecoder,
  [extended.TAG_BIGINT64_ARRAY_LE]: extended.bigInt64ArrayDecoder,
};

function decodeDate(content: () => unknown): Date {
  const time = content();
  if (typeof time !== 'number') throw new TypeError('date that is no number');
  return new Date(time);
}

/** Null when the next level may be entered. */
function checkDepth(stack: EncoderStack): null {
  let depth = 0;
  for (let level = stack; level; level = level.parent) depth += 1;
  if (depth >= MESSAGE_DEPTH_MAX) throw new RangeError('nested too deep');
  return null;
}

/**
 * Refuses what is nested too deep before the decoder, which recurses, has followed it. Tells whether there may be something
 * that looks like a reference. And makes each empty byte string anew: cborg hands out one and the same for all, so that two in a set became one.
 */
class BoundedTokenizer extends Tokenizer {
  /** How many items are still due at each open level. */
  readonly #due: number[] = [];
  /** Whether something in the message is called as what a reference has. */
  namesSystem = false;

  override next(): Token {
    const token = super.next();
    if (token.type === Type.string && token.value === 'system') this.namesSystem = true;
    const due = this.#due;
    if (due.length > 0) due[due.length - 1] = (due[due.length - 1] as number) - 1;
    const children = childrenOf(token);
    if (children > 0) due.push(children);
    if (due.length > CBOR_DEPTH_MAX) throw new RangeError('nested too deep');
    while (due.at(-1) === 0) due.pop();
    return token.type === Type.bytes && token.value.length === 0
      ? new Token(Type.bytes, new Uint8Array(0), token.encodedLength)
      : token;
  }
}

function childrenOf(token: Token): number {
  if (token.type === Type.tag) return 1;
  if (token.type === Type.array) return token.value;
  return token.type === Type.map ? token.value * 2 : 0;
}
