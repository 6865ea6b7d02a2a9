/**
 * Runs a workload, crashes its disk after every operation, and opens what is left. After some operations only the process is
 * ended: the next one finds everything, goes on for a while, and then the disk crashes.
 */

import type { DurableRecord } from '@parliament/synod';
import { textOf } from '#src/errors.js';
import { openLedger } from '#src/index.js';
import { ImageDisk, turnsFrom } from './image-disk.js';
import { randomFrom } from './random.js';
import {
  DIRECTORY,
  type Expectation,
  expectationOf,
  GROUPS,
  newExpectation,
  objection,
  optionsFor,
  type Size,
  USUAL_SIZE,
  work,
} from './workload.js';

/**
 * Every other disk has a log that rolls and is trimmed all the time; it has many operations, and an image is taken after some, and after each
 * change of a name.
 */
const KINDS: readonly { readonly size: Size; readonly imagesAnOperation: number }[] = [
  { size: USUAL_SIZE, imagesAnOperation: 1 },
  { size: { steps: 24, valueBytes: 60_000, snapshotShares: [0.3, 0.3] }, imagesAnOperation: 0.1 },
];

/** So often a disk is worked on, and closed, before another one is. */
const ROUNDS = 5;

export interface Crashes {
  readonly operations: number;
  readonly images: number;
  /** So many second lives were lived; their images are counted among the others. */
  readonly secondLives: number;
  /** So often a spare segment was there before the one that was taken into use had its name. */
  readonly overtakings: number;
  readonly violations: readonly string[];
}

/** An image, and what was acknowledged when it was taken. */
interface Taken {
  readonly operation: string;
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
  let [done, operations, secondLives, overtakings] = [0, 0, 0, 0];
  for (let run = seed; done < images; run += 1) {
    const chance = randomFrom(run);
    const { size, imagesAnOperation } = KINDS[run % KINDS.length] as (typeof KINDS)[number];
    const disk = makeDisk();
    disk.syncTurns = turnsFrom(chance);
    const expected = new Map(GROUPS.map((group) => [group, newExpectation()]));
    let waiting: Taken[] = [];
    let survivors: Taken[] = [];
    let slot = 0;
    let isOvertaken = false;
    disk.onOperation = (what) => {
      const operation = String(disk.operations);
      if (what === 'names') {
        const wasOvertaken = isOvertaken;
        isOvertaken = disk.kindOf(TAKEN) === 'file' && disk.kindOf(SPARE) === 'file';
        if (isOvertaken && !wasOvertaken) overtakings += 1;
      }
      if (chance() < (what === 'names' ? 1 : imagesAnOperation)) {
        waiting.push({ operation, disk: disk.image(chance), expected: copyOf(expected) });
      }
      if (chance() < SECOND_LIVES[what] * imagesAnOperation)
        survivors.push({ operation, disk: disk.survivor(), expected: copyOf(expected) });
    };
    const opening = async (): Promise<void> => {
      const [some, ended] = [waiting, survivors];
      [waiting, survivors] = [[], []];
      for (const survivor of ended) {
        const { moments, problem } = await liveOn(survivor, slot + 1000, chance);
        some.push(...moments);
        if (problem !== undefined) violations.push(`seed ${run}, ended at operation ${survivor.operation}: ${problem}`);
        secondLives += 1;
      }
      for (const taken of some) {
        const found = await judge(taken, chance);
        if (found !== undefined) violations.push(`seed ${run}, operation ${taken.operation}: ${found}`);
        done += 1;
      }
      onProgress?.(done);
    };
    for (let round = 0; round < ROUNDS && done < images; round += 1) {
      try {
        slot = await work(disk, expected, slot, chance, { size });
      } catch (error) {
        violations.push(`seed ${run}, round ${round}: ${textOf(error)}`);
        break;
      }
      await opening();
    }
    operations += disk.operations;
  }
  return { operations, images: done, secondLives, overtakings, violations };
}

const [SPARE, TAKEN] = [`${DIRECTORY}/log/spare`, `${DIRECTORY}/log/taken`];

/** With each image that is taken of an operation, this often a process is ended, and another one goes on. Names may stay uncertain for long. */
const SECOND_LIVES = { names: 0.1, bytes: 0.005 } as const;
/** At so many moments of a second life its disk crashes. */
const SECOND_CRASHES = 6;

/** A process finds what another one has left, and goes on: what its disk is when it crashes then. */
async function liveOn(
  { operation, disk, expected: atEnd }: Taken,
  after: number,
  chance: () => number,
): Promise<{ readonly moments: readonly Taken[]; readonly problem: string | undefined }> {
  const expected = copyOf(atEnd);
  const moments: Taken[] = [];
  disk.syncTurns = turnsFrom(chance);
  disk.onOperation = () => {
    // Any moments, with equal chances, of however many there will be.
    const place = moments.length < SECOND_CRASHES ? moments.length : Math.floor(chance() * disk.operations);
    if (place >= SECOND_CRASHES) return;
    const name = `${operation}, and ${disk.operations} of the next process`;
    moments[place] = { operation: name, disk: disk.image(chance), expected: copyOf(expected) };
  };
  try {
    await work(disk, expected, after, chance, {
      size: { steps: 2, valueBytes: 3000 },
      // What has been read must be there from then on, whether or not it had been acknowledged.
      async onOpened(ledgers) {
        for (const [index, ledger] of ledgers.entries()) {
          expected.set(GROUPS[index] as string, await expectationOf(ledger));
        }
      },
    });
    return { moments, problem: undefined };
  } catch (error) {
    return { moments, problem: textOf(error) };
  }
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
      return `${group}: ${textOf(error)}`;
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
