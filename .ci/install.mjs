// Installs what only one command needs into that command's own place, when it is not there yet: `npm ci` at the top stays small.
// No install script is run. Versions are those of the lock file.
// Usage: node .ci/install.mjs FOLDER (which has a package.json and a package-lock.json)

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? '');
if (!existsSync(join(folder, 'package-lock.json'))) {
  console.error(`install: ${folder} has no package-lock.json; name a folder that has one`);
  process.exit(2);
}
// What was installed: another lock file asks for it anew. npm removes the mark with all else.
const mark = join(folder, 'node_modules/.installed');
const wanted = readFileSync(join(folder, 'package-lock.json'), 'utf8');
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) {
    console.error(`install: npm ci in ${folder} ${error === undefined ? `ended with ${status}` : error.message}`);
    process.exit(1);
  }
  writeFileSync(mark, wanted);
}
