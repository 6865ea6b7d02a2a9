/**
 * Batches to bytes. Written by hand, field by field as proto/frame.proto has them, since every message goes through here:
 * the generated code costs three times as much. The tests read what this writes with the generated code, too.
 */

import * as platform from '#platform';
import type { ActorPlace, Destination, Envelope, Signal, Waiting, WireReference } from './frame.js';
import { encodeDefinition, encodeReference, encodeSignal } from './frame-codec.js';
import { Numbering, REFERENCES_CHARACTERS_MAX, REFERENCES_MAX, TYPES_MAX } from './numbering.js';

/** Tag and length of the frame, which are known last. */
const HEAD_BYTES = 6;
const BATCH_TAG = 0x32;
const ITEM_TAG = 0x0a;
const ENVELOPE_TAG = 0x0a;
const TO_DEFINED = 0x08;
const TO_WAITING = 0x11;
const TO_REFERENCE = 0x1a;
const SENDER_DEFINED = 0x20;
const SENDER_WAITING = 0x29;
const SENDER_REFERENCE = 0x32;
const TYPE_TAG = 0x38;
const PAYLOAD_TAG = 0x42;
const SPOKEN = [0x48, 1] as const;
const PING = [0x10, 1] as const;
const PONG = [0x18, 1] as const;
const SMALLEST_BYTES = 512;

/** Gathers what leaves over one link, and gives it as frames. */
export class BatchWriter {
  readonly #references: Numbering<ActorPlace>;
  readonly #types: Numbering<string>;
  #bytes: Uint8Array;
  #view: DataView | undefined;
  #position = HEAD_BYTES;
  #items = 0;
  #expected = SMALLEST_BYTES;

  constructor() {
    this.#bytes = platform.allocate(SMALLEST_BYTES);
    this.#references = new Numbering(REFERENCES_MAX, 0, REFERENCES_CHARACTERS_MAX, placeText, (number, place) =>
      this.#define(number, place),
    );
    this.#types = new Numbering(TYPES_MAX, 1, Number.POSITIVE_INFINITY, String, (number, type) =>
      this.#define(number, type),
    );
  }

  /** How many items have been gathered. */
  get items(): number {
    return this.#items;
  }

  /** How many bytes have been gathered. */
  get bytes(): number {
    return this.#position - HEAD_BYTES;
  }

  envelope({ to, sender, codec, payload, spoken = false }: Omit<Envelope, 'type'>): void {
    // What has to be defined is defined before, in items of its own.
    let toNumber = to.kind === 'actor' ? this.#references.numberOf(to) : -1;
    const senderNumber = sender?.kind === 'actor' ? this.#references.numberOf(sender) : -1;
    // The definition of the sender may have taken the number of the receiver.
    if (to.kind === 'actor' && toNumber !== -1 && toNumber === senderNumber) toNumber = this.#references.numberOf(to);
    const type = codec === '' ? 0 : this.#types.numberOf(codec);
    const toBytes = this.#inline(to, toNumber);
    const senderBytes = sender === undefined ? undefined : this.#inline(sender, senderNumber);
    let size = fieldSize(to, toNumber, toBytes) + 1 + varintSize(payload.length) + payload.length;
    if (sender !== undefined) size += fieldSize(sender, senderNumber, senderBytes);
    if (type !== 0) size += 1 + varintSize(type);
    if (spoken) size += SPOKEN.length;
    this.#reserve(size + 12);
    this.#byte(ITEM_TAG);
    this.#varint(1 + varintSize(size) + size);
    this.#byte(ENVELOPE_TAG);
    this.#varint(size);
    this.#field(to, toNumber, toBytes, TO_DEFINED, TO_WAITING, TO_REFERENCE);
    if (sender !== undefined) {
      this.#field(sender, senderNumber, senderBytes, SENDER_DEFINED, SENDER_WAITING, SENDER_REFERENCE);
    }
    if (type !== 0) {
      this.#byte(TYPE_TAG);
      this.#varint(type);
    }
    this.#byte(PAYLOAD_TAG);
    this.#varint(payload.length);
    this.#copy(payload);
    if (spoken) for (const byte of SPOKEN) this.#byte(byte);
    this.#items += 1;
  }

  signal(signal: Signal): void {
    this.#item(encodeSignal(signal));
  }

  /** The frame of what has been gathered. Begins anew. */
  finish(ping: boolean, pong: boolean): Uint8Array {
    this.#reserve(4);
    if (ping) for (const byte of PING) this.#byte(byte);
    if (pong) for (const byte of PONG) this.#byte(byte);
    const end = this.#position;
    const length = end - HEAD_BYTES;
    const start = HEAD_BYTES - 1 - varintSize(length);
    this.#position = start;
    this.#byte(BATCH_TAG);
    this.#varint(length);
    const frame = this.#bytes.subarray(start, end);
    // Frames come in runs of the same size.
    this.#expected = Math.max(SMALLEST_BYTES, Math.min(this.#bytes.length, end * 2));
    this.#bytes = platform.allocate(this.#expected);
    this.#view = undefined;
    this.#position = HEAD_BYTES;
    this.#items = 0;
    return frame;
  }

  #define(number: number, meaning: ActorPlace | string): void {
    this.#item(encodeDefinition(number, meaning));
  }

  #item(bytes: Uint8Array): void {
    this.#reserve(6 + bytes.length);
    this.#byte(ITEM_TAG);
    this.#varint(bytes.length);
    this.#copy(bytes);
    this.#items += 1;
  }

  #inline(to: Destination | WireReference | Waiting, number: number): Uint8Array | undefined {
    return number >= 0 || to.kind === 'waiting' ? undefined : encodeReference(to as WireReference);
  }

  #field(
    to: Destination | WireReference | Waiting,
    number: number,
    bytes: Uint8Array | undefined,
    definedTag: number,
    waitingTag: number,
    referenceTag: number,
  ): void {
    if (number >= 0) {
      this.#byte(definedTag);
      this.#varint(number);
    } else if (to.kind === 'waiting') {
      this.#byte(waitingTag);
      this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
      this.#view.setFloat64(this.#position, to.id, true);
      this.#position += 8;
    } else {
      const reference = bytes as Uint8Array;
      this.#byte(referenceTag);
      this.#varint(reference.length);
      this.#copy(reference);
    }
  }

  #reserve(count: number): void {
    const needed = this.#position + count;
    if (needed <= this.#bytes.length) return;
    const grown = platform.allocate(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
    this.#view = undefined;
  }

  #byte(byte: number): void {
    this.#bytes[this.#position] = byte;
    this.#position += 1;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#position] = (rest & 127) | 128;
      this.#position += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#position] = rest;
    this.#position += 1;
  }

  #copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }
}

function fieldSize(to: Destination | WireReference | Waiting, number: number, bytes: Uint8Array | undefined): number {
  if (number >= 0) return 1 + varintSize(number);
  if (to.kind === 'waiting') return 9;
  const { length } = bytes as Uint8Array;
  return 1 + varintSize(length) + length;
}

function varintSize(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  return value < 2_097_152 ? 3 : value < 268_435_456 ? 4 : 5;
}

/** With another key, or none, it is another reference: perhaps one that opens nothing. */
function placeText({ node, incarnation, path, key }: ActorPlace): string {
  return `${node}/${incarnation}/${key.join()}/${path.join('/')}`;
}
