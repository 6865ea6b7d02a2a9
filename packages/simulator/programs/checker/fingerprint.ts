/** Fingerprints of states. */

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { imul } = Math;

const hashes = new Uint32Array(2);

/**
 * A fingerprint of 64 bits of a row up to `width`: two hashes, each mixed as in MurmurHash3. Words of 0 are passed over, so that it
 * stays the same when a row grows; every other word is mixed with its place.
 */
export function fingerprint(row: Int32Array, width: number): Uint32Array {
  let low = 0x9747b28c;
  let high = 0x5bd1e995;
  for (let index = 0; index < width; index++) {
    const content = row[index] as number;
    if (content === 0) continue;
    let word = imul(content, 0xcc9e2d51);
    word = (imul((word << 15) | (word >>> 17), 0x1b873593) + imul(index, 0x9e3779b1)) | 0;
    low ^= word;
    low = (imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
    high ^= word + index;
    high = (imul((high << 17) | (high >>> 15), 9) + 0x38b34ae5) | 0;
    high ^= low >>> 11;
  }
  hashes[0] = finish(low ^ (high >>> 16));
  hashes[1] = finish(high);
  return hashes;
}

function finish(hash: number): number {
  let mixed = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
