/**
 * Makes a directory of version 1, which had its log in one file, one of the present version. The old log stays as it is until
 * the identity says that the new one counts.
 */

import path from 'node:path';
import { bytesOf, layOut } from '../batch.js';
import { LEAVE_IT_OUT, LedgerError, textOf } from '../errors.js';
import { type FileSystem, writeAll } from '../file-system.js';
import { type DirectoryIdentity, type FirstIdentity, writeIdentity } from '../identity.js';
import { FORMAT_VERSION, writeSegmentHeader } from '../log-format.js';
import { decodeRecord, type EncodedRecord, SEAL_KIND } from '../record-codec.js';
import { corrupt } from '../recover-log.js';
import { logDirectory, makeZeros, segmentPath, segmentSize } from '../segments.js';
import { directoryOf, FILE_HEADER_BYTES } from './log-format.js';
import { scanLog } from './scan.js';

interface Options {
  readonly cluster: string;
  readonly group: string;
  readonly member: number;
  readonly recordLimitBytes: number;
  warn(message: string): void;
}

/** @throws LedgerError `wrong-identity` or `corrupt`; then nothing was changed. */
export async function upgrade(
  disk: FileSystem,
  directory: string,
  identity: FirstIdentity,
  { cluster, group, member, recordLimitBytes, warn }: Options,
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
  const aside = path.join(directory, 'log.version-1');
  const fresh = path.join(directory, 'log.version-2');
  const old = disk.kindOf(log) === 'file' ? log : aside;
  if (disk.kindOf(old) !== 'file')
    throw corrupt(log, undefined, 'it is missing, but the directory was in use', LEAVE_IT_OUT);
  const records = readOld(disk, old, identity.directory, recordLimitBytes);
  // What an upgrade that was ended has left behind.
  for (const name of old === aside ? [fresh, log] : [fresh]) if (disk.kindOf(name) !== undefined) disk.removeTree(name);
  await writeNew(disk, directory, fresh, identity.directory, records);
  if (old === log) disk.rename(log, aside);
  disk.rename(fresh, log);
  disk.syncDirectory(directory);
  const groups = [{ name: group, member: identity.member }];
  const upgraded = { cluster, directory: identity.directory, formatVersion: FORMAT_VERSION, groups };
  writeIdentity(disk, directory, upgraded);
  disk.remove(aside);
  warn(`${directory} was upgraded from format 1 to format ${FORMAT_VERSION}; older versions cannot read it any more`);
  return upgraded;
}

function readOld(disk: FileSystem, name: string, id: string, limitBytes: number): EncodedRecord[] {
  const records: EncodedRecord[] = [];
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
      records.push({ kind: record.kind, payload: new Uint8Array(record.payload) });
    });
    if (damage !== undefined) throw corrupt(name, end, damage, LEAVE_IT_OUT);
    return records;
  } finally {
    disk.close(file);
  }
}

async function writeNew(
  disk: FileSystem,
  directory: string,
  target: string,
  id: string,
  records: readonly EncodedRecord[],
): Promise<void> {
  disk.makeDirectory(target);
  const seal = { group: 0, records: [{ kind: SEAL_KIND, payload: new Uint8Array(0) }] };
  const size = bytesOf(records);
  const body = layOut([{ group: 1, records }], size, { position: 0, synced: 0, previous: 0 });
  const tail = layOut([seal], bytesOf(seal.records), { position: size, synced: size, previous: body.previous });
  const name = path.join(target, path.basename(segmentPath(directory, 1)));
  await makeZeros(disk, name, segmentSize(1, Number.POSITIVE_INFINITY, size + tail.bytes.length));
  const file = disk.open(name);
  try {
    const header = writeSegmentHeader({ version: FORMAT_VERSION, sequence: 1, directory: id, start: 0, previous: 0 });
    writeAll(disk, file, Buffer.concat([header, body.bytes, tail.bytes]), 0);
    await disk.sync(file);
  } finally {
    disk.close(file);
  }
  disk.syncDirectory(target);
}
