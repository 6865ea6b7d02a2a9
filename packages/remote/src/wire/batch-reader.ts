/**
 * Bytes to batches: the counterpart of batch-writer.ts, for what comes over a link that is up. Everything is checked here,
 * before anything acts on it; whatever is wrong is a {@link BadFrameError}.
 */

import type { Batch, Destination, Envelope, Item, Waiting, WireReference } from './frame.js';
import { decodeDefinition, decodeReference, decodeSignal } from './frame-codec.js';
import { BadFrameError, codecType, count, NO_BYTES } from './frame-validator.js';
import { type Definitions, REFERENCES_MAX, TYPES_MAX } from './numbering.js';

/** A writer begins a new frame at this many items. One message may need three definitions. */
export const BATCH_ITEMS_MAX = 1024;
const ITEMS_MAX: number = BATCH_ITEMS_MAX + 3;

const BATCH_TAG = 0x32;
const ITEM_TAG = 0x0a;
const PING_TAG = 0x10;
const PONG_TAG = 0x18;
const ENVELOPE_TAG = 0x0a;
const DEFINE_TAG = 0x12;

/**
 * Decodes a frame that must be a batch. What it defines goes into `definitions`.
 *
 * @throws BadFrameError; then `definitions` are of no use any more, as the link must end.
 */
export function decodeBatch(bytes: Uint8Array, definitions: Definitions): Batch {
  return new BatchReader(bytes, definitions).batch();
}

class BatchReader {
  readonly #bytes: Uint8Array;
  readonly #definitions: Definitions;
  #view: DataView | undefined;
  #position = 0;

  constructor(bytes: Uint8Array, definitions: Definitions) {
    this.#bytes = bytes;
    this.#definitions = definitions;
  }

  batch(): Batch {
    const end = this.#bytes.length;
    if (this.#tag(end) !== BATCH_TAG) throw new BadFrameError('frame that is no batch, on a link that is up');
    if (this.#varint(end) !== end - this.#position) throw new BadFrameError('frame that does not end with its body');
    const items: Item[] = [];
    let ping = false;
    let pong = false;
    let read = 0;
    while (this.#position < end) {
      const tag = this.#tag(end);
      if (tag === ITEM_TAG) {
        read += 1;
        if (read > ITEMS_MAX) throw new BadFrameError('batch with too many items');
        const item = this.#item(this.#length(end));
        if (item !== undefined) items.push(item);
      } else if (tag === PING_TAG) ping = this.#varint(end) !== 0;
      else if (tag === PONG_TAG) pong = this.#varint(end) !== 0;
      else this.#skip(tag, end);
    }
    if (read === 0 && !ping && !pong) throw new BadFrameError('empty batch');
    return { type: 'batch', items, ping, pong };
  }

  /** `end`: where the item ends. Undefined: it was a definition. */
  #item(end: number): Item | undefined {
    const start = this.#position;
    const tag = this.#tag(end);
    if (this.#length(end) !== end) throw new BadFrameError('item that does not end with its body');
    if (tag === ENVELOPE_TAG) return this.#envelope(end);
    const item = this.#bytes.subarray(start, end);
    this.#position = end;
    if (tag !== DEFINE_TAG) return decodeSignal(item);
    const { number, meaning } = decodeDefinition(item);
    this.#definitions.define(number, typeof meaning === 'string' ? codecType(meaning) : meaning);
    return undefined;
  }

  #envelope(end: number): Envelope {
    let to: Destination | undefined;
    let sender: WireReference | Waiting | undefined;
    let type = 0;
    let payload = NO_BYTES;
    let spoken = false;
    while (this.#position < end) {
      const tag = this.#tag(end);
      switch (tag) {
        case 0x08:
        case 0x11:
        case 0x1a:
          if (to !== undefined) throw new BadFrameError('envelope with two destinations');
          to = destination(this.#whom(tag, 0x08, 0x11, end));
          break;
        case 0x20:
        case 0x29:
        case 0x32:
          if (sender !== undefined) throw new BadFrameError('envelope with two senders');
          sender = this.#whom(tag, 0x20, 0x29, end);
          break;
        case 0x38:
          type = this.#varint(end);
          break;
        case 0x48:
          spoken = this.#varint(end) !== 0;
          break;
        case 0x42: {
          const stop = this.#length(end);
          payload = this.#bytes.subarray(this.#position, stop);
          this.#position = stop;
          break;
        }
        default:
          this.#skip(tag, end);
      }
    }
    if (to === undefined) throw new BadFrameError('envelope without a destination');
    if (type > TYPES_MAX) throw new BadFrameError('envelope of a type out of range');
    const envelope = { type: 'envelope', to, sender, codec: this.#definitions.type(type), payload } as const;
    return spoken ? { ...envelope, spoken } : envelope;
  }

  #whom(tag: number, definedTag: number, waitingTag: number, end: number): WireReference | Waiting {
    if (tag === definedTag) {
      const number = this.#varint(end);
      if (number >= REFERENCES_MAX) throw new BadFrameError('reference under a number out of range');
      return this.#definitions.reference(number);
    }
    if (tag === waitingTag) {
      if (end - this.#position < 8) throw new BadFrameError('frame that ends too early');
      this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
      const id = this.#view.getFloat64(this.#position, true);
      this.#position += 8;
      return { kind: 'waiting', id: count(id) };
    }
    const stop = this.#length(end);
    const reference = decodeReference(this.#bytes.subarray(this.#position, stop));
    this.#position = stop;
    return reference;
  }

  /** Reads a length, and gives where what has it ends. */
  #length(end: number): number {
    const length = this.#varint(end);
    if (length > end - this.#position) throw new BadFrameError('frame that ends too early');
    return this.#position + length;
  }

  #tag(end: number): number {
    return this.#varint(end);
  }

  /** An unsigned number of 32 bits. */
  #varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#position >= end) throw new BadFrameError('frame that ends too early');
      const byte = this.#bytes[this.#position] as number;
      this.#position += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new BadFrameError('number of more than 32 bits');
  }

  /** A field that this version does not know. */
  #skip(tag: number, end: number): void {
    switch (tag & 7) {
      case 0:
        while (this.#position < end && (this.#bytes[this.#position] as number) > 127) this.#position += 1;
        this.#position += 1;
        break;
      case 1:
        this.#position += 8;
        break;
      case 2:
        this.#position = this.#length(end);
        break;
      case 5:
        this.#position += 4;
        break;
      default:
        throw new BadFrameError('field of an unknown form');
    }
    if (this.#position > end) throw new BadFrameError('frame that ends too early');
  }
}

function destination(whom: WireReference | Waiting): Destination {
  if (whom.kind === 'system' || whom.kind === 'nobody') throw new BadFrameError('envelope to what takes no messages');
  return whom;
}
