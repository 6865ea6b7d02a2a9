/** Snapshots as chunks of bytes. */

/** So many bytes has a chunk at most. */
export const CHUNK_BYTES_MAX: number = 256 * 1024;

/** Bytes in chunks. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES_MAX) {
    yield bytes.subarray(start, start + CHUNK_BYTES_MAX);
  }
}

/** Chunks as bytes. */
export function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const all = [...chunks];
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const bytes = new Uint8Array(all.reduce((total, { length }) => total + length, 0));
  let end = 0;
  for (const chunk of all) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}
