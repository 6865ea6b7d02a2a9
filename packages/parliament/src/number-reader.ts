import pb from 'protobufjs/minimal.js';

/** protobufjs reads a uint64 as an object; here it is a number, and an error where a number is not exact. */
export class NumberReader extends pb.BufferReader {
  override uint64(): never {
    const { low, high } = super.uint64() as unknown as { low: number; high: number };
    const value = (high >>> 0) * 0x1_0000_0000 + (low >>> 0);
    if (!Number.isSafeInteger(value)) throw new RangeError('a number is above 2^53');
    return value as never;
  }
}
