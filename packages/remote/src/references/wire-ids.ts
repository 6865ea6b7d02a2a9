/**
 * The numbers under which those who wait for a reply are known to another node. They are drawn at random, since whoever
 * knows one may answer: 53 bits cannot be guessed in the time that a call waits.
 */

import * as platform from '#platform';

/** How many bytes are drawn at a time, as each drawing has its price. */
const POOL_BYTES = 4096;
const ID_BYTES = 8;

let pool: DataView = new DataView(new ArrayBuffer(0));
let drawn = 0;

/** A random whole number below 2^53. */
function draw(): number {
  if (drawn + ID_BYTES > pool.byteLength) {
    const bytes = platform.randomBytes(POOL_BYTES);
    pool = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    drawn = 0;
  }
  const high = pool.getUint32(drawn) >>> 11;
  const low = pool.getUint32(drawn + 4);
  drawn += ID_BYTES;
  return high * 2 ** 32 + low;
}

/** Of those who wait for one peer: which number there stands for which id here. */
export class WireIds {
  readonly #numbers: Map<number | string, number> = new Map();
  readonly #ids: Map<number, number | string> = new Map();

  /** The number of the one who waits under an id, drawn when it is first asked for. */
  numberOf(id: number | string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    let number = draw();
    while (this.#ids.has(number)) number = draw();
    this.#numbers.set(id, number);
    this.#ids.set(number, id);
    return number;
  }

  /** The inverse; undefined when nobody waits under the number. */
  idOf(number: number): number | string | undefined {
    return this.#ids.get(number);
  }

  /** Nobody waits under the id any more. */
  forget(id: number | string): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#numbers.delete(id);
    this.#ids.delete(number);
  }
}
