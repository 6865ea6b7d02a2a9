import { describe, expect, it } from '@jest/globals';
import { encode } from 'cborg';
import { decodeBytes, encodeBytes } from '../src/bytes.js';

const LENGTHS = [0, 1, 23, 24, 25, 255, 256, 257, 65_535, 65_536, 70_000, 2 ** 24 + 1];

describe('bytes as CBOR', () => {
  it.each(LENGTHS)('are in the shortest form, as any encoder has them: %i', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
    const encoded = encodeBytes(bytes);
    expect(Buffer.compare(encoded, encode(bytes))).toBe(0);
    const decoded = decodeBytes(encoded);
    expect(decoded?.length).toBe(length);
    expect(Buffer.compare(decoded as Uint8Array, bytes)).toBe(0);
    expect(decoded?.buffer).not.toBe(encoded.buffer);
  });

  it.each([
    ['nothing', ''],
    ['a number', '17'],
    ['the last kind of number', '3f'],
    ['a text', '6161'],
    ['bytes of an indefinite length', '5f4100ff'],
    ['a length of eight bytes', '5b000000000000000100'],
    ['what is cut off within its length', '59'],
    ['what is cut off', '4201'],
    ['what has more after it', '410000'],
    ['one byte of length where none is needed', `5817${'00'.repeat(23)}`],
    ['two bytes of length where one is enough', `5900ff${'00'.repeat(255)}`],
    ['four bytes of length where two are enough', `5a0000ffff${'00'.repeat(65_535)}`],
  ])('are not %s', (_what, hex) => {
    expect(decodeBytes(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
