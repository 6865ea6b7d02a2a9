/**
 * The lock of a data directory. The system keeps it; the file `lock` only says who has it, so that a refusal can name the
 * process, and so that versions of this package which knew no other lock respect it.
 */

import path from 'node:path';
import { LedgerError } from './errors.js';
import { type FileSystem, writeAll } from './file-system.js';
import { describeSelf, type Holder, isRunning, parseHolder } from './lock-holder.js';
import type { Unlock } from './system-lock.js';

export type { Unlock } from './system-lock.js';

/**
 * Takes the lock of `directory`.
 *
 * @throws LedgerError `locked`, naming the process that holds it.
 */
export async function lockDirectory(disk: FileSystem, directory: string): Promise<Unlock> {
  const name = path.join(directory, 'lock');
  const unlock = await take(disk, directory, name);
  const old = readHolder(disk, name);
  if (old !== undefined && !old.isBySystem && isRunning(old)) {
    unlock();
    throw lockedBy(directory, old);
  }
  sayWho(disk, name);
  return () => {
    quietly(() => disk.remove(name));
    unlock();
  };
}

/**
 * Whoever has the lock says so at once. When nobody does who is still there, it may be held for an instant by what is left of a
 * process that was killed while it opened the directory: a child that has not yet become the program `flock`, or is that. So it
 * is tried again; in vain when the holder is in another container, and is not seen from here.
 */
async function take(disk: FileSystem, directory: string, name: string): Promise<Unlock> {
  for (let attempt = 1; ; attempt += 1) {
    const unlock = await disk.lock(directory);
    if (unlock !== undefined) return unlock;
    const holder = readHolder(disk, name);
    if (attempt === ATTEMPTS || (holder !== undefined && isRunning(holder))) throw lockedBy(directory, holder);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)));
  }
}

/** With the pauses, about five seconds: a busy machine takes its time to start a program. */
const ATTEMPTS = 9;
/** The pause after the first one, in milliseconds; it doubles. */
const PAUSE_MS = 20;

/** Said by the holder only, so nobody else writes it meanwhile. */
function sayWho(disk: FileSystem, name: string): void {
  // The lock holds without it: a disk that is full, or fails, is told of by what matters.
  quietly(() => {
    if (disk.kindOf(name) !== undefined) disk.remove(name);
    const file = disk.create(name);
    try {
      writeAll(disk, file, Buffer.from(JSON.stringify(describeSelf())), 0);
    } finally {
      disk.close(file);
    }
  });
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // See those who call it.
  }
}

function readHolder(disk: FileSystem, name: string): Holder | undefined {
  try {
    return parseHolder(disk.readText(name));
  } catch {
    return undefined;
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
