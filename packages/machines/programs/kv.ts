/** `npm run bench:kv`: see its help. */

import { parseArgs } from 'node:util';
import { figuresOf, type Size } from './figures.js';
import { reportOf } from './report.js';

const HELP = `Measures the key space of @parliament/machines: writes and reads a second, what a snapshot costs, and the longest that
anybody waits for a piece of one. In one process, without disk and network; all times are processor time.

  npm run bench:kv -- [options]

  --keys LIST      numbers of keys, separated by commas (default 100000,1000000)
  --value N        bytes of a value (default 100)
  --rounds N       how often each is measured; the middle one counts (default 3)
  --json           the figures as one line of JSON
  --help           this text

Ends with 2 when an option makes no sense.
`;

function optionsFrom(args: string[]): { readonly sizes: readonly Size[]; readonly json: boolean } | undefined {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: { keys: string, value: string, rounds: string, json: boolean, help: boolean },
  });
  if (values.help) return undefined;
  const valueBytes = wholeNumber('value', values.value ?? '100', 0);
  const rounds = wholeNumber('rounds', values.rounds ?? '3', 1);
  const keys = (values.keys ?? '100000,1000000').split(',').map((text) => wholeNumber('keys', text, 1_000));
  return { sizes: keys.map((each) => ({ keys: each, valueBytes, rounds })), json: values.json };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number, ${least} or more`);
}

try {
  const options = optionsFrom(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else {
    const figures = options.sizes.map(figuresOf);
    console.log(options.json ? JSON.stringify(figures) : reportOf(figures));
  }
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  console.error(`bench:kv: ${error.message}. See --help`);
  process.exitCode = 2;
}
