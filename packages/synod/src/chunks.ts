/** Bytes that come in chunks, cut anywhere. */

/** All of them in one piece; without a copy, where there is one only. */
export function joinChunks(chunks: Iterable<Uint8Array>): Uint8Array {
  const parts = [...chunks];
  if (parts.length === 1) return parts[0] as Uint8Array;
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

/** Takes bytes off the front of chunks. */
export interface ChunkReader {
  /** The next `length` bytes. @throws RangeError where there are not so many. */
  readonly take: (length: number) => Uint8Array;
  /** What was not taken, chunk by chunk, once. */
  readonly rest: () => Iterable<Uint8Array>;
}

/** Reads chunks that are cut anywhere, for `restore`: what is taken is no chunk's own, and is not copied where it lies in one. */
export function readChunks(chunks: Iterable<Uint8Array>): ChunkReader {
  const source = chunks[Symbol.iterator]();
  let ahead: Uint8Array = new Uint8Array();
  return {
    take(length) {
      const parts: Uint8Array[] = [];
      for (let missing = length; missing > 0; ) {
        if (ahead.length === 0) {
          const next = source.next();
          if (next.done === true) throw new RangeError('a snapshot that ends too soon');
          ahead = next.value;
        }
        const part = ahead.subarray(0, missing);
        ahead = ahead.subarray(part.length);
        missing -= part.length;
        parts.push(part);
      }
      return joinChunks(parts);
    },
    *rest() {
      yield ahead;
      for (let next = source.next(); next.done !== true; next = source.next()) yield next.value;
    },
  };
}
