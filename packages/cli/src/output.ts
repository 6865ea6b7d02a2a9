/** Standard output and standard error: either may be closed, or a file on a full disk. */

import { EXIT, oneLine, reasonOf, UsageError } from './errors.js';

let onLost: ((reason: string) => void) | undefined;

/**
 * Sees to it that a lost output ends the command in order, and never as an uncaught exception. Call it once, before anything
 * is written.
 *
 * @param name how the command calls itself in its complaint.
 */
export function watchOutput(name: string): void {
  // Whom to tell?
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error) => {
    if (onLost !== undefined) return onLost(oneLine(error));
    complain(`${name}: standard output: ${oneLine(error)}`);
    process.exit(EXIT.failed);
  });
}

/** What is done when standard output can no longer be written, instead of ending at once with status 1. */
export function onOutputLost(then: (reason: string) => void): void {
  onLost = then;
}

/** Writes a line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Does what answers as JSON where that is wanted: what fails is answered so, too, and not only by the line on standard error.
 *
 * @param details what else the answer to a failure says.
 */
export async function answering<Answer>(
  isJson: boolean,
  work: () => Promise<Answer>,
  details: (error: unknown) => object = () => ({}),
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (isJson && !(error instanceof UsageError)) {
      print(JSON.stringify({ ok: false, ...details(error), error: reasonOf(error) }));
    }
    throw error;
  }
}

/** Writes one line of many, and waits while the reader is slow. */
export async function printAndWait(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** For a long output: a reader that has had enough, such as `head`, closes the pipe, and that is no failure. */
export function endWithReader(name: string): void {
  onOutputLost((reason) => {
    const hasHadEnough = reason.includes('EPIPE');
    if (!hasHadEnough) complain(`${name}: standard output: ${reason}`);
    process.exit(hasHadEnough ? EXIT.ok : EXIT.failed);
  });
}

/** "1 record", "2 records". */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** Writes a line that others have written. A terminal is shown it, and does not obey it; a file or a pipe gets it as it is. */
export function printForeign(text: string): void {
  print(process.stdout.isTTY === true ? text.split('\n').map(oneLine).join('\n') : text);
}

/** Of a longer value a person is shown the beginning, in characters. */
const SHOWN_LENGTH_MAX = 100;

/** A value for a person. */
export function shorten(value: string): string {
  const characters = [...value];
  if (characters.length <= SHOWN_LENGTH_MAX) return value;
  return `${characters.slice(0, SHOWN_LENGTH_MAX).join('')}… (${characters.length} characters)`;
}

/** Writes a line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
