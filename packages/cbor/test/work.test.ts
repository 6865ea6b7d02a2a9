/** What bytes can make a decoder do, counted and not timed. */

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCbor, WORK_MAX } from '../src/index.js';
import { isTooMuchWork } from '../src/work.js';

const cbor = createCbor();
const refused = expect.objectContaining({ code: 'too-large' });

/** An array of so many parts, each of the same bytes. */
function arrayOf(count: number, unit: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(5 + count * unit.length);
  bytes[0] = 0x9a;
  new DataView(bytes.buffer).setUint32(1, count);
  for (let index = 0; index < count; index += 1) bytes.set(unit, 5 + index * unit.length);
  return bytes;
}

const UNITS: [string, number[], number][] = [
  ['numbers', [1], 1],
  ['texts', [0x61, 0x61], 1],
  ['arrays', [0x80], 1],
  ['objects with an entry', [0xa1, 0x61, 0x61, 1], 4],
  ['sets', [0xd9, 0x01, 0x02, 0x80], 5],
  ['maps', [0xd9, 0x01, 0x03, 0xa0], 5],
  ['errors', [0xd8, 27, 0x82, 0x60, 0xa1, 0x67, ...Buffer.from('message'), 0x60], 10],
  ['big numbers', [0xc2, 0x41, 1], 5],
];

describe('a value', () => {
  it.each(UNITS)(
    'of as many %s as may be is taken, and one more is refused before any is made',
    (_what, unit, work) => {
      const most = Math.floor((WORK_MAX - 1) / work);
      expect(cbor.decode(arrayOf(most, unit))).toHaveLength(most);
      expect(() => cbor.decode(arrayOf(most + 1, unit))).toThrow(refused);
      // It is refused by a glance at its parts: the last of them is not even well-formed.
      const broken = arrayOf(most + 1, unit);
      broken[broken.length - 1] = 0xff;
      expect(() => cbor.decode(broken)).toThrow(refused);
    },
  );

  it.each<[string, (count: number) => unknown, number]>([
    ['numbers', (count) => new Array(count).fill(1), WORK_MAX - 1],
    ['dates in objects', (count) => Array.from({ length: count }, () => ({ at: new Date(0) })), (WORK_MAX - 1) / 8],
    ['big numbers', (count) => Array.from({ length: count }, (_, i) => BigInt(i) << 70n), (WORK_MAX - 1) / 5],
    [
      'entries of an object',
      (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, 0])),
      (WORK_MAX - 1) / 3,
    ],
  ])('that may be encoded may be decoded, and no longer one is encoded: %s', (_what, make, most) => {
    const value = make(Math.floor(most));
    expect(isDeepStrictEqual(cbor.decode(cbor.encode(value)), value)).toBe(true);
    expect(() => cbor.encode(make(Math.floor(most) + 1))).toThrow(refused);
  });

  it('of many bytes, and few parts, is taken', () => {
    const value = {
      bytes: new Uint8Array(3_000_000),
      text: 'x'.repeat(1_000_000),
      numbers: new Float64Array(100_000),
    };
    expect(isTooMuchWork(cbor.encode(value), WORK_MAX)).toBe(false);
    expect(isDeepStrictEqual(cbor.decode(cbor.encode(value)), value)).toBe(true);
  });

  it('is weighed to the end of its bytes at most, be they what they may', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 100 }), (bytes) => {
        const long = new Uint8Array(40_000);
        long.set(bytes, 40_000 - bytes.length);
        expect(typeof isTooMuchWork(long, WORK_MAX)).toBe('boolean');
      }),
    );
  });
});

describe('the work of a value', () => {
  const manyOf = (count: number, item: readonly number[]): Uint8Array =>
    Uint8Array.from({ length: count * item.length }, (_, place) => item[place % item.length] as number);

  it.each<[string, readonly number[]]>([
    ['a number of one byte', [0x18, 0x18]],
    ['one of four', [0x1a, 1, 0, 0, 0]],
    ['one of eight', [0x1b, 1, 0, 0, 0, 0, 0, 0, 0]],
    ['a long text', [0x78, 24, ...Array<number>(24).fill(0xc1)]],
    ['bytes', [0x43, 0xc1, 0xc1, 0xc1]],
    ['a fraction', [0xfb, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('is one for %s', (_what, item) => {
    expect(isTooMuchWork(manyOf(WORK_MAX, item), WORK_MAX)).toBe(false);
    expect(isTooMuchWork(manyOf(WORK_MAX + 1, item), WORK_MAX)).toBe(true);
  });
});

describe('a codec with a limit of its own', () => {
  it.each([
    ['a smaller one', 4],
    ['a larger one', WORK_MAX + 100],
  ])('keeps to %s', (_what, workMax) => {
    const own = createCbor({ workMax });
    // The array is a part, too.
    const most = new Array(workMax - 1).fill(300);
    expect(own.decode(own.encode(most))).toHaveLength(workMax - 1);
    expect(() => own.encode([...most, 300])).toThrow(refused);
    expect(() => own.decode(createCbor({ workMax: Infinity }).encode([...most, 300]))).toThrow(refused);
  });

  it('takes as many parts as there are when it is told so', () => {
    const boundless = createCbor({ workMax: Infinity });
    const state = new Map(Array.from({ length: 25_000 }, (_, index) => [`account ${index}`, { balance: index }]));
    expect(isDeepStrictEqual(boundless.decode(boundless.encode(state)), state)).toBe(true);
    expect(() => cbor.encode(state, 'state')).toThrow(/^state has more than 131072 parts/);
  });
});
