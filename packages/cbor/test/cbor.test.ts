import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CborError, createCbor, DEPTH_MAX, WORK_MAX } from '../src/index.js';
import { isTooMuchWork } from '../src/work.js';

const cbor = createCbor();

const malformed = expect.objectContaining({ name: 'CborError', code: 'malformed' });

const deep = 'Bytes that cannot be decoded: nested too deep';

const roundTrip = (value: unknown): unknown => cbor.decode(cbor.encode(value));

/** Values of every kind that has a form in bytes, nested. */
const values = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(undefined, null, true, false, -0, Number.NaN, Number.POSITIVE_INFINITY),
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
    fc.string({ unit: 'grapheme' }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
    fc.float64Array({ noNaN: true }).map((numbers) => Float64Array.from(numbers)),
    fc.bigInt64Array().map((numbers) => BigInt64Array.from(numbers)),
  ),
  any: fc.oneof(
    { maxDepth: 5 },
    tie('leaf'),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 5 }).map((fields) => ({ ...fields })),
    fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('any'), { maxLength: 5 }).map((elements) => new Set(elements)),
  ),
})).any;

describe('a value as CBOR', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps two empty byte arrays of a set apart', () => {
    expect((roundTrip(new Set([new Uint8Array(0), new Uint8Array(0)])) as Set<unknown>).size).toBe(2);
  });

  it('keeps undefined fields, the order of keys, and every millisecond', () => {
    const copy = roundTrip({ z: undefined, a: 1 }) as object;
    expect(Object.keys(copy)).toEqual(['z', 'a']);
    fc.assert(fc.property(fc.date({ noInvalidDate: true }), (date) => expect(roundTrip(date)).toEqual(date)));
    expect((roundTrip(new Date(Number.NaN)) as Date).getTime()).toBeNaN();
    expect(Object.is(roundTrip(-0), -0)).toBe(true);
  });

  it('keeps the name, message, code and cause of an error, and not its stack', () => {
    const error = Object.assign(new RangeError('too far', { cause: new Error('why') }), { code: 'E_FAR' });
    const copy = roundTrip({ error }) as { error: RangeError & { code: string } };
    expect(copy.error).toBeInstanceOf(RangeError);
    expect(copy.error).toMatchObject({ name: 'RangeError', message: 'too far', code: 'E_FAR' });
    expect(copy.error.cause).toMatchObject({ message: 'why' });
    expect(copy.error.stack).toBe('RangeError: too far');
    expect(Object.hasOwn(copy.error, 'name')).toBe(false);
    class CustomError extends Error {
      override readonly name = 'CustomError';
    }
    expect(roundTrip(new CustomError('mine'))).toMatchObject({ name: 'CustomError', message: 'mine' });
  });

  it('gives a field named __proto__ no power', () => {
    const copy = roundTrip(JSON.parse('{"__proto__":{"polluted":true}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(copy.polluted).toBeUndefined();
  });

  it('takes as deep as the limit, and no deeper', () => {
    const nest = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
      let value: unknown = 0;
      for (let level = 0; level < depth; level += 1) value = wrap(value);
      return value;
    };
    const wraps: ((inner: unknown) => unknown)[] = [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => new Map([['inner', inner]]),
      (inner) => new Set([inner]),
    ];
    for (const wrap of wraps) {
      const deepest = nest(DEPTH_MAX, wrap);
      expect(roundTrip(deepest)).toEqual(deepest);
      expect(() => cbor.encode(nest(DEPTH_MAX + 1, wrap))).toThrow(/nested more than 64 deep/);
    }
  });

  it('is taken as deep as the option depthMax says, both ways', () => {
    const nested = (depth: number): unknown => (depth === 0 ? new Map() : new Map([['inner', nested(depth - 1)]]));
    const deeper = createCbor({ depthMax: 256 });
    const bytes = deeper.encode(nested(255));
    expect(deeper.encode(deeper.decode(bytes))).toEqual(bytes);
    expect(() => cbor.decode(bytes)).toThrow(deep);
    expect(() => deeper.encode(nested(256))).toThrow(/nested more than 256 deep/);
  });

  it.each([
    ['a regular expression', { pattern: /x/ }, /^value\.pattern is of the kind RegExp/],
    ['an ArrayBuffer', [new ArrayBuffer(1)], /^value\[0\] is of the kind ArrayBuffer/],
    ['a weak map', new Set([new WeakMap()]), /^value\.element\(0\) is of the kind WeakMap/],
    ['a function as a cause', new Error('x', { cause: () => 0 }), /^value\.cause is a function/],
    ['a key of a map', new Map([[Symbol('k'), 1]]), /^value\.key\(0\) is a symbol/],
    ['a later element of a set', new Set([1, () => 0]), /^value\.element\(1\) is a function/],
    [
      'a later value of a map',
      new Map<unknown, unknown>([
        [1, 1],
        [2, () => 0],
      ]),
      /^value\.value\(1\) is a function/,
    ],
    ['a value of a map under a text', new Map([['k', () => 0]]), /^value\.get\("k"\) is a function/],
    ['a field with an odd name', { 'odd name': () => 0 }, /^value\["odd name"\] is a function/],
    ['a huge bigint', { n: 2n ** 9000n }, /^value\.n is a bigint of more than 8192 bits/],
  ])('is refused with the path to the culprit: %s', (_what, value, expected) => {
    expect(() => cbor.encode(value)).toThrow(expected);
    expect(() => cbor.encode(value)).toThrow(expect.objectContaining({ name: 'CborError', code: 'unencodable' }));
  });

  it('is refused when an error is its own cause', () => {
    const error = new Error('circular');
    error.cause = error;
    expect(() => cbor.encode({ error })).toThrow(/^value\.error\.cause is a cycle/);
    const [one, other] = [new Error('one'), new Error('other')];
    one.cause = { of: [other] };
    other.cause = one;
    expect(() => cbor.encode(one)).toThrow(/^value\.cause\.of\[0\]\.cause is a cycle/);
    const list: unknown[] = [];
    list.push(new Error('in a list', { cause: list }));
    expect(() => cbor.encode(list)).toThrow(/^value\[0\]\.cause is a cycle/);
  });

  it('may hold the same error twice, which is no cycle', () => {
    const error = new Error('why');
    const value = [error, new Error('so', { cause: error }), { error }];
    expect(roundTrip(value)).toEqual(value);
  });
});

describe('bytes that are no such value', () => {
  it('are not weighed by what they say of themselves when they are too few to make much work', () => {
    // A map of 196,608 entries, of which none is there.
    const claiming = (length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      bytes.set([0xba, 0, 3, 0, 0]);
      return bytes;
    };
    expect([5, 32_768, 32_769].map((length) => isTooMuchWork(claiming(length), WORK_MAX))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('a long bigint makes more work than a short one', () => {
    const [longest, longestPositive] = [-(2n ** 8191n), 2n ** 8191n - 1n];
    const isTooMuch = (count: number, value: bigint): boolean => {
      try {
        return isTooMuchWork(cbor.encode(new Array(count).fill(value)), WORK_MAX);
      } catch (error) {
        expect(error).toMatchObject({ code: 'too-large' });
        return true;
      }
    };
    for (const long of [longest, longestPositive]) {
      expect([isTooMuch(1899, long), isTooMuch(1900, long)]).toEqual([false, true]);
    }
    // Five for each, however short.
    expect([isTooMuch(26_214, 1n), isTooMuch(26_215, 1n)]).toEqual([false, true]);
    expect(cbor.decode(cbor.encode([longest, longestPositive, 0n, -1n]))).toEqual([longest, longestPositive, 0n, -1n]);
  });

  it.each([
    ['nothing', ''],
    ['an array that is cut off', '9affffffff01'],
    ['a reference, which nobody here knows', 'd9a00140'],
    ['nesting without end', '81'.repeat(100_000)],
    ['tags without end', 'd9a002'.repeat(10_000)],
    ['an indefinite length', '9fff'],
    ['an unknown tag', 'd9ffff01'],
    ['a date that is text', 'd9a0026161'],
    ['an error without a message', 'd81b826545727272a0'],
    ['a repeated key', 'a2616101616102'],
    ['a repeated key of a map', 'd90103a2616101616102'],
    ['a repeated element of a set', 'd90102820101'],
    ['a set that is text', 'd9010263616263'],
    ['more after the end', '0101'],
    ['a typed array that does not fill its elements', 'd8564101'],
    ['a bigint of 2,000 bytes', `c25907d0${'ff'.repeat(2000)}`],
  ])('are refused as malformed: %s', (_what, hex) => {
    expect(() => cbor.decode(Buffer.from(hex, 'hex'))).toThrow(malformed);
  });

  it('are followed as deep as a value may be, and no deeper', () => {
    const nested = (depth: number, inner: string): Uint8Array => Buffer.from(`${'81'.repeat(depth)}${inner}`, 'hex');
    for (const inner of ['00', 'd9a00200', 'c240'])
      expect(() => cbor.decode(nested(DEPTH_MAX + 1, inner))).toThrow(deep);
    for (const empty of ['80', 'a0', 'd9010280', 'd90103a0']) {
      expect(cbor.decode(nested(DEPTH_MAX - 1, empty))).toEqual([expect.anything()]);
      expect(() => cbor.decode(nested(DEPTH_MAX, empty))).toThrow(deep);
    }
    expect(cbor.decode(nested(DEPTH_MAX, 'd9a00200'))).toEqual([expect.anything()]);
    // What is beside it does not count.
    const wide = Buffer.from(`82${'81'.repeat(DEPTH_MAX - 1)}00${'81'.repeat(DEPTH_MAX - 1)}00`, 'hex');
    expect(cbor.decode(wide)).toHaveLength(2);
    // As many tags as there can be: each level a map, and a date in the last.
    const tagged = Buffer.from(`${'d90103a100'.repeat(DEPTH_MAX)}d9a00200`, 'hex');
    expect(cbor.decode(tagged)).toBeInstanceOf(Map);
    expect(() => cbor.decode(Buffer.from(`${'d9a002'.repeat(DEPTH_MAX + 2)}00`, 'hex'))).toThrow(
      'Bytes that cannot be decoded: too many tags in each other',
    );
  });

  it('that are decoded can be encoded again, however they are nested', () => {
    const error = 'd81b826161a2676d6573736167656161656361757365';
    const wraps = fc.constantFrom('81', 'a16161', 'd9010281', 'd90103a100', error);
    const nested = fc
      .tuple(fc.array(wraps, { maxLength: 80, size: 'max' }), fc.constantFrom('00', '80', 'a0', 'c24101', 'd9a00200'))
      .map((all) => Buffer.from(all.flat().join(''), 'hex'));
    let decoded = 0;
    fc.assert(
      fc.property(nested, (bytes) => {
        let value: unknown;
        try {
          value = cbor.decode(bytes);
        } catch {
          return;
        }
        decoded += 1;
        expect(() => cbor.encode(value)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
    expect(decoded).toBeGreaterThan(100);
  });

  it('throw nothing but CborError when they are random or mutated', () => {
    const mutated = fc
      .tuple(values, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }))
      .map(([value, changes]) => {
        const bytes = Uint8Array.from(cbor.encode(value));
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        try {
          cbor.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CborError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
