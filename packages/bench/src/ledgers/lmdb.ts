/** LMDB, by lmdb, awaited until it is on the disk. */

import type { RootDatabase } from 'lmdb';
import type { Contender } from './contender.js';
import { valueNumbered } from './contender.js';

const NAME = 'lmdb';

/** Both ways to use it. @throws what kept it from being loaded. */
export async function lmdbWays(): Promise<readonly Contender[]> {
  const { open } = await import('lmdb');
  const database = (path: string, overlappingSync: boolean): RootDatabase<Buffer, number> =>
    open<Buffer, number>({ path, encoding: 'binary', keyEncoding: 'uint32', overlappingSync });
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
