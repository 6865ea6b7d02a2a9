/** Commands, and the batches of them that decrees hold. */

import { commandsValue, type MemberId, readDecree, type Value } from '@parliament/synod';
import { parliament } from '#proto';
import { NumberReader } from './number-reader.js';

/** "Let the register `key` have `value`, unless it has one." */
export interface Command {
  /** The member that took the request from its user. */
  readonly member: MemberId;
  /** Which life of that member: a random number, drawn anew at every start. */
  readonly life: number;
  /** Counts the requests of that life. */
  readonly number: number;
  readonly key: string;
  readonly value: string;
}

/** The decree that holds `commands`, in this order. */
export function encodeBatch(commands: readonly Command[]): Value {
  return commandsValue(parliament.protocol.Batch.encode({ commands: [...commands] }).finish());
}

/**
 * The commands of a decree; none when it is the no-op or cannot be read. Every learner reads the same bytes in the same
 * way, so a decree that makes no sense to one makes none to any, and changes nothing anywhere.
 */
export function decodeBatch(value: Value): readonly Command[] {
  const decree = readDecree(value);
  if (decree.type !== 'commands') return [];
  try {
    return parliament.protocol.Batch.decode(new NumberReader(decree.payload)).commands.map((command) => ({
      member: command.member ?? 0,
      life: command.life ?? 0,
      number: command.number ?? 0,
      key: command.key ?? '',
      value: command.value ?? '',
    }));
  } catch {
    return [];
  }
}
