/** Where two values differ. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromCbor, toCbor } from '../src/codec.js';
import { difference } from '../src/difference.js';

const TABLE: readonly (readonly [unknown, unknown, string | undefined])[] = [
  [1, 1, undefined],
  [1, 2, 'x'],
  [0, -0, undefined],
  [Number.NaN, Number.NaN, undefined],
  [null, undefined, 'x'],
  [null, {}, 'x'],
  ['1', 1, 'x'],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
  [{ a: 1 }, { a: 1, b: undefined }, 'x.b'],
  [{ a: { 'b c': [1, 2] } }, { a: { 'b c': [1, 3] } }, 'x.a["b c"][1]'],
  [[1], [1, 2], 'x[1]'],
  [[1, 2], [1], 'x[1]'],
  [[], {}, 'x'],
  [new Map([['a', 1]]), new Map([['a', 2]]), 'x.get("a")'],
  [new Map([[5, 1]]), new Map([[5, 2]]), 'x.value(0)'],
  [new Map([['a', 1]]), new Map([['b', 1]]), 'x.key(0)'],
  [new Map([['a', 1]]), new Map(), 'x.key(0)'],
  [new Set([1, 2]), new Set([1, 3]), 'x.element(1)'],
  [new Set([1]), new Map(), 'x'],
  [new Date(1), new Date(1), undefined],
  [new Date(1), new Date(2), 'x'],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2), undefined],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 3), 'x'],
  [Uint8Array.of(1), Uint8Array.of(1, 2), 'x'],
  [Uint8Array.of(1), Int8Array.of(1), 'x'],
  [new Error('a'), new Error('a'), undefined],
  [new Error('a'), new Error('b'), 'x.message'],
  [new Error('a', { cause: 1 }), new Error('a', { cause: 2 }), 'x.cause'],
];

describe('the difference', () => {
  it.each(TABLE)('of %p and %p is at %p, from either side', (one, other, path) => {
    expect(difference(one, other, 'x')).toBe(path);
    expect(difference(other, one, 'x')).toBe(path);
  });

  it('of a value and what became of it as bytes is none', () => {
    const anyValue = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anyValue, (value) => expect(difference(value, fromCbor(toCbor(value, 'x')), 'x')).toBeUndefined()),
    );
  });
});
