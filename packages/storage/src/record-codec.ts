/** The records as bytes: which kind each is, and its protobuf message. */

import {
  checkedHistory,
  type DurableRecord,
  type History,
  isBallot,
  isMemberId,
  isSlot,
  NO_OP,
} from '@parliament/synod';
import { parliament } from '#proto';
import { NumberReader, numberOf } from './number-reader.js';

/** What a record's payload must not be. */
export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
}

/** A record as it goes into the log. */
export interface EncodedRecord {
  readonly kind: number;
  readonly payload: Uint8Array;
  /** What {@link glance} would give, where it is known; 0 for none. */
  readonly slot?: number;
  readonly ballot?: number;
}

/** The kind of the record that says: everything before me was synced. It carries nothing. */
export const SEAL_KIND = 7;

/** The kind of the record that says: the group has a snapshot file. */
export const SNAPSHOT_TAKEN_KIND = 9;

/** The kind of the record that says: what was before a position is not needed any more. */
export const TRIMMED_KIND = 10;

const { Promised, Voted, Decided, Learned, Introduced, Founded, Snapshot, SnapshotTaken, Trimmed, Heard } =
  parliament.log;
const DIRECTORY_ID = /^[0-9a-f]{32}$/;

/**
 * The bytes of a record.
 *
 * @throws MalformedRecord for what could be written, and not be read again.
 */
export function encodeRecord(record: DurableRecord): EncodedRecord {
  switch (record.type) {
    case 'promised': {
      const ballot = checked(record.ballot, isBallot);
      return { kind: 1, payload: Promised.encode({ ballot }).finish(), slot: 0, ballot };
    }
    case 'voted': {
      const [slot, ballot] = [checked(record.slot, isSlot), checked(record.ballot, isBallot)];
      return { kind: 2, payload: Voted.encode(record).finish(), slot, ballot };
    }
    case 'decided': {
      const [slot, ballot] = [checked(record.slot, isSlot), checked(record.ballot, isBallot)];
      return { kind: 3, payload: Decided.encode(record).finish(), slot, ballot };
    }
    case 'learned': {
      const slot = checked(record.slot, isSlot);
      return { kind: 4, payload: Learned.encode(record).finish(), slot, ballot: 0 };
    }
    case 'introduced': {
      const { directory } = record;
      if (!DIRECTORY_ID.test(directory)) throw new MalformedRecord(`${directory} is no directory id`);
      const member = checked(record.member, isMemberId);
      return { kind: 5, payload: Introduced.encode({ member, directory: Buffer.from(directory, 'hex') }).finish() };
    }
    case 'founded':
      return { kind: 6, payload: Founded.encode({}).finish() };
    case 'heard': {
      const position = checked(record.position, isPosition);
      return { kind: 11, payload: Heard.encode({ member: checked(record.member, isMemberId), position }).finish() };
    }
    case 'snapshot': {
      const { slot, history, state } = record.snapshot;
      return { kind: 8, payload: Snapshot.encode({ slot, history: JSON.stringify(history), state }).finish() };
    }
  }
}

/** Which snapshot file a group has. */
export interface SnapshotTaken {
  readonly slot: number;
  readonly bytes: number;
  /** CRC-32 of the file. */
  readonly checksum: number;
}

export function encodeSnapshotTaken(taken: SnapshotTaken): EncodedRecord {
  return { kind: SNAPSHOT_TAKEN_KIND, payload: SnapshotTaken.encode(taken).finish() };
}

/** @throws MalformedRecord */
export function decodeSnapshotTaken(payload: Uint8Array): SnapshotTaken {
  const { slot, bytes, checksum } = SnapshotTaken.decode(new NumberReader(payload, MalformedRecord));
  return {
    slot: checked(slot, isSlot),
    bytes: checked(numberOf(bytes), Number.isSafeInteger),
    checksum: checked(numberOf(checksum), Number.isSafeInteger),
  };
}

export function encodeTrimmed(position: number): EncodedRecord {
  return { kind: TRIMMED_KIND, payload: Trimmed.encode({ position }).finish() };
}

/** @throws MalformedRecord */
export function decodeTrimmed(payload: Uint8Array): number {
  return checked(numberOf(Trimmed.decode(new NumberReader(payload, MalformedRecord)).position), Number.isSafeInteger);
}

/** The slot and the ballot of a record of a role, without its value; 0 for what it does not have. */
export function glance({ kind, payload, slot, ballot }: EncodedRecord): {
  readonly slot: number;
  readonly ballot: number;
} {
  if (slot !== undefined && ballot !== undefined) return { slot, ballot };
  const reader = new NumberReader(payload, MalformedRecord);
  let [first, second] = [0, 0];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) first = reader.uint64();
    else if (tag === 16) second = reader.uint64();
    else break;
  }
  return kind === 1 ? { slot: 0, ballot: first } : { slot: first, ballot: second };
}

/**
 * The record of an intact payload. Values are copies: they do not keep what they were read from in memory.
 *
 * @throws MalformedRecord when the payload is not one that was ever written.
 */
export function decodeRecord({ kind, payload }: EncodedRecord): DurableRecord {
  const reader = new NumberReader(payload, MalformedRecord);
  switch (kind) {
    case 1: {
      const { ballot } = Promised.decode(reader);
      return { type: 'promised', ballot: checked(ballot, isBallot) };
    }
    case 2: {
      const { slot, ballot, value } = Voted.decode(reader);
      return {
        type: 'voted',
        slot: checked(slot, isSlot),
        ballot: checked(ballot, isBallot),
        value: copy(value),
      };
    }
    case 3: {
      const { slot, ballot } = Decided.decode(reader);
      return { type: 'decided', slot: checked(slot, isSlot), ballot: checked(ballot, isBallot) };
    }
    case 4: {
      const { slot, value } = Learned.decode(reader);
      return { type: 'learned', slot: checked(slot, isSlot), value: copy(value) };
    }
    case 5: {
      const { member, directory } = Introduced.decode(reader);
      const id = Buffer.from(directory ?? []).toString('hex');
      if (!DIRECTORY_ID.test(id)) throw new MalformedRecord('a directory id is not 16 bytes');
      return { type: 'introduced', member: checked(member ?? 0, isMemberId), directory: id };
    }
    case 6:
      return { type: 'founded' };
    case 8: {
      const { slot, history, state } = Snapshot.decode(reader);
      const snapshot = { slot: checked(slot, isSlot), history: historyOf(history ?? ''), state: copy(state) };
      return { type: 'snapshot', snapshot };
    }
    case 11: {
      const { member, position } = Heard.decode(reader);
      const heard = checked(numberOf(position), isPosition);
      return { type: 'heard', member: checked(member ?? 0, isMemberId), position: heard };
    }
    default:
      throw new MalformedRecord(`there are no records of kind ${kind}`);
  }
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function checked(value: number | null | undefined, isValid: (value: number) => boolean): number {
  if (typeof value !== 'number' || !isValid(value)) throw new MalformedRecord(`${value} is out of range`);
  return value;
}

function historyOf(text: string): History {
  try {
    return checkedHistory(JSON.parse(text));
  } catch (error) {
    throw new MalformedRecord(`the configurations of a snapshot: ${error instanceof Error ? error.message : error}`);
  }
}

function copy(bytes: Uint8Array | null | undefined): Uint8Array {
  return bytes && bytes.length > 0 ? new Uint8Array(bytes) : NO_OP;
}
