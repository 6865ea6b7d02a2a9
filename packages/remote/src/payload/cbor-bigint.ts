import { type TagDecoder, Token, Type } from 'cborg';
import { TAG_BIGINT_NEG, TAG_BIGINT_POS } from 'cborg/extended';
import { bytesOf, hexOf } from '../hex.js';

/** The longest bigint that travels: converting one takes time that grows faster than its length. */
export const BIGINT_BITS_MAX = 8192;

const BIGINT_BYTES_MAX: number = BIGINT_BITS_MAX / 8;

/** RFC 8949 §3.4.3: a non-negative n as n, a negative one as -1 - n. */
export function encodeBigint(value: bigint): Token[] {
  if (BigInt.asIntN(BIGINT_BITS_MAX, value) !== value) throw new RangeError('bigint too long');
  const magnitude = (value >= 0n ? value : -1n - value).toString(16);
  const bytes = bytesOf(magnitude.padStart(magnitude.length + (magnitude.length % 2), '0'));
  return [new Token(Type.tag, value >= 0n ? TAG_BIGINT_POS : TAG_BIGINT_NEG), new Token(Type.bytes, bytes)];
}

export const BIGINT_TAGS: Record<number, TagDecoder> = {
  [TAG_BIGINT_POS]: (content) => magnitudeOf(content()),
  [TAG_BIGINT_NEG]: (content) => -1n - magnitudeOf(content()),
};

function magnitudeOf(bytes: unknown): bigint {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > BIGINT_BYTES_MAX) {
    throw new RangeError('bigint of a bad length');
  }
  return BigInt(`0x${hexOf(bytes)}`);
}
