/** Commands, queries and replies as bytes, by the codec that a machine brings, or by CBOR. */

import { type Cbor, createCbor } from '@parliament/cbor';
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

const cbor: Cbor = createCbor();
/** A state may have any number of parts, unlike what comes from others. */
const stateCbor: Cbor = createCbor({ workMax: Number.POSITIVE_INFINITY });

/** Plain data, of any depth and size that CBOR takes from others. */
export function toCbor(value: unknown, name: string): Uint8Array {
  return cbor.encode(value, name);
}

export function fromCbor(bytes: Uint8Array): unknown {
  return cbor.decode(bytes);
}

export function stateToCbor(state: unknown): Uint8Array {
  return stateCbor.encode(state, 'state');
}

export function stateFromCbor(bytes: Uint8Array): unknown {
  return stateCbor.decode(bytes);
}

/**
 * The bytes of a value, by a codec or, without one, as CBOR. What it is called is `name` in a path, and `whose` says of which machine.
 *
 * @throws MachineError `unencodable`, when the codec throws or gives no bytes.
 */
export function encodeBy(codec: Codec | undefined, value: unknown, name: string, whose: string): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec === undefined ? toCbor(value, name) : codec.encode(value);
  } catch (error) {
    throw new MachineError('unencodable', `${whose}: a ${name} has no form as bytes: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (bytes instanceof Uint8Array) return bytes;
  throw new MachineError('unencodable', `${whose}: for a ${name} its codec gave ${kindOf(bytes)}, and no Uint8Array`);
}

/** @throws MachineError `undecodable`, with a message that is the same on every member, whatever the version of the codec. */
export function decodeBy(codec: Codec | undefined, bytes: Uint8Array, name: string, whose: string): unknown {
  try {
    return codec === undefined ? fromCbor(bytes) : codec.decode(bytes);
  } catch (error) {
    const text = `${whose}: ${bytes.length} bytes are no ${name} that its codec has made`;
    throw new MachineError('undecodable', text, { cause: error });
  }
}

/** What was thrown, which may be anything. */
export function messageOf(thrown: unknown): string {
  try {
    return clip(String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown));
  } catch {
    return 'what was thrown cannot be shown';
  }
}
