/** Commands, and the batches of them that decrees hold. */

import { NumberReader, numberOf } from '@parliament/storage/format';
import {
  commandsValue,
  type MemberId,
  type SessionEntry,
  type SessionId,
  type Slot,
  type Value,
} from '@parliament/synod';
import { parliament } from '#proto';
import { encodePut } from '../registers/words.js';

/** A command to the machine. */
export interface Command {
  /** The member that took the request from its user. */
  readonly member: MemberId;
  /** Which life of that member: a random number, drawn anew at every start. */
  readonly life: number;
  /** Counts the requests of that life. */
  readonly number: number;
  /** What the machine is told. */
  readonly payload: Uint8Array;
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
 * What the commands of a decree are; nothing when they cannot be read. Every learner reads the same bytes in the same way, so a
 * decree that makes no sense to one makes none to any, and changes nothing anywhere. Payloads are views of the bytes.
 */
export function decodeBatch(payload: Uint8Array): Batch {
  try {
    const wire = parliament.protocol.Batch.decode(new NumberReader(payload));
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
        // Those of earlier versions are all of registers.
        payload: command.payload ?? encodePut({ key: command.key ?? '', value: command.value ?? '' }),
        session: numberOf(command.session),
        sequence: numberOf(command.sequence),
        acknowledged: numberOf(command.acknowledged),
      })),
    };
  } catch {
    return EMPTY;
  }
}

/** The same, as a replica takes it. */
export function readEntries(payload: Uint8Array): SessionEntry<Uint8Array>[] {
  const { opens, expiries, commands } = decodeBatch(payload);
  const entries: SessionEntry<Uint8Array>[] = [];
  for (const token of opens) entries.push({ type: 'open', token });
  for (const expiry of expiries) entries.push({ type: 'expire', ...expiry });
  for (const { life, number, payload: command, session, sequence, acknowledged } of commands) {
    if (session === 0) entries.push({ type: 'bare', token: life, request: number, command });
    else entries.push({ type: 'run', session, number: sequence, acknowledged, command });
  }
  return entries;
}
