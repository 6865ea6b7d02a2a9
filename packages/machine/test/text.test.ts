/** Texts of others in errors: cut, alike on every member. */

import { expect, it } from '@jest/globals';
import { clip, kindOf, listOf, messageOf, quoted } from '../src/text.js';

it.each([
  ['short', 'short', 10],
  ['exactly 10', 'exactly 10', 10],
  ['more than 10', 'more than …', 10],
  // Not through a character.
  ['123456789😀', '123456789…', 10],
  ['12345678😀9', '12345678😀…', 10],
])('%j is %j', (text, clipped, length) => expect(clip(text, length)).toBe(clipped));

it('is clipped at 500 characters, and a name at 100', () => {
  expect(clip('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
  expect(quoted('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
});

it('shows of a name what a terminal would act on as its code', () => {
  expect(quoted('a\u0007\u009b31m\u202e\u2028\ud83d"\u{e0041}😀')).toBe(
    String.raw`"a\u0007\u009b31m\u202e\u2028\ud83d\"\udb40\udc41😀"`,
  );
});

it('lists names', () => {
  expect([listOf([]), listOf(['a']), listOf(['a', 'b'])]).toEqual(['none', 'a', 'a, b']);
});

it('tells kinds, and no values', () => {
  const kinds = [null, undefined, [1], { a: 1 }, 'secret', 5, true, () => 1].map(kindOf);
  expect(kinds).toEqual([
    'null',
    'nothing',
    'an array',
    'an object',
    'a string',
    'a number',
    'a boolean',
    'a function',
  ]);
});

it('has a text for whatever was thrown', () => {
  const hostile = { toString: () => Promise.reject.call(undefined) as never };
  const texts = [new Error('x'), 'y', 5, undefined, null, { message: 7 }, hostile].map(messageOf);
  expect(texts).toEqual(['x', 'y', '5', 'undefined', 'null', '7', 'what was thrown cannot be shown']);
});
