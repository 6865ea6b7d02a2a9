/** What would not come back as what it was is refused, unless the program wants it flattened. */

import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { CborError, createCbor } from '../src/index.js';

const cbor = createCbor();
const flattening = createCbor({ flattensClasses: true });

class Point {
  readonly x = 1;
}

/** As nact has them. */
class ActorReference {
  readonly type = 'actor';
  readonly system = { name: 'here' };
  readonly path = { parts: ['desk'] };
}

/** What `encode` throws. */
function refusalOf(value: unknown, name?: string): CborError {
  try {
    cbor.encode(value, name);
  } catch (error) {
    if (error instanceof CborError) return error;
    throw error;
  }
  throw new Error('it was encoded');
}

describe('an object of a class', () => {
  it.each<[string, unknown, string]>([
    ['at the top', new Point(), 'value is an object of the class Point'],
    ['a reference of nact', { who: new ActorReference() }, 'value.who is an object of the class ActorReference'],
    ['inside a map', new Map([['p', new Point()]]), 'value.get("p") is an object of the class Point'],
    ['as a cause', new Error('x', { cause: new Point() }), 'value.cause is an object of the class Point'],
    ['without a name', [new (class {})()], 'value[0] is an object of a class'],
    ['by its prototype', [Object.create({ x: 1 })], 'value[0] is an object of the class Object'],
  ])('is refused by its place: %s', (_what, value, culprit) => {
    expect(refusalOf(value)).toMatchObject({
      ...{ code: 'unencodable', culprit },
      message: `${culprit}, which cannot be encoded: use plain data`,
    });
  });

  it('is flattened where the program says so', () => {
    const copy = flattening.decode(flattening.encode({ who: new ActorReference(), at: new Point() }));
    expect(copy).toEqual({ who: { type: 'actor', system: { name: 'here' }, path: { parts: ['desk'] } }, at: { x: 1 } });
    expect(Object.getPrototypeOf((copy as { at: object }).at)).toBe(Object.prototype);
  });
});

describe('a plain object', () => {
  it('may have no prototype, or be of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const foreign: unknown = runInNewContext('({ a: [{ b: 1 }], m: new Map([[1, { c: 2 }]]) })');
    expect(cbor.decode(cbor.encode([bare, foreign]))).toEqual([
      { a: 1 },
      { a: [{ b: 1 }], m: new Map([[1, { c: 2 }]]) },
    ]);
  });
});

describe('a refusal', () => {
  it('calls the value what the caller calls it', () => {
    expect(refusalOf({ amount: () => 1 }, 'command').culprit).toBe('command.amount is a function');
  });

  it('shows of names what a terminal would act on as its code, and not all of what is long', () => {
    const odd = '\u0007\u009b31m\u202e"\u{e0041}\ud83d';
    const shown = String.raw`"\u0007\u009b31m\u202e\"\udb40\udc41\ud83d"`;
    expect(refusalOf({ [odd]: Symbol('s') }).culprit).toBe(`value[${shown}] is a symbol`);
    expect(refusalOf(new Map([[odd, Symbol('s')]])).culprit).toBe(`value.get(${shown}) is a symbol`);
    const long = 'x'.repeat(1000);
    expect(refusalOf({ [long]: Symbol('s') }).culprit).toBe(`value["${'x'.repeat(100)}…"] is a symbol`);
    const longest = 'x'.repeat(100);
    expect(refusalOf(new Map([[longest, Symbol('s')]])).culprit).toBe(`value.get("${longest}") is a symbol`);
    expect(refusalOf({ ['x'.repeat(100)]: Symbol('s') }).culprit).toBe(`value.${'x'.repeat(100)} is a symbol`);
    const { [odd]: Odd = Point } = { [odd]: class {} };
    expect(refusalOf(new Odd()).culprit).toContain(String.raw`the class \u0007\u009b31m`);
  });

  it('tells what a getter or a proxy has thrown, in one line, whatever it was', () => {
    const throwing = (thrown: unknown): object => ({
      get field() {
        throw thrown;
      },
    });
    const unshowable = Object.create(null) as object;
    expect(refusalOf(throwing(new Error('one\ntwo\u{202e}'))).message).toBe(
      'value cannot be encoded: one\\u000atwo\\u202e',
    );
    expect(refusalOf(throwing(7)).message).toBe('value cannot be encoded: 7');
    expect(refusalOf(throwing('x'.repeat(1000))).message).toBe(`value cannot be encoded: ${'x'.repeat(200)}`);
    expect(refusalOf(throwing(unshowable)).message).toBe('value cannot be encoded: something that cannot be shown');
    const undefinedThrown = refusalOf(throwing(undefined));
    expect([undefinedThrown.message, undefinedThrown.culprit]).toEqual([
      'value cannot be encoded: undefined',
      undefined,
    ]);
  });
});

describe('an option', () => {
  it.each<[object, RegExp]>([
    [
      { workMacks: 1 },
      /^unknown option workMacks of createCbor; known are references, flattensClasses, depthMax, workMax$/,
    ],
    [{ workMax: 0 }, /^The option workMax of createCbor must be a whole number from 1 on, or Infinity$/],
    [{ workMax: Number.NaN }, /workMax/],
    [{ workMax: 1.5 }, /workMax/],
    [{ depthMax: 0 }, /^The option depthMax of createCbor must be a whole number from 1 to 256$/],
    [{ depthMax: 257 }, /depthMax/],
    [{ depthMax: 1.5 }, /depthMax/],
    [{ flattensClasses: 1 }, /^The option flattensClasses of createCbor must be true or false$/],
    [{ references: null }, /^The option references of createCbor must be an object$/],
  ])('is refused when it is unknown or wrong: %j', (options, expected) => {
    expect(() => createCbor(options)).toThrow(expected);
    expect(() => createCbor(options)).toThrow(RangeError);
  });

  it.each(['null', '5', '"workMax"'])('is in an object, not in %s', (options) => {
    expect(() => createCbor(JSON.parse(options))).toThrow(
      new RangeError('The options of createCbor must be an object'),
    );
  });

  it('may be undefined, as if it were not there', () => {
    const options: object = {
      references: undefined,
      flattensClasses: undefined,
      depthMax: undefined,
      workMax: undefined,
    };
    expect(() => createCbor(options)).not.toThrow();
  });
});
