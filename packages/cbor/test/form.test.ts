/** The bytes themselves: snapshots are kept in them, and members of different versions compare them. They do not change. */

import { describe, expect, it } from '@jest/globals';
import { createCbor } from '../src/index.js';

const cbor = createCbor();

const hexOf = (value: unknown): string => Buffer.from(cbor.encode(value)).toString('hex');

const FORMS: readonly (readonly [unknown, string])[] = [
  [undefined, 'f7'],
  [null, 'f6'],
  [true, 'f5'],
  [0, '00'],
  [-0, 'f98000'],
  [-1, '20'],
  [24, '1818'],
  [2 ** 32, '1b0000000100000000'],
  [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
  [2 ** 53, 'fa5a000000'],
  [0.5, 'f93800'],
  [0.1, 'fb3fb999999999999a'],
  [1e300, 'fb7e37e43c8800759c'],
  [Number.NaN, 'f97e00'],
  [Number.NEGATIVE_INFINITY, 'f9fc00'],
  [0n, 'c24100'],
  [-1n, 'c34100'],
  [255n, 'c241ff'],
  [256n, 'c2420100'],
  [-(2n ** 64n) - 1n, 'c349010000000000000000'],
  ['ü', '62c3bc'],
  ['', '60'],
  ['\ufeffa', '64efbbbf61'],
  ['a\ud83d', 'd9a003440061d83d'],
  [Uint8Array.of(1, 2), '420102'],
  [Buffer.from([1, 2]), '420102'],
  [[1, [2]], '82018102'],
  [{ b: 1, a: undefined }, 'a26162016161f7'],
  [new Map([['b', 1]]), 'd90103a1616201'],
  [new Set([1]), 'd901028101'],
  [new Date(1), 'd9a002f93c00'],
  [new Date(Number.NaN), 'd9a002f97e00'],
  [Int16Array.of(1, -1), 'd84d440100ffff'],
  [Float64Array.of(1), 'd85648000000000000f03f'],
  [BigInt64Array.of(-1n), 'd84f48ffffffffffffffff'],
  [new Uint8ClampedArray([9]), 'd8444109'],
  [new RangeError('x'), 'd81b826a52616e67654572726f72a1676d6573736167656178'],
  [
    Object.assign(new Error('x', { cause: 1 }), { code: 'E' }),
    'd81b82654572726f72a3676d657373616765617864636f6465614565636175736501',
  ],
];

describe('the form of a value', () => {
  it.each(FORMS.map(([value, hex]) => [hex, value] as const))('is %s', (hex, value) => {
    expect([hexOf(value), hexOf(cbor.decode(Buffer.from(hex, 'hex')))]).toEqual([hex, hex]);
  });

  it('has properties, entries and elements in their order', () => {
    expect(hexOf({ b: 1, a: 2 })).not.toBe(hexOf({ a: 2, b: 1 }));
    expect(hexOf(new Set([1, 2]))).not.toBe(hexOf(new Set([2, 1])));
  });
});

describe('what was decoded', () => {
  it('shares no bytes with what it came from', () => {
    const value = {
      short: Uint8Array.of(1, 2, 3),
      long: new Uint8Array(300).fill(7),
      typed: new Set([Float64Array.of(1, 2), Int16Array.of(5)]),
      text: 'long enough to be decoded by other means than a short one is',
      big: 2n ** 200n,
    };
    const bytes = cbor.encode(value);
    const copy = cbor.decode(bytes);
    bytes.fill(0xff);
    expect(copy).toEqual(value);
  });

  it('must have been bytes', () => {
    expect(() => cbor.decode('a' as never)).toThrow(new TypeError('What is to be decoded must be a Uint8Array'));
  });
});
