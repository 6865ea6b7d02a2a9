/** What the programs of this package have in common: options that are numbers, and progress. */

/** A program was called wrongly: the message says what is wrong with its arguments. */
export class WrongCall extends RangeError {
  override readonly name = 'WrongCall';
  readonly code = 'WRONG_CALL';
}

/** A whole number from `least`. @throws WrongCall with what is wrong. */
export function whole(text: string | undefined, name: string, fallback: number, least: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new WrongCall(`--${name} ${text}: a whole number from ${least}`);
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

/** What Node says of options that a program does not have. */
function isWrongOption(error: unknown): error is Error {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS_');
}

/** Calls a program with its arguments; what is wrong with them goes to stderr, with status 2. All else that is thrown is a fault. */
export async function start(name: string, main: (args: string[]) => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof WrongCall || isWrongOption(error))) throw error;
    console.error(`${name}: ${error.message}. See --help`);
    process.exitCode = 2;
  }
}
