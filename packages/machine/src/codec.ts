/** Commands, queries and replies as bytes, by the codec that a machine brings, or by CBOR. */

import { type Cbor, createCbor } from '@parliament/cbor';
import type { Form } from './core.js';
import { MachineError } from './errors.js';
import { kindOf, messageOf } from './text.js';

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
  // A copy of what a codec gives: it may use its buffer again, while this waits to be decided.
  if (bytes instanceof Uint8Array) return codec === undefined ? bytes : new Uint8Array(bytes);
  throw new MachineError('unencodable', `${whose}: for a ${name} its codec gave ${kindOf(bytes)}, and no Uint8Array`);
}

/** @throws MachineError `malformed`, with a message that is the same on every member, whatever the version of the codec. */
export function decodeBy(codec: Codec | undefined, bytes: Uint8Array, name: string, whose: string): unknown {
  try {
    return codec === undefined ? fromCbor(bytes) : codec.decode(bytes);
  } catch (error) {
    const text = `${whose}: ${bytes.length} bytes are no ${name} that its codec has made`;
    throw new MachineError('malformed', text, { cause: error });
  }
}

/** Values of one kind, by a codec or as CBOR. */
export function formOf(codec: Codec | undefined, name: string, whose: string): Form {
  return {
    write: (value) => encodeBy(codec, value, name, whose),
    read: (bytes) => decodeBy(codec, bytes, name, whose),
  };
}

const NOTHING = 0;
const SOMETHING = 1;

/** Values of one kind, or undefined, of which a codec need not know: many have no form for it. CBOR has. */
export function optionalFormOf(codec: Codec | undefined, name: string, whose: string): Form {
  const form = formOf(codec, name, whose);
  if (codec === undefined) return form;
  return {
    write: (value) => (value === undefined ? Uint8Array.of(NOTHING) : withHead(SOMETHING, form.write(value))),
    read: (bytes) => (bytes.length === 1 && bytes[0] === NOTHING ? undefined : form.read(bytes.subarray(1))),
  };
}

/** Bytes after one that says what they are. */
export function withHead(head: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 1);
  bytes[0] = head;
  bytes.set(content, 1);
  return bytes;
}
