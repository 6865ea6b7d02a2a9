/**
 * What a ledger asks of a disk. Behind it is `node:fs`, or a disk that fails on purpose.
 *
 * Appends are written synchronously, because that costs microseconds and keeps their order, and synced asynchronously,
 * because that costs milliseconds.
 */

import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from './errors.js';
import { lockBySystem } from './system-lock.js';

/**
 * Makes a directory, and those above it that are missing, for the owner only. One after the other: Node's own `recursive` never ends
 * where the system says that there is no such directory although its parent is there, as in /proc.
 */
export function makeDirectories(directory: string): void {
  const missing: string[] = [];
  for (let each = path.resolve(directory); !fs.existsSync(each); each = path.dirname(each)) missing.unshift(each);
  for (const each of missing) {
    try {
      fs.mkdirSync(each, { mode: 0o700 });
    } catch (error) {
      // Somebody else was as quick.
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** What stands at a path. */
export type EntryKind = 'file' | 'directory' | 'symbolic link' | 'device or pipe';

export interface FileSystem {
  /** What is at `path`, without following a symbolic link; undefined for nothing. */
  kindOf(path: string): EntryKind | undefined;
  /** Creates a directory, and those above it, for the owner only. */
  makeDirectory(path: string): void;
  /** Makes names that were created, renamed or removed in a directory durable. */
  syncDirectory(path: string): void;
  readText(path: string): string;
  /** The names in a directory. */
  list(path: string): string[];
  /** Opens a file for reading and writing. */
  open(path: string): number;
  /** Opens a file for reading only. */
  openToRead(path: string): number;
  /** Creates a file for the owner only; fails with `EEXIST` when there is one. */
  create(path: string): number;
  size(file: number): number;
  /** Reads at most as many bytes as `target` has; gives how many. */
  read(file: number, target: Uint8Array, position: number): number;
  /** Writes bytes, perhaps not all of them; gives how many. */
  write(file: number, bytes: Uint8Array, position: number): number;
  truncate(file: number, length: number): void;
  /** Makes what was written durable. */
  sync(file: number): Promise<void>;
  /** The same, before it returns; for opening and closing, where nobody waits. */
  syncNow(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Removes a directory with all that is in it. */
  removeTree(path: string): void;
  /**
   * Takes the only lock there is of a directory, and gives what gives it up; undefined when it is taken, by whomever. It ends
   * with the process or thread that has it.
   */
  lock(directory: string): Promise<(() => void) | undefined>;
  /** Bytes that are free for this user on the disk of a directory. */
  freeBytes(path: string): number;
}

const fdatasync = promisify(fs.fdatasync);

/** The disk of this machine. */
export const realFileSystem: FileSystem = {
  kindOf(path) {
    const found = fs.lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (found.isSymbolicLink()) return 'symbolic link';
    if (found.isDirectory()) return 'directory';
    return found.isFile() ? 'file' : 'device or pipe';
  },
  makeDirectory: makeDirectories,
  syncDirectory(path) {
    // Windows cannot open a directory, and makes names durable by itself.
    if (process.platform === 'win32') return;
    const directory = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(directory);
    } finally {
      fs.closeSync(directory);
    }
  },
  readText: (path) => fs.readFileSync(path, 'utf8'),
  list: (path) => fs.readdirSync(path),
  open: (path) => fs.openSync(path, 'r+'),
  openToRead: (path) => fs.openSync(path, 'r'),
  create: (path) => fs.openSync(path, 'wx+', 0o600),
  size: (file) => fs.fstatSync(file).size,
  read: (file, target, position) => fs.readSync(file, target, 0, target.length, position),
  write: (file, bytes, position) => fs.writeSync(file, bytes, 0, bytes.length, position),
  truncate: (file, length) => fs.ftruncateSync(file, length),
  sync: (file) => fdatasync(file),
  syncNow: (file) => fs.fsyncSync(file),
  close: (file) => fs.closeSync(file),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  removeTree: (path) => fs.rmSync(path, { recursive: true }),
  lock: lockBySystem,
  freeBytes(path) {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  },
};

/** Writes all of `bytes`: a disk that fills up writes a part without an error, and fails at the next attempt only. */
export function writeAll(disk: FileSystem, file: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    const count = disk.write(file, written === 0 ? bytes : bytes.subarray(written), position + written);
    if (count <= 0) throw new Error('the disk takes no more bytes');
    written += count;
  }
}
