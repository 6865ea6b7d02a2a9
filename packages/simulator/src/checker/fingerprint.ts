/** Fingerprints of states. */

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { imul } = Math;

const hashes = new Uint32Array(2);

/** A fingerprint of 64 bits: two hashes, each mixed as in MurmurHash3. */
export function fingerprint(row: Int32Array): Uint32Array {
  let low = 0x9747b28c;
  let high = 0x5bd1e995;
  for (let index = 0; index < row.length; index++) {
    let word = imul(row[index] as number, 0xcc9e2d51);
    word = imul((word << 15) | (word >>> 17), 0x1b873593);
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
