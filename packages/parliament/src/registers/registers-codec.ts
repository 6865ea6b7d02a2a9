/** The registers as bytes, for snapshots: the same bytes for the same state. */

import { NumberReader, numberOf } from '@parliament/storage/format';
import { joinChunks } from '@parliament/synod';
import { parliament } from '#proto';
import type { OldSnapshot } from '../host/hosted.js';
import { encodeValue } from './words.js';

const { RegistersState } = parliament.protocol;

/** A chunk has about so many units of text: to make it takes some milliseconds. */
const CHUNK_UNITS = 128 * 1024;

/**
 * What the registers are when this is called, whatever becomes of them while the chunks are taken. A register that has a value keeps
 * it, and new ones are added behind those there are; so nothing need be copied.
 */
export function registerChunks(registers: ReadonlyMap<string, string>): Iterable<Uint8Array> {
  return chunksOf(registers, registers.size);
}

function* chunksOf(values: ReadonlyMap<string, string>, count: number): Generator<Uint8Array, void> {
  let registers: { key: string; value: string }[] = [];
  let units = 0;
  let taken = 0;
  for (const [key, value] of values) {
    if (taken === count) return;
    taken += 1;
    registers.push({ key, value });
    units += key.length + value.length;
    if (units < CHUNK_UNITS && taken < count) continue;
    // Messages of protobuf may be written one behind the other: repeated fields add up.
    yield RegistersState.encode({ registers }).finish();
    registers = [];
    units = 0;
  }
}

/** @throws Error when the bytes are none of {@link registerChunks}. */
export function restoreRegisters(chunks: Iterable<Uint8Array>): Map<string, string> {
  return valuesOf(RegistersState.decode(new NumberReader(joinChunks(chunks))));
}

/** What snapshots were before they could be of any machine: registers and sessions in one message. @throws Error when it is none. */
export function readOldSnapshot(bytes: Uint8Array): OldSnapshot<Map<string, string>> {
  const wire = RegistersState.decode(new NumberReader(bytes));
  const sessions = (wire.sessions ?? []).map(({ session, token, usedAt, acknowledged, replies }) => {
    const known = (replies ?? []).map(({ number, value }) => [numberOf(number), encodeValue(value ?? '')] as const);
    const stored = {
      token: numberOf(token),
      usedAt: numberOf(usedAt),
      acknowledged: numberOf(acknowledged),
      replies: known,
    };
    return [numberOf(session), stored] as const;
  });
  return { state: valuesOf(wire), opened: numberOf(wire.opened), sessions };
}

function valuesOf({ registers }: parliament.protocol.IRegistersState): Map<string, string> {
  return new Map((registers ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
}
