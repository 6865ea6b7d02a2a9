/** What a data directory is: whose, and which one. */

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { LedgerError, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import { FORMAT_VERSION } from './log-format.js';

export interface Identity {
  readonly cluster: string;
  readonly member: number;
  /** The random id of the directory, drawn when it was created: 32 hexadecimal digits. */
  readonly directory: string;
  readonly formatVersion: number;
}

/** The identity of a directory that is to be created. */
export function newIdentity(cluster: string, member: number): Identity {
  return { cluster, member, directory: randomBytes(16).toString('hex'), formatVersion: FORMAT_VERSION };
}

/** Writes the identity aside, syncs it, and puts it in its place: it is there as a whole, or not at all. */
export function writeIdentity(disk: FileSystem, directory: string, identity: Identity): void {
  const text = JSON.stringify(identity);
  const aside = path.join(directory, 'identity.new');
  if (disk.kindOf(aside) !== undefined) disk.remove(aside);
  const file = disk.create(aside);
  try {
    writeAll(disk, file, Buffer.from(`${text}\n${checksumOf(text)}\n`), 0);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.rename(aside, path.join(directory, 'identity'));
  disk.syncDirectory(directory);
}

/**
 * Reads the identity of a directory.
 *
 * @throws LedgerError `corrupt` or `newer-format`.
 */
export function readIdentity(disk: FileSystem, directory: string): Identity {
  const file = path.join(directory, 'identity');
  const [text = '', checksum] = disk.readText(file).split('\n');
  let identity: unknown;
  try {
    identity = JSON.parse(text);
  } catch (error) {
    throw damaged(file, textOf(error));
  }
  const { cluster, member, directory: id, formatVersion } = (identity ?? {}) as Partial<Identity>;
  if (checksum !== checksumOf(text)) throw damaged(file, 'its checksum does not fit');
  if (typeof formatVersion === 'number' && formatVersion > FORMAT_VERSION) {
    const message = `${directory} was written by a newer version (format ${formatVersion}; this one knows ${FORMAT_VERSION})`;
    throw new LedgerError('newer-format', `${message}: start the newer version again, which can read it`);
  }
  if (
    typeof cluster !== 'string' ||
    typeof member !== 'number' ||
    typeof id !== 'string' ||
    formatVersion === undefined
  ) {
    throw damaged(file, 'a field is missing');
  }
  return { cluster, member, directory: id, formatVersion };
}

function damaged(file: string, cause: string): LedgerError {
  return new LedgerError(
    'corrupt',
    `${file} is damaged (${cause}): restore the directory from a copy; never start this member on an empty one`,
  );
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
