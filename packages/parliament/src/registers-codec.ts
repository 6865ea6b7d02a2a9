/** The registers and their sessions as bytes, for snapshots: the same bytes for the same state. */

import { createSessions, restoreSession, type Session } from '@parliament/synod';
import { parliament } from '#proto';
import { NumberReader } from './number-reader.js';
import { type Registers, weightOf } from './registers.js';

const { RegistersState } = parliament.protocol;

export function encodeRegisters({ values, sessions }: Registers): Uint8Array {
  return RegistersState.encode({
    registers: [...values].map(([key, value]) => ({ key, value })),
    opened: sessions.opened,
    sessions: [...sessions.sessions].map(([session, { token, usedAt, acknowledged, replies }]) => ({
      session,
      token,
      usedAt,
      acknowledged,
      replies: [...replies].map(([number, value]) => ({ number, value })),
    })),
  }).finish();
}

/** @throws Error when the bytes are none of {@link encodeRegisters}. */
export function decodeRegisters(bytes: Uint8Array): Registers {
  const wire = RegistersState.decode(new NumberReader(bytes));
  const sessions = createSessions<string>(weightOf);
  sessions.opened = given(wire.opened);
  for (const { session, token, usedAt, acknowledged, replies } of wire.sessions ?? []) {
    const known: Session<string> = {
      token: given(token),
      usedAt: given(usedAt),
      acknowledged: given(acknowledged),
      replies: new Map((replies ?? []).map(({ number, value }) => [given(number), value ?? ''])),
    };
    restoreSession(sessions, given(session), known);
  }
  return { values: new Map((wire.registers ?? []).map(({ key, value }) => [key ?? '', value ?? ''])), sessions };
}

/** For a number that was not written, protobufjs gives an object that stands for 0. */
function given(candidate: number | null | undefined): number {
  return typeof candidate === 'number' ? candidate : 0;
}
