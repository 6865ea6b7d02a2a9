/** Lines of a byte stream, bounded in length. */

import { isUtf8 } from 'node:buffer';

/** A line without its end; or what is wrong with one, which is skipped. */
export type Line = { readonly text: string } | { readonly fault: string };

/**
 * Splits a stream at line feeds. A carriage return before one is dropped. Memory is bounded by `limitBytes`. What is not UTF-8 is no line:
 * read all the same, two that differ would become one.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array | string>, limitBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;
  const tooLong: Line = { fault: `a line of more than ${limitBytes} bytes` };
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
      yield isTooLong ? tooLong : lineOf(parts);
      parts = [];
      bytes = 0;
      isTooLong = false;
      rest = rest.subarray(end + 1);
    }
  }
  if (isTooLong) yield tooLong;
  else if (bytes > 0) yield lineOf(parts);
}

function lineOf(parts: readonly Buffer[]): Line {
  const bytes = Buffer.concat(parts);
  return isUtf8(bytes) ? { text: bytes.toString('utf8').replace(/\r$/, '') } : { fault: 'a line that is not UTF-8' };
}
