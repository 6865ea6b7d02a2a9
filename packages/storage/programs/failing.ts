/** Runs a workload on a disk whose n-th call fails, for every n; and sees what is told, and what is left. */

import { textOf } from '#src/errors.js';
import { LedgerError } from '#src/index.js';
import { contentsOf } from './crashing.js';
import { type Fault, failingDisk } from './failing-disk.js';
import { ImageDisk, turnsFrom } from './image-disk.js';
import { randomFrom } from './random.js';
import { type Expectation, GROUPS, newExpectation, objection, work } from './workload.js';

export interface Failures {
  readonly points: number;
  /** How often which call was the first to fail. */
  readonly calls: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

export interface FailingOptions {
  readonly seed: number;
  /** Every so many-th call. */
  readonly stride: number;
  onProgress?(done: number, total: number): void;
}

const SIZE = { steps: 14, valueBytes: 20_000 };
const RESERVE_BYTES = 64 * 1024;

/** Tries EIO and ENOSPC, once and for ever, at every `stride`-th call. */
export async function failEverywhere({ seed, stride, onProgress }: FailingOptions): Promise<Failures> {
  const violations: string[] = [];
  const calls: Record<string, number> = {};
  const unhandled = (error: unknown): void => {
    violations.push(`nobody had awaited: ${error}`);
  };
  process.on('unhandledRejection', unhandled);
  let points = 0;
  for (const code of ['EIO', 'ENOSPC'] as const) {
    const whole = await runWith(seed, undefined);
    for (let at = 1 + (seed % stride); at <= whole.calls; at += stride) {
      for (const isForEver of [false, true]) {
        const { failed, problem } = await runWith(seed, { code, at, isForEver });
        if (failed === undefined) continue;
        calls[failed] = (calls[failed] ?? 0) + 1;
        points += 1;
        if (problem !== undefined)
          violations.push(`${code} at call ${at}, ${failed}, ${isForEver ? 'for ever' : 'once'}: ${problem}`);
      }
      onProgress?.(at, whole.calls);
    }
  }
  process.off('unhandledRejection', unhandled);
  return { points, calls, violations };
}

interface Run {
  readonly calls: number;
  readonly failed: string | undefined;
  readonly problem: string | undefined;
}

async function runWith(seed: number, fault: Fault | undefined): Promise<Run> {
  const chance = randomFrom(seed);
  const image = new ImageDisk();
  image.syncTurns = turnsFrom(chance);
  const { disk, calls, failed, mend } = failingDisk(image, fault);
  const expected = new Map(GROUPS.map((group) => [group, newExpectation()]));
  const settings = { size: SIZE, reserveBytes: RESERVE_BYTES };
  const outcome = await outcomeOf(work(disk, expected, 0, chance, settings), image);
  const result = { calls: calls(), failed: failed() };
  if (outcome === 'hangs') return { ...result, problem: 'it hangs' };
  if (outcome !== undefined && !(outcome instanceof LedgerError)) {
    return { ...result, problem: `it ended with ${outcome}` };
  }
  mend();
  return { ...result, problem: await whatIsLeft(image, expected) };
}

/** What a promise was rejected with; `hangs` when nothing happens on the disk any more, and it is still not settled. */
async function outcomeOf(work: Promise<unknown>, image: ImageDisk): Promise<unknown> {
  let outcome: { readonly with: unknown } | undefined;
  work.then(
    () => {
      outcome = { with: undefined };
    },
    (error: unknown) => {
      outcome = { with: error };
    },
  );
  let [operations, idle] = [0, 0];
  while (outcome === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    idle = image.operations === operations ? idle + 1 : 0;
    operations = image.operations;
    if (idle === IDLE_TURNS) return 'hangs';
  }
  return outcome.with;
}

/** So many turns of the event loop without a change on the disk: nothing will come of it. */
const IDLE_TURNS = 2000;

/** The process that met with the failure has given all up; the next one must find what was acknowledged, also when power fails. */
async function whatIsLeft(image: ImageDisk, expected: ReadonlyMap<string, Expectation>): Promise<string | undefined> {
  for (const disk of [image.survivor(), image.image(() => 0)]) {
    for (const [group, each] of expected) {
      try {
        const problem = objection(each, await contentsOf(disk, group));
        if (problem !== undefined) return `${group}: ${problem}`;
      } catch (error) {
        return `${group}: ${textOf(error)}`;
      }
    }
  }
  // And so must the same process: it has let go of the directory.
  for (const [group, each] of expected) {
    try {
      const problem = objection(each, await contentsOf(image, group));
      if (problem !== undefined) return `${group}, in the same process: ${problem}`;
    } catch (error) {
      return `${group}, in the same process: ${textOf(error)}`;
    }
  }
  return undefined;
}
