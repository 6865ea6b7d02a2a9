/** The digest: the hash that is written down elsewhere, of a stream however it is cut. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Xxh32 } from '../src/digest.js';
import { createDigest, digest, host } from '../src/index.js';
import { account } from './support.js';

const hashOf = (text: string, seed: number): string => {
  const hash = new Xxh32(seed);
  hash.add(new TextEncoder().encode(text));
  return hash.value().toString(16);
};

describe('XXH32', () => {
  it.each([
    ['', 0, '2cc5d05'],
    ['', 1, 'b2cb792'],
    ['a', 0, '550d7456'],
    ['abc', 0, '32d153ff'],
    ['Nobody inspects the spammish repetition', 0, 'e2293b2f'],
  ])('of %j with the seed %d is what others have', (text, seed, expected) => {
    expect(hashOf(text, seed)).toBe(expected);
  });
});

describe('a digest', () => {
  it('does not depend on how a stream is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), fc.array(fc.nat(40)), (bytes, cuts) => {
        const parts = createDigest();
        let start = 0;
        for (const size of [...cuts, bytes.length]) {
          parts.add(bytes.subarray(start, start + size));
          start += size;
        }
        expect(parts.value()).toBe(digest([bytes]));
      }),
    );
  });

  it('is another one when any bit is', () => {
    const bytes = Uint8Array.from({ length: 50 }, (_, index) => index);
    const digests = new Set([digest([bytes])]);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      digests.add(digest([bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))]));
    }
    expect(digests.size).toBe(bytes.length * 8 + 1);
  });

  it('is another one when a byte comes before, or after', () => {
    const all = [[], [0], [0, 0]].map((bytes) => digest([Uint8Array.from(bytes)]));
    expect(new Set(all).size).toBe(3);
  });

  it('of equal states is equal, and written down here', () => {
    const hosted = host(account);
    expect(digest(hosted.snapshot({ balance: 5 }))).toBe('c5ffe1bf7feb1c94');
    expect(digest(host(account).snapshot({ balance: 5 }))).toBe(digest(hosted.snapshot({ balance: 5 })));
  });
});
