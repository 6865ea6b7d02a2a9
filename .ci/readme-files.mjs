// Sees to it that each package's README says in what order to read its files, and names all of them, and no others. `x/*.ts` names
// all of a folder.
// Usage: node .ci/readme-files.mjs

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TITLE = /^## .*, in the order in which to read (?:them|it)\n/m;
/** Beside `src`: what is not shipped. There it is enough to say where to begin. */
const BESIDE = ['fuzz', 'programs'];

const packages = join(dirname(fileURLToPath(import.meta.url)), '../packages');
const faults = [];
let checked = 0;
for (const name of readdirSync(packages)) {
  if (!existsSync(join(packages, name, 'src'))) continue;
  const [, section] = readFileSync(join(packages, name, 'README.md'), 'utf8').split(TITLE);
  if (section === undefined) {
    faults.push(`${name}/README.md: it does not say in what order to read its files`);
    continue;
  }
  checked += 1;
  const named = [...section.split('\n## ')[0].matchAll(/`([\w./*-]+\.ts)`/g)].map(([, path]) => path);
  const shipped = filesOf(name, 'src');
  const all = [...shipped, ...BESIDE.flatMap((folder) => filesOf(name, folder))];
  const isIn = (path) => {
    const folder = `/${path.slice(0, path.lastIndexOf('/'))}/*.ts`;
    return (each) => `/${path}`.endsWith(`/${each}`) || folder.endsWith(`/${each}`);
  };
  for (const path of shipped.filter((each) => !named.some(isIn(each)))) faults.push(`${name}/README.md: no ${path}`);
  for (const each of named.filter((one) => !all.some((path) => isIn(path)(one)))) {
    faults.push(`${name}/README.md: there is no ${each}`);
  }
}
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${checked} READMEs name all files of their packages`);
process.exitCode = faults.length === 0 && checked > 0 ? 0 : 1;

/** By their paths in the package. */
function filesOf(name, folder) {
  const path = join(packages, name, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(^|[\\/])(dist|node_modules)[\\/]/.test(file))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}
