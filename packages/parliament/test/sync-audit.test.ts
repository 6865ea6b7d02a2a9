import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface Result {
  readonly accepted: number;
  readonly promise: number;
  readonly syncs: number;
  readonly violations: readonly string[];
}

const program = path.join(__dirname, 'rig', 'sync-audit.mjs');

function audit(...args: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Its status tells of violations, as its report does.
    execFile(process.execPath, [program, '--seconds', '2', '--json', ...args], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Result);
    });
  });
}

const isTraceable = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

(isTraceable ? describe : describe.skip)('from the system calls of a member', () => {
  it('it is seen that no promise and no vote left before the sync that covers it', async () => {
    const { accepted, promise, syncs, violations } = await audit();
    expect(violations).toEqual([]);
    expect(accepted).toBeGreaterThan(20);
    expect(promise).toBeGreaterThan(0);
    expect(syncs).toBeGreaterThan(20);
  }, 300_000);

  it('it is seen when they left too early', async () => {
    const { violations } = await audit('--sabotage');
    expect(violations.length).toBeGreaterThan(0);
  }, 300_000);
});
