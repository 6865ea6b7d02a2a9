// Sees to it that each lock file fits its package.json, on every platform, and that `npm ci` has nothing to warn of: a package
// that wants to run a script when it is installed is refused that by name (`allowScripts`), since none needs it. Versions are exact, and
// what is fetched has its checksum.
// Usage: node .ci/check-locks.mjs

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownProblems, problemsOf, scriptProblems } from './lock-problems.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

const folders = ['.', 'packages/bench/others', '.ci/package'];
const problems = folders.flatMap((folder) => {
  const { status, stderr } = spawnSync('npm', ['ci', '--dry-run', '--ignore-scripts', '--no-audit'], {
    cwd: join(root, folder),
    encoding: 'utf8',
  });
  const said = stderr.split('\n').filter((line) => /^npm (warn|error)/.test(line));
  return status === 0 && said.length === 0 ? [] : [`npm ci in ${folder} ended with ${status}`, ...said];
});

problems.push(
  ...folders.flatMap((folder) => problemsOf(read(folder, 'package-lock.json')).map((one) => `${folder}: ${one}`)),
);
// The other folders are installed with all scripts ignored: .ci/install.mjs.
problems.push(...scriptProblems(read('package-lock.json'), read('package.json')));
const packages = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
for (const folder of [...folders, ...packages.map(({ name }) => `packages/${name}`)]) {
  problems.push(...ownProblems(join(folder, 'package.json'), read(folder, 'package.json')));
}

for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log('every lock file fits, and no install script runs');
process.exitCode = problems.length === 0 ? 0 : 1;
