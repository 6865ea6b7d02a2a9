/** `npm run bench:ledger`: see its help. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bareWays } from '../ledgers/bare.js';
import { classicLevelWays } from '../ledgers/classic-level.js';
import { compareLedgers } from '../ledgers/compare-ledgers.js';
import type { Contender } from '../ledgers/contender.js';
import { goalsOf, isGoalMet } from '../ledgers/goals.js';
import { lmdbWays } from '../ledgers/lmdb.js';
import { parliament } from '../ledgers/parliament.js';
import { measureRecovery, type Recovery } from '../ledgers/recovery.js';
import { reportOf } from '../ledgers/report.js';
import { isInMemory } from '../ledgers/written.js';

const HELP = `Measures durable appends of 200 bytes by 1, 16, 256 and 1,000 appenders, each of which awaits that its last one is on the
disk: the ledger of @parliament/storage, classic-level and lmdb, each in its best way, and, with one appender, the bare
cost: the same bytes written and synced. By turns, in one process, each in a directory of its own. And how long the ledger
takes to open and replay a log of 10,000, 100,000 and 1,000,000 records.

  npm run bench:ledger -- [options]

  --rounds N        rounds of each that count (default 5; each has a warm-up of its own)
  --seconds N       how long a round of one lasts (default 1)
  --waiting LIST    numbers of appenders, separated by commas (default 1,16,256,1000)
  --records LIST    sizes of the logs that are read again (default 10000,100000,1000000); 0 for none
  --directory DIR   where to measure: on the disk in question (default: the directory for temporary files)
  --json            the figures as one line of JSON
  --help            this text

Ends with 1 when a goal is missed, and with 2 when an option makes no sense.
`;

/** Those of others, as far as they can be loaded. Their absence is told. */
function others(): readonly Contender[] {
  const found: Contender[] = [];
  for (const [name, ways] of [
    ['classic-level', classicLevelWays],
    ['lmdb', lmdbWays],
  ] as const) {
    try {
      found.push(...ways());
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n');
      process.stderr.write(`bench: ${name} is left out, it cannot be loaded: ${reason}\n`);
    }
  }
  return found;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number, ${least} or more`);
}

function wholeNumbers(name: string, text: string, least: number): number[] {
  return text.split(',').map((each) => wholeNumber(name, each, least));
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      waiting: { type: 'string', default: '1,16,256,1000' },
      records: { type: 'string', default: '10000,100000,1000000' },
      directory: { type: 'string', default: os.tmpdir() },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const rounds = wholeNumber('rounds', values.rounds, 1);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new RangeError(`--seconds ${values.seconds}: a number over 0`);
  const waiting = wholeNumbers('waiting', values.waiting, 1);
  const sizes = wholeNumbers('records', values.records, 0).filter((records) => records > 0);
  if (!fs.existsSync(values.directory)) throw new RangeError(`--directory ${values.directory}: it is not there`);
  if (isInMemory(values.directory)) {
    throw new RangeError(`--directory ${values.directory}: is in memory, name one that is on a disk`);
  }
  const parent = fs.mkdtempSync(path.join(values.directory, 'parliament-bench-'));
  const forget = onSignal(() => fs.rmSync(parent, { recursive: true, force: true }));
  try {
    const contenders = [parliament, ...bareWays, ...others()];
    const comparison = await compareLedgers({
      ...{ contenders, waiting, rounds, parent, progress },
      milliseconds: seconds * 1000,
    });
    const recoveries = new Map<number, Recovery[]>();
    for (const records of sizes) {
      progress(`reading ${records} records again`);
      recoveries.set(records, await measureRecovery(parent, records, rounds));
    }
    progress('');
    const goals = goalsOf(comparison, recoveries);
    const [cpu] = os.cpus();
    const machine = { node: process.version, cpu: cpu?.model ?? 'unknown', cores: os.cpus().length, rounds, seconds };
    if (values.json) {
      console.log(JSON.stringify({ ...machine, ...comparison, recoveries: [...recoveries], goals }));
    } else {
      console.log(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}, medians of ${rounds} rounds\n`);
      console.log(reportOf(comparison, recoveries, goals));
    }
    if (!goals.every(isGoalMet)) process.exitCode = 1;
  } finally {
    forget();
    fs.rmSync(parent, { recursive: true, force: true });
  }
}

/** Cleans up when this process is told to end. Gives what takes that back. */
function onSignal(cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onEach = (signal: NodeJS.Signals): void => {
    forget();
    cleanUp();
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    for (const signal of signals) process.off(signal, onEach);
  };
  for (const signal of signals) process.once(signal, onEach);
  return forget;
}

try {
  await run();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}; see --help\n`);
  process.exitCode = 2;
}
