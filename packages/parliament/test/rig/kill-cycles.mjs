// npm run kill-cycles: kill -9 of real members under load. See HELP.
import { parseArgs } from 'node:util';
import { killCycles } from './kill/cycles.mjs';

const RESTART_P99_MS = 1000;

const HELP = `npm run kill-cycles -- [--cycles N] [--seed N] [--small] [--json]

Three members in processes of their own, on this machine's disk, and workers that ask them without end. Again and again one of them,
two or all are killed with SIGKILL and started again. A value that was answered once must be the answer for ever, from each of them;
no member may come to lose its memory. Snapshots are taken often. From the start of a process until it serves, p99 under
${RESTART_P99_MS} ms when one was killed; when more were, their processes start at the same time, and must elect a leader before
any of them serves: that is told, and not judged.

  --cycles N   how often (default 1000)
  --seed N     which members are killed when (default 1)
  --small      the time is told, and not judged
  --json       the result as one line of JSON
  --help       this text

Exit status: 0 all goals were reached; 1 one was not; 2 called wrongly.`;

function parse(args) {
  const string = /** @type {const} */ ({ type: 'string' });
  const boolean = /** @type {const} */ ({ type: 'boolean' });
  const { values } = parseArgs({
    args,
    options: { cycles: string, seed: string, small: boolean, json: boolean, help: boolean },
  });
  if (values.help) return undefined;
  const { small: isSmall = false, json: isJson = false } = values;
  return { isSmall, isJson, cycles: whole(values.cycles, 'cycles', 1000), seed: whole(values.seed, 'seed', 1) };
}

/** @throws RangeError with what is wrong. */
function whole(text, name, fallback) {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new RangeError(`--${name} ${text}: a whole number from 1`);
}

/** On a terminal a line in place; otherwise a line every ten seconds, so that it is seen to go on. */
let toldAt = performance.now();
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (performance.now() - toldAt > 10_000) {
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

async function main({ cycles, seed, isSmall, isJson }) {
  const result = await killCycles({
    cycles,
    seed,
    onProgress: (done, total) => progress(`${done} of ${total} cycles`),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const { kills, answered, failures, violations, restartMs } = result;
  const isSlow = !isSmall && (restartMs[1]?.p99 ?? 0) >= RESTART_P99_MS;
  if (isJson) console.log(JSON.stringify(result));
  else {
    for (const violation of violations.slice(0, 10)) console.log(`VIOLATION: ${violation}`);
    console.log(`${cycles} cycles, ${kills} kills; ${answered} registers answered, ${violations.length} violations`);
    console.log(`asks that failed, by reason: ${JSON.stringify(failures)}`);
    for (const [count, times] of Object.entries(restartMs)) {
      if (times === undefined) continue;
      const verdict = isSlow && count === '1' ? ': TOO SLOW' : '';
      const { p50, p99, most } = times;
      console.log(`from start to serving, ${count} killed: p50 ${p50} ms, p99 ${p99} ms, at most ${most} ms${verdict}`);
    }
  }
  return violations.length === 0 && !isSlow ? 0 : 1;
}

function optionsOrExplain(args) {
  try {
    const options = parse(args);
    if (options === undefined) console.log(HELP);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`kill-cycles: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const options = optionsOrExplain(process.argv.slice(2));
if (options !== undefined) process.exitCode = await main(options);
