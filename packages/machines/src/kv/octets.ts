// The bytes of a snapshot: whole numbers in groups of seven bits, the lowest first, and runs of bytes with their length before.

import { type Packed, pack, textOf } from './bytes.js';
import { KvError } from './errors.js';

/** Bytes that are being written at the end, and may be dropped from the front. */
export class Octets {
  #bytes = new Uint8Array(1_024);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#end] = (rest % 0x80) | 0x80;
      this.#end += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#end] = rest;
    this.#end += 1;
  }

  /** Bytes with their length before. */
  run(packed: Packed): void {
    this.number(packed.length);
    if (typeof packed === 'string') {
      this.#reserve(packed.length);
      for (let at = 0; at < packed.length; at += 1) this.#bytes[this.#end + at] = packed.charCodeAt(at);
      this.#end += packed.length;
    } else this.append(packed);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** All of them, until more are written. */
  all(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Drops so many bytes from the front. */
  drop(length: number): void {
    this.#start += length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const { length } = this;
    // Moved to the front where that makes as much room as there is to move; so no byte is moved again and again.
    if (this.#start >= length && length + more <= this.#bytes.length) this.#bytes.copyWithin(0, this.#start, this.#end);
    else {
      const larger = new Uint8Array(Math.max(length + more, length * 2));
      larger.set(this.all());
      this.#bytes = larger;
    }
    this.#start = 0;
    this.#end = length;
  }
}

/** Bytes that are being read. */
export class OctetsReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(): number {
    const number = this.wholeNumber();
    if (number === undefined) throw damaged('a number is cut off');
    return number;
  }

  /** A number, or nothing when it has not come as a whole. */
  wholeNumber(): number | undefined {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw damaged('a number is too large');
      if (byte < 0x80) return value;
    }
  }

  /** What is kept of a run of bytes. */
  packed(): Packed {
    return pack(this.#run());
  }

  /** A run of bytes as a string with a character for each. */
  text(): string {
    return textOf(this.#run());
  }

  /** So many bytes, or nothing when they have not all come. */
  piece(length: number): Uint8Array | undefined {
    if (this.left < length) return undefined;
    const piece = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return piece;
  }

  #run(): Uint8Array {
    const run = this.piece(this.number());
    if (run === undefined) throw damaged('a run of bytes is cut off');
    return run;
  }
}

/** The error for a snapshot that cannot be read. */
export function damaged(what: string): KvError {
  return new KvError('damaged-snapshot', `the snapshot of the key space is damaged: ${what}; take another one`);
}
