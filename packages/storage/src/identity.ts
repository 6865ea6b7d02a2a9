/** What a data directory is: whose, and which one. */

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { LEAVE_IT_OUT, LedgerError, textOf } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import { FORMAT_VERSION } from './log-format.js';

/** A group that has records in a directory. Its number there is its place in the list, from 1. */
export interface GroupIdentity {
  readonly name: string;
  /** Which member of the group it is. */
  readonly member: number;
  /** With whom the group was founded, and what they run, as one line, once that was said: see {@link foundersLine}. */
  readonly founders?: string;
}

/** With whom a group was founded, and what its members run, as far as that was said. */
export interface Founding {
  readonly founders?: string;
  readonly machine?: string;
}

/** Between the founders and the machine. Versions that know of no machine compare the whole line, and refuse what has one. */
export const RUNNING = ', running ';

/** Who founds the group is not known before it is opened in its new cluster; what it runs is. */
const TO_COME = 'of a cluster to come';

/** Both as one line; undefined when nothing was said. */
export function foundersLine({ founders, machine }: Founding): string | undefined {
  return machine === undefined ? founders : `${founders ?? TO_COME}${RUNNING}${machine}`;
}

export function foundingIn(line: string | undefined): Founding {
  if (line === undefined) return {};
  const end = line.indexOf(RUNNING);
  if (end < 0) return { founders: line };
  const [founders, machine] = [line.slice(0, end), line.slice(end + RUNNING.length)];
  return founders === TO_COME ? { machine } : { founders, machine };
}

export interface DirectoryIdentity {
  readonly cluster: string;
  /** The random id of the directory, drawn when it was created: 32 hexadecimal digits. */
  readonly directory: string;
  readonly formatVersion: number;
  readonly groups: readonly GroupIdentity[];
}

/** What the identity is called in a backup: nobody starts a member on it by accident. */
export const BACKUP_IDENTITY = 'identity.backup';

/** Whether a directory is a backup: no directory of a member. */
export function isBackup(disk: Pick<FileSystem, 'kindOf'>, directory: string): boolean {
  const [own, kept] = ['identity', BACKUP_IDENTITY].map((name) => disk.kindOf(path.join(directory, name)));
  return own === undefined && kept === 'file';
}

/** A random id for a directory. */
export function newDirectoryId(): string {
  return randomBytes(16).toString('hex');
}

/** The identity of a directory that is to be created. */
export function newIdentity(cluster: string): DirectoryIdentity {
  return { cluster, directory: newDirectoryId(), formatVersion: FORMAT_VERSION, groups: [] };
}

/** Writes the identity aside, syncs it, and puts it in its place: it is there as a whole, or not at all. */
export function writeIdentity(disk: FileSystem, directory: string, identity: DirectoryIdentity): void {
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
 * @param name what it is called there.
 * @throws LedgerError `corrupt` or `newer-format`.
 */
export function readIdentity(
  disk: Pick<FileSystem, 'readText'>,
  directory: string,
  name = 'identity',
): DirectoryIdentity | FirstIdentity {
  const file = path.join(directory, name);
  const [text = '', checksum] = disk.readText(file).split('\n');
  let identity: unknown;
  try {
    identity = JSON.parse(text);
  } catch (error) {
    throw damaged(file, textOf(error));
  }
  const { cluster, member, directory: id, formatVersion, groups } = (identity ?? {}) as Partial<AnyIdentity>;
  if (checksum !== checksumOf(text)) throw damaged(file, 'its checksum does not fit');
  if (typeof formatVersion === 'number' && formatVersion > FORMAT_VERSION) {
    const message = `${directory} was written by a newer version (format ${formatVersion}; this one knows ${FORMAT_VERSION})`;
    throw new LedgerError('newer-format', `${message}: start the newer version again, which can read it`);
  }
  if (typeof cluster !== 'string' || typeof id !== 'string') throw damaged(file, 'a field is missing');
  if (formatVersion === 1 && typeof member === 'number') return { cluster, directory: id, formatVersion, member };
  if (formatVersion !== FORMAT_VERSION || !Array.isArray(groups)) throw damaged(file, 'a field is missing');
  return { cluster, directory: id, formatVersion, groups };
}

/** What the identity of a directory of version 1 said: it had one group, whose name was part of that of the cluster. */
export interface FirstIdentity {
  readonly cluster: string;
  readonly directory: string;
  readonly formatVersion: 1;
  readonly member: number;
}

type AnyIdentity = DirectoryIdentity & { readonly member: number };

function damaged(file: string, cause: string): LedgerError {
  return new LedgerError('corrupt', `${file} is damaged (${cause}): ${LEAVE_IT_OUT}`);
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
