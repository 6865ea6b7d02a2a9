// Runs the workload under strace, which makes system calls fail, late, or the last thing that the process does.
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKLOAD = fileURLToPath(new URL('workload.mjs', import.meta.url));
/** A run that takes longer hangs. */
const LIMIT_MS = 60_000;

/** Calls that change what is on the disk, as far as they can be told from what Node.js does for itself. */
export const CALLS = ['fdatasync', 'fsync', 'pwrite64', 'rename', 'unlink', 'link', 'mkdir'];

/** Whether this machine has strace, and it may be used. */
export function isTraceable() {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

export function newDirectory() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-faults-'));
}

/** Runs the workload in a new directory. `inject` is what strace is to do. */
export function runTraced(inject, trace) {
  const folder = newDirectory();
  const directory = path.join(folder, 'data');
  const log = path.join(folder, 'trace');
  const args = ['-f', '-o', log, '-e', `trace=${trace ?? CALLS.join(',')}`];
  if (inject !== undefined) args.push('-e', `inject=${inject}`);
  args.push(process.execPath, WORKLOAD, directory);
  return new Promise((resolve) => {
    // One thread for the disk: the order of its calls is the same in every run.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    execFile('strace', args, { timeout: LIMIT_MS, killSignal: 'SIGKILL', env, maxBuffer: 2 ** 26 }, (error, stdout) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      const calls = fs.readFileSync(log, 'utf8').split('\n');
      resolve({ folder, directory, lines, calls, isHung: error?.killed === true });
    });
  });
}

/** Which calls of a run were about the directory, as numbers from 1 among those of the same name: what can be made to fail. */
export function pointsOf({ calls, directory }, call) {
  const points = [];
  let count = 0;
  for (const line of calls) {
    const match = /^\d+ +(\w+)\(/.exec(line);
    if (match === null || match[1] !== call) continue;
    count += 1;
    // Calls without a path are about files, and Node.js has no others that it writes at a position or syncs.
    const isByFile = ['fdatasync', 'fsync', 'pwrite64'].includes(call);
    if (isByFile || line.includes(directory)) points.push(count);
  }
  return points;
}
