/**
 * Plain data as CBOR (RFC 8949). Beside what JSON has, these come back as they were: undefined, bigint, -0, NaN, Date, Map, Set,
 * Uint8Array and the other typed arrays (RFC 8746), and errors.
 */

import { decode, type EncodeOptions, type TagDecoder, Token, Type } from 'cborg';
import * as extended from 'cborg/extended';
import { BIGINT_BITS_MAX, BIGINT_TAGS, encodeBigint } from './bigint.js';
import { decodeBytes, encodeBytes } from './bytes.js';
import { COLLECTION_TAGS } from './collections.js';
import { findCulprit, isPlain, type Rules } from './culprit.js';
import { ERROR_TAGS, encodeError } from './error-value.js';
import { CborError, reasonOf } from './errors.js';
import { type CborOptions, checkOptions, type References } from './options.js';
import { encodeText, TEXT_TAGS } from './text.js';
import { BoundedTokenizer } from './tokenizer.js';
import { isTooMuchWork, WORK_MAX } from './work.js';
import { written } from './writer.js';

/** How deep a value may be nested, unless it was said otherwise. */
export const DEPTH_MAX = 64;

/** Unassigned in IANA's registry of CBOR tags. Its content: the bytes of a reference, whose form is its codec's own affair. */
const TAG_REFERENCE = 40_961;
/**
 * Unassigned too. Its content: a date in milliseconds since 1970, NaN for an invalid one. The registered tag counts
 * seconds, whose fraction cannot hold the milliseconds of a distant year.
 */
const TAG_DATE = 40_962;

/** Values to bytes, and back. */
export interface Cbor {
  /**
   * The same value gives the same bytes. The order of properties, entries and elements is a part of the value.
   *
   * @param name what errors call the value: `value` unless it is given.
   * @throws CborError `unencodable`, with the path to what has no form in bytes: a function, a symbol, a cycle; `too-large`.
   */
  encode(value: unknown, name?: string): Uint8Array;
  /**
   * A copy, which shares no bytes with what it was decoded from.
   *
   * @throws CborError `malformed`, `too-large`; nothing else, whatever the bytes.
   */
  decode(bytes: Uint8Array): unknown;
}

type TypeEncoder = NonNullable<EncodeOptions['typeEncoders']>[string];
type EncoderStack = Parameters<TypeEncoder>[3];

/**
 * Makes a codec. It has no state: one will do for a program.
 *
 * @throws RangeError when an option is unknown, or not of its form.
 * @example
 * ```ts
 * import { CborError, createCbor } from '@parliament/cbor';
 *
 * const cbor = createCbor();
 * const bytes = cbor.encode({ owners: new Map([['ada', 12n]]), since: new Date(0) });
 * console.log(cbor.decode(bytes)); // { owners: Map(1) { 'ada' => 12n }, since: 1970-01-01T00:00:00.000Z }
 *
 * try {
 *   cbor.encode({ items: [1, () => 2] }, 'order');
 * } catch (error) {
 *   if (!(error instanceof CborError)) throw error;
 *   console.log(error.code, error.culprit); // unencodable order.items[1] is a function
 * }
 * ```
 */
export function createCbor(options: CborOptions = {}): Cbor {
  checkOptions(options);
  const { references, flattensClasses = false, depthMax = DEPTH_MAX, workMax = WORK_MAX } = options;
  const isReference = (value: object): boolean => references?.isReference(value) ?? false;
  const rules: Rules = { isReference, flattensClasses, depthMax, bigintBitsMax: BIGINT_BITS_MAX };
  const encodeOptions = encodeOptionsOf(references, flattensClasses, depthMax);
  const tags = tagsOf(references);
  return {
    encode(value, name = 'value') {
      if (value instanceof Uint8Array) return encodeBytes(value);
      const bytes = encodeParts(value, name, encodeOptions, rules);
      if (isTooMuchWork(bytes, workMax)) throw tooLarge(name, workMax);
      return bytes;
    },
    decode(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new TypeError('What is to be decoded must be a Uint8Array');
      const plain = decodeBytes(bytes);
      if (plain !== undefined) return plain;
      if (isTooMuchWork(bytes, workMax)) throw tooLarge('value', workMax);
      try {
        const tokenizer = new BoundedTokenizer(bytes, depthMax, references?.lookAlikes?.mark);
        const value: unknown = decode(bytes, { rejectDuplicateMapKeys: true, tokenizer, tags });
        return references?.lookAlikes !== undefined && tokenizer.isMarked ? references.lookAlikes.disarm(value) : value;
      } catch (error) {
        throw new CborError('malformed', `Bytes that cannot be decoded: ${reasonOf(error)}`, { cause: error });
      }
    },
  };
}

/** Made once: cborg would look at them anew with each value. */
function encodeOptionsOf(
  references: References | undefined,
  flattensClasses: boolean,
  depthMax: number,
): EncodeOptions {
  const encodeObject: TypeEncoder = (value: object, _type, _options, stack) => {
    if (references?.isReference(value)) {
      return [new Token(Type.tag, TAG_REFERENCE), new Token(Type.bytes, references.encode(value))];
    }
    if (!flattensClasses && !isPlain(value)) throw new TypeError('an object of a class would come back as another');
    return checkDepth(stack, depthMax);
  };
  return {
    // Properties and entries keep their order.
    mapSorter: undefined as never,
    typeEncoders: { ...TYPE_ENCODERS, ...containersTo(depthMax), Object: encodeObject },
  };
}

function tagsOf(references: References | undefined): typeof TAG_DECODERS {
  if (references === undefined) return TAG_DECODERS;
  return { ...TAG_DECODERS, [TAG_REFERENCE]: (content) => references.decode(content()) };
}

function encodeParts(value: unknown, name: string, options: EncodeOptions, rules: Rules): Uint8Array {
  try {
    return written(value, options);
  } catch (error) {
    const culprit = culpritIn(value, name, rules);
    const message =
      culprit === undefined
        ? `${name} cannot be encoded: ${reasonOf(error)}`
        : `${culprit}, which cannot be encoded: use plain data`;
    throw new CborError('unencodable', message, { cause: error, culprit });
  }
}

function culpritIn(value: unknown, name: string, rules: Rules): string | undefined {
  try {
    return findCulprit(value, name, rules);
  } catch {
    // A getter, or a proxy, that throws.
    return undefined;
  }
}

function tooLarge(name: string, workMax: number): CborError {
  return new CborError(
    'too-large',
    `${name} has more than ${workMax} parts (an entry of an object counts as three, and one of a map, a set, a date, an error or a bigint as five): make several of it, or typed arrays of its numbers`,
  );
}

const refuse: TypeEncoder = (_value, type) => {
  throw new TypeError(`${type} does not travel`);
};

/** By the kinds that cborg tells apart. An encoder that returns null leaves the value to cborg. */
const TYPE_ENCODERS: Record<string, TypeEncoder> = {
  // As an integer it would lose its sign.
  number: (value) => (Object.is(value, -0) ? [new Token(Type.float, -0)] : null),
  string: encodeText,
  bigint: encodeBigint,
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
  // cborg would write these as bytes, to come back as something else.
  ArrayBuffer: refuse,
  DataView: refuse,
  Tagged: refuse,
};

const TAG_DECODERS: Record<number, TagDecoder> = {
  ...BIGINT_TAGS,
  ...ERROR_TAGS,
  ...TEXT_TAGS,
  ...COLLECTION_TAGS,
  [TAG_DATE]: decodeDate,
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

function containersTo(depthMax: number): Record<string, TypeEncoder> {
  return {
    Array: (_value, _type, _options, stack) => checkDepth(stack, depthMax),
    Map: (map, type, options, stack) => checkDepth(stack, depthMax) ?? extended.mapEncoder(map, type, options, stack),
    Set: (set, type, options, stack) => checkDepth(stack, depthMax) ?? extended.setEncoder(set, type, options, stack),
    Error: (error, _type, options, stack) => checkDepth(stack, depthMax) ?? encodeError(error, options, stack),
  };
}

/** Null when the next level may be entered. */
function checkDepth(stack: EncoderStack, depthMax: number): null {
  let depth = 0;
  for (let level = stack; level; level = level.parent) depth += 1;
  if (depth >= depthMax) throw new RangeError('nested too deep');
  return null;
}
