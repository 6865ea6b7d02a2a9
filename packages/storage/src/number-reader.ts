/** Whole numbers of protobuf messages as numbers. */

import pb from 'protobufjs/minimal.js';

/** protobufjs reads a uint64 as an object; here it is a number, and a refusal where a number is not exact. */
export class NumberReader extends pb.BufferReader {
  readonly #Refusal: new (
    message: string,
  ) => Error;

  constructor(bytes: Uint8Array, Refusal: new (message: string) => Error = RangeError) {
    super(bytes);
    this.#Refusal = Refusal;
  }

  override uint64(): never {
    const { low, high } = super.uint64() as unknown as { low: number; high: number };
    const value = (high >>> 0) * 0x1_0000_0000 + (low >>> 0);
    if (!Number.isSafeInteger(value)) throw new this.#Refusal('a number is above 2^53');
    return value as never;
  }
}

/** For a number that was not written, protobufjs gives an object that stands for 0. */
export function numberOf(read: unknown): number {
  return typeof read === 'number' ? read : 0;
}
