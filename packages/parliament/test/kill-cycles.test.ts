import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';

interface Result {
  readonly cycles: number;
  readonly kills: number;
  readonly answered: number;
  readonly violations: readonly string[];
}

const program = path.join(__dirname, 'rig', 'kill-cycles.mjs');

function killCycles(cycles: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Its status tells of violations, as its report does.
    execFile(process.execPath, [program, '--cycles', String(cycles), '--small', '--json'], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Result);
    });
  });
}

it('thirty times kill -9 under load: what was answered once is the answer for ever, from every member', async () => {
  const { cycles, kills, answered, violations } = await killCycles(30);
  expect(violations).toEqual([]);
  expect(cycles).toBe(30);
  expect(kills).toBeGreaterThanOrEqual(30);
  expect(answered).toBeGreaterThan(100);
}, 180_000);
