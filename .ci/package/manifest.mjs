// What a package must say of itself before anybody publishes it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { published, readJson, root } from './packages.mjs';

const { license, repository, engines } = readJson(root, 'package.json');

/** What is wrong, a sentence each. */
export function problemsOf({ name, folder, manifest }) {
  const directory = folder.slice(root.length + 1);
  const expected = { license, engines, type: 'module', repository: { ...repository, directory } };
  return [
    ...Object.entries(expected)
      .filter(([field, value]) => !isSame(manifest[field], value))
      .map(([field, value]) => `its ${field} is not ${JSON.stringify(value)}`),
    ...['description', 'keywords', 'files']
      .filter((field) => !manifest[field]?.length)
      .map((field) => `has no ${field}`),
    ...(manifest.sideEffects === undefined ? ['says nothing of sideEffects'] : []),
    ...(manifest.files ?? [])
      .filter((entry) => !existsSync(join(folder, entry.replace(/^!/, ''))))
      .map((entry) => `its files name ${entry}, which is not there`),
    ...staleIn(folder).map((file) => `${file} has no source any more: npm run clean, and build`),
    ...foreignVersions(manifest),
    ...(textIn(folder, 'LICENSE') === textIn(root, 'LICENSE') ? [] : ['its LICENSE is not that of the repository']),
  ].map((problem) => `${name} ${problem}`);
}

/** What must be in its tarball besides what can be imported, and what must not: a file each, and why. */
export function problemsOfTarball({ name, doors }, files) {
  const wanted = ['LICENSE', 'README.md', 'package.json', ...doors.map(({ types }) => types.replace(/^\.\//, ''))];
  return [
    ...wanted.filter((file) => !files.includes(file)).map((file) => `lacks ${file}`),
    ...files.filter((file) => /(^|\/)(test|programs|rig|fuzz)\/|tsbuildinfo/.test(file)).map((file) => `ships ${file}`),
  ].map((problem) => `the tarball of ${name} ${problem}`);
}

/** Compiled files whose source is gone: the compiler leaves them, and they would be shipped. */
function staleIn(folder) {
  if (!existsSync(join(folder, 'dist'))) return ['dist'];
  return readdirSync(join(folder, 'dist'), { recursive: true })
    .filter((file) => file.endsWith('.js') && !existsSync(join(folder, 'src', file.replace(/js$/, 'ts'))))
    .map((file) => join('dist', file));
}

/** All packages are published together, as one version. */
function foreignVersions({ version, dependencies = {} }) {
  const versions = new Map(published.map((each) => [each.name, each.manifest.version]));
  return [
    ...[...versions].filter(([, other]) => other !== version).map(([other]) => `has another version than ${other}`),
    ...Object.entries(dependencies)
      .filter(([other, range]) => versions.has(other) && range !== version)
      .map(([other, range]) => `depends on ${other} ${range}, and not ${version}`),
    ...Object.entries(dependencies)
      .filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))
      .map(([other, range]) => `depends on ${other} ${range}, which is no exact version`),
  ];
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function textIn(...path) {
  return existsSync(join(...path)) ? readFileSync(join(...path), 'utf8') : undefined;
}
