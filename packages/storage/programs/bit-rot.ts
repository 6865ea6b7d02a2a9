/** npm run bit-rot. */

import { endProgress, numbersFrom, progressOf } from './command.js';
import { rot } from './rotting.js';

const HELP = `npm run bit-rot -- [--seed N] [--stride N] [--every N] [--json]

Makes a data directory in memory, with two groups, snapshots and a log of several segments, and flips every bit of every file,
one at a time. The directory must then be refused, or open with exactly what was in it.

  --seed N     what is in the directory (default 1)
  --stride N   of the zeros far from any record, every so many-th byte is tried (default 64)
  --every N    of all flips, every so many-th is tried (default 1)
  --json       the result as one line of JSON
  --help       this text

Exit status: 0 nothing was found; 1 something was; 2 called wrongly.`;

const options = numbersFrom('bit-rot', HELP, { seed: 1, stride: 64, every: 1 });
if (options !== undefined) {
  const { seed, stride, every, json } = options;
  const result = await rot({ seed, stride, every, bits: 8, onProgress: progressOf('flips') });
  endProgress();
  if (json) console.log(JSON.stringify(result));
  else {
    for (const violation of result.violations.slice(0, 10)) console.log(`VIOLATION: ${violation}`);
    const { flips, detected, harmless, violations } = result;
    console.log(`${flips} flips: ${detected} detected, ${harmless} harmless, ${violations.length} violations`);
  }
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}
