// Keys and small values are kept as strings of one character for each byte: compared as quickly as numbers in their unsigned
// lexicographic order, and a quarter of the memory of as many Uint8Arrays, which the garbage collector also has to visit one by one.

/** Bytes as they are kept. */
export type Packed = string | Uint8Array;

/** Above it the bytes are copied, and stay bytes. */
const PACKED_MAX = 256;

/** How many arguments a function is surely called with. */
const PIECE = 4_096;

/** A string with a character for each byte. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length <= PIECE) return Reflect.apply(String.fromCharCode, undefined, bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE));
  }
  return text;
}

/** The bytes of such a string. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** What is kept of bytes of which somebody else may go on using the memory. */
export function pack(bytes: Uint8Array): Packed {
  // Not `slice`: that of a Buffer shares its memory.
  return bytes.length <= PACKED_MAX ? textOf(bytes) : new Uint8Array(bytes);
}

/** The bytes again, for somebody who may change them. */
export function unpack(packed: Packed): Uint8Array {
  return typeof packed === 'string' ? bytesOf(packed) : packed.slice();
}

/** The bytes again, for a look. */
function look(packed: Packed): Uint8Array {
  return typeof packed === 'string' ? bytesOf(packed) : packed;
}

/** Below zero when one comes first, zero when they are the same bytes. */
export function comparePacked(one: Packed, other: Packed): number {
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : Number(one > other);
  return compareBytes(look(one), look(other));
}

function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
