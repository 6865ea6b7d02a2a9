#!/usr/bin/env node
// Ledgers on a real file system under power cuts; see its help.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GROUPS } from './power-cut/contents.mjs';
import { obstacle, openDisk } from './power-cut/disk.mjs';
import { judge, newTold, note } from './power-cut/verdict.mjs';

const HELP = `npm run power-cut -- [--cuts N] [--without-sync] [--json]

A process appends to the ledgers of two groups in one directory, saves snapshots, closes and opens again, on an ext4 file system in a
file, while the power fails again and again: the file is copied in one moment, without what is only in memory. The copy is mounted and
opened, and what must not be is:

  - an append, a promise or a snapshot that was acknowledged before, and is not there, or not in order
  - one that is there and was never made
  - a directory that is refused, or cannot be used on

  --cuts N         power cuts (default 300)
  --why-not        tell only why it cannot be done here; nothing where it can
  --without-sync   the ledgers' syncs do nothing, which must be found out: a rig that finds nothing then is blind
  --json           the result as one line of JSON
  --help           this text

It takes root, Linux, and the packages e2fsprogs and util-linux; elsewhere it says so, and does nothing.

Exit status: 0 nothing was found, or it cannot be done here; 1 something was found, and is told; 2 called wrongly.`;

const WORKER = fileURLToPath(new URL('./power-cut/worker.mjs', import.meta.url));
/** The power fails at some moment up to this after the cut before. */
const LONGEST_MS = 250;
/** After so many cuts the process is killed and starts again, and after so many more in a new directory. */
const KILL_EVERY = 4;
const CUTS_PER_DIRECTORY = 12;
const PROBLEMS_TOLD = 20;
const POLL_MS = 5;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function parse() {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string', default: '300' },
      'without-sync': { type: 'boolean', default: false },
      'why-not': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const cuts = Number(values.cuts);
  if (!Number.isSafeInteger(cuts) || cuts < 1) throw new RangeError(`--cuts ${values.cuts}: a whole number, 1 or more`);
  return { ...values, cuts, isWithoutSync: values['without-sync'] };
}

/** A worker in a directory, and what it has told so far. */
function startWorker(directory, told, isWithoutSync, onEnd) {
  const child = fork(WORKER, [JSON.stringify({ directory, isWithoutSync })], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.on('message', (/** @type {any} */ [what, group, number]) => {
    if (what === 'present') onPresent();
    else note(told[group], what, number);
  });
  const ended = once(child, 'close');
  /** @type {(value?: unknown) => void} */
  let onPresent = () => {};
  let isWanted = true;
  ended.then(() => isWanted && onEnd(complaint.trim()));
  return {
    kill() {
      isWanted = false;
      child.kill('SIGKILL');
    },
    ended,
    isAlive: () => child.connected,
    /** Resolves when all that it has told by now is noted, or when it has ended. */
    async settle() {
      const present = new Promise((resolve) => {
        onPresent = resolve;
      });
      // It may just have ended, and that is told already.
      if (child.connected) child.send('', () => {});
      await Promise.race([present, ended]);
    },
  };
}

/** However this ends, nothing of it stays: neither a process nor what is mounted. */
const ending = [];
const end = () => {
  for (const each of ending.splice(0).reverse()) each();
};
process.once('exit', end);
// Not only once: whoever is impatient is not to leave anything behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

async function run({ cuts, isWithoutSync }) {
  const disk = openDisk();
  let worker;
  ending.push(
    () => disk.end(),
    () => worker?.kill(),
  );
  const result = {
    cuts: 0,
    cutsThatLost: 0,
    cutsWithTornBytes: 0,
    acknowledged: 0,
    checked: 0,
    failures: 0,
    problems: /** @type {string[]} */ ([]),
  };
  const problem = (text) => {
    result.failures += 1;
    if (result.problems.length < PROBLEMS_TOLD) result.problems.push(text);
  };
  let [directory, told] = ['', {}];
  for (let cut = 0; cut < cuts; cut += 1) {
    if (cut % KILL_EVERY === 0) {
      worker?.kill();
      await worker?.ended;
      if (cut % CUTS_PER_DIRECTORY === 0) {
        if (cut > 0) fs.rmSync(directory, { recursive: true });
        directory = path.join(disk.directory, `data-${cut}`);
        told = Object.fromEntries(GROUPS.map((group) => [group, newTold()]));
      }
      worker = startWorker(directory, told, isWithoutSync, (text) => problem(`the process ended by itself: ${text}`));
    }
    await pause(Math.random() * LONGEST_MS);
    // The first cut may come while the directory is created; the others are to have something to take away.
    while (cut % CUTS_PER_DIRECTORY > 0 && worker.isAlive() && GROUPS.some((group) => told[group].voted === 0)) {
      await pause(POLL_MS);
    }
    const before = structuredClone(told);
    const copy = disk.cut();
    // What had been begun by then is to be known.
    await worker.settle();
    const verdict = await judge(path.join(copy.directory, path.basename(directory)), before, () => told);
    copy.end();
    result.cuts += 1;
    result.acknowledged += GROUPS.reduce((sum, group) => sum + before[group].voted, 0);
    result.checked += verdict.checked;
    if (verdict.tornBytes > 0) result.cutsWithTornBytes += 1;
    if (verdict.problems.length > 0) result.cutsThatLost += 1;
    for (const text of verdict.problems) problem(`cut ${cut + 1}: ${text}`);
    progress(
      `${result.cuts} of ${cuts} cuts, ${result.checked} acknowledged appends checked, ${result.failures} failures`,
    );
  }
  progress('');
  return result;
}

/** On a terminal a line in place; otherwise a line every ten seconds, so that it is seen to go on. */
let toldAt = performance.now();
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (performance.now() - toldAt > 10_000) {
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

try {
  const options = parse();
  const why = options.help ? undefined : obstacle();
  if (options.help) console.log(HELP);
  else if (options['why-not']) process.stdout.write(why === undefined ? '' : `${why}\n`);
  else if (why !== undefined)
    console.log(options.json ? JSON.stringify({ skipped: why }) : `power-cut: skipped: ${why}`);
  else {
    const result = await run(options).finally(end);
    if (options.json) console.log(JSON.stringify(result));
    else {
      const { problems, ...figures } = result;
      for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value}`);
      for (const text of problems) console.log(`PROBLEM: ${text}`);
    }
    process.exitCode = result.failures > 0 ? 1 : 0;
  }
} catch (error) {
  process.stderr.write(`power-cut: ${error instanceof Error ? error.message : String(error)}; see --help\n`);
  process.exitCode = 2;
}
