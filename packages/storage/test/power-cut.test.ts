/** The rig of power cuts on a real file system, for two of them: `npm run power-cut` makes more. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';

const PROGRAM = path.join(__dirname, 'rig', 'power-cut.mjs');
const TIME_LIMIT_MS = 120_000;

interface Outcome {
  readonly skipped?: string;
  readonly cuts: number;
  readonly checked: number;
  readonly failures: number;
  readonly problems: readonly string[];
}

/** What the rig found, and the status that it ended with. */
function powerCuts(...words: string[]): Promise<{ status: unknown; outcome: Outcome }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, '--json', ...words], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`the rig told nothing: ${stderr}`));
      else resolve({ status: error?.code ?? 0, outcome: JSON.parse(stdout) as Outcome });
    });
  });
}

/** Where there can be no such disk, the rig says so, and nothing can be tested. */
function isSkipped({ skipped }: Outcome): boolean {
  if (skipped !== undefined) console.warn(`power cuts are not tested here: ${skipped}`);
  return skipped !== undefined;
}

it(
  'what was acknowledged is there after power cuts, in order, and nothing else is',
  async () => {
    const { status, outcome } = await powerCuts('--cuts', '2');
    if (isSkipped(outcome)) return;
    expect(outcome).toMatchObject({ cuts: 2, failures: 0, problems: [] });
    expect(status).toBe(0);
  },
  TIME_LIMIT_MS,
);

it(
  'a ledger whose syncs do nothing is found out',
  async () => {
    const { status, outcome } = await powerCuts('--cuts', '2', '--without-sync');
    if (isSkipped(outcome)) return;
    expect(outcome.failures).toBeGreaterThan(0);
    expect(outcome.problems.join('\n')).toMatch(/was acknowledged/);
    expect(status).toBe(1);
  },
  TIME_LIMIT_MS,
);
