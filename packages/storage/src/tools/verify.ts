/** Checks every checksum of a data directory, and that nothing of it is missing, and changes nothing. */

import { LedgerError, systemCode } from '../errors.js';
import { realFileSystem } from '../file-system.js';
import type { Segment } from '../group-state.js';
import { listSegments, logDirectory } from '../log-files.js';
import { recoverLog } from '../recover-log.js';
import { readSnapshot } from '../snapshot-file.js';
import { explained, groupName, type ReadableDirectory, readDirectory } from './directory.js';

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

/** What a node writes, or takes away, while it is being read can look like damage. So often it is tried. */
const ATTEMPTS = 100;

/**
 * Verifies a directory, in use or not. `onProgress` hears how many bytes of how many were read.
 *
 * @throws LedgerError `unusable` or `newer-format`.
 */
export async function verifyDirectory(
  directory: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<VerifyReport> {
  return explained(directory, async () => {
    let before: string | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const first = firstOf(directory);
      let problems: string | undefined;
      try {
        const report = await verifyOnce(directory, onProgress);
        problems = report.problems.join();
        // What is damaged looks so every time, and is not damaged by being trimmed.
        if (problems === '' || (problems === before && first === firstOf(directory))) return report;
      } catch (error) {
        // A file that was listed has gone meanwhile.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
      before = problems;
    }
    const message = `${directory} changes faster than it can be read: try again when its node has less to do`;
    throw new LedgerError('unusable', message);
  });
}

function firstOf(directory: string): number | undefined {
  return realFileSystem.kindOf(logDirectory(directory)) === 'directory'
    ? listSegments(realFileSystem, directory)[0]
    : undefined;
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
    bytes: log === undefined ? 0 : log.end - (log.segments[0] as Segment).start,
    tornBytes: log?.tornBytes ?? 0,
    problems,
  };
}

function isDamage(error: unknown): error is LedgerError {
  return error instanceof LedgerError && error.code === 'corrupt';
}
