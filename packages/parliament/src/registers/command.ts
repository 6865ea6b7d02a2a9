/** Commands, and the batches of them that decrees hold. */

import { NumberReader, numberOf } from '@parliament/storage/format';
import { commandsValue, type MemberId, readDecree, type SessionId, type Slot, type Value } from '@parliament/synod';
import { parliament } from '#proto';

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
  /** Its place in the session of that life; 0, 0, 0 in a log with an end, where a slot is too dear to open one in. */
  readonly session: SessionId;
  readonly sequence: number;
  readonly acknowledged: number;
}

/** What a decree holds: sessions to open (by the life that asks), to end, and commands, in this order. */
export interface Batch {
  readonly opens: readonly number[];
  readonly expiries: readonly { readonly session: SessionId; readonly usedAt: Slot }[];
  readonly commands: readonly Command[];
}

const EMPTY: Batch = { opens: [], expiries: [], commands: [] };

/** The decree that holds `batch`. */
export function encodeBatch({ opens, expiries, commands }: Batch): Value {
  const wire = { opens: [...opens], expiries: [...expiries], commands: [...commands] };
  return commandsValue(parliament.protocol.Batch.encode(wire).finish());
}

/**
 * What a decree holds; nothing when it is the no-op or cannot be read. Every learner reads the same bytes in the same way, so
 * a decree that makes no sense to one makes none to any, and changes nothing anywhere.
 */
export function decodeBatch(value: Value): Batch {
  const decree = readDecree(value);
  if (decree.type !== 'commands') return EMPTY;
  try {
    const wire = parliament.protocol.Batch.decode(new NumberReader(decree.payload));
    return {
      opens: (wire.opens ?? []).map(numberOf),
      expiries: (wire.expiries ?? []).map(({ session, usedAt }) => ({
        session: numberOf(session),
        usedAt: numberOf(usedAt),
      })),
      commands: (wire.commands ?? []).map((command) => ({
        member: command.member ?? 0,
        life: numberOf(command.life),
        number: numberOf(command.number),
        key: command.key ?? '',
        value: command.value ?? '',
        session: numberOf(command.session),
        sequence: numberOf(command.sequence),
        acknowledged: numberOf(command.acknowledged),
      })),
    };
  } catch {
    return EMPTY;
  }
}
