/** What the programs of this package have in common on the command line. */

import { parseArgs } from 'node:util';

/** Reads whole numbers and `--json`; help, and what is wrong, it says itself. Undefined: there is nothing to be done. */
export function numbersFrom<Name extends string>(
  program: string,
  help: string,
  defaults: Readonly<Record<Name, number>>,
): (Record<Name, number> & { readonly json: boolean }) | undefined {
  const names = Object.keys(defaults) as Name[];
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const options = { ...Object.fromEntries(names.map((name) => [name, string])), json: boolean, help: boolean };
  try {
    const values: Readonly<Record<string, string | boolean | undefined>> = parseArgs({
      args: process.argv.slice(2),
      options,
    }).values;
    const { help: isHelp, json } = values;
    if (isHelp === true) {
      console.log(help);
      return undefined;
    }
    const numbers = names.map((name): [Name, number] => {
      const text = values[name];
      const number = text === undefined ? defaults[name] : Number(text);
      if (Number.isSafeInteger(number) && number >= 1) return [name, number];
      throw new RangeError(`--${name} ${String(text)}: a whole number from 1`);
    });
    return { ...(Object.fromEntries(numbers) as Record<Name, number>), json: json === true };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`${program}: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

/** On a terminal a line in place, twice a second; otherwise a line every ten seconds, so that it is seen to go on. */
export function progressOf(unit: string): (done: number, total: number) => void {
  let shownAt = performance.now();
  return (done, total) => {
    const now = performance.now();
    const isTerminal = process.stderr.isTTY === true;
    if (now - shownAt < (isTerminal ? 500 : 10_000)) return;
    shownAt = now;
    const bar = '#'.repeat(Math.floor((24 * done) / total)).padEnd(24, '.');
    const text = `[${bar}] ${Math.floor((100 * done) / total)} %  ${done.toLocaleString('en')} ${unit}`;
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
}

/** Ends the line of {@link progressOf}. */
export function endProgress(): void {
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K');
}
