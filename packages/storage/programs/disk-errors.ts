/** npm run disk-errors. */

import { endProgress, numbersFrom, progressOf } from './command.js';
import { failEverywhere } from './failing.js';

const HELP = `npm run disk-errors -- [--seed N] [--stride N] [--json]

Runs ledgers on a disk in memory whose n-th call fails with EIO or ENOSPC, once or from then on, for every n: those for the
identity, the lock, the reserve and the next segment included. Whoever waits must be told, by a LedgerError and at once; nothing may
be left that nobody awaits; and afterwards the directory must open and have all that was acknowledged.

  --seed N     the workload (default 1)
  --stride N   every so many-th call only (default 1)
  --json       the result as one line of JSON
  --help       this text

Exit status: 0 nothing was found; 1 something was; 2 called wrongly.`;

const options = numbersFrom('disk-errors', HELP, { seed: 1, stride: 1 });
if (options !== undefined) {
  const { json, ...numbers } = options;
  const result = await failEverywhere({ ...numbers, onProgress: progressOf('calls') });
  endProgress();
  if (json) console.log(JSON.stringify(result));
  else {
    for (const violation of result.violations.slice(0, 20)) console.log(`VIOLATION: ${violation}`);
    for (const [call, count] of Object.entries(result.calls)) console.log(`${call.padEnd(16)} failed ${count} times`);
    console.log(`${result.points} failures: ${result.violations.length} violations`);
  }
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}
