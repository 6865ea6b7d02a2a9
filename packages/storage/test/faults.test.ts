import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';

interface Report {
  readonly rows: readonly { readonly fault: string; readonly points: number }[];
  readonly violations: readonly string[];
}

const program = path.join(__dirname, 'rig', 'faults.mjs');

function faults(stride: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    // Its status tells of violations, as its report does.
    execFile(process.execPath, [program, '--stride', String(stride), '--json'], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as Report);
    });
  });
}

const isTraceable = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

(isTraceable ? it : it.skip)(
  'system calls that fail, or are the last, lose nothing that was acknowledged',
  async () => {
    const { rows, violations } = await faults(70);
    expect(violations).toEqual([]);
    expect(rows.filter(({ points }) => points > 0).map(({ fault }) => fault)).toEqual(
      expect.arrayContaining([
        'fdatasync killed',
        'pwrite64 killed',
        'rename killed',
        'unlink killed',
        'fdatasync EIO once',
      ]),
    );
  },
  240_000,
);
