/** How cborg is called. It has one writer for all that is encoded, so what encodes while something is encoded gets room of its own. */

import { type EncodeOptions, encode, encodeInto } from 'cborg';
import { encodedLength } from 'cborg/length';

let isBusy = false;

/** The bytes of a value. A getter in it, or who makes bytes of a reference, may call this as well. */
export function written(value: unknown, options: EncodeOptions): Uint8Array {
  if (isBusy) {
    const bytes = new Uint8Array(encodedLength(value, options));
    const { written: length } = encodeInto(value, bytes, options);
    return bytes.subarray(0, length);
  }
  isBusy = true;
  try {
    return encode(value, options);
  } finally {
    isBusy = false;
  }
}
