/** A data directory as the tools see it: to be read only, whether or not a node uses it. */

import path from 'node:path';
import { explain } from '../data-directory.js';
import { LedgerError, systemCode } from '../errors.js';
import { realFileSystem } from '../file-system.js';
import { BACKUP_IDENTITY, type DirectoryIdentity, isBackup, readIdentity } from '../identity.js';
import type { LogSource } from '../recover-log.js';

/** No record is longer, whatever the limit of the node is. */
export const RECORD_LIMIT_BYTES: number = 1024 * 1024 * 1024;

/** Only its owner's process changes a directory: this is for reading. */
export interface ReadableDirectory {
  readonly directory: string;
  readonly identity: DirectoryIdentity;
  readonly isBackup: boolean;
  readonly source: LogSource;
}

/**
 * Reads whose a directory, or a backup, is.
 *
 * @throws LedgerError `unusable` when it is no data directory; `corrupt`, `newer-format`.
 */
export function readDirectory(directory: string): ReadableDirectory {
  const disk = realFileSystem;
  const isKept = disk.kindOf(directory) === 'directory' && isBackup(disk, directory);
  const name = isKept ? BACKUP_IDENTITY : 'identity';
  if (disk.kindOf(directory) !== 'directory' || disk.kindOf(path.join(directory, name)) !== 'file') {
    throw new LedgerError(
      'unusable',
      `${directory} is no data directory of Parliament: there is no file identity in it`,
    );
  }
  const identity = readOwn(directory, name);
  if (!('groups' in identity)) {
    const message = `${directory} has format 1: start its node once with this version, which upgrades it`;
    throw new LedgerError('unusable', message);
  }
  const groups = identity.groups.map((_, index) => index + 1);
  const source = { disk, directory, id: identity.directory, groups, limitBytes: RECORD_LIMIT_BYTES };
  return { directory, identity, isBackup: isKept, source };
}

/** For what is done to the directory of a member only. @throws LedgerError `unusable` */
export function refuseBackup(readable: ReadableDirectory): ReadableDirectory {
  if (!readable.isBackup) return readable;
  throw new LedgerError('unusable', `${readable.directory} is a backup: name the data directory of a member`);
}

function readOwn(directory: string, name: string): ReturnType<typeof readIdentity> {
  try {
    return readIdentity(realFileSystem, directory, name);
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof LedgerError || code === undefined) throw error;
    throw new LedgerError('unusable', `${directory} cannot be read (${code})`, { cause: error });
  }
}

/** The name of a group by its number; 0 is the log's own. */
export function groupName({ identity }: Pick<ReadableDirectory, 'identity'>, number: number): string {
  return number === 0 ? '-' : (identity.groups[number - 1]?.name ?? `group ${number}`);
}

/** Does something; what the disk says against it is told as a LedgerError. */
export async function explained<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, directory);
  }
}
