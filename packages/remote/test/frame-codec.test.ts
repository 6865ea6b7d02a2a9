import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Greeting } from '../src/wire/frame.js';
import {
  decodeDefinition,
  decodeFrame,
  decodeGreeting,
  decodeReference,
  decodeSignal,
  encodeFrame,
  encodeGreeting,
  encodeReference,
  encodeSignal,
} from '../src/wire/frame-codec.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { handshakeFrames, plain, references, signals } from './frames.js';

describe('a frame', () => {
  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(handshakeFrames, (frame) => expect(plain(decodeFrame(encodeFrame(frame)))).toEqual(plain(frame))),
    );
    fc.assert(
      fc.property(references, (reference) =>
        expect(plain(decodeReference(encodeReference(reference)))).toEqual(plain(reference)),
      ),
    );
  });

  it('that holds a reference is not kept with it', () => {
    const key = new Uint8Array(16).fill(7);
    const bytes = encodeReference({ kind: 'actor', node: 'a', incarnation: '', path: ['a'], key });
    for (const frame of [Buffer.from(bytes), Uint8Array.from(bytes)]) {
      const decoded = decodeReference(frame);
      expect(decoded).toMatchObject({ key });
      expect((decoded as { key: Uint8Array }).key.buffer.byteLength).toBe(16);
    }
  });

  it('of a signal arrives as it was sent', () => {
    fc.assert(
      fc.property(signals, (signal) => expect(plain(decodeSignal(encodeSignal(signal)))).toEqual(plain(signal))),
    );
  });

  it.each<[string, object]>([
    ['a path with a slash', { path: ['a/b'] }],
    ['an empty path', { path: [] }],
    ['a path too deep', { path: Array(33).fill('a') }],
    ['a name too long', { path: ['a'.repeat(256)] }],
    ['a node with a bad name', { node: 'a b' }],
    ['a bad incarnation', { incarnation: 'x' }],
    ['a key of a wrong length', { key: Uint8Array.of(1) }],
  ])('is refused: a reference with %s', (_what, change) => {
    const good = { kind: 'actor', node: 'a', incarnation: '', path: ['a'], key: new Uint8Array(0) } as const;
    expect(decodeReference(encodeReference(good))).toMatchObject({ kind: 'actor' });
    expect(() => decodeReference(encodeReference({ ...good, ...change }))).toThrow(BadFrameError);
  });

  it.each<[string, object]>([
    ['without an incarnation', { incarnation: '', peer: '', id: 1 }],
    ['with an identifier that is no number', { incarnation: '0'.repeat(32), peer: '', id: Number.NaN }],
  ])('is refused: a temporary reference %s', (_what, place) => {
    expect(() => decodeReference(encodeReference({ kind: 'temporary', node: 'a', place: place as never }))).toThrow(
      BadFrameError,
    );
  });

  it('is refused without a body, with two bodies, and with bytes after its body', () => {
    const accepted = encodeFrame({ type: 'accepted' });
    for (const wrong of [[], [...accepted, ...accepted], [...accepted, 0], [0x3a, 0], [0x32, 0], [0x08, 1]]) {
      expect(() => decodeFrame(Uint8Array.from(wrong))).toThrow(BadFrameError);
    }
  });

  it('that is random or mutated throws BadFrameError and nothing else', () => {
    const mutated = fc
      .tuple(
        handshakeFrames,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      )
      .map(([frame, changes]) => {
        const encoded = Uint8Array.from(encodeFrame(frame));
        for (const [place, value] of changes) encoded[place % encoded.length] = value;
        return encoded;
      });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })), (encoded) => {
        for (const decode of [decodeFrame, decodeGreeting, decodeReference, decodeSignal, decodeDefinition]) {
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
    version: 2,
    oldestVersion: 1,
    cluster: 'parliament',
    node: 'a',
    incarnation: '0'.repeat(32),
    nonce: new Uint8Array(32).fill(1),
    secrets: [new Uint8Array(8), new Uint8Array(8).fill(7)],
    listen: '127.0.0.1:4000',
    expected: undefined,
    payloadLimit: 4096,
    binds: true,
  };

  it.each<[string, Partial<Greeting>]>([
    ['version', { version: 0 }],
    ['oldest version', { oldestVersion: 3 }],
    ['secret', { secrets: [new Uint8Array(7)] }],
    ['number of secrets', { secrets: [1, 2, 3].map(() => new Uint8Array(8)) }],
    ['cluster', { cluster: '' }],
    ['node', { node: 'a\u001b[2J' }],
    ['incarnation', { incarnation: 'xyz' }],
    ['nonce', { nonce: new Uint8Array(31) }],
    ['address', { listen: 'somewhere' }],
    ['expected name', { expected: 'a b' }],
    ['payload limit', { payloadLimit: 0 }],
    ['payload limit that no refusal fits into', { payloadLimit: 1023 }],
  ])('is refused with a bad %s', (_what, change) => {
    expect(plain(decodeGreeting(encodeGreeting(greeting)))).toEqual(plain(greeting));
    expect(() => decodeGreeting(encodeGreeting({ ...greeting, ...change }))).toThrow(BadFrameError);
  });
});
