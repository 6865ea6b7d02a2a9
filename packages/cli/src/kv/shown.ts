/** Keys and values as people are shown them. */

import { textOfBytes } from '@parliament/machines';
import { oneLine } from '../errors.js';
import { printForeign } from '../output.js';

/** In one line. What is no text is shown in base64, and called so. */
export function shownBytes(bytes: Uint8Array): string {
  return oneLine(textOfBytes(bytes) ?? inBase64(bytes));
}

function inBase64(bytes: Uint8Array): string {
  return `base64:${Buffer.from(bytes).toString('base64')}`;
}

/** Writes a value to standard output: a file or a pipe gets it byte for byte, with nothing behind it; a terminal a text. */
export function printValue(bytes: Uint8Array): void {
  if (process.stdout.isTTY === true) printForeign(textOfBytes(bytes) ?? inBase64(bytes));
  else process.stdout.write(bytes);
}
