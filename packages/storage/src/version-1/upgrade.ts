/**
 * Makes a directory of version 1, which had its log in one file, one of the present version. The old log stays as it is until
 * the identity says that the new one counts.
 */

import path from 'node:path';
import { bytesOf, layOut } from '../batch.js';
import { LEAVE_IT_OUT, LedgerError, textOf } from '../errors.js';
import { type FileSystem, writeAll } from '../file-system.js';
import { openWindow } from '../file-window.js';
import { type DirectoryIdentity, type FirstIdentity, writeIdentity } from '../identity.js';
import { logDirectory, makeZeros, segmentPath, segmentSize } from '../log-files.js';
import { FORMAT_VERSION, recordBytes, SEGMENT_HEADER_BYTES, writeSegmentHeader } from '../log-format.js';
import { decodeRecord, type EncodedRecord, SEAL_KIND } from '../record-codec.js';
import { corrupt } from '../recover-log.js';
import { directoryOf, FILE_HEADER_BYTES } from './log-format.js';
import { oldRecords, scanLog } from './scan.js';

/** Where the old log is while the new one is put in its place. */
export const OLD_LOG = 'log.version-1';

interface Options {
  readonly cluster: string;
  readonly group: string;
  readonly member: number;
  readonly recordLimitBytes: number;
  readonly segmentBytes: number;
  warn(message: string): void;
}

/** @throws LedgerError `wrong-identity` or `corrupt`; then nothing was changed. */
export async function upgrade(
  disk: FileSystem,
  directory: string,
  identity: FirstIdentity,
  { cluster, group, member, recordLimitBytes, segmentBytes, warn }: Options,
): Promise<DirectoryIdentity> {
  // The name of the only group was part of the cluster's.
  const isOurs = identity.cluster === `${cluster}/${group}` || identity.cluster === cluster;
  if (!isOurs || identity.member !== member) {
    throw new LedgerError(
      'wrong-identity',
      `${directory} belongs to member ${identity.member} of ${identity.cluster}, not to member ${member} of ` +
        `${cluster}/${group}: give every member the directory that it had before, and a new member a new one`,
    );
  }
  const log = logDirectory(directory);
  const aside = path.join(directory, OLD_LOG);
  const fresh = path.join(directory, 'log.version-2');
  const old = disk.kindOf(log) === 'file' ? log : aside;
  if (disk.kindOf(old) !== 'file')
    throw corrupt(log, undefined, 'it is missing, but the directory was in use', LEAVE_IT_OUT);
  checkOld(disk, old, identity.directory, recordLimitBytes);
  // What an upgrade that was ended has left behind.
  for (const name of old === aside ? [fresh, log] : [fresh]) if (disk.kindOf(name) !== undefined) disk.removeTree(name);
  await writeNew({ disk, old, fresh, id: identity.directory, recordLimitBytes, segmentBytes });
  if (old === log) disk.rename(log, aside);
  disk.rename(fresh, log);
  disk.syncDirectory(directory);
  const groups = [{ name: group, member: identity.member }];
  const upgraded = { cluster, directory: identity.directory, formatVersion: FORMAT_VERSION, groups };
  writeIdentity(disk, directory, upgraded);
  warn(`${directory} was upgraded from format 1 to format ${FORMAT_VERSION}; older versions cannot read it any more`);
  return upgraded;
}

/** To be called once the new log is known to be good; also where the process that upgraded was ended before it did. */
export function dropOldLog(disk: FileSystem, directory: string): void {
  const aside = path.join(directory, OLD_LOG);
  if (disk.kindOf(aside) === 'file') disk.remove(aside);
}

/** Reads all of it, and changes nothing. */
function checkOld(disk: FileSystem, name: string, id: string, limitBytes: number): void {
  const file = disk.openToRead(name);
  try {
    const bytes = Buffer.alloc(FILE_HEADER_BYTES);
    const owner = disk.read(file, bytes, 0) === FILE_HEADER_BYTES ? directoryOf(bytes) : undefined;
    if (owner === undefined) throw corrupt(name, 0, 'its header is damaged', LEAVE_IT_OUT);
    if (owner !== id) throw corrupt(name, 0, 'it belongs to another directory', LEAVE_IT_OUT);
    const { damage, end } = scanLog(disk, file, name, limitBytes, (record, position) => {
      if (record.kind === SEAL_KIND) return;
      try {
        decodeRecord(record);
      } catch (error) {
        throw corrupt(name, position, textOf(error), LEAVE_IT_OUT);
      }
    });
    if (damage !== undefined) throw corrupt(name, end, damage, LEAVE_IT_OUT);
  } finally {
    disk.close(file);
  }
}

interface Rewriting {
  readonly disk: FileSystem;
  readonly old: string;
  readonly fresh: string;
  /** The directory's id. */
  readonly id: string;
  readonly recordLimitBytes: number;
  readonly segmentBytes: number;
}

/** Writes the log anew, segment by segment and piece by piece: an old one may be longer than the memory. */
async function writeNew({ disk, old, fresh, id, recordLimitBytes, segmentBytes }: Rewriting): Promise<void> {
  disk.makeDirectory(fresh);
  const source = disk.openToRead(old);
  let file: number | undefined;
  try {
    let [sequence, left, offset, position, previous] = [0, 0, 0, 0, 0];
    const close = async (): Promise<void> => {
      if (file === undefined) return;
      await disk.sync(file);
      disk.close(file);
      file = undefined;
    };
    const write = async (group: number, records: readonly EncodedRecord[]): Promise<void> => {
      const size = bytesOf(records);
      if (size > left) {
        await close();
        sequence += 1;
        const bytes = segmentSize(sequence, segmentBytes, size);
        const name = path.join(fresh, path.basename(segmentPath(fresh, sequence)));
        await makeZeros(disk, name, bytes);
        file = disk.open(name);
        const header = { version: FORMAT_VERSION, sequence, directory: id, start: position, previous };
        writeAll(disk, file, writeSegmentHeader(header), 0);
        [left, offset] = [bytes - SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES];
      }
      // All of it is synced before the identity says that it counts.
      const laidOut = layOut([{ group, records }], size, { position, synced: position, previous });
      writeAll(disk, file as number, laidOut.bytes, offset);
      [left, offset, position] = [left - size, offset + size, position + size];
      previous = laidOut.previous;
    };
    let [piece, pieceBytes]: [EncodedRecord[], number] = [[], 0];
    for (const { record } of oldRecords(openWindow(disk, source, old), recordLimitBytes)) {
      if (record.kind === SEAL_KIND) continue;
      const bytes = recordBytes(record.payload.length);
      if (piece.length > 0 && pieceBytes + bytes > PIECE_BYTES) {
        await write(1, piece);
        [piece, pieceBytes] = [[], 0];
      }
      piece.push({ kind: record.kind, payload: new Uint8Array(record.payload) });
      pieceBytes += bytes;
    }
    if (piece.length > 0) await write(1, piece);
    await write(0, [{ kind: SEAL_KIND, payload: new Uint8Array(0) }]);
    await close();
  } finally {
    if (file !== undefined) disk.close(file);
    disk.close(source);
  }
  disk.syncDirectory(fresh);
}

/** So much is written at a time; of a segment it leaves at most so much unused. */
const PIECE_BYTES = 64 * 1024;
