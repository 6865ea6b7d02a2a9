import type { Random } from './random.js';

/** No mutated input gets longer: what makes decoders work hard is found in short ones too, and more of them are tried. */
const BYTES_MAX = 8192;

/** Values at which decoders change their mind: bounds of varints, of lengths and of the heads of CBOR. */
const TELLING = [0, 1, 0x0a, 0x12, 0x17, 0x18, 0x32, 0x40, 0x5f, 0x7f, 0x80, 0x9f, 0xa0, 0xc1, 0xd9, 0xfb, 0xfe, 0xff];

/** Alters bytes at random, in one buffer that is used again and again. */
export class Mutator {
  readonly #random: Random;
  readonly #bytes: Buffer = Buffer.alloc(BYTES_MAX);
  #length = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A copy of `original` with one alteration or some; `other` is for splicing. */
  mutate(original: Uint8Array, other: Uint8Array): Buffer {
    this.#length = Math.min(original.length, BYTES_MAX);
    this.#bytes.set(original.length <= BYTES_MAX ? original : original.subarray(0, BYTES_MAX));
    do this.#alter(other);
    while (this.#random.oneIn(3));
    return this.#copy();
  }

  /** Bytes without any sense. Mostly few, as the first ones decide. */
  noise(): Buffer {
    this.#length = this.#random.below(this.#random.oneIn(64) ? 1024 : 32);
    for (let place = 0; place < this.#length; place += 1) this.#bytes[place] = this.#random.next() & 0xff;
    return this.#copy();
  }

  /** A buffer of its own, as one that comes from a socket is. */
  #copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #alter(other: Uint8Array): void {
    const random = this.#random;
    const place = random.below(this.#length);
    switch (random.below(9)) {
      case 0:
        this.#bytes[place] = (this.#bytes[place] as number) ^ (1 << random.below(8));
        break;
      case 1:
        this.#bytes[place] = random.next() & 0xff;
        break;
      case 2:
        this.#bytes[place] = random.pick(TELLING);
        break;
      case 3:
        this.#insert(place, random.bytes(1 + random.below(8)));
        break;
      case 4:
        this.#delete(place, 1 + random.below(8));
        break;
      case 5:
        this.#insert(place, this.#slice(place, 1 + random.below(64)));
        break;
      case 6:
        this.#splice(place, other);
        break;
      case 7:
        this.#length = place;
        break;
      default:
        this.#repeat(place);
    }
  }

  #slice(from: number, count: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(from, Math.min(from + count, this.#length)));
  }

  #insert(place: number, bytes: Uint8Array): void {
    if (this.#length + bytes.length > BYTES_MAX) return;
    this.#bytes.copyWithin(place + bytes.length, place, this.#length);
    this.#bytes.set(bytes, place);
    this.#length += bytes.length;
  }

  #delete(place: number, most: number): void {
    const count = Math.min(most, this.#length - place);
    this.#bytes.copyWithin(place, place + count, this.#length);
    this.#length -= count;
  }

  /** Goes on as the other one does, from somewhere. */
  #splice(place: number, other: Uint8Array): void {
    const from = this.#random.below(other.length);
    const tail = other.subarray(from, from + BYTES_MAX - place);
    this.#bytes.set(tail, place);
    this.#length = place + tail.length;
  }

  #repeat(place: number): void {
    const piece = this.#slice(place, 1 + this.#random.below(32));
    for (let times = 1 + this.#random.below(32); times > 0; times -= 1) this.#insert(place, piece);
  }
}
