/** What encodes while something is encoded: cborg has one writer for all. */

import { describe, expect, it } from '@jest/globals';
import { createCbor } from '../src/index.js';

const cbor = createCbor();

describe('a getter that encodes', () => {
  const inner = { a: [1, 'two', new Map([[3n, '\ud83d']])], b: 'x'.repeat(1000) };
  const value = [
    'before',
    {
      get bytes() {
        return cbor.encode(inner);
      },
    },
    'after',
  ];

  it('leaves what is encoded around it as it is', () => {
    expect(cbor.decode(cbor.encode(value))).toEqual(['before', { bytes: new Uint8Array(cbor.encode(inner)) }, 'after']);
    const [, { bytes = undefined } = {}] = cbor.decode(cbor.encode(value)) as [string, { bytes?: Uint8Array }];
    expect(cbor.decode(bytes ?? new Uint8Array(0))).toEqual(inner);
  });

  it('and throws leaves it to be encoded later', () => {
    const failing = {
      get bytes() {
        return cbor.encode(() => 0);
      },
    };
    expect(() => cbor.encode([failing])).toThrow('value is a function');
    expect(cbor.decode(cbor.encode([1, value]))).toEqual([1, expect.anything()]);
  });
});
