/** LMDB, by lmdb, awaited until it is on the disk. */

import { loadOther } from '../others.js';
import { type Contender, valueNumbered } from './contender.js';

const NAME = 'lmdb';

interface Database {
  readonly flushed: Promise<unknown>;
  put(key: number, value: Buffer): Promise<boolean>;
  close(): Promise<void>;
}

interface Lmdb {
  open(options: {
    readonly path: string;
    readonly encoding: 'binary';
    readonly keyEncoding: 'uint32';
    readonly overlappingSync: boolean;
  }): Database;
}

/** Both ways to use it. @throws what kept it from being loaded. */
export function lmdbWays(): readonly Contender[] {
  const { open } = loadOther<Lmdb>(NAME);
  const database = (path: string, overlappingSync: boolean): Database =>
    open({ path, encoding: 'binary', keyEncoding: 'uint32', overlappingSync });
  return [
    {
      name: NAME,
      way: 'overlappingSync, and flushed awaited',
      async open(directory) {
        const opened = database(directory, true);
        return {
          async append(number) {
            await opened.put(number, valueNumbered(number));
            // That alone tells only that it is visible.
            await opened.flushed;
          },
          close: () => opened.close(),
        };
      },
    },
    {
      name: NAME,
      way: 'overlappingSync: false',
      async open(directory) {
        const opened = database(directory, false);
        return { append: (number) => opened.put(number, valueNumbered(number)), close: () => opened.close() };
      },
    },
  ];
}
