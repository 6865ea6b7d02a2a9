/** The command line of the simulator: many seeds, spread over the processor's cores. */

import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Violation } from '#src/world/oracle.js';
import { record } from '#src/world/run.js';
import { describe, shrink } from '#src/world/shrink.js';
import {
  addResult,
  addTotals,
  type BatchOptions,
  countOf,
  createTotals,
  type Failure,
  missingFrom,
  runBatch,
  type Totals,
  worldOptions,
} from './batch.js';
import { codeFolders, digestOf } from './code.js';
import { grouped, openProgress, start, WrongCall, whole } from './lines.js';

const HELP = `npm run simulate -- [--seeds N] [--seed N] [--members N] [--jobs N] [--plain] [--resume FILE]

Runs the shipped roles of Paxos in seeded worlds with a network, disks, clocks and operators that do their worst; checks every
safety rule at every step, that what clients were told is linearizable, and that progress is made once the faults end.

  --seeds N      how many worlds (default 1000), with the seeds from --seed on
  --seed N       the first seed (default 1); with --seeds 1: replay that one
  --members N    members of each world (default: as the seed has it, mostly 3)
  --jobs N       so many at a time (default: one for each core)
  --plain        no disk faults: disks only lose what was not synced
  --resume FILE  keeps count of the worlds that are done there, and goes on from it, as long as the code is the same
  --help         this text

Exit status: 0 all worlds are sound; 1 one was not, and its replay and its shortest story are printed, or of 500 worlds and more none had
something that should happen; 2 called wrongly.`;

/** What a job tells the program. */
type Report =
  | { readonly type: 'done'; readonly totals: Totals }
  | { readonly type: 'failed'; readonly failure: Failure };

/** A job reports after so many worlds. */
const REPORT_WORLDS = 20;

/** The worlds of a slice are done before the next slice begins, so that there is one number to resume from. */
const SLICE_WORLDS = 2000;

async function main(args: string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const options = {
    seeds: string,
    seed: string,
    members: string,
    jobs: string,
    plain: boolean,
    resume: string,
    help: boolean,
  };
  const { values } = parseArgs({ args, options });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const seeds = whole(values.seeds, 'seeds', 1000, 1);
  const first = whole(values.seed, 'seed', 1, 0);
  const members = values.members === undefined ? undefined : whole(values.members, 'members', 3, 1);
  const jobs = Math.min(seeds, whole(values.jobs, 'jobs', os.availableParallelism(), 1));
  const isPlain = values.plain === true;
  const code = values.resume === undefined ? '' : digestOf(codeFolders());
  const key = `${first}/${members}/${isPlain}`;
  const kept = load(values.resume, key, code);
  const totals = kept?.totals ?? createTotals();
  const progress = openProgress();
  for (let next = kept?.next ?? first; next < first + seeds; ) {
    const count = Math.min(SLICE_WORLDS, first + seeds - next);
    const begun = performance.now();
    const sofar = totals.worlds;
    const failure = await runSlice({ first: next, count, stride: jobs, members, isPlain }, totals, () => {
      progress.show(
        totals.worlds / seeds,
        `${grouped(totals.worlds)} of ${grouped(seeds)} worlds, ${rateOf(totals, begun)}`,
      );
    });
    totals.seconds += (performance.now() - begun) / 1000;
    if (failure !== undefined) {
      progress.end();
      tell(failure, isPlain);
      return 1;
    }
    if (totals.worlds - sofar !== count) throw new Error(`${totals.worlds - sofar} of ${count} worlds were run`);
    next += count;
    if (values.resume !== undefined) {
      fs.writeFileSync(`${values.resume}.new`, JSON.stringify({ key, code, next, totals }));
      fs.renameSync(`${values.resume}.new`, values.resume);
    }
  }
  progress.end();
  return conclude(totals, { members, isPlain });
}

function conclude(totals: Totals, asked: Parameters<typeof missingFrom>[1]): number {
  const { counts, worlds, seconds } = totals;
  const rate = grouped(countOf(totals, 'events') / seconds);
  console.log(
    `${grouped(worlds)} worlds sound: ${grouped(countOf(totals, 'events'))} events in ${seconds.toFixed(1)} s, ${rate} a second; ` +
      `${grouped(countOf(totals, 'decided'))} slots decided, ${grouped(countOf(totals, 'checked'))} operations linearizable`,
  );
  console.log(
    Object.entries(counts)
      .filter(([name]) => !['events', 'decided', 'checked'].includes(name))
      .map(([name, count]) => `${name} ${grouped(count)}`)
      .join(', '),
  );
  const missing = missingFrom(totals, asked);
  if (missing.length === 0) return 0;
  console.error(
    `simulate: in ${grouped(worlds)} worlds these never happened: ${missing.join(', ')}; that proves nothing`,
  );
  return 1;
}

/** Runs a slice of the worlds on several threads. @returns the failure of the lowest seed. */
async function runSlice(options: BatchOptions, totals: Totals, onProgress: () => void): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  const jobs = Math.min(options.stride, options.count);
  const workers = Array.from({ length: jobs }, (_, job) => {
    const mine: BatchOptions = { ...options, first: options.first + job, count: options.count - job };
    return new Worker(fileURLToPath(import.meta.url), { workerData: mine });
  });
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.on('message', (report: Report) => {
            if (report.type === 'done') {
              addTotals(totals, report.totals);
              onProgress();
            } else if (failure === undefined || report.failure.seed < failure.seed) {
              failure = report.failure;
            }
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
  return failure;
}

function work(options: BatchOptions): void {
  let totals = createTotals();
  let seed = options.first;
  const report = (): void => {
    parentPort?.postMessage({ type: 'done', totals } satisfies Report);
    totals = createTotals();
  };
  try {
    for (const result of runBatch(options)) {
      addResult(totals, result);
      seed += options.stride;
      if (totals.worlds === REPORT_WORLDS) report();
    }
    report();
  } catch (error) {
    const { members } = options;
    const failure: Failure =
      error instanceof Violation
        ? { seed, members, message: error.message, isThrown: false }
        : { seed, members, message: `a step throws ${thrownText(error)}`, isThrown: true };
    parentPort?.postMessage({ type: 'failed', failure } satisfies Report);
  }
}

/** An error with the way to it: only its text goes from one thread to another as it is. */
function thrownText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error}`) : `${error}`;
}

/** What went wrong, how to see it again, and the shortest story of it. */
function tell({ seed, members, message, isThrown }: Failure, isPlain: boolean): void {
  console.error(`seed ${seed}: ${message}`);
  // Exactly as it was called: a number of members that is asked for makes another world than the same one that the seed has.
  const asked = `${members === undefined ? '' : ` --members ${members}`}${isPlain ? ' --plain' : ''}`;
  console.error(`replay: npm run simulate -- --seed ${seed} --seeds 1${asked}`);
  if (isThrown) return;
  const { world, trace, violation } = record(worldOptions(seed, { members, isPlain }));
  if (violation?.message !== message) {
    const how = violation === undefined ? 'went well' : `ended otherwise (${violation.message})`;
    console.error(`run once more it ${how}: something in it does not follow from the seed`);
    return;
  }
  const small = shrink(trace, world.stageOptions);
  if (small === undefined) {
    console.error(
      'the same events without the clients break no safety rule: it is about progress, or what clients were told',
    );
    return;
  }
  console.error(`in ${small.events.length} events: ${small.violation.message}`);
  for (const event of small.events) console.error(`  ${describe(event)}`);
}

function rateOf(totals: Totals, begun: number): string {
  const seconds = totals.seconds + (performance.now() - begun) / 1000;
  return `${grouped(countOf(totals, 'events') / seconds)} events a second`;
}

/** What is kept of an earlier call. */
interface Kept {
  readonly key: string;
  readonly code: string;
  readonly next: number;
  readonly totals: Totals;
}

function load(file: string | undefined, key: string, code: string): Kept | undefined {
  if (file === undefined || !fs.existsSync(file)) return undefined;
  let kept: Kept;
  try {
    kept = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    throw new WrongCall(`--resume ${file}: it holds no count of worlds (${cause}); name another file`);
  }
  if (kept.key !== key) throw new WrongCall(`--resume ${file}: it was begun with other options; name another file`);
  // Worlds that other code has played say nothing about this one.
  if (kept.code !== code) throw new WrongCall(`--resume ${file}: it was begun with other code; name another file`);
  return kept;
}

if (isMainThread) await start('simulate', main);
else work(workerData as BatchOptions);
