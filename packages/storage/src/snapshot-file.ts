/**
 * Snapshots as files: `snapshots/GROUP-SLOT`. Written aside, synced, renamed, and the directory synced: a snapshot is there
 * as a whole, or not at all.
 *
 *     magic "PARLSNAP" (8) | format version u32 | group u32 | directory id (16) | slot u64 | bytes of the history u32
 *     | bytes of the state u64 | checksum u32 of these 52 | history, as JSON, and its checksum u32
 *     | the state, in parts of at most 1 MiB, each behind its checksum u32
 *
 * All numbers are little-endian; checksums are CRC-32.
 */

import path from 'node:path';
import { crc32 } from 'node:zlib';
import { checkedHistory, type Snapshot } from '@parliament/synod';
import { KEEP_THE_REST, LedgerError, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import { openWindow } from './file-window.js';
import { FORMAT_VERSION } from './log-format.js';
import { pausing } from './pausing.js';
import type { SnapshotTaken } from './record-codec.js';

const MAGIC = Buffer.from('PARLSNAP', 'latin1');
const HEADER_BYTES = 56;
const PART_BYTES = 1024 * 1024;

/** Where the snapshots of a data directory are. */
function snapshotDirectory(directory: string): string {
  return path.join(directory, 'snapshots');
}

function snapshotPath(directory: string, group: number, slot: number): string {
  return path.join(snapshotDirectory(directory), `${group}-${slot}`);
}

/** The pieces of a file that holds `snapshot`. */
function* pieces(id: string, group: number, { slot, history, state }: Snapshot): Generator<Buffer> {
  const text = Buffer.from(JSON.stringify(history));
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(FORMAT_VERSION, 8);
  header.writeUInt32LE(group, 12);
  Buffer.from(id, 'hex').copy(header, 16);
  header.writeBigUInt64LE(BigInt(slot), 32);
  header.writeUInt32LE(text.length, 40);
  header.writeBigUInt64LE(BigInt(state.length), 44);
  header.writeUInt32LE(crc32(header.subarray(0, 52)), 52);
  yield header;
  yield Buffer.concat([text, checksumOf(text)]);
  for (let offset = 0; offset < state.length; offset += PART_BYTES) {
    const part = state.subarray(offset, offset + PART_BYTES);
    yield Buffer.concat([checksumOf(part), part]);
  }
}

function checksumOf(bytes: Uint8Array): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(bytes));
  return checksum;
}

/** Writes a snapshot, piece by piece; when this resolves it is durable. */
export async function writeSnapshot(
  disk: FileSystem,
  directory: string,
  id: string,
  group: number,
  snapshot: Snapshot,
): Promise<SnapshotTaken> {
  const target = snapshotPath(directory, group, snapshot.slot);
  const aside = `${target}.new`;
  if (disk.kindOf(snapshotDirectory(directory)) === undefined) {
    disk.makeDirectory(snapshotDirectory(directory));
    disk.syncDirectory(directory);
  }
  if (disk.kindOf(aside) !== undefined) disk.remove(aside);
  const file = disk.create(aside);
  let [bytes, checksum] = [0, 0];
  try {
    for (const piece of pieces(id, group, snapshot)) {
      writeAll(disk, file, piece, bytes);
      bytes += piece.length;
      checksum = crc32(piece, checksum);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await disk.sync(file);
  } catch (error) {
    disk.close(file);
    disk.remove(aside);
    throw error;
  }
  disk.close(file);
  disk.rename(aside, target);
  disk.syncDirectory(snapshotDirectory(directory));
  return { slot: snapshot.slot, bytes, checksum };
}

/**
 * Reads and checks the snapshot that a group is said to have.
 *
 * @throws LedgerError `corrupt`, naming file, offset and remedy; `newer-format`.
 */
export async function readSnapshot(
  disk: FileSystem,
  directory: string,
  id: string,
  group: number,
  { slot, bytes, checksum }: SnapshotTaken,
): Promise<Snapshot> {
  const name = snapshotPath(directory, group, slot);
  if (disk.kindOf(name) !== 'file') throw damaged(name, 0, 'it is missing');
  const file = disk.openToRead(name);
  try {
    return await pausing(parse(disk, file, name, { id, group, slot, bytes, checksum }));
  } finally {
    disk.close(file);
  }
}

interface Expected extends SnapshotTaken {
  readonly id: string;
  readonly group: number;
}

function* parse(disk: FileSystem, file: number, name: string, expected: Expected): Generator<undefined, Snapshot> {
  const window = openWindow(disk, file, name);
  if (window.size !== expected.bytes) throw damaged(name, window.size, `it has not the ${expected.bytes} bytes it had`);
  const header = Buffer.from(window.at(0, HEADER_BYTES) ?? []);
  const isHeader = header.length === HEADER_BYTES && header.subarray(0, 8).equals(MAGIC);
  if (!isHeader || header.readUInt32LE(52) !== crc32(header.subarray(0, 52))) throw damaged(name, 0, 'its header');
  if (header.readUInt32LE(8) > FORMAT_VERSION) {
    throw new LedgerError(
      'newer-format',
      `${name} was written by a newer version: start that again, which can read it`,
    );
  }
  const isOwn =
    header.readUInt32LE(12) === expected.group &&
    header.subarray(16, 32).toString('hex') === expected.id &&
    header.readBigUInt64LE(32) === BigInt(expected.slot);
  if (!isOwn) throw damaged(name, 0, 'it is another snapshot');
  const historyBytes = header.readUInt32LE(40);
  const stateBytes = Number(header.readBigUInt64LE(44));
  let checksum = crc32(header);
  let offset = HEADER_BYTES;
  const next = (length: number): Buffer => {
    const piece = window.at(offset, length);
    if (piece === undefined) throw damaged(name, offset, 'it is too short');
    checksum = crc32(piece, checksum);
    offset += length;
    return piece;
  };
  const text = Buffer.from(next(historyBytes + 4));
  if (crc32(text.subarray(0, historyBytes)) !== text.readUInt32LE(historyBytes)) {
    throw damaged(name, HEADER_BYTES, 'its configurations');
  }
  const state = new Uint8Array(stateBytes);
  for (let filled = 0; filled < stateBytes; ) {
    const length = Math.min(PART_BYTES, stateBytes - filled);
    const at = offset;
    const part = next(4 + length);
    if (part.readUInt32LE(0) !== crc32(part.subarray(4)))
      throw damaged(name, at, 'the checksum of a part does not fit');
    state.set(part.subarray(4), filled);
    filled += length;
    yield;
  }
  if (checksum !== expected.checksum || offset !== expected.bytes) throw damaged(name, offset, 'it is another file');
  try {
    const history = checkedHistory(JSON.parse(text.toString('utf8', 0, historyBytes)));
    return { slot: expected.slot, history, state };
  } catch (error) {
    throw damaged(name, HEADER_BYTES, `its configurations: ${textOf(error)}`);
  }
}

/** Removes the snapshots of a group but the one with that slot; and what was not written to its end. */
export function removeOtherSnapshots(
  disk: FileSystem,
  directory: string,
  group: number,
  slot: number | undefined,
): void {
  const folder = snapshotDirectory(directory);
  if (disk.kindOf(folder) === undefined) return;
  for (const name of disk.list(folder)) {
    if (name.startsWith(`${group}-`) && name !== `${group}-${slot}`) disk.remove(path.join(folder, name));
  }
}

function damaged(name: string, offset: number, cause: string): LedgerError {
  return new LedgerError(
    'corrupt',
    `${name} is damaged at offset ${offset} (${cause}): the state up to its slot cannot be known: ${KEEP_THE_REST}`,
  );
}
