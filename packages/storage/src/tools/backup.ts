/** Copies of a directory: made while its node runs, and put to use in a new cluster. */

import fs from 'node:fs';
import path from 'node:path';
import { LedgerError } from '../errors.js';
import { realFileSystem } from '../file-system.js';
import { openLedger } from '../open-ledger.js';
import { decidedOf, readContent, writeRecords } from './content.js';
import { readDirectory } from './directory.js';
import { type VerifyReport, verifyDirectory } from './verify.js';

/** In a backup the identity has this name: nobody starts a member on it by accident. */
const BACKUP_IDENTITY = 'identity.backup';

/** A directory in use changes while it is copied; so often it is tried. */
const ATTEMPTS = 5;

export type BackupReport = VerifyReport;

/**
 * Copies a directory, in use or not, to `target`, which must not be there yet; and verifies the copy.
 *
 * @throws LedgerError `unusable`; `corrupt` when the directory itself is damaged.
 */
export async function backUp(
  directory: string,
  target: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<BackupReport> {
  readDirectory(directory);
  if (fs.existsSync(target)) throw new LedgerError('unusable', `${target} is there already: name a new directory`);
  const aside = `${path.resolve(target)}.new`;
  try {
    for (let attempt = 1; ; attempt += 1) {
      fs.rmSync(aside, { recursive: true, force: true });
      fs.mkdirSync(aside, { recursive: true, mode: 0o700 });
      const isWhole = copyAll(directory, aside, onProgress);
      const report = isWhole ? await verifyDirectory(aside) : undefined;
      if (report?.problems.length === 0) {
        fs.renameSync(path.join(aside, 'identity'), path.join(aside, BACKUP_IDENTITY));
        syncTree(aside);
        fs.renameSync(aside, target);
        realFileSystem.syncDirectory(path.dirname(path.resolve(target)));
        return report;
      }
      if (attempt < ATTEMPTS) continue;
      const cause = report?.problems[0] ?? 'it changed too quickly';
      throw new LedgerError('corrupt', `no whole copy of ${directory} could be made: ${cause}`);
    }
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

/** The log before the snapshots: what the log says of a snapshot is never newer than that. False: something went meanwhile. */
function copyAll(directory: string, target: string, onProgress: (done: number, total: number) => void): boolean {
  fs.copyFileSync(path.join(directory, 'identity'), path.join(target, 'identity'));
  const files = ['log', 'snapshots'].flatMap((folder) => {
    if (!fs.existsSync(path.join(directory, folder))) return [];
    fs.mkdirSync(path.join(target, folder), { mode: 0o700 });
    return fs
      .readdirSync(path.join(directory, folder))
      .filter((name) => /^[\d-]+$/.test(name))
      .map((name) => path.join(folder, name));
  });
  for (const [index, file] of files.entries()) {
    try {
      fs.copyFileSync(path.join(directory, file), path.join(target, file), fs.constants.COPYFILE_FICLONE);
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return false;
      throw error;
    }
    onProgress(index + 1, files.length);
  }
  return true;
}

function syncTree(directory: string): void {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      syncTree(name);
      continue;
    }
    const file = fs.openSync(name, 'r');
    fs.fsyncSync(file);
    fs.closeSync(file);
  }
  realFileSystem.syncDirectory(directory);
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
 * decisions of how many were written, of each group.
 *
 * @throws LedgerError `unusable`, `wrong-identity` when the cluster is the old one; `corrupt`.
 */
export async function restore(
  backup: string,
  directory: string,
  { cluster, member }: RestoreOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<RestoreReport> {
  if (fs.existsSync(directory))
    throw new LedgerError('unusable', `${directory} is there already: name a new directory`);
  const copy = fs.mkdtempSync(`${path.resolve(directory)}.restoring-`);
  try {
    fs.cpSync(backup, copy, { recursive: true });
    if (!fs.existsSync(path.join(copy, BACKUP_IDENTITY))) {
      throw new LedgerError('unusable', `${backup} is no backup: there is no file ${BACKUP_IDENTITY} in it`);
    }
    fs.renameSync(path.join(copy, BACKUP_IDENTITY), path.join(copy, 'identity'));
    const readable = readDirectory(copy);
    if (readable.identity.cluster === cluster) {
      throw new LedgerError(
        'wrong-identity',
        `${cluster} is the cluster that the backup is of: give the new one another name`,
      );
    }
    const { groups, damage } = await readContent(readable);
    if (damage !== undefined) throw new LedgerError('corrupt', `${backup}: ${damage}`);
    const report: RestoreReport['groups'][number][] = [];
    for (const group of groups) {
      const own = member ?? group.member;
      const { snapshot, decisions } = decidedOf(group);
      const ledger = await openLedger(directory, { cluster, group: group.name, member: own });
      try {
        if (snapshot !== undefined) await ledger.saveSnapshot(snapshot, 0);
        const above = decisions.filter(({ slot }) => slot > (snapshot?.slot ?? 0));
        await writeRecords(
          ledger,
          above.map(({ slot, value }) => ({ type: 'learned', slot, value })),
          onProgress,
        );
        report.push({ name: group.name, member: own, decidedUpTo: above.at(-1)?.slot ?? snapshot?.slot ?? 0 });
      } finally {
        await ledger.close();
      }
    }
    return { groups: report };
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}
