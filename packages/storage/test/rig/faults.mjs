// npm run faults: system calls of a ledger that fail, or are its last. See HELP.
import { parseArgs } from 'node:util';
import { tryDelay, tryPoints } from './faults/points.mjs';
import { isTraceable } from './faults/trace.mjs';

const HELP = `npm run faults -- [--stride N] [--json]

Runs a ledger under strace, which kills its process at the N-th sync, write, rename, link or removal, for every N of a workload with
several segments, snapshots and two openings; or makes the call fail with EIO or ENOSPC, once or for ever; or delays every sync by
300 ms. Afterwards the directory must open and have all that was acknowledged; a failure must be a LedgerError. Needs Linux and strace.

  --stride N   every so many-th point only (default 1)
  --json       the result as one line of JSON
  --help       this text

Exit status: 0 nothing was found; 1 something was; 2 called wrongly; 3 strace is not here.`;

/** On a terminal a line in place; otherwise a line every ten seconds, so that it is seen to go on. */
let toldAt = performance.now();
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (performance.now() - toldAt > 10_000) {
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

async function main({ stride, isJson }) {
  if (!isTraceable()) {
    console.error('faults: strace is not here, or may not be used: apt-get install strace');
    return 3;
  }
  const rows = await tryPoints({
    stride,
    onProgress: (done, total) => progress(`${done} of ${total} points`),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const delayed = await tryDelay();
  const violations = [
    ...rows.flatMap((row) => row.violations),
    ...(delayed === undefined ? [] : [`delayed syncs: ${delayed}`]),
  ];
  if (isJson) console.log(JSON.stringify({ rows, violations }));
  else {
    for (const { fault, points, ended } of rows)
      console.log(`${fault.padEnd(24)} ${String(points).padStart(5)} points  ${JSON.stringify(ended)}`);
    for (const violation of violations.slice(0, 20)) console.log(`VIOLATION: ${violation}`);
    const points = rows.reduce((sum, row) => sum + row.points, 0);
    console.log(`${points} points and delayed syncs: ${violations.length} violations`);
  }
  return violations.length === 0 ? 0 : 1;
}

function optionsOrExplain(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { stride: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(HELP);
      return undefined;
    }
    const stride = Number(values.stride ?? 1);
    if (!Number.isSafeInteger(stride) || stride < 1)
      throw new RangeError(`--stride ${values.stride}: a whole number from 1`);
    return { stride, isJson: values.json === true };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`faults: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

const options = optionsOrExplain(process.argv.slice(2));
if (options !== undefined) process.exitCode = await main(options);
