/** The command line of the coverage: which branches of the protocol are taken by worlds and models alone. */

import { fork } from 'node:child_process';
import fs from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Branch,
  type Branches,
  branchesOf,
  compare,
  type FileBranches,
  type Locate,
  merged,
} from './coverage/branches.js';
import { EXCEPTIONS } from './coverage/exceptions.js';
import type { CoverageReport, CoverageShare } from './coverage-job.js';
import { start, whole } from './lines.js';

const HELP = `npm run coverage:protocol -- [--seeds N] [--states N] [--jobs N]

Runs worlds and models with the branches of packages/synod counted, and tells which of them nothing has taken. No unit test has
a part in it: what only those reach, nothing checks in the company of all the rest.

  --seeds N      how many worlds (default 600)
  --states N     how far each model is searched, in states (default 150000)
  --jobs N       processes (default: one for each core)
  --help         this text

Exit status: 0 every branch was taken, or is among the exceptions (programs/coverage/exceptions.ts), of which some are known gaps; 1 one
was neither, or an exception is stale; 2 called wrongly.`;

async function main(args: string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const options = { seeds: string, states: string, jobs: string, help: { type: 'boolean' } as const };
  const { values } = parseArgs({ args, options });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const seeds = whole(values.seeds, 'seeds', 600, 1);
  const states = whole(values.states, 'states', 150_000, 1);
  const stride = whole(values.jobs, 'jobs', os.availableParallelism(), 1);
  const base = new URL('./', import.meta.resolve('@parliament/synod')).href;
  const begun = performance.now();
  const shares = Array.from({ length: stride }, (_, first): CoverageShare => ({ base, first, stride, seeds, states }));
  const reports = await Promise.all(shares.map(run));
  let counted: Branches = {};
  for (const report of reports) {
    if (report.type === 'branches') counted = merged(counted, report.branches);
    else {
      console.error(`coverage: something is wrong, and comes first: ${report.message}`);
      return 1;
    }
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  return conclude(counted, `${seeds} worlds, ${states} states of each model, ${seconds} s`);
}

function run(share: CoverageShare): Promise<CoverageReport> {
  const job = fork(fileURLToPath(new URL('./coverage-job.js', import.meta.url)));
  return new Promise((resolve, reject) => {
    job.on('message', resolve);
    job.on('error', reject);
    job.on('exit', (status) => {
      if (status !== 0) reject(new Error(`a process that counts branches ended with status ${status}`));
    });
    job.send(share);
  });
}

function conclude(counted: Branches, how: string): number {
  const all = Object.entries(counted).sort(([left], [right]) => (left < right ? -1 : 1));
  const branches = all.flatMap(([built, file]) => {
    const found = sourceBranches(built, file);
    if (found.length > 0) console.log(rowOf(path.basename(built, '.js'), found));
    return found;
  });
  console.log(`${rowOf('all', branches)} | ${how}`);
  const { missing, excepted, gaps, stale } = compare(branches, EXCEPTIONS);
  for (const { file, line, text, arm } of gaps) console.log(`known gap: ${file}.ts:${line} | ${arm} | ${text}`);
  for (const { file, line, text, arm } of missing) console.log(`not taken: ${file}.ts:${line} | ${arm} | ${text}`);
  // What is taken seldom is taken or not as the seeds fall: a gap may be less than it was.
  const wrong = stale.filter(({ isOpen }) => isOpen !== true);
  for (const { file, text, arm } of stale.filter(({ isOpen }) => isOpen === true)) {
    console.log(`known gap, taken this time: ${file} | ${arm ?? 'any'} | ${text}`);
  }
  for (const { file, text, arm } of wrong) {
    console.log(`stale exception, taken after all or no longer there: ${file} | ${arm ?? 'any'} | ${text}`);
  }
  const counts = [
    `${missing.length} branches not taken`,
    `${gaps.length} known gaps`,
    `${excepted.length} excepted`,
    `${wrong.length} exceptions stale`,
  ];
  console.log(counts.join(', '));
  return missing.length === 0 && wrong.length === 0 ? 0 : 1;
}

function rowOf(name: string, branches: readonly Branch[]): string {
  const taken = branches.filter((branch) => branch.taken > 0).length;
  const share = `${((100 * taken) / branches.length).toFixed(1)} %`;
  return `${name.padEnd(16)} | ${`${branches.length}`.padStart(4)} branches | ${`${taken}`.padStart(4)} taken | ${share.padStart(7)}`;
}

function sourceBranches(built: string, file: FileBranches): Branch[] {
  const payload = JSON.parse(fs.readFileSync(`${built}.map`, 'utf8')) as SourceMapPayload;
  const map = new SourceMap(payload);
  const source = path.resolve(path.dirname(built), payload.sources[0] ?? '');
  const lines = fs.readFileSync(source, 'utf8').split('\n');
  const locate: Locate = ({ line = 1, column = 0 }) => {
    const entry = map.findEntry(line - 1, column);
    if (!('originalLine' in entry)) throw new Error(`${built}:${line} comes from nowhere`);
    const original = entry.originalLine;
    return { line: original + 1, text: (lines[original] ?? '').trim() };
  };
  return branchesOf(path.basename(source, '.ts'), file, fs.readFileSync(built, 'utf8').split('\n'), locate);
}

await start('coverage', main);
