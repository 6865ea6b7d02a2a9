/**
 * Texts, which come back as they were. Those of CBOR (RFC 8949, major type 3) are UTF-8, which has no form for half of a character, as it
 * is left where a text was cut: such a text has a tag of its own.
 */

import { type TagDecoder, Token, Type } from 'cborg';

/** Unassigned in IANA's registry of CBOR tags. Its content: the UTF-16 units of a text that has no UTF-8, the high byte first. */
const TAG_TEXT = 40_963;

const HALF = /\p{Surrogate}/u;
/** How many arguments a function is surely called with. */
const PIECE = 4_096;
/** What the decoder of cborg puts in the place of what is no UTF-8. */
const REPLACEMENT = '\ufffd';
/** The first byte of a byte order mark (U+FEFF), which that decoder drops at the beginning of a text. */
const MARK_BYTE = 0xef;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null where the text is Unicode, and so cborg can write it. */
export function encodeText(text: string): Token[] | null {
  if (!HALF.test(text)) return null;
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index += 1) view.setUint16(index * 2, text.charCodeAt(index));
  return [new Token(Type.tag, TAG_TEXT), new Token(Type.bytes, bytes)];
}

export const TEXT_TAGS: Record<number, TagDecoder> = { [TAG_TEXT]: (content) => textOf(content()) };

function textOf(content: unknown): string {
  if (!(content instanceof Uint8Array) || content.length % 2 !== 0) throw new TypeError('text of a bad form');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let text = '';
  for (let start = 0; start < content.length; start += PIECE * 2) {
    const length = Math.min(PIECE, (content.length - start) / 2);
    text += String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint16(start + index * 2)));
  }
  if (!HALF.test(text)) throw new TypeError('text that has UTF-8 in another form');
  return text;
}

/** The text of a token that was read at a place: as it was written, or none. @throws TypeError when it is no UTF-8 */
export function exactText(token: Token, bytes: Uint8Array, start: number): Token {
  const text: string = token.value;
  const end = start + (token.encodedLength as number);
  const begin = start + headOf(bytes[start] as number);
  if (bytes[begin] !== MARK_BYTE && !text.includes(REPLACEMENT)) return token;
  return new Token(Type.string, utf8.decode(bytes.subarray(begin, end)), token.encodedLength);
}

/** How many bytes come before those of a text, by the first one. */
function headOf(first: number): number {
  const kind = first & 0x1f;
  return kind < 24 ? 1 : 1 + 2 ** (kind - 24);
}
