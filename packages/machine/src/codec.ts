/** Commands, queries and replies as bytes, by the codec that a machine brings, or by CBOR. */

import { decode, encode } from 'cborg';
import { MachineError } from './errors.js';
import { clip, kindOf } from './text.js';

/**
 * Values to bytes and back. The same value gives the same bytes, and what comes back equals what was given. Both throw on what is
 * none of theirs; `decode` is given the bytes of anybody.
 */
export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** Plain data as CBOR (RFC 8949). */
export const CBOR: Codec = { encode: (value) => encode(value), decode: (bytes) => decode(bytes) };

/** @throws MachineError `unencodable`, which says of what, when the codec throws or gives no bytes. */
export function encodeBy(codec: Codec, value: unknown, what: string): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (error) {
    throw new MachineError('unencodable', `${what} has no form as bytes: ${messageOf(error)}`, { cause: error });
  }
  // Not `instanceof`: the codec may be of another realm.
  if (ArrayBuffer.isView(bytes) && Object.prototype.toString.call(bytes) === '[object Uint8Array]') {
    return bytes as Uint8Array;
  }
  throw new MachineError('unencodable', `${what}: the codec of the machine gave ${kindOf(bytes)}, and no Uint8Array`);
}

/** @throws MachineError `undecodable`, with a message that depends on nothing but `what` and the number of bytes. */
export function decodeBy(codec: Codec, bytes: Uint8Array, what: string): unknown {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new MachineError(
      'undecodable',
      `${what} of ${bytes.length} bytes is none that the codec of the machine made`,
      {
        cause: error,
      },
    );
  }
}

function messageOf(error: unknown): string {
  try {
    return clip(String((error as { message?: unknown } | null | undefined)?.message ?? error));
  } catch {
    return 'what it threw cannot be shown';
  }
}
