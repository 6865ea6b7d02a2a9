/** The rig of power cuts on a real file system, for two of them: `npm run power-cut` makes more. */

import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';

const PROGRAM = path.join(__dirname, 'rig', 'power-cut.mjs');
const TIME_LIMIT_MS = 120_000;

interface Outcome {
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

/** Why there can be no such disk here; undefined where there can. Then the tests are skipped, and counted so. */
function obstacle(): string | undefined {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, '--why-not'], { encoding: 'utf8' });
  return stdout.trim() === '' ? undefined : stdout.trim();
}

const why = obstacle();
const whereItCan = why === undefined ? it : it.skip;
const note = why === undefined ? '' : ` (not here: ${why})`;

whereItCan(
  `what was acknowledged is there after power cuts, in order, and nothing else is${note}`,
  async () => {
    const { status, outcome } = await powerCuts('--cuts', '2');
    expect(outcome).toMatchObject({ cuts: 2, failures: 0, problems: [] });
    expect(status).toBe(0);
  },
  TIME_LIMIT_MS,
);

whereItCan(
  `a ledger whose syncs do nothing is found out${note}`,
  async () => {
    const { status, outcome } = await powerCuts('--cuts', '2', '--without-sync');
    expect(outcome.failures).toBeGreaterThan(0);
    expect(outcome.problems.join('\n')).toMatch(/was acknowledged/);
    expect(status).toBe(1);
  },
  TIME_LIMIT_MS,
);
