/** Checks every checksum and every link of a data directory, and changes nothing. */

import { LedgerError } from '../errors.js';
import { recoverLog } from '../recover-log.js';
import { readSnapshot } from '../snapshot-file.js';
import { groupName, type ReadableDirectory, readDirectory } from './directory.js';

export interface VerifyReport {
  readonly cluster: string;
  /** The id of the directory. */
  readonly directory: string;
  readonly groups: readonly { readonly name: string; readonly member: number; readonly snapshotSlot: number }[];
  readonly segments: number;
  readonly records: number;
  /** Bytes of records that were read. */
  readonly bytes: number;
  /** Traces of an append that was never acknowledged; or, when a node uses the directory, one that is under way. */
  readonly tornBytes: number;
  /** What is wrong, each with file, offset and remedy. */
  readonly problems: readonly string[];
}

/** What a node writes while it is being read can look like damage; what is damaged looks so every time. */
const ATTEMPTS = 4;

/**
 * Verifies a directory, in use or not. `onProgress` hears how many bytes of how many were read.
 *
 * @throws LedgerError `unusable` or `newer-format`.
 */
export async function verifyDirectory(
  directory: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<VerifyReport> {
  let report = await verifyOnce(directory, onProgress);
  for (let attempt = 1; attempt < ATTEMPTS && report.problems.length > 0; attempt += 1) {
    const before = report.problems.join();
    report = await verifyOnce(directory, onProgress);
    if (report.problems.join() === before) break;
  }
  return report;
}

async function verifyOnce(directory: string, onProgress: (done: number, total: number) => void): Promise<VerifyReport> {
  const readable = readDirectory(directory);
  const { identity, source } = readable;
  const problems: string[] = [];
  let log: Awaited<ReturnType<typeof recoverLog>> | undefined;
  try {
    log = await recoverLog({ ...source, onProgress });
  } catch (error) {
    if (!isDamage(error)) throw error;
    problems.push(error.message);
  }
  const groups: VerifyReport['groups'][number][] = [];
  for (const [index, { name, member }] of identity.groups.entries()) {
    const taken = log?.groups.get(index + 1)?.snapshot;
    groups.push({ name, member, snapshotSlot: taken?.slot ?? 0 });
    if (taken === undefined) continue;
    try {
      await readSnapshot(source.disk, directory, identity.directory, index + 1, taken);
    } catch (error) {
      if (!isDamage(error)) throw error;
      problems.push(`${groupName(readable as ReadableDirectory, index + 1)}: ${error.message}`);
    }
  }
  return {
    cluster: identity.cluster,
    directory: identity.directory,
    groups,
    segments: log?.segments.length ?? 0,
    records: log?.records ?? 0,
    bytes: log === undefined ? 0 : log.end - (log.segments[0]?.start ?? 0),
    tornBytes: log?.tornBytes ?? 0,
    problems,
  };
}

function isDamage(error: unknown): error is LedgerError {
  return error instanceof LedgerError && error.code === 'corrupt';
}
