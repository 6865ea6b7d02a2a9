/** Which code a program runs: what was searched or played by other code says nothing about this one. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the built code lies that models and worlds run. */
export function codeFolders(): string[] {
  const packages = ['@parliament/synod', '@parliament/storage'].map((name) => import.meta.resolve(name));
  const own = [import.meta.url, new URL('../../dist/index.js', import.meta.url).href];
  return [...packages, ...own].map((url) => path.dirname(fileURLToPath(url)));
}

/** A digest of all code in these folders: another one when a line of it is another. */
export function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const [place, folder] of folders.entries()) {
    const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.js')).sort()) {
      hash.update(`${place} ${file.split(path.sep).join('/')}\n`);
      hash.update(fs.readFileSync(path.join(folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 32);
}
