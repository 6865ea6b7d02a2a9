/** Copies of a directory: made while its node runs, and put to use in a new cluster. */

import fs from 'node:fs';
import path from 'node:path';
import { LedgerError, systemCode } from '../errors.js';
import type { AppendedRecord } from '../ledger.js';
import { BACKUP_IDENTITY } from '../identity.js';
import { openLedger } from '../open-ledger.js';
import type { LedgerOptions } from '../options.js';
import { makeBeside, put, refuseTaken } from './beside.js';
import { decisionsOf, type GroupContent, readContent, writeRecords } from './content.js';
import { explained, RECORD_LIMIT_BYTES, readDirectory, refuseBackup } from './directory.js';
import { type VerifyReport, verifyDirectory } from './verify.js';

/** A directory in use changes while it is copied; so often it is tried. */
const ATTEMPTS = 5;

export type BackupReport = VerifyReport;

/**
 * Copies a directory, in use or not, to `target`, which must not be there yet; and verifies the copy. It is made beside
 * `target`, in a new directory whose name begins with that and `.copying-`.
 *
 * @throws LedgerError `unusable`; `no-space`; `corrupt` when the directory itself is damaged.
 * @example
 * ```ts
 * import { LedgerError } from '@parliament/storage';
 * import { backUp } from '@parliament/storage/tools';
 *
 * try {
 *   const { records, problems } = await backUp('./data', './backup', (done, total) => console.log(`${done} of ${total} files`));
 *   console.log(records, problems); // …, []
 * } catch (error) {
 *   if (!(error instanceof LedgerError)) throw error;
 *   console.log(error.code, error.message); // unusable, when ./backup is there already
 * }
 * ```
 */
export async function backUp(
  directory: string,
  target: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<BackupReport> {
  refuseBackup(readDirectory(directory));
  return explained(target, async () => {
    refuseTaken(target);
    const work = makeBeside(target, '.copying-');
    const aside = path.join(work, 'copy');
    try {
      let before: string | undefined;
      for (let attempt = 1; ; attempt += 1) {
        fs.rmSync(aside, { recursive: true, force: true });
        fs.mkdirSync(aside, { mode: 0o700 });
        const isWhole = copyAll(directory, aside, onProgress);
        const report = isWhole ? await verifyDirectory(aside) : undefined;
        if (report?.problems.length === 0) {
          fs.renameSync(path.join(aside, 'identity'), path.join(aside, BACKUP_IDENTITY));
          put(aside, target);
          return report;
        }
        const cause = report?.problems.join('; ').replaceAll(aside, directory);
        // What is damaged looks so every time; what only changes looks otherwise.
        if (cause !== undefined && cause === before) {
          throw new LedgerError('corrupt', `no whole copy of ${directory} could be made: ${cause}`);
        }
        before = cause;
        if (attempt === ATTEMPTS) {
          const message = `${directory} changes faster than it can be copied: try again when its node has less to do`;
          throw new LedgerError('unusable', message);
        }
      }
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

/** The log before the snapshots: what the log says of a snapshot is never newer than that. False: something went meanwhile. */
function copyAll(directory: string, target: string, onProgress: (done: number, total: number) => void): boolean {
  fs.copyFileSync(path.join(directory, 'identity'), path.join(target, 'identity'));
  let done = 0;
  for (const folder of ['log', 'snapshots']) {
    if (!fs.existsSync(path.join(directory, folder))) continue;
    fs.mkdirSync(path.join(target, folder), { mode: 0o700 });
    const rest = folder === 'log' ? filesOf(directory, 'snapshots').length : 0;
    // Not before all else is copied: a log takes its time, and meanwhile one snapshot may take the place of another.
    const files = filesOf(directory, folder);
    const total = done + files.length + rest;
    for (const file of files) {
      try {
        fs.copyFileSync(path.join(directory, file), path.join(target, file), fs.constants.COPYFILE_FICLONE);
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      }
      done += 1;
      onProgress(done, total);
    }
  }
  return true;
}

/** The segments, or the snapshots, that are there now. */
function filesOf(directory: string, folder: string): string[] {
  if (!fs.existsSync(path.join(directory, folder))) return [];
  return fs
    .readdirSync(path.join(directory, folder))
    .filter((name) => /^[\d-]+$/.test(name))
    .map((name) => path.join(folder, name));
}

export interface RestoreOptions {
  /** A name that no cluster had before: members of the old one and of the new must never meet. */
  readonly cluster: string;
  /** Which member the directory is for; default: the one that the backup is of. */
  readonly member?: number;
}

export interface RestoreReport {
  readonly groups: readonly { readonly name: string; readonly member: number; readonly decidedUpTo: number }[];
}

/**
 * Makes a new directory from a backup, for a member of a new cluster: with all that was decided, and without what the old
 * member promised and voted. Every member of the new cluster must be restored from the same backup. `onProgress` hears how many
 * decisions of at most how many were written, of each group. The directory is there once it is whole, and not before.
 *
 * @throws LedgerError `unusable`, `no-space`, `wrong-identity` when the cluster is the old one; `corrupt`; `newer-format`.
 */
export async function restore(
  backup: string,
  directory: string,
  { cluster, member }: RestoreOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<RestoreReport> {
  if (!fs.existsSync(path.join(backup, BACKUP_IDENTITY))) {
    throw new LedgerError('unusable', `${backup} is no backup: there is no file ${BACKUP_IDENTITY} in it`);
  }
  return explained(directory, async () => {
    refuseTaken(directory);
    const work = makeBeside(directory, '.restoring-');
    try {
      const copy = path.join(work, 'backup');
      fs.cpSync(backup, copy, { recursive: true });
      fs.renameSync(path.join(copy, BACKUP_IDENTITY), path.join(copy, 'identity'));
      const readable = readDirectory(copy);
      if (readable.identity.cluster === cluster) {
        const message = `${cluster} is the cluster that the backup is of: give the new one another name`;
        throw new LedgerError('wrong-identity', message);
      }
      const { groups, damage } = await readContent(readable);
      if (damage !== undefined) throw new LedgerError('corrupt', `${backup}: ${damage.replaceAll(copy, backup)}`);
      if (groups.length === 0) throw new LedgerError('unusable', `${backup} has no group: there is nothing to restore`);
      const fresh = path.join(work, 'fresh');
      const report: RestoreReport['groups'][number][] = [];
      for (const group of groups) {
        // With whom it will be founded is open; what its members run is not.
        const { machine } = group.founding;
        const owner = {
          cluster,
          group: group.name,
          member: member ?? group.member,
          ...(machine === undefined ? {} : { machine }),
        };
        const decidedUpTo = await restoreGroup(group, fresh, owner, onProgress);
        report.push({ name: group.name, member: owner.member, decidedUpTo });
      }
      put(fresh, directory);
      return { groups: report };
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

/** Gives the last slot that is decided. */
async function restoreGroup(
  content: GroupContent,
  directory: string,
  owner: Pick<LedgerOptions, 'cluster' | 'group' | 'member' | 'machine'>,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const { snapshot, count } = content;
  let [decidedUpTo, written] = [snapshot?.slot ?? 0, 0];
  async function* learned(): AsyncGenerator<AppendedRecord> {
    for await (const { slot, value } of decisionsOf(content)) {
      decidedUpTo = slot;
      yield { type: 'learned', slot, value };
    }
  }
  const ledger = await openLedger(directory, { ...owner, recordLimitBytes: RECORD_LIMIT_BYTES });
  try {
    if (snapshot !== undefined) await ledger.saveSnapshot(snapshot, 0);
    await writeRecords(ledger, learned(), (more) => {
      written += more;
      onProgress(written, count);
    });
  } finally {
    await ledger.close();
  }
  return decidedUpTo;
}
