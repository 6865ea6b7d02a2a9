/** Standard input, read to its end. */

import { CommandError, oneLine } from './errors.js';
import { answering } from './output.js';

/** More than a node takes, as its limits are by default; in bytes. */
const INPUT_LIMIT_BYTES = 16 * 1024 * 1024;

/** For a command that has not asked anybody yet. */
export function readInput(isJson: boolean): Promise<Uint8Array> {
  return answering(isJson, readToEnd, () => ({ outcome: 'not-applied' }));
}

async function readToEnd(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of process.stdin) {
      bytes += part.length;
      if (bytes > INPUT_LIMIT_BYTES) break;
      parts.push(part);
    }
  } catch (error) {
    throw new CommandError(`standard input: ${oneLine(error)}`);
  }
  if (bytes > INPUT_LIMIT_BYTES) throw new CommandError(`standard input has more than ${INPUT_LIMIT_BYTES} bytes`);
  return Buffer.concat(parts);
}
