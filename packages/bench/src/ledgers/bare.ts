/** What no log on Node.js can be faster than with one appender: the bytes alone, written and synced, one at a time. */

import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Contender, VALUE_BYTES, valueNumbered } from './contender.js';

const FILE_BYTES = 4 * 1024 * 1024;

const write = promisify(fs.write);
const fdatasync = promisify(fs.fdatasync);

/** A file whose blocks are all allocated and written, so that a write changes nothing but the bytes. */
function preallocated(directory: string): string {
  const file = path.join(directory, 'bare');
  fs.writeFileSync(file, Buffer.alloc(FILE_BYTES), { flush: true });
  return file;
}

/** Where the value of this number goes: over an older one when the file is full. */
function placeOf(number: number): number {
  return (number * VALUE_BYTES) % (FILE_BYTES - VALUE_BYTES);
}

export const bareWays: readonly Contender[] = [
  {
    name: 'bare',
    way: 'writeSync and fdatasync',
    mostWaiting: 1,
    async open(directory) {
      const file = fs.openSync(preallocated(directory), 'r+');
      return {
        append(number) {
          fs.writeSync(file, valueNumbered(number), 0, VALUE_BYTES, placeOf(number));
          return fdatasync(file);
        },
        close: async () => fs.closeSync(file),
      };
    },
  },
  {
    name: 'bare',
    way: 'O_DSYNC and write',
    mostWaiting: 1,
    async open(directory) {
      const file = fs.openSync(preallocated(directory), fs.constants.O_RDWR | fs.constants.O_DSYNC);
      return {
        append: (number) => write(file, valueNumbered(number), 0, VALUE_BYTES, placeOf(number)),
        close: async () => fs.closeSync(file),
      };
    },
  },
];
