/**
 * Alterations inside a frame whose lengths are right all the same. One that is altered anywhere mostly says a wrong length, and
 * is refused for that before the rest of it is looked at.
 */

import { decodeFrame, encodeFrame } from '#src/wire/frame-codec.js';

type Alter = (bytes: Uint8Array) => Uint8Array;

const BATCH_TAG = 0x32;
const ITEM_TAG = 0x0a;
const ENVELOPE_TAG = 0x0a;

/** A batch whose items are altered here and there, each within its bounds. */
export function alterItems(batch: Uint8Array, alter: Alter, isAltered: () => boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let position = contentOf(batch, 0).start; position < batch.length; ) {
    if (batch[position] !== ITEM_TAG) {
      // What comes after the items: whether it asks for a sign of life.
      parts.push(batch.subarray(position));
      break;
    }
    const { start, end } = contentOf(batch, position);
    const item = batch.subarray(start, end);
    parts.push(wrap(ITEM_TAG, isAltered() ? alterItem(item, alter) : item));
    position = end;
  }
  return wrap(BATCH_TAG, Buffer.concat(parts));
}

/** An envelope is altered inside, as it is what is read by hand. */
function alterItem(item: Uint8Array, alter: Alter): Uint8Array {
  return item[0] === ENVELOPE_TAG ? wrap(ENVELOPE_TAG, alter(item.subarray(contentOf(item, 0).start))) : alter(item);
}

/** A frame of the handshake that holds another greeting, or another mac. */
export function alterContent(frame: Uint8Array, alter: Alter): Uint8Array {
  const decoded = decodeFrame(frame);
  if (decoded.type === 'hello') return encodeFrame({ ...decoded, greeting: alter(decoded.greeting) });
  if (decoded.type === 'welcome') return encodeFrame({ ...decoded, greeting: alter(decoded.greeting) });
  return decoded.type === 'proof' ? encodeFrame({ ...decoded, mac: alter(decoded.mac) }) : alter(frame);
}

function wrap(tag: number, content: Uint8Array): Uint8Array {
  const head = [tag];
  let rest = content.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  return Buffer.concat([Uint8Array.of(...head, rest), content]);
}

/** Where the content of a well-formed field stands. */
function contentOf(bytes: Uint8Array, field: number): { readonly start: number; readonly end: number } {
  let length = 0;
  let start = field + 1;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[start] as number;
    start += 1;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) return { start, end: start + length };
  }
}
