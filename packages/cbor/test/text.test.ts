/** Texts come back as they were, to the last unit: members compare what they have made of them. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCbor } from '../src/index.js';

const cbor = createCbor();

const roundTrip = (value: unknown): unknown => cbor.decode(cbor.encode(value));

/** Of UTF-16, with much that a decoder may drop or replace. */
const units = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0xfeff, 0xfffd, 0xd83d, 0xde00, 0xdfff, 0xfffe, 0, 0x61),
);
const texts = fc.array(units, { maxLength: 50 }).map((all) => String.fromCharCode(...all));

const malformed = expect.objectContaining({ name: 'CborError', code: 'malformed' });

describe('a text', () => {
  it('comes back as it was, whatever its units are', () => {
    fc.assert(fc.property(texts, (text) => expect(roundTrip(text)).toBe(text)));
  });

  it.each([
    ['a byte order mark first', '\ufeffa'],
    ['two of them', '\ufeff\ufeffa long one, which is decoded by other means than a short one'],
    ['nothing but one', '\ufeff'],
    ['one before 300 others', `\ufeff${'x'.repeat(300)}`],
    ['one before 70,000 others', `\ufeff${'x'.repeat(70_000)}`],
    ['the sign for what is no text', '\ufffd'],
    ['the first half of a character', 'a\ud83d'],
    ['the second half', '\ude00a'],
    ['both, the wrong way round', '\ude00\ud83d'],
    ['many of them', '\ud83d'.repeat(10_000)],
  ])('may have %s', (_, text) => {
    expect(roundTrip(text)).toBe(text);
    expect(roundTrip([text, { [text]: new Map([[text, new Set([text])]]) }])).toEqual([
      text,
      { [text]: new Map([[text, new Set([text])]]) },
    ]);
    expect(roundTrip(Object.assign(new Error(text), { name: text, code: text }))).toMatchObject({
      ...{ name: text, message: text, code: text },
    });
  });

  it('is not taken for another one as the name of a field', () => {
    fc.assert(
      fc.property(fc.array(texts), (names) => {
        const fields = Object.fromEntries(names.map((name, index) => [name, index]));
        expect(Object.entries(roundTrip(fields) as object)).toEqual(Object.entries(fields));
      }),
    );
  });
});

describe('bytes of a text', () => {
  it.each([
    ['no UTF-8', '62fffe'],
    ['half of a character as UTF-8', '63eda0bd'],
    ['UTF-8 that is longer than it need be', '62c081'],
    ['no UTF-8, after a byte order mark', '64efbbbfff'],
    ['UTF-16 where UTF-8 would do', 'd9a003420061'],
    ['UTF-16 of nothing', 'd9a00340'],
    ['half a unit', 'd9a00343d83d00'],
    ['no bytes', 'd9a0036161'],
  ])('are malformed that have %s', (_, hex) => {
    expect(() => cbor.decode(Buffer.from(hex, 'hex'))).toThrow(malformed);
    expect(() => cbor.decode(Buffer.from(`81${hex}`, 'hex'))).toThrow(malformed);
  });
});
