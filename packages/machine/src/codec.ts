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
/** A reply is made here, of a state that may be large: it has as many parts as it has. */
const replyCbor: Cbor = createCbor({ workMax: Number.POSITIVE_INFINITY });
/** A state is made here as well, and keeps commands inside its own values: it may be nested deeper than they. */
const stateCbor: Cbor = createCbor({ workMax: Number.POSITIVE_INFINITY, depthMax: 256 });

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
 * The bytes of a value as CBOR. What it is called is `name` in a path, and `whose` says of which machine.
 *
 * @throws MachineError `unencodable`
 */
export function encodeCbor(value: unknown, name: string, whose: string, by: Cbor = cbor): Uint8Array {
  return encoded(() => by.encode(value, name), name, whose);
}

/** @throws MachineError `malformed` */
export function decodeCbor(bytes: Uint8Array, name: string, whose: string, by: Cbor = cbor): unknown {
  return decoded(() => by.decode(bytes), bytes.length, name, whose);
}

function encoded(encode: () => unknown, name: string, whose: string): Uint8Array {
  const what = /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
  let bytes: unknown;
  try {
    bytes = encode();
  } catch (error) {
    throw new MachineError('unencodable', `${whose}: ${what} has no form as bytes: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (bytes instanceof Uint8Array) return bytes;
  throw new MachineError('unencodable', `${whose}: for ${what} its codec gave ${kindOf(bytes)}, and no Uint8Array`);
}

/** With a message that is the same on every member, whatever the version of the codec. */
function decoded(decode: () => unknown, length: number, name: string, whose: string): unknown {
  try {
    return decode();
  } catch (error) {
    throw new MachineError('malformed', `${whose}: ${length} bytes are no ${name} that its codec has made`, {
      cause: error,
    });
  }
}

/** Values of one kind, by a codec or as CBOR. */
export function formOf(codec: Codec | undefined, name: string, whose: string): Form {
  return codec === undefined ? cborFormOf(cbor, name, whose) : codecFormOf(codec, name, whose);
}

function cborFormOf(by: Cbor, name: string, whose: string): Form {
  return {
    write: (value) => encodeCbor(value, name, whose, by),
    read: (bytes) => decodeCbor(bytes, name, whose, by),
  };
}

/** A codec may use the memory of what it gave again, and keep what it was given, which is a part of something larger: both are copied. */
function codecFormOf(codec: Codec, name: string, whose: string): Form {
  return {
    write: (value) => new Uint8Array(encoded(() => codec.encode(value), name, whose)),
    read: (bytes) => decoded(() => codec.decode(new Uint8Array(bytes)), bytes.length, name, whose),
  };
}

const NOTHING = 0;
const SOMETHING = 1;

/** Values of one kind, or undefined, of which a codec need not know: many have no form for it. CBOR has. */
export function optionalFormOf(codec: Codec | undefined, name: string, whose: string): Form {
  if (codec === undefined) return cborFormOf(replyCbor, name, whose);
  const form = codecFormOf(codec, name, whose);
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
