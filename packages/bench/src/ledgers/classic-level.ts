/** LevelDB, by classic-level, every write with `sync: true`. */

import { loadOther } from '../others.js';
import { type Contender, type DurableLog, valueNumbered } from './contender.js';

const NAME = 'classic-level';
const SYNC = { sync: true } as const;
const BUFFERS = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

interface Put {
  readonly type: 'put';
  readonly key: Buffer;
  readonly value: Buffer;
}

interface Database {
  open(): Promise<void>;
  put(key: Buffer, value: Buffer, options: typeof SYNC): Promise<void>;
  batch(operations: readonly Put[], options: typeof SYNC): Promise<void>;
  close(): Promise<void>;
}

interface Level {
  readonly ClassicLevel: new (directory: string, options: typeof BUFFERS) => Database;
}

/** Both ways to use it. @throws what kept it from being loaded. */
export function classicLevelWays(): readonly Contender[] {
  const { ClassicLevel } = loadOther<Level>(NAME);
  const open = async (directory: string): Promise<Database> => {
    const database = new ClassicLevel(directory, BUFFERS);
    await database.open();
    return database;
  };
  return [
    {
      name: NAME,
      way: 'put',
      async open(directory) {
        const database = await open(directory);
        return {
          append: (number) => database.put(keyOf(number), valueNumbered(number), SYNC),
          close: () => database.close(),
        };
      },
    },
    {
      name: NAME,
      way: 'batch',
      async open(directory) {
        const database = await open(directory);
        return inBatches(
          (numbers) =>
            database.batch(
              numbers.map((number) => ({ type: 'put', key: keyOf(number), value: valueNumbered(number) })),
              SYNC,
            ),
          () => database.close(),
        );
      },
    },
  ];
}

function keyOf(number: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(number));
  return key;
}

/** One batch at a time, of all that was appended while the one before was written. */
function inBatches(write: (numbers: readonly number[]) => Promise<void>, close: () => Promise<void>): DurableLog {
  let waiting: { readonly number: number; readonly resolve: () => void }[] = [];
  let isWorking = false;
  const work = async (): Promise<void> => {
    isWorking = true;
    // Those who append in one go, or again at once, share a batch: our own ledger waits for them in the same way.
    await null;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await write(batch.map(({ number }) => number));
      for (const { resolve } of batch) resolve();
      await null;
      await null;
    }
    isWorking = false;
  };
  return {
    append: (number) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ number, resolve });
        if (!isWorking) work().catch(reject);
      }),
    close,
  };
}
