// An empty project into which the tarballs are installed, as a user's: what is compiled there, and run.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readJson, root } from './packages.mjs';

const here = join(root, '.ci/package');
const { devDependencies } = readJson(root, 'package.json');
const exactly = (name) => `${name}@${devDependencies[name]}`;

/** What a user may run this on: the oldest that is promised, the versions with long support, and the one at hand. */
const NODES = ['node-20', 'node-22', 'node-24'];
const PLATFORM = 'linux-x64';
/** The last resort, for what goes on for ever: on a busy machine everything takes longer. */
const TIMEOUT_MS = 600_000;

const STRICT = {
  ...{ target: 'es2022', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true },
  ...{ noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true },
  // What comes with the packages is compiled, too.
  skipLibCheck: false,
};

/** Makes the project, with nothing but the tarballs in it. @throws Error with what npm said */
export function install(project, tarballs) {
  mkdirSync(project);
  writeJson(project, 'package.json', { private: true, type: 'module' });
  addTo(project, tarballs);
}

/** Compiles and runs programs of a user. Gives what went wrong, each with what was said. */
export function tryOut(project) {
  const problems = compiles(project);
  return problems.length > 0 ? problems : runs(project);
}

function compiles(project) {
  const problems = compile(project, 'anywhere', ['anywhere.ts'], { types: [] });
  // From here on as a user of Node.js, who has its types; and what the tests claim of the types holds for those that are shipped.
  addTo(project, [exactly('@types/node'), exactly('expect-type')]);
  const claims = readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'test/api-types.ts')))
    .map((name) => {
      copyFileSync(join(root, 'packages', name, 'test/api-types.ts'), join(project, `types-of-${name}.ts`));
      return `types-of-${name}.ts`;
    });
  return [...problems, ...compile(project, 'node', ['node.ts', ...claims], { types: ['node'], lib: ['es2023'] })];
}

function compile(project, name, files, options) {
  for (const file of files) {
    if (existsSync(join(here, 'consumer', file))) copyFileSync(join(here, 'consumer', file), join(project, file));
  }
  writeJson(project, `tsconfig.${name}.json`, { compilerOptions: { ...STRICT, ...options, outDir: 'out' }, files });
  return run(project, `the programs ${files.join(', ')}`, join(root, 'node_modules/.bin/tsc'), [
    ...['--project', `tsconfig.${name}.json`, '--pretty', 'false'],
  ]);
}

function runs(project) {
  const command = join(project, 'node_modules/.bin/parliament');
  const { found, problems } = otherNodes();
  const failures = [process.execPath, ...found].flatMap((node) => [
    ...run(project, `anywhere.js on ${node}`, node, ['out/anywhere.js']),
    ...run(project, `node.js on ${node}`, node, ['out/node.js']),
    ...run(project, `parliament --help on ${node}`, node, [command, '--help']),
  ]);
  return [...problems, ...failures];
}

/** The binaries that npm has, which are for one platform. Elsewhere it is said that only the version at hand was tried. */
function otherNodes() {
  const found = NODES.map((name) => join(here, 'node_modules', name, 'bin/node')).filter((file) => existsSync(file));
  for (const file of found) {
    const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
    console.log(`also on Node.js ${String(stdout).trim()}`);
  }
  const platform = `${process.platform}-${process.arch}`;
  if (found.length === NODES.length) return { found, problems: [] };
  if (platform === PLATFORM)
    return { found, problems: [`of ${NODES.join(', ')} only ${found.length} could be installed`] };
  console.log(
    `only on Node.js ${process.version}: the other versions are installed for ${PLATFORM}, and this is ${platform}`,
  );
  return { found, problems: [] };
}

function addTo(project, what) {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...what];
  const [problem] = run(project, `npm install ${what.map((each) => basename(each)).join(' ')}`, 'npm', args);
  if (problem !== undefined) throw new Error(problem);
}

function run(cwd, what, command, args) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (status === 0) return [];
  return [`${what} ended with ${error?.message ?? status ?? signal}\n${stdout}${stderr}`];
}

function writeJson(folder, file, value) {
  writeFileSync(join(folder, file), JSON.stringify(value, null, 2));
}
