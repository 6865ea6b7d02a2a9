/**
 * Byte strings of CBOR (RFC 8949, major type 2), without the detour over tokens: they are what programs send that encode for
 * themselves, and want it fast.
 */

import * as platform from '#platform';

const BYTES = 0x40;
const ONE_BYTE = 24;
const TWO_BYTES = 25;
const FOUR_BYTES = 26;

/** A value that is nothing but bytes. */
export function encodeBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const head = length < ONE_BYTE ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
  const encoded = platform.allocate(head + length);
  if (head === 1) encoded[0] = BYTES | length;
  else {
    encoded[0] = BYTES | (head === 2 ? ONE_BYTE : head === 3 ? TWO_BYTES : FOUR_BYTES);
    for (let place = head - 1, rest = length; place > 0; place -= 1, rest >>>= 8) encoded[place] = rest & 0xff;
  }
  encoded.set(bytes, head);
  return encoded;
}

/** A copy of the bytes, when the value is nothing else, and in its shortest form; else undefined. */
export function decodeBytes(encoded: Uint8Array): Uint8Array | undefined {
  const first = encoded[0] as number;
  if (first < BYTES || first > (BYTES | FOUR_BYTES)) return undefined;
  const kind = first & 0x1f;
  const head = kind < ONE_BYTE ? 1 : kind === ONE_BYTE ? 2 : kind === TWO_BYTES ? 3 : 5;
  let length = kind < ONE_BYTE ? kind : 0;
  for (let place = 1; place < head; place += 1) length = length * 256 + (encoded[place] ?? 0);
  const least = head === 1 ? 0 : head === 2 ? ONE_BYTE : head === 3 ? 0x100 : 0x1_0000;
  if (length < least || encoded.length !== head + length) return undefined;
  const bytes = new Uint8Array(length);
  bytes.set(encoded.subarray(head));
  return bytes;
}
