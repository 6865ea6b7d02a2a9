/**
 * How much work bytes of CBOR (RFC 8949) make, counted and not timed: each item is one, a tag three more, as what is tagged
 * (errors, maps, sets, big numbers) costs several times as much, and so is each entry of an object, whose key has to be new. A big
 * number costs by its length, too.
 */

/** The most that one value may make, unless it was said otherwise: at about half a microsecond each. */
export const WORK_MAX = 131_072;

const TAG_WORK = 3;
/** So many bytes of a big number cost as much as one item. */
const BIG_BYTES = 16;
/** No byte makes more than one that is a tag. */
const WORK_PER_BYTE_MAX: number = 1 + TAG_WORK;

const MAP = 5;
const TAG = 6;
const BYTES = 2;
const TEXT = 3;
/** The tags of big numbers. */
const POSITIVE = 2;
const NEGATIVE = 3;

/**
 * Whether the bytes make more than `most`. Of bytes that are not well-formed it holds up to where they are not, and
 * there the decoder gives up.
 */
export function isTooMuchWork(bytes: Uint8Array, most: number): boolean {
  if (bytes.length * WORK_PER_BYTE_MAX <= most) return false;
  let work = 0;
  let isBig = false;
  for (let position = 0; position < bytes.length; ) {
    const first = bytes[position] as number;
    const major = first >> 5;
    const size = sizeOfArgument(first & 31);
    let value = size === 0 ? first & 31 : 0;
    for (let place = 1; place <= size; place += 1) value = value * 256 + (bytes[position + place] as number);
    position += 1 + size;
    if (major === BYTES || major === TEXT) position += value;
    work += 1 + (major === TAG ? TAG_WORK : major === MAP ? value : 0);
    if (isBig && major === BYTES) work += Math.floor(value / BIG_BYTES);
    isBig = major === TAG && (value === POSITIVE || value === NEGATIVE);
    if (work > most) return true;
  }
  return false;
}

/** How many bytes after the first hold the argument. */
function sizeOfArgument(kind: number): number {
  return kind < 24 ? 0 : 2 ** (kind - 24);
}
