/** The state machine: registers that are written once. The first value that is decided for a key is its value for ever. */

import type { Command } from './command.js';

/** The registers that have a value. */
export type Registers = Map<string, string>;

/** Applies a command and gives the value that its register has from then on, which is the first one it was given. */
export function apply(registers: Registers, command: Command): string {
  const decided = registers.get(command.key);
  if (decided !== undefined) return decided;
  registers.set(command.key, command.value);
  return command.value;
}
