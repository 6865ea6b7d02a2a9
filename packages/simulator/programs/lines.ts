/** What the programs of this package have in common: options that are numbers, and progress. */

/** A whole number from `least`. @throws RangeError with what is wrong. */
export function whole(text: string | undefined, name: string, fallback: number, least: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number from ${least}`);
}

/** 1234567 as 1,234,567. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** A bar that fills up, on a terminal in place, otherwise a line now and then. */
export interface Progress {
  readonly show: (part: number, text: string) => void;
  /** Ends the bar's own line. */
  readonly end: () => void;
}

const BAR_WIDTH = 24;

export function openProgress(): Progress {
  const isTerminal = process.stderr.isTTY === true;
  let shownAt = performance.now();
  let isShown = false;
  return {
    show(part, text) {
      const now = performance.now();
      if (now - shownAt < (isTerminal ? 200 : 10_000)) return;
      shownAt = now;
      isShown = true;
      const filled = Math.floor(Math.min(1, part) * BAR_WIDTH);
      const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(100 * Math.min(1, part))} %  ${text}`;
      if (isTerminal) process.stderr.write(`\r\u001b[K${bar}`);
      else process.stderr.write(`${bar}\n`);
    },
    end() {
      if (isTerminal && isShown) process.stderr.write('\r\u001b[K');
    },
  };
}

/** Calls a program with its arguments; what it says is wrong with them goes to stderr, with status 2. */
export async function start(name: string, main: (args: string[]) => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`${name}: ${error.message}. See --help`);
    process.exitCode = 2;
  }
}
