/**
 * What is left of a damaged directory. Its member has forgotten what it promised and voted from the damage on, so it must
 * never vote again as what it was: what reads well goes into a directory with another id, which the other members do not
 * count, and the damaged one stays beside it.
 */

import fs from 'node:fs';
import path from 'node:path';
import { salvagedPath } from '../data-directory.js';
import { LedgerError } from '../errors.js';
import { realFileSystem } from '../file-system.js';
import { lockDirectory } from '../lock.js';
import { openLedger } from '../open-ledger.js';
import { makeBeside, put } from './beside.js';
import { type GroupContent, readContent, writeRecords } from './content.js';
import { explained, RECORD_LIMIT_BYTES, type ReadableDirectory, readDirectory, refuseBackup } from './directory.js';

export interface TruncateReport {
  /** What was damaged. */
  readonly damage: string;
  /** Records that were kept. */
  readonly records: number;
  /** Where the damaged directory is now. */
  readonly damaged: string;
}

/** What must be typed, so that nobody does this by accident: the beginning of the directory's id. */
export function confirmationFor(directory: string): string {
  const [interrupted] = takenAway(directory);
  if (interrupted !== undefined) return interrupted.slice(-8);
  return refuseBackup(readDirectory(directory)).identity.directory.slice(0, 8);
}

/**
 * Cuts a log at its damage, and marks its member as lost.
 *
 * @param confirmation {@link confirmationFor} the directory, as it was typed.
 * @throws LedgerError `unusable` for a wrong confirmation, or when nothing is damaged; `locked` while a node uses it.
 */
export async function truncateCorrupt(directory: string, confirmation: string): Promise<TruncateReport> {
  const interrupted = takenAway(directory);
  if (interrupted.length > 0) {
    const damaged = interrupted.find((each) => each.endsWith(damagedSuffix(confirmation)));
    if (damaged !== undefined) return explained(directory, () => finish(directory, damaged));
    throw new LedgerError('unusable', `the confirmation for ${directory} is not ${JSON.stringify(confirmation)}`);
  }
  const readable = refuseBackup(readDirectory(directory));
  const { identity } = readable;
  if (confirmation !== identity.directory.slice(0, 8)) {
    throw new LedgerError('unusable', `the confirmation for ${directory} is not ${JSON.stringify(confirmation)}`);
  }
  return explained(directory, () => truncate(readable, confirmation));
}

function damagedSuffix(confirmation: string): string {
  return `.damaged-${confirmation}`;
}

/**
 * Where the damaged directory is, when an earlier attempt ended between taking it away and putting what is left in its place; there may
 * be one of an earlier time beside it.
 */
function takenAway(directory: string): string[] {
  const place = path.resolve(directory);
  if (fs.existsSync(place) || !fs.existsSync(salvagedPath(place))) return [];
  const isDamaged = (name: string): boolean =>
    /^[0-9a-f]{8}$/.test(name.slice(`${path.basename(place)}.damaged-`.length));
  return fs
    .readdirSync(path.dirname(place))
    .filter((name) => name.startsWith(`${path.basename(place)}.damaged-`) && isDamaged(name))
    .map((name) => path.join(path.dirname(place), name));
}

/** What is left was whole before the damaged directory was taken away. */
async function finish(directory: string, damaged: string): Promise<TruncateReport> {
  putInPlace(directory);
  const { groups } = await readContent(readDirectory(directory));
  const records = groups.reduce((sum, { count }) => sum + count, 0);
  return { damage: 'what was found when this was begun', records, damaged };
}

function putInPlace(directory: string): void {
  fs.renameSync(salvagedPath(directory), directory);
  realFileSystem.syncDirectory(path.dirname(path.resolve(directory)));
}

async function truncate(readable: ReadableDirectory, confirmation: string): Promise<TruncateReport> {
  const { directory, identity } = readable;
  const unlock = await lockDirectory(realFileSystem, directory);
  try {
    const { groups, damage } = await readContent(readable);
    if (damage === undefined) throw new LedgerError('unusable', `nothing is damaged in ${directory}`);
    if (groups.length === 0)
      throw new LedgerError('unusable', `${directory} has no group yet: nothing of it is to be kept`);
    const salvaged = salvagedPath(directory);
    const damaged = `${path.resolve(directory)}${damagedSuffix(confirmation)}`;
    for (const name of [salvaged, damaged]) {
      if (fs.existsSync(name)) throw new LedgerError('unusable', `${name} is in the way: move it elsewhere`);
    }
    const work = makeBeside(directory, '.salvaging-');
    let records: number;
    try {
      const fresh = path.join(work, 'fresh');
      records = await salvage(groups, fresh, identity.cluster);
      // Whoever finds this name may rely on it: all of it is there.
      put(fresh, salvaged);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
    fs.renameSync(directory, damaged);
    putInPlace(directory);
    // It says who has the lock, and nobody has.
    fs.rmSync(path.join(damaged, 'lock'), { force: true });
    return { damage, records, damaged };
  } finally {
    unlock();
  }
}

/** Gives how many records were kept. */
async function salvage(groups: readonly GroupContent[], target: string, cluster: string): Promise<number> {
  let records = 0;
  for (const { name, member, founding, snapshot, count, records: kept } of groups) {
    // With whom it was founded is kept, too: a member that forgets the others would take itself for a quorum.
    const ledger = await openLedger(target, {
      cluster,
      group: name,
      member,
      ...founding,
      recordLimitBytes: RECORD_LIMIT_BYTES,
    });
    try {
      if (snapshot !== undefined) await ledger.saveSnapshot(snapshot, 0);
      await writeRecords(ledger, kept());
      records += count;
    } finally {
      await ledger.close();
    }
  }
  return records;
}
