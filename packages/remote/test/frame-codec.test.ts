import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Frame, Greeting, WireReference } from '../src/frame.js';
import {
  BATCH_ENTRIES_MAX,
  decodeFrame,
  decodeGreeting,
  decodeReference,
  encodeFrame,
  encodeGreeting,
  encodeReference,
} from '../src/frame-codec.js';
import { BadFrameError } from '../src/frame-validator.js';

const names = fc.stringMatching(/^[a-zA-Z0-9._-]{1,64}$/);
const parts = fc.stringMatching(/^[a-z0-9-$_.+!*'(),]{1,20}$/);
const paths = fc.array(parts, { minLength: 1, maxLength: 32 });
const bytes = fc.uint8Array({ maxLength: 40 });
const macs = fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 32, maxLength: 32 }));
const incarnations = fc.stringMatching(/^[0-9a-f]{32}$/);
const places = fc.record({
  incarnation: incarnations,
  peer: fc.oneof(fc.constant(''), names),
  id: fc.oneof(fc.maxSafeInteger(), fc.string({ minLength: 1, maxLength: 20 })),
});
const references: fc.Arbitrary<WireReference> = fc.oneof(
  fc.record({ kind: fc.constant('actor' as const), node: names, path: paths }),
  fc.record({ kind: fc.constant('temporary' as const), node: names, place: places }),
  fc.record({ kind: fc.constant('system' as const), node: names }),
  fc.record({ kind: fc.constant('nobody' as const) }),
);
const envelopes = fc.record({
  to: fc.oneof(
    fc.record({ kind: fc.constant('actor' as const), path: paths }),
    fc.record({ kind: fc.constant('temporary' as const), place: places }),
  ),
  sender: fc.option(references, { nil: undefined }),
  codec: fc.oneof(fc.constant(''), fc.stringMatching(/^[a-zA-Z0-9._/+-]{1,20}$/)),
  payload: bytes,
});
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), greeting: bytes }),
  fc.record({ type: fc.constant('welcome' as const), greeting: bytes, mac: macs }),
  fc.record({ type: fc.constant('proof' as const), mac: macs }),
  fc.constant({ type: 'accepted' as const }),
  fc.record({ type: fc.constant('refused' as const), code: fc.constantFrom('version', 'name-taken', 'too-many') }),
  fc.record({
    type: fc.constant('batch' as const),
    envelopes: fc.array(envelopes, { maxLength: 5 }),
    undelivered: fc.array(fc.record({ waiting: places, reason: fc.constantFrom('no-process', 'unknown-type') })),
    ping: fc.constant(true),
    pong: fc.boolean(),
  }),
) as fc.Arbitrary<Frame>;

/** Buffers and byte arrays of equal content are equal, -0 is 0. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, part) => {
      if (part?.type === 'Buffer') return part.data;
      return part instanceof Uint8Array ? [...part] : part;
    }),
  );

describe('a frame', () => {
  it('arrives as it was sent', () => {
    fc.assert(fc.property(frames, (frame) => expect(plain(decodeFrame(encodeFrame(frame)))).toEqual(plain(frame))));
    fc.assert(
      fc.property(references, (reference) =>
        expect(plain(decodeReference(encodeReference(reference)))).toEqual(plain(reference)),
      ),
    );
  });

  it.each<[string, object]>([
    ['a path with a slash', { to: { kind: 'actor', path: ['a/b'] } }],
    ['an empty path', { to: { kind: 'actor', path: [] } }],
    ['a path too deep', { to: { kind: 'actor', path: Array(33).fill('a') } }],
    ['a name too long', { to: { kind: 'actor', path: ['a'.repeat(256)] } }],
    ['a codec with a newline', { codec: 'x\ny' }],
    ['a sender on a node with a bad name', { sender: { kind: 'system', node: 'a b' } }],
    [
      'a temporary reference without an incarnation',
      { to: { kind: 'temporary', place: { incarnation: '', peer: '', id: 1 } } },
    ],
    [
      'an identifier that is no number',
      { to: { kind: 'temporary', place: { incarnation: '0'.repeat(32), peer: '', id: Number.NaN } } },
    ],
  ])('is refused: an envelope with %s', (_what, change) => {
    const good = { to: { kind: 'actor', path: ['a'] }, sender: undefined, codec: '', payload: Uint8Array.of(1) };
    const frameOf = (envelope: object): Frame =>
      ({ type: 'batch', envelopes: [envelope], undelivered: [], ping: false, pong: false }) as unknown as Frame;
    expect(decodeFrame(encodeFrame(frameOf(good)))).toMatchObject({ type: 'batch' });
    expect(() => decodeFrame(encodeFrame(frameOf({ ...good, ...change })))).toThrow(BadFrameError);
  });

  it('is refused without a body, with two bodies, and with bytes after its body', () => {
    const accepted = encodeFrame({ type: 'accepted' });
    for (const wrong of [[], [...accepted, ...accepted], [...accepted, 0], [0x3a, 0], [0x08, 1]]) {
      expect(() => decodeFrame(Uint8Array.from(wrong))).toThrow(BadFrameError);
    }
  });

  it('is refused before anything is built when it has too many entries', () => {
    const entries = Buffer.alloc((BATCH_ENTRIES_MAX + 3) * 2, Buffer.from([0x0a, 0x00]));
    const length = Buffer.from([
      0x80 | (entries.length & 127),
      0x80 | ((entries.length >> 7) & 127),
      entries.length >> 14,
    ]);
    const frame = Buffer.concat([Buffer.from([0x32]), length, entries]);
    expect(() => decodeFrame(frame)).toThrow(/too many entries/);
  });

  it('that is random or mutated throws BadFrameError and nothing else', () => {
    const mutated = fc
      .tuple(frames, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }))
      .map(([frame, changes]) => {
        const encoded = Uint8Array.from(encodeFrame(frame));
        for (const [place, value] of changes) encoded[place % encoded.length] = value;
        return encoded;
      });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })), (encoded) => {
        for (const decode of [decodeFrame, decodeGreeting, decodeReference]) {
          try {
            decode(encoded);
          } catch (error) {
            refused += 1;
            expect(error).toBeInstanceOf(BadFrameError);
          }
        }
      }),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(5000);
  });
});

describe('a greeting', () => {
  const greeting: Greeting = {
    version: 1,
    cluster: 'parliament',
    node: 'a',
    incarnation: '0'.repeat(32),
    nonce: new Uint8Array(32).fill(1),
    cookie: true,
    listen: '127.0.0.1:4000',
    expected: undefined,
    payloadLimit: 1000,
  };

  it.each<[string, Partial<Greeting>]>([
    ['version', { version: 0 }],
    ['cluster', { cluster: '' }],
    ['node', { node: 'a\u001b[2J' }],
    ['incarnation', { incarnation: 'xyz' }],
    ['nonce', { nonce: new Uint8Array(31) }],
    ['address', { listen: 'somewhere' }],
    ['expected name', { expected: 'a b' }],
    ['payload limit', { payloadLimit: 0 }],
  ])('is refused with a bad %s', (_what, change) => {
    expect(plain(decodeGreeting(encodeGreeting(greeting)))).toEqual(plain(greeting));
    expect(() => decodeGreeting(encodeGreeting({ ...greeting, ...change }))).toThrow(BadFrameError);
  });
});
