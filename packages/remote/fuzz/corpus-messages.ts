import { FakeReference } from './fake-cbor.js';

const ERROR: Error = Object.assign(new RangeError('too far', { cause: new Error('why') }), { code: 'E_FAR' });

let nested: unknown = 1;
for (let depth = 0; depth < 60; depth += 1) nested = depth % 2 === 0 ? [nested] : { nested };

/** Messages of every form that travels as CBOR. */
export const MESSAGES: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  23,
  24,
  256,
  65_536,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  1.5,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  10n ** 30n,
  -(2n ** 64n),
  '',
  'text',
  'ü€𝄞'.repeat(20),
  new Uint8Array(0),
  new Uint8Array(30).fill(3),
  [],
  {},
  [1, [2, [3, 'x']], { a: null, b: [new Uint8Array(3)] }],
  { type: 'request', number: 7, list: Array.from({ length: 40 }, (_, index) => index), text: 'some words' },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
  new Map<unknown, unknown>([
    ['key', 1],
    [{ an: 'object' }, new Map()],
  ]),
  new Set<unknown>([1, 'two', [3], new Uint8Array(0)]),
  new Date(0),
  new Date(8.64e15),
  ERROR,
  { error: new TypeError('inside'), list: [ERROR] },
  new Int8Array([1, -1]),
  new Uint16Array([1, 65_535]),
  new Int32Array([1, -(2 ** 31)]),
  new Float32Array([1.5, Number.NaN]),
  new Float64Array([Math.PI]),
  new BigInt64Array([-1n]),
  new BigUint64Array([2n ** 64n - 1n]),
  new Uint8ClampedArray([1, 255]),
  nested,
  new FakeReference({ kind: 'nobody' }),
  { from: new FakeReference({ kind: 'actor', node: 'a', incarnation: '', path: ['x', 'y'], key: new Uint8Array(16) }) },
  [new FakeReference({ kind: 'temporary', node: 'b', place: { incarnation: 'ab'.repeat(16), peer: '', id: 5 } })],
];
