import { type TagDecoder, Token, Type } from 'cborg';
import { TAG_BIGINT_NEG, TAG_BIGINT_POS } from 'cborg/extended';

/** The longest bigint that has a form in bytes: converting one takes time that grows faster than its length. */
export const BIGINT_BITS_MAX = 8192;

const BIGINT_BYTES_MAX: number = BIGINT_BITS_MAX / 8;

/** Of each byte. */
const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** RFC 8949 §3.4.3: a non-negative n as n, a negative one as -1 - n. */
export function encodeBigint(value: bigint): Token[] {
  if (BigInt.asIntN(BIGINT_BITS_MAX, value) !== value) throw new RangeError('bigint too long');
  const digits = (value >= 0n ? value : -1n - value).toString(16);
  const bytes = bytesOf(digits);
  return [new Token(Type.tag, value >= 0n ? TAG_BIGINT_POS : TAG_BIGINT_NEG), new Token(Type.bytes, bytes)];
}

/** Of small hexadecimal digits, as few bytes as hold them. */
function bytesOf(digits: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(digits.length / 2));
  for (let power = 0; power < digits.length; power += 1) {
    const code = digits.charCodeAt(digits.length - 1 - power);
    const digit = code < 0x3a ? code - 0x30 : code - 0x57;
    const place = bytes.length - 1 - (power >> 1);
    bytes[place] = (bytes[place] as number) | (power % 2 === 0 ? digit : digit << 4);
  }
  return bytes;
}

export const BIGINT_TAGS: Record<number, TagDecoder> = {
  [TAG_BIGINT_POS]: (content) => magnitudeOf(content()),
  [TAG_BIGINT_NEG]: (content) => -1n - magnitudeOf(content()),
};

function magnitudeOf(bytes: unknown): bigint {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > BIGINT_BYTES_MAX) {
    throw new RangeError('bigint of a bad length');
  }
  let text = '0x';
  for (const byte of bytes) text += DIGITS[byte];
  return BigInt(text);
}
