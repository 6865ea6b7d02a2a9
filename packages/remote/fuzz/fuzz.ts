/** The command line of the fuzzer. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FuzzResult, fuzz, GROWN_BYTES_MAX } from './fuzzing.js';

const HELP = `npm run fuzz -- [--runs N] [--seed N] [--json]

Alters frames at random, and feeds them to everything that takes bytes from other nodes: the decoders, each step of the handshake,
with and without secrets, and whole links under a secret. Nothing but a refusal may come of it; with a secret nothing altered may
be taken; what is not altered must mean what was sent; and the heap must not grow, which is measured under node --expose-gc.

  --runs N   how many inputs (default 10000000)
  --seed N   the same seed gives the same inputs (default 1)
  --json     the result as one line of JSON
  --help     this text

Exit status: 0 nothing was found; 1 something was, and its input is printed; 2 called wrongly.`;

const GOLDEN: string = fileURLToPath(new URL('../../test/golden', import.meta.url));

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Undefined: only help was asked for. @throws RangeError or TypeError with what is wrong. */
function parse(args: string[]): Options | undefined {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const { values } = parseArgs({ args, options: { runs: string, seed: string, json: boolean, help: boolean } });
  if (values.help === true) return undefined;
  return {
    runs: whole(values.runs, 'runs', 10_000_000, 1),
    seed: whole(values.seed, 'seed', 1, 0),
    json: values.json === true,
  };
}

async function main({ runs, seed, json }: Options): Promise<number> {
  const result = await fuzz({ runs, seed, golden: GOLDEN, onProgress: progress(runs) });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(json ? JSON.stringify(result) : report(result));
  return result.finding === undefined ? 0 : 1;
}

function optionsOrExplain(args: string[]): Options | undefined {
  try {
    const options = parse(args);
    if (options === undefined) console.log(HELP);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`fuzz: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

/** On a terminal a line in place, once a second; otherwise a line every ten seconds, so that it is seen to go on. */
function progress(total: number): (runs: number) => void {
  const begun = performance.now();
  let shownAt = begun;
  return (runs) => {
    const now = performance.now();
    const isTerminal = process.stderr.isTTY === true;
    if (now - shownAt < (isTerminal ? 1000 : 10_000)) return;
    shownAt = now;
    const rate = grouped((runs * 1000) / (now - begun));
    const percent = Math.floor((runs * 100) / total);
    const text = `${percent} %  ${grouped(runs)} runs, ${rate} a second`;
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
}

function report({ runs, seconds, targets, grownBytes, finding }: FuzzResult): string {
  const width = Math.max(...Object.keys(targets).map(({ length }) => length));
  const rows = Object.entries(targets).map(
    ([name, { refused, accepted }]) =>
      `${name.padEnd(width)}  refused ${grouped(refused)}, accepted ${grouped(accepted)}`,
  );
  const sum = (verdict: 'refused' | 'accepted'): string =>
    grouped(Object.values(targets).reduce((total, verdicts) => total + verdicts[verdict], 0));
  const memory =
    grownBytes === undefined
      ? 'heap not measured (node --expose-gc)'
      : `heap grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB of at most ${GROWN_BYTES_MAX / 2 ** 20}`;
  const found =
    finding === undefined
      ? []
      : [
          `VIOLATION in ${finding.target}, seed ${finding.seed}, run ${finding.run}: ${finding.message}`,
          `input: ${finding.input}`,
          `again: npm run fuzz -- --seed ${finding.seed} --runs ${finding.run + 1}`,
        ];
  const rate = grouped(runs / seconds);
  const last = `${grouped(runs)} runs, ${rate} a second: refused ${sum('refused')}, accepted ${sum('accepted')}; ${memory}`;
  return [...rows.sort(), ...found, last].join('\n');
}

/** A whole number from `least`. @throws RangeError with what is wrong. */
function whole(text: string | undefined, name: string, fallback: number, least: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number from ${least}`);
}

/** 1234567 as 1,234,567. */
function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}

const options = optionsOrExplain(process.argv.slice(2));
if (options !== undefined) process.exitCode = await main(options);
