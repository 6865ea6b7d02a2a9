/** Opens a data directory: locks it, checks whose it is, and reads its log. */

import path from 'node:path';
import { LedgerError, systemCode, textOf } from './errors.js';
import { type FileSystem, realFileSystem, writeAll } from './file-system.js';
import { type Identity, newIdentity, readIdentity, writeIdentity } from './identity.js';
import { FileLedger, type Ledger } from './ledger.js';
import { lockDirectory, type Unlock } from './lock.js';
import { FILE_HEADER_BYTES, FORMAT_VERSION, fileHeader, parseFileHeader } from './log-format.js';
import { decodeRecord, SEAL_KIND } from './record-codec.js';
import { scanLog } from './scan.js';

export interface LedgerOptions {
  /** Whose the directory is, or is to be. */
  readonly cluster: string;
  readonly member: number;
  /** Told of what was found and mended. */
  readonly onWarning?: (warning: { readonly message: string }) => void;
  /** The longest record, in bytes. Default 8 MiB. Never lower it for a directory in use: what is longer is refused there. */
  readonly recordLimitBytes?: number;
  /** The disk. Default: that of this machine. */
  readonly disk?: FileSystem;
}

export const DEFAULT_RECORD_LIMIT_BYTES: number = 8 * 1024 * 1024;

/**
 * Opens the ledger in `directory`; creates it where there is nothing.
 *
 * @throws LedgerError `locked`, `wrong-identity`, `corrupt`, `newer-format`, `no-space` or `unusable`. Nothing in the
 *   directory was changed then.
 */
export async function openLedger(directory: string, options: LedgerOptions): Promise<Ledger> {
  const disk = options.disk ?? realFileSystem;
  try {
    prepare(disk, directory);
    const unlock = lockDirectory(disk, directory);
    try {
      return openLocked(disk, directory, options, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (error) {
    throw explain(error, directory);
  }
}

function prepare(disk: FileSystem, directory: string): void {
  const kind = disk.kindOf(directory);
  if (kind === undefined) {
    disk.makeDirectory(directory);
    disk.syncDirectory(path.dirname(path.resolve(directory)));
  } else if (kind === 'symbolic link' || kind === 'other' || kind === 'file') {
    throw new LedgerError(
      'unusable',
      `${directory} is a ${kind}, not a directory: name a directory, itself and not a link`,
    );
  }
  for (const name of ['lock', 'identity', 'log']) {
    const entry = path.join(directory, name);
    const found = disk.kindOf(entry);
    if (found !== undefined && found !== 'file') {
      throw new LedgerError('unusable', `${entry} is a ${found}, not a file: this is no data directory of Parliament`);
    }
  }
}

function openLocked(disk: FileSystem, directory: string, options: LedgerOptions, unlock: Unlock): Ledger {
  const log = path.join(directory, 'log');
  const hasIdentity = disk.kindOf(path.join(directory, 'identity')) !== undefined;
  if (!hasIdentity) create(disk, directory, log, options);
  else if (disk.kindOf(log) === undefined) throw missingLog(log);
  const identity = readIdentity(disk, directory);
  checkIdentity(identity, directory, options);
  const file = disk.open(log);
  try {
    return openLog(disk, directory, file, identity, options, unlock);
  } catch (error) {
    disk.close(file);
    throw error;
  }
}

/** The log first, then the identity: a directory without an identity has never acknowledged anything. */
function create(disk: FileSystem, directory: string, log: string, { cluster, member }: LedgerOptions): void {
  const identity = newIdentity(cluster, member);
  if (disk.kindOf(log) !== undefined) {
    const found = disk.open(log);
    const size = disk.size(found);
    disk.close(found);
    if (size > FILE_HEADER_BYTES) {
      const file = path.join(directory, 'identity');
      const remedy = 'restore the directory from a copy; never start this member on an empty one';
      throw new LedgerError('corrupt', `${file} is missing, but there is a log of ${size} bytes: ${remedy}`);
    }
    // The process that created it was ended before it was done.
    disk.remove(log);
  }
  const file = disk.create(log);
  try {
    writeAll(disk, file, fileHeader(identity.directory), 0);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.syncDirectory(directory);
  writeIdentity(disk, directory, identity);
}

function checkIdentity(identity: Identity, directory: string, { cluster, member }: LedgerOptions): void {
  if (identity.cluster === cluster && identity.member === member) return;
  throw new LedgerError(
    'wrong-identity',
    `${directory} belongs to member ${identity.member} of ${identity.cluster}, not to member ${member} of ${cluster}: ` +
      'give every member the directory that it had before, and a new member a new one',
  );
}

function openLog(
  disk: FileSystem,
  directory: string,
  file: number,
  identity: Identity,
  options: LedgerOptions,
  unlock: Unlock,
): Ledger {
  const log = path.join(directory, 'log');
  const recordLimitBytes = options.recordLimitBytes ?? DEFAULT_RECORD_LIMIT_BYTES;
  checkHeader(disk, file, log, identity);
  let records = 0;
  const scan = scanLog(disk, file, recordLimitBytes, (record, position) => {
    if (record.kind === SEAL_KIND) return;
    records += 1;
    try {
      decodeRecord(record);
    } catch (error) {
      throw corrupt(log, position, textOf(error));
    }
  });
  if (scan.damage !== undefined) throw corrupt(log, scan.end, scan.damage);
  if (scan.rest > 0) {
    disk.truncate(file, scan.end);
    disk.syncNow(file);
    const message = `${log}: cut ${scan.rest} bytes at offset ${scan.end}, an append that was never acknowledged`;
    options.onWarning?.({ message });
  }
  const recovery = { records, bytes: scan.end, tornBytes: scan.rest };
  return new FileLedger({ disk, directory, file, end: scan.end, recordLimitBytes }, identity, recovery, unlock);
}

function checkHeader(disk: FileSystem, file: number, log: string, identity: Identity): void {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  const length = disk.read(file, bytes, 0);
  const header = length === FILE_HEADER_BYTES ? parseFileHeader(bytes) : undefined;
  if (header === undefined) throw corrupt(log, 0, 'its header is damaged');
  if (header.version > FORMAT_VERSION) {
    const message = `${log} was written by a newer version (format ${header.version}; this one knows ${FORMAT_VERSION})`;
    throw new LedgerError('newer-format', `${message}: start the newer version again, which can read it`);
  }
  if (header.directory !== identity.directory) throw corrupt(log, 0, 'it belongs to another directory');
}

function corrupt(log: string, offset: number, cause: string): LedgerError {
  return new LedgerError(
    'corrupt',
    `${log} is damaged at offset ${offset} (${cause}). What this member promised and voted cannot be known, so it must ` +
      'not vote: restore the directory from a copy; never start this member on an empty one',
  );
}

function missingLog(log: string): LedgerError {
  return new LedgerError(
    'corrupt',
    `${log} is missing, but the directory was in use: restore it from a copy; never start this member on an empty one`,
  );
}

function explain(error: unknown, directory: string): unknown {
  const code = systemCode(error);
  if (error instanceof LedgerError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new LedgerError('no-space', `the disk of ${directory} is full: free space on it`, { cause: error });
  }
  const remedy = 'name a directory that this user may create and write';
  return new LedgerError('unusable', `${directory} cannot be used: ${textOf(error)}: ${remedy}`, { cause: error });
}
