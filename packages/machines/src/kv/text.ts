// Keys and values are bytes. Most people's are text: in UTF-8, whose bytes have the order of the code points.

import { KvError } from './errors.js';
import type { Keys } from './requests.js';

const encoder = new TextEncoder();
// A mark of the byte order at the beginning is a part of the text: two keys that differ are two texts.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The bytes of a text.
 *
 * @throws KvError `bad-request` when it is not well-formed: texts with different lone surrogates would become one key.
 * @example
 * ```ts
 * import { bytesOfText, emptyKv, put } from '@parliament/machines';
 *
 * const { reply } = put(emptyKv(), { key: bytesOfText('note/1'), value: bytesOfText('buy bread') });
 * console.log(reply.revision); // 2
 * ```
 */
export function bytesOfText(text: string): Uint8Array {
  if (typeof text !== 'string') throw new KvError('bad-request', 'a text must be a string');
  if (!isWellFormed(text)) {
    throw new KvError('bad-request', 'a text must not have lone surrogates: give what is no text as bytes');
  }
  return encoder.encode(text);
}

/** The text that bytes are; undefined where they are none. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * All keys that begin so. With nothing all keys begin.
 *
 * @example
 * ```ts
 * import { emptyKv, keysWithPrefix, readRange } from '@parliament/machines';
 *
 * const { count } = readRange(emptyKv(), { ...keysWithPrefix('note/'), countOnly: true });
 * console.log(count); // 0
 * ```
 */
export function keysWithPrefix(prefix: string | Uint8Array): Keys {
  const bytes = typeof prefix === 'string' ? bytesOfText(prefix) : prefix;
  if (bytes.length === 0) return { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };
  const last = bytes.findLastIndex((byte) => byte < 255);
  // Above those that begin with the highest bytes only there are no keys.
  if (last === -1) return { key: bytes, rangeEnd: Uint8Array.of(0) };
  const rangeEnd = new Uint8Array(bytes.subarray(0, last + 1));
  rangeEnd[last] = (bytes[last] as number) + 1;
  return { key: bytes, rangeEnd };
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
