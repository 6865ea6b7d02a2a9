/** A data directory, opened: locked against other processes, known for whose it is, its log read. */

import path from 'node:path';
import { LEAVE_IT_OUT, LedgerError, systemCode, textOf } from './errors.js';
import type { FileSystem } from './file-system.js';
import { openWindow } from './file-window.js';
import type { GroupNumber } from './group-state.js';
import { type DirectoryIdentity, isBackup, newIdentity, readIdentity, writeIdentity } from './identity.js';
import { lockDirectory, type Unlock } from './lock.js';
import {
  isDiskFull,
  listSegments,
  logDirectory,
  makeZeros,
  segmentPath,
  segmentSize,
  sparePath,
  takeSpare,
} from './log-files.js';
import { FORMAT_VERSION, SEGMENT_HEADER_BYTES } from './log-format.js';
import { corrupt, type RecoveredLog, recoverLog, settleEnd } from './recover-log.js';
import type { SpaceReport } from './space.js';
import { dropOldLog, OLD_LOG, upgrade } from './version-1/upgrade.js';
import { WriteAheadLog } from './write-ahead-log.js';

/** How a directory is to be used. Those who share one should all say the same; the first one counts. */
export interface DirectoryOptions {
  readonly disk: FileSystem;
  readonly directory: string;
  readonly cluster: string;
  /** The group that it is opened for: a directory of version 1 has one, whose name must be this. */
  readonly group: string;
  readonly member: number;
  readonly recordLimitBytes: number;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
  warn(message: string): void;
  onSpace(report: SpaceReport): void;
}

/** A directory whose log can be written. */
export interface OpenedDirectory {
  identity: DirectoryIdentity;
  readonly log: WriteAheadLog;
  readonly recovered: Pick<RecoveredLog, 'records' | 'segments' | 'end' | 'tornBytes'>;
}

/**
 * Locks a directory, and creates it where there is nothing.
 *
 * @throws LedgerError `locked` or `unusable`.
 */
export async function lock(disk: FileSystem, directory: string): Promise<Unlock> {
  prepare(disk, directory);
  return lockDirectory(disk, directory);
}

/**
 * Opens a locked directory.
 *
 * @throws LedgerError `wrong-identity`, `corrupt`, `newer-format`, `no-space` or `unusable`. Nothing was changed then.
 */
export async function openDirectory(options: DirectoryOptions): Promise<OpenedDirectory> {
  const { disk, directory, recordLimitBytes } = options;
  if (disk.kindOf(path.join(directory, 'identity')) === undefined) await create(options);
  // What is found may be in the memory of the system only: the process before may have been ended between a change of a name
  // and the sync of it. Nothing may rest on a name that is not on the disk.
  else syncNames(disk, directory);
  const found = readIdentity(disk, directory);
  const identity = 'groups' in found ? found : await upgrade(disk, directory, found, options);
  checkOwner(identity, directory, options);
  const groups = identity.groups.map((_, index): GroupNumber => index + 1);
  const source = { disk, directory, id: identity.directory, groups, limitBytes: recordLimitBytes };
  const recovered = await recoverLog(source);
  const last = segmentPath(directory, recovered.segments.at(-1)?.sequence ?? 0);
  const file = disk.open(last);
  let log: WriteAheadLog;
  try {
    await settleEnd(disk, file, recovered);
    dropOldLog(disk, directory);
    log = new WriteAheadLog({ ...options, id: identity.directory }, recovered, file);
  } catch (error) {
    disk.close(file);
    throw error;
  }
  if (log.failure !== undefined) {
    await log.close();
    throw log.failure;
  }
  if (recovered.tornBytes > 0) {
    const { end, tornBytes } = recovered;
    options.warn(`${last}: cut ${tornBytes} bytes at position ${end}, an append that was never acknowledged`);
  }
  return { identity, log, recovered };
}

/** Where what is left of a damaged directory is gathered. */
export function salvagedPath(directory: string): string {
  return `${path.resolve(directory)}.salvaged`;
}

/** The names that a data directory has. */
const ENTRIES = [
  ['lock', 'file'],
  ['identity', 'file'],
  ['snapshots', 'directory'],
] as const;

function prepare(disk: FileSystem, directory: string): void {
  const kind = disk.kindOf(directory);
  if (kind === undefined) {
    // On an empty one the member would have forgotten all, with nobody the wiser.
    if (disk.kindOf(salvagedPath(directory)) !== undefined) {
      const cause = `what was damaged was taken away, and what is left of it is in ${salvagedPath(directory)}`;
      throw new LedgerError(
        'unusable',
        `${directory} is not there: ${cause}; run "parliament log truncate-corrupt ${directory}" again, to the end`,
      );
    }
    disk.makeDirectory(directory);
  } else if (kind !== 'directory') {
    throw new LedgerError(
      'unusable',
      `${directory} is a ${kind}, not a directory: name a directory, itself and not a link`,
    );
  }
  if (isBackup(disk, directory)) {
    const remedy = `make a directory of it with "parliament restore ${directory} NEW --cluster NAME"`;
    throw new LedgerError('unusable', `${directory} is a backup, on which no member is started: ${remedy}`);
  }
  for (const [name, expected] of ENTRIES) {
    const found = disk.kindOf(path.join(directory, name));
    if (found !== undefined && found !== expected) throw notOurs(path.join(directory, name), found, expected);
  }
  // Of version 1 it is a file.
  const log = disk.kindOf(logDirectory(directory));
  if (log !== undefined && log !== 'directory' && log !== 'file')
    throw notOurs(logDirectory(directory), log, 'directory');
}

function notOurs(entry: string, found: string, expected: string): LedgerError {
  return new LedgerError(
    'unusable',
    `${entry} is a ${found}, not a ${expected}: this is no data directory of Parliament`,
  );
}

/** The identity comes last: a directory without one has never acknowledged anything. */
async function create({ disk, directory, cluster, segmentBytes }: DirectoryOptions): Promise<void> {
  const log = logDirectory(directory);
  const identity = newIdentity(cluster);
  // Whoever made the directory, and those above it, may have been ended before it synced them.
  syncAncestors(disk, directory);
  const trace = traceOfUse(disk, directory);
  if (trace !== undefined) {
    throw corrupt(path.join(directory, 'identity'), undefined, `it is missing, but there is ${trace}`, LEAVE_IT_OUT);
  }
  // The process that created it was ended before it was done.
  if (disk.kindOf(log) !== undefined) disk.removeTree(log);
  disk.makeDirectory(log);
  await makeZeros(disk, sparePath(directory), segmentSize(1, segmentBytes, 0));
  const header = { version: FORMAT_VERSION, sequence: 1, directory: identity.directory, start: 0, previous: 0 };
  disk.close(await takeSpare(disk, directory, header));
  disk.syncDirectory(directory);
  writeIdentity(disk, directory, identity);
}

function syncNames(disk: FileSystem, directory: string): void {
  disk.syncDirectory(directory);
  for (const name of ['log', 'snapshots']) {
    const entry = path.join(directory, name);
    if (disk.kindOf(entry) === 'directory') disk.syncDirectory(entry);
  }
}

/** Makes the way from the root to a directory durable. What may not be read, or cannot be synced, was there before. */
export function syncAncestors(disk: FileSystem, directory: string): void {
  for (let below = path.resolve(directory); below !== path.dirname(below); below = path.dirname(below)) {
    try {
      disk.syncDirectory(path.dirname(below));
    } catch (error) {
      if (!UNSYNCABLE.has(systemCode(error) ?? '')) throw error;
    }
  }
}

const UNSYNCABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EROFS']);

/** What a directory has that one which was never made to its end cannot have; undefined for nothing. */
function traceOfUse(disk: FileSystem, directory: string): string | undefined {
  const log = disk.kindOf(logDirectory(directory));
  if (log === 'file' || (log === 'directory' && wasWritten(disk, directory))) return 'a log';
  const snapshots = path.join(directory, 'snapshots');
  if (disk.kindOf(snapshots) === 'directory' && disk.list(snapshots).length > 0) return 'a snapshot';
  return ['reserve', OLD_LOG].find((name) => disk.kindOf(path.join(directory, name)) !== undefined);
}

/** A log that was not is one segment of zeros behind its header, or less. */
function wasWritten(disk: FileSystem, directory: string): boolean {
  const [first, ...more] = listSegments(disk, directory);
  if (first === undefined) return false;
  if (first > 1 || more.length > 0) return true;
  const name = segmentPath(directory, first);
  const file = disk.openToRead(name);
  try {
    const window = openWindow(disk, file, name);
    for (let offset = SEGMENT_HEADER_BYTES; offset < window.size; offset += PIECE_BYTES) {
      const bytes = window.at(offset, Math.min(PIECE_BYTES, window.size - offset)) as Buffer;
      if (bytes.some((byte) => byte !== 0)) return true;
    }
    return false;
  } finally {
    disk.close(file);
  }
}

const PIECE_BYTES = 64 * 1024;

/**
 * Whether a directory is what whoever opens it takes it for.
 *
 * @throws LedgerError `wrong-identity`
 */
export function checkOwner(
  identity: DirectoryIdentity,
  directory: string,
  { cluster, group, member }: Pick<DirectoryOptions, 'cluster' | 'group' | 'member'>,
): void {
  const known = identity.groups.find(({ name }) => name === group);
  if (identity.cluster === cluster && (known === undefined || known.member === member)) return;
  const owner =
    identity.cluster === cluster
      ? `member ${known?.member} of ${cluster}, not to member ${member}`
      : `the cluster ${identity.cluster}, not to ${cluster}`;
  throw new LedgerError(
    'wrong-identity',
    `${directory} belongs to ${owner}: give every member the directory that it had before, and a new member a new one`,
  );
}

/** What a user can do about an error of the disk. */
export function explain(error: unknown, directory: string): unknown {
  const code = systemCode(error);
  if (error instanceof LedgerError || code === undefined) return error;
  if (isDiskFull(error)) {
    return new LedgerError('no-space', `the disk of ${directory} is full: free space on it`, { cause: error });
  }
  const remedy = 'name a directory that this user may create and write';
  return new LedgerError('unusable', `${directory} cannot be used: ${textOf(error)}: ${remedy}`, { cause: error });
}
