/** The registers and their sessions as bytes, for snapshots: the same bytes for the same state. */

import { NumberReader, numberOf } from '@parliament/storage/format';
import { createSessions, restoreSession } from '@parliament/synod';
import { parliament } from '#proto';
import { type Registers, weightOf } from './registers.js';

const { RegistersState } = parliament.protocol;

export function encodeRegisters(registers: Registers): Uint8Array {
  const encoding = encodeInSteps(registers);
  for (;;) {
    const { done, value } = encoding.next();
    if (done === true) return value;
  }
}

/** A step takes about so many units of text, or bytes: some milliseconds. */
const STEP_UNITS = 128 * 1024;

/**
 * The same, step by step, so that nobody waits for long: what the registers are at the first step, whatever becomes of them
 * meanwhile. A register that has a value keeps it, and new ones are added behind those there are; so nothing need be copied.
 */
export function* encodeInSteps({ values, sessions }: Registers): Generator<undefined, Uint8Array> {
  const count = values.size;
  const chunks: Uint8Array[] = [
    RegistersState.encode({
      opened: sessions.opened,
      sessions: [...sessions.sessions].map(([session, { token, usedAt, acknowledged, replies }]) => ({
        session,
        token,
        usedAt,
        acknowledged,
        replies: [...replies].map(([number, { reply: value }]) => ({ number, value })),
      })),
    }).finish(),
  ];
  let total = chunks[0]?.length ?? 0;
  let registers: { key: string; value: string }[] = [];
  let units = 0;
  let taken = 0;
  for (const [key, value] of values) {
    if (taken === count) break;
    taken += 1;
    registers.push({ key, value });
    units += key.length + value.length;
    if (units < STEP_UNITS && taken < count) continue;
    // Messages of protobuf may be written one behind the other: repeated fields add up.
    const chunk = RegistersState.encode({ registers }).finish();
    chunks.push(chunk);
    total += chunk.length;
    registers = [];
    units = 0;
    yield undefined;
  }
  const bytes = Buffer.allocUnsafe(total);
  let end = 0;
  let copied = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
    copied += chunk.length;
    if (copied < 64 * STEP_UNITS) continue;
    copied = 0;
    yield undefined;
  }
  return bytes;
}

/** @throws Error when the bytes are none of {@link encodeRegisters}. */
export function decodeRegisters(bytes: Uint8Array): Registers {
  const wire = RegistersState.decode(new NumberReader(bytes));
  const sessions = createSessions<string>(weightOf);
  sessions.opened = numberOf(wire.opened);
  for (const { session, token, usedAt, acknowledged, replies } of wire.sessions ?? []) {
    restoreSession(sessions, numberOf(session), {
      token: numberOf(token),
      usedAt: numberOf(usedAt),
      acknowledged: numberOf(acknowledged),
      replies: (replies ?? []).map(({ number, value }) => [numberOf(number), value ?? ''] as const),
    });
  }
  return { values: new Map((wire.registers ?? []).map(({ key, value }) => [key ?? '', value ?? ''])), sessions };
}
