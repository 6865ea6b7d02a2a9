/** Objects that are not data, and are the caller's own affair. */

import { describe, expect, it } from '@jest/globals';
import { createCbor, type References } from '../src/index.js';

class Ticket {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

const tickets: References = {
  isReference: (value) => value instanceof Ticket,
  encode: (reference) => Uint8Array.of((reference as Ticket).number),
  decode(content) {
    if (!(content instanceof Uint8Array) || content.length !== 1) throw new TypeError('no ticket');
    return new Ticket(content[0] as number);
  },
};
const cbor = createCbor({ references: tickets });
const malformed = expect.objectContaining({ code: 'malformed' });

describe('references', () => {
  it('go in as their bytes under a tag, wherever they are, and come out as what they were', () => {
    expect(Buffer.from(cbor.encode(new Ticket(7))).toString('hex')).toBe('d9a0014107');
    const value = { first: new Ticket(1), others: new Map([[new Ticket(2), new Set([new Ticket(3)])]]) };
    expect(cbor.decode(cbor.encode(value))).toEqual(value);
  });

  it('are the only objects of classes that are let in', () => {
    expect(() => cbor.encode([new Ticket(1), new (class Other {})()])).toThrow(
      /^value\[1\] is an object of the class Other/,
    );
  });

  it.each(['d9a00140', 'd9a001420102', 'd9a00107', 'd9a001f6'])('that their codec refuses are malformed: %s', (hex) => {
    expect(() => cbor.decode(Buffer.from(hex, 'hex'))).toThrow(malformed);
    expect(() => cbor.decode(Buffer.from(hex, 'hex'))).toThrow('Bytes that cannot be decoded: no ticket');
  });

  it('do not come out of a codec that knows of none', () => {
    expect(() => createCbor().decode(cbor.encode([new Ticket(1)]))).toThrow(malformed);
  });
});

describe('what looks like a reference', () => {
  const seen: unknown[] = [];
  const disarming = createCbor({
    references: {
      ...tickets,
      lookAlikes: {
        mark: 'number',
        disarm(value) {
          seen.push(value);
          return 'disarmed';
        },
      },
    },
  });

  it('is looked for where the mark is, and only there', () => {
    expect(disarming.decode(cbor.encode({ a: [{ number: 1 }] }))).toBe('disarmed');
    expect(seen).toEqual([{ a: [{ number: 1 }] }]);
    expect(disarming.decode(cbor.encode({ a: 'numbers', numbers: 1 }))).toEqual({ a: 'numbers', numbers: 1 });
    expect(seen).toHaveLength(1);
    expect(cbor.decode(cbor.encode({ number: 1 }))).toEqual({ number: 1 });
  });

  it('is malformed when that throws', () => {
    const disarm = (): never => {
      throw new Error('armed');
    };
    const strict = createCbor({ references: { ...tickets, lookAlikes: { mark: 'number', disarm } } });
    expect(() => strict.decode(cbor.encode({ number: 1 }))).toThrow('Bytes that cannot be decoded: armed');
  });
});
