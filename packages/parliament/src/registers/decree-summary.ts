/** What a value of the log means, for tools. */

import type { Value } from '@parliament/synod';
import { decodeBatch } from './command.js';

export interface DecreeSummary {
  readonly commands: number;
  /** The sessions whose commands it holds, each once. */
  readonly sessions: readonly number[];
  /** Of each command the key, and the value that it has for it; the first value of a key that is decided is its value. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

/** Summarizes a value that was voted for or decided; one that holds no commands has none. */
export function summarizeDecree(value: Value): DecreeSummary {
  const { commands } = decodeBatch(value);
  return {
    commands: commands.length,
    sessions: [...new Set(commands.map(({ session }) => session))],
    keys: commands.map(({ key }) => key),
    values: commands.map(({ value }) => value),
  };
}
