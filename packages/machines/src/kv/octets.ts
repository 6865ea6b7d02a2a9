// The bytes of a snapshot: whole numbers in groups of seven bits, the lowest first, and runs of bytes with their length before.

import { type Packed, pack, textOf } from './bytes.js';
import { KvError } from './errors.js';

/** Bytes that are being written. */
export class Octets {
  #bytes = new Uint8Array(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length] = (rest % 0x80) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** Bytes with their length before. */
  run(packed: Packed): void {
    this.number(packed.length);
    if (typeof packed === 'string') {
      this.#reserve(packed.length);
      for (let at = 0; at < packed.length; at += 1) this.#bytes[this.#length + at] = packed.charCodeAt(at);
      this.#length += packed.length;
    } else this.append(packed);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** All of them, until more are written. */
  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Drops so many bytes from the front. */
  drop(length: number): void {
    this.#bytes.copyWithin(0, length, this.#length);
    this.#length -= length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
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
