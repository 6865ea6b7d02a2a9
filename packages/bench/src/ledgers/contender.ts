/** What is measured of a log: small values that are appended, and awaited until they are on the disk. */

import { randomBytes } from 'node:crypto';

/** The length of every value. What a log adds to it is part of what is measured. */
export const VALUE_BYTES = 200;

/** A log that is open. */
export interface DurableLog {
  /** Resolves when the value of this number is on the disk. Numbers count from 1, and none comes twice. */
  append(number: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** One way to keep values. */
export interface Contender {
  readonly name: string;
  /** Ways of the same contender are told as one: the best of them at each number of appenders. */
  readonly way: string;
  /** At most so many appenders; for what is done one at a time. */
  readonly mostWaiting?: number;
  /** Opens a log in an empty directory. */
  open(directory: string): Promise<DurableLog>;
}

/** Random, and long enough that no value comes twice soon: nothing is to be gained by compressing. */
const pool = randomBytes(5000 * VALUE_BYTES);

export function valueNumbered(number: number): Buffer {
  const offset = (number * VALUE_BYTES) % pool.length;
  return pool.subarray(offset, offset + VALUE_BYTES);
}
