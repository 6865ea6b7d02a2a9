/** The command line of a benchmark. */

import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  /** Only comparisons whose names begin with one of these; all when there are none. */
  readonly only: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

export const HELP = `Measures @parliament/otp against bare nact, in turns, in one process.

  npm run bench -- [options]

  --rounds N      rounds of each comparison that count (default 11)
  --only NAMES    only comparisons whose names begin with one of these, separated by commas
  --json          the outcomes as one line of JSON
  --help          this text

Ends with 1 when a target is missed, and with 2 when an option makes no sense.
`;

const DEFAULT_ROUNDS = 11;

/** @throws RangeError or TypeError saying what is wrong. */
export function parseOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const rounds = values.rounds === undefined ? DEFAULT_ROUNDS : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds ${values.rounds}: a whole number of rounds, 1 or more`);
  }
  const only = values.only === undefined ? [] : values.only.split(',').filter((name) => name !== '');
  return { rounds, only, json: values.json ?? false, help: values.help ?? false };
}

/** Those that are asked for. @throws RangeError when a name fits none. */
export function chosen<Named extends { readonly name: string }>(
  all: readonly Named[],
  only: readonly string[],
): Named[] {
  for (const wanted of only) {
    if (!all.some(({ name }) => name.startsWith(wanted))) {
      throw new RangeError(`--only ${wanted}: none of ${all.map(({ name }) => name).join('; ')}`);
    }
  }
  return all.filter(({ name }) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)));
}
