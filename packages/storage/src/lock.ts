/**
 * The lock of a data directory: a file that names the process which holds it. Node.js has no `flock`, so what happens to
 * the lock of a process that was killed is decided here: it is stale when its process is gone, and is then taken over.
 */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { LedgerError, systemCode } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';

interface Holder {
  readonly pid: number;
  /** Which boot of the machine, and when the process started in it: by that a reused pid is told from the holder. */
  readonly boot: string | undefined;
  readonly started: string | undefined;
  /** Tells one lock from another. */
  readonly token: string;
}

/** The locks that this process holds, by token. */
const held = new Set<string>();

/** Gives the lock up. */
export type Unlock = () => void;

/**
 * Takes the lock of `directory`.
 *
 * @throws LedgerError `locked`, naming the process that holds it.
 */
export function lockDirectory(disk: FileSystem, directory: string): Unlock {
  const lock = path.join(directory, 'lock');
  const token = randomBytes(8).toString('hex');
  const mine: Holder = { pid: process.pid, boot: bootId(), started: startOf(process.pid), token };
  const aside = path.join(directory, `lock.${token}`);
  const file = disk.create(aside);
  try {
    writeAll(disk, file, Buffer.from(JSON.stringify(mine)), 0);
  } finally {
    disk.close(file);
  }
  try {
    if (!tryLink(disk, aside, lock)) {
      removeStale(disk, directory, lock, aside);
      if (!tryLink(disk, aside, lock)) throw lockedBy(directory, readHolder(disk, lock));
    }
  } finally {
    disk.remove(aside);
  }
  held.add(token);
  return () => {
    held.delete(token);
    if (readHolder(disk, lock)?.token === token) disk.remove(lock);
  };
}

/**
 * Removes a stale lock. Two processes may find the same one stale; were both to remove it, the slower would remove the
 * lock that the faster has taken since. So only one at a time looks and removes, the one that holds `lock.takeover`.
 */
function removeStale(disk: FileSystem, directory: string, lock: string, aside: string): void {
  const takeover = path.join(directory, 'lock.takeover');
  if (!tryLink(disk, aside, takeover)) {
    const other = readHolder(disk, takeover);
    if (other === undefined || isRunning(other)) throw lockedBy(directory, other);
    throw new LedgerError(
      'locked',
      `process ${other.pid} was killed while it took over the lock of ${directory}: ` +
        `make sure that no process uses the directory, and remove ${takeover}`,
    );
  }
  try {
    const holder = readHolder(disk, lock);
    if (holder !== undefined && isRunning(holder)) throw lockedBy(directory, holder);
    if (disk.kindOf(lock) !== undefined) disk.remove(lock);
  } finally {
    disk.remove(takeover);
  }
}

function tryLink(disk: FileSystem, from: string, to: string): boolean {
  try {
    disk.link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds a lock; undefined when the file is gone or says nothing, as when a machine crashed while it was written. */
function readHolder(disk: FileSystem, lock: string): Holder | undefined {
  try {
    const { pid, boot, started, token } = JSON.parse(disk.readText(lock)) as Partial<Holder>;
    return typeof pid === 'number' && typeof token === 'string' ? { pid, boot, started, token } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(holder: Holder): boolean {
  if (held.has(holder.token)) return true;
  if (holder.pid === process.pid) return false;
  if (holder.boot !== undefined && holder.boot !== bootId()) return false;
  const started = startOf(holder.pid);
  if (holder.started !== undefined && started !== undefined && holder.started !== started) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    // Not permitted to signal it: then it exists.
    return systemCode(error) === 'EPERM';
  }
}

function lockedBy(directory: string, holder: Holder | undefined): LedgerError {
  const who =
    holder === undefined
      ? 'another process'
      : holder.pid === process.pid
        ? `this process (${holder.pid}) already`
        : `process ${holder.pid}`;
  return new LedgerError('locked', `${directory} is in use by ${who}: stop it first, or choose another directory`);
}

/** Linux tells which boot this is; elsewhere it is not known. */
function bootId(): string | undefined {
  return readSystemFile('/proc/sys/kernel/random/boot_id')?.trim();
}

/** When a process started, in clock ticks since boot, where the system tells it. */
function startOf(pid: number): string | undefined {
  const line = readSystemFile(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything: count from behind it. The start is field 22.
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

function readSystemFile(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
