/** npm run crash-images. */

import { endProgress, numbersFrom, progressOf } from './command.js';
import { crash } from './crashing.js';

const HELP = `npm run crash-images -- [--images N] [--seed N] [--json]

Runs a ledger on a disk in memory that notes every write, sync and change of a name, and after each of them builds what a crash
at that moment may leave: of what was not synced any part, torn at 512 bytes. Every image must open, have all that was
acknowledged, and nothing that was never appended; and go on from there. After some of them only the process is ended: the next
one opens what it finds, appends, and then the disk crashes. Syncs last between one turn of the event loop and three hundred, so
that what goes on at once ends in any order.

  --images N   how many images (default 100000)
  --seed N     the first workload (default 1)
  --json       the result as one line of JSON
  --help       this text

Exit status: 0 nothing was found; 1 something was; 2 called wrongly.`;

const options = numbersFrom('crash-images', HELP, { images: 100_000, seed: 1 });
if (options !== undefined) {
  const { images, seed, json } = options;
  const show = progressOf('images');
  const result = await crash(images, seed, { onProgress: (done) => show(done, images) });
  endProgress();
  if (json) console.log(JSON.stringify(result));
  else {
    for (const violation of result.violations.slice(0, 10)) console.log(`VIOLATION: ${violation}`);
    const { images: opened, operations, secondLives, overtakings, violations } = result;
    const what = `${opened} images of ${operations} operations, ${secondLives} second lives, ${overtakings} spares overtaken`;
    console.log(`${what}: ${violations.length} violations`);
  }
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}
