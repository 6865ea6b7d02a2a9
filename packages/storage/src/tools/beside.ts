/** New directories, made beside the place where they are to be: they have their names when they are whole. */

import fs from 'node:fs';
import path from 'node:path';
import { syncAncestors } from '../data-directory.js';
import { LedgerError } from '../errors.js';
import { makeDirectories, realFileSystem } from '../file-system.js';

/** @throws LedgerError `unusable` */
export function refuseTaken(name: string): void {
  if (fs.existsSync(name)) throw new LedgerError('unusable', `${name} is there already: name a new directory`);
}

/** A new directory next to where something is to be: on the same disk, and of a name that nobody has. */
export function makeBeside(target: string, infix: string): string {
  const resolved = path.resolve(target);
  makeDirectories(path.dirname(resolved));
  return fs.mkdtempSync(resolved + infix);
}

/** Makes a directory durable, and gives it its name. */
export function put(aside: string, target: string): void {
  syncTree(aside);
  refuseTaken(target);
  fs.renameSync(aside, target);
  syncAncestors(realFileSystem, target);
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
