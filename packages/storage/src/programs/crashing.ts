/** Runs a workload, crashes its disk after every operation, and opens what is left. */

import type { DurableRecord } from '@parliament/synod';
import { openLedger } from '../index.js';
import { ImageDisk } from './image-disk.js';
import { randomFrom } from './random.js';
import { DIRECTORY, type Expectation, GROUPS, newExpectation, objection, optionsFor, work } from './workload.js';

/** So often a disk is worked on, and closed, before another one is. */
const ROUNDS = 5;

export interface Crashes {
  readonly operations: number;
  readonly images: number;
  readonly violations: readonly string[];
}

/** An image, and what was acknowledged when it was taken. */
interface Taken {
  readonly operation: number;
  readonly disk: ImageDisk;
  readonly expected: ReadonlyMap<string, Expectation>;
}

export interface CrashOptions {
  /** The disk that crashes. Default: one that is as it should be. */
  readonly makeDisk?: () => ImageDisk;
  onProgress?(done: number): void;
}

/** Opens at least `images` images of as many workloads as it takes, beginning with `seed`. */
export async function crash(
  images: number,
  seed: number,
  { makeDisk = () => new ImageDisk(), onProgress }: CrashOptions = {},
): Promise<Crashes> {
  const violations: string[] = [];
  let [done, operations] = [0, 0];
  for (let run = seed; done < images; run += 1) {
    const chance = randomFrom(run);
    const disk = makeDisk();
    const expected = new Map(GROUPS.map((group) => [group, newExpectation()]));
    let waiting: Taken[] = [];
    disk.onOperation = () => {
      for (let copies = 0; copies < 4; copies += 1) {
        waiting.push({ operation: disk.operations, disk: disk.image(chance), expected: copyOf(expected) });
      }
    };
    const opening = async (): Promise<void> => {
      const some = waiting;
      waiting = [];
      for (const taken of some) {
        const found = await judge(taken, chance);
        if (found !== undefined) violations.push(`seed ${run}, operation ${taken.operation}: ${found}`);
        done += 1;
      }
      onProgress?.(done);
    };
    let slot = 0;
    for (let round = 0; round < ROUNDS && done < images; round += 1) {
      slot = await work(disk, expected, slot, chance);
      await opening();
    }
    operations += disk.operations;
  }
  return { operations, images: done, violations };
}

function copyOf(expected: ReadonlyMap<string, Expectation>): Map<string, Expectation> {
  return new Map([...expected].map(([group, each]) => [group, { ...each, appended: [...each.appended] }]));
}

async function judge({ disk, expected }: Taken, chance: () => number): Promise<string | undefined> {
  for (const [group, each] of expected) {
    try {
      const records = await contentsOf(disk, group);
      const problem = objection(each, records);
      if (problem !== undefined) return `${group}: ${problem}`;
      if (chance() > 0.1) continue;
      // It goes on from there, and the second opening finds the same.
      const ledger = await openLedger(DIRECTORY, optionsFor(group, disk));
      await ledger.append([{ type: 'promised', ballot: 2 ** 50 + 1025 }]);
      await ledger.close();
      const again = await contentsOf(disk, group);
      if (again.length !== records.length + 1) return `${group}: ${records.length} records, then ${again.length}`;
    } catch (error) {
      return `${group}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

export async function contentsOf(disk: ImageDisk, group: string): Promise<DurableRecord[]> {
  const records: DurableRecord[] = [];
  const ledger = await openLedger(DIRECTORY, optionsFor(group, disk));
  try {
    await ledger.replay((record) => records.push(record));
  } finally {
    await ledger.close();
  }
  return records;
}
