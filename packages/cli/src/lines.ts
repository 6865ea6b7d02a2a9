/** Lines of a byte stream, bounded in length. */

/** A line without its end, or word that one was too long; that one is skipped. */
export type Line = { readonly text: string } | { readonly tooLong: true };

/** Splits a stream at line feeds. A carriage return before one is dropped. Memory is bounded by `limitBytes`. */
export async function* readLines(stream: AsyncIterable<Uint8Array | string>, limitBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;
  for await (const chunk of stream) {
    let rest =
      typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (;;) {
      const end = rest.indexOf(10);
      const piece = end === -1 ? rest : rest.subarray(0, end);
      bytes += piece.length;
      if (bytes > limitBytes) {
        isTooLong = true;
        parts = [];
      } else if (piece.length > 0) {
        parts.push(piece);
      }
      if (end === -1) break;
      yield isTooLong ? { tooLong: true } : { text: text(parts) };
      parts = [];
      bytes = 0;
      isTooLong = false;
      rest = rest.subarray(end + 1);
    }
  }
  if (isTooLong) yield { tooLong: true };
  else if (bytes > 0) yield { text: text(parts) };
}

function text(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
}
