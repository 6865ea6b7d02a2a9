/** The rig of real processes, for some seconds: `npm run chaos:remote` runs it for longer. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const PROGRAM = path.join(__dirname, 'rig', 'chaos.mjs');
/** The rig has limits of its own on the time without progress. */
const TIME_LIMIT_MS = 600_000;

interface Outcome {
  readonly mode: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly received: number;
  readonly lostWithTheirLink: number;
  readonly violations: number;
  readonly problems: readonly string[];
  readonly downs: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
}

/** Rejects unless the program ends with 0. */
async function chaos(...words: string[]): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--json', ...words]);
  return JSON.parse(stdout) as Outcome;
}

function expectNothingFound({ violations, problems, received, lostWithTheirLink, downs, calls }: Outcome): void {
  expect({ violations, problems }).toEqual({ violations: 0, problems: [] });
  // Else nothing was looked at.
  expect(Math.min(received, lostWithTheirLink)).toBeGreaterThan(0);
  expect(Object.keys(downs).sort()).toEqual(['noconnection', 'normal', 'shutdown']);
  expect(calls['of an earlier life: noproc']).toBeGreaterThan(0);
}

describe('real nodes', () => {
  it(
    'keep what is promised while connections are cut, delayed and altered, and nodes stopped and killed',
    async () => {
      const outcome = await chaos('--mode', 'proxy', '--seconds', '8', '--seed', '1');
      expectNothingFound(outcome);
      expect(Object.keys(outcome.faults)).toHaveLength(7);
    },
    TIME_LIMIT_MS,
  );

  it(
    'keep it over a hundred reconnects',
    async () => {
      const { violations, problems, faults, received } = await chaos('--reconnects', '100', '--seed', '2');
      expect({ violations, problems, faults }).toEqual({
        violations: 0,
        problems: [],
        faults: { 'lost connection': 100 },
      });
      expect(received).toBeGreaterThan(0);
    },
    TIME_LIMIT_MS,
  );

  it(
    'keep it in a network that is cut for real, where one can be made',
    async () => {
      const outcome = await chaos('--seconds', '6', '--seed', '3');
      expectNothingFound(outcome);
      expect(Object.keys(outcome.faults)).toHaveLength(outcome.mode === 'netns' ? 5 : 7);
    },
    TIME_LIMIT_MS,
  );
});
