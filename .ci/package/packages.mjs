// What is published: every package that is not private.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Each with its folder, its package.json, and its doors: what can be imported, as it is written, and the types of that. */
export const published = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join(root, 'packages', name))
  .map((folder) => ({ folder, manifest: readJson(folder, 'package.json') }))
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest, doors: doorsOf(manifest) }));

function doorsOf({ name, exports = {} }) {
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([path, { types }]) => ({ specifier: name + path.slice(1), types }));
}
