// Sees to it that each lock file fits its package.json, on every platform, and that `npm ci` has nothing to warn of: a package
// that wants to run a script when it is installed is refused that by name (`allowScripts`), since none needs it.
// Usage: node .ci/check-locks.mjs

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

const problems = ['.', 'packages/bench/others', '.ci/package'].flatMap((folder) => {
  const { status, stderr } = spawnSync('npm', ['ci', '--dry-run', '--ignore-scripts', '--no-audit'], {
    cwd: join(root, folder),
    encoding: 'utf8',
  });
  const said = stderr.split('\n').filter((line) => /^npm (warn|error)/.test(line));
  return status === 0 && said.length === 0 ? [] : [`npm ci in ${folder} ended with ${status}`, ...said];
});

// The other folders are installed with all scripts ignored: .ci/install.mjs.
const denied = Object.keys(read('package.json').allowScripts);
const scripted = Object.entries(read('package-lock.json').packages)
  .filter(([, { hasInstallScript }]) => hasInstallScript)
  .map(([path]) => path.replace(/^.*node_modules\//, ''));
problems.push(
  ...scripted.filter((name) => !denied.includes(name)).map((name) => `${name} has an install script: deny it by name`),
  ...denied
    .filter((name) => !scripted.includes(name))
    .map((name) => `${name} has no install script (any more): take it out of allowScripts`),
);

for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log('every lock file fits, and no install script runs');
process.exitCode = problems.length === 0 ? 0 : 1;
