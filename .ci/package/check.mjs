// npm run check:package. See HELP.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { install, tryOut } from './consumer.mjs';
import { problemsOf, problemsOfTarball } from './manifest.mjs';
import { published, readJson, root } from './packages.mjs';
import { installedBytes, pageBytes } from './sizes.mjs';

const HELP = `npm run check:package [-- --write-ceilings] [-- --release]

Packs each published package as npm would, and sees to it that it can be used: what package.json says, publint, "Are the types wrong?";
the tarballs, installed into an empty project outside of this repository, compile with all their types checked, and run on each version
of Node.js that is promised; what an installation and a page weigh stays below the ceilings of .ci/package/ceilings.json.

  --write-ceilings  writes the ceilings anew, five percent above what there is
  --release         refuses what must be settled before the first publication, too: the address of the repository
  --help            this text

Exit status: 0 all is well; 1 something is not, and is told; 2 called wrongly.`;

const CEILINGS = join(root, '.ci/package/ceilings.json');
const ROOM = 1.05;

const boolean = { type: 'boolean', default: false };
try {
  const { values } = parseArgs({ options: { 'write-ceilings': boolean, release: boolean, help: boolean } });
  if (values.help) console.log(HELP);
  else process.exitCode = await run(values);
} catch (error) {
  if (!String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`check:package: ${error.message}. See --help`);
  process.exitCode = 2;
}

async function run({ 'write-ceilings': writes, release }) {
  const folder = mkdtempSync(join(tmpdir(), 'parliament-packages-'));
  try {
    const problems = [...published.flatMap(problemsOf), ...(release ? unsettled() : [])];
    const packed = pack(folder);
    problems.push(...packed.flatMap(({ package: each, files }) => problemsOfTarball(each, files)));
    const linted = Promise.all(packed.map(lint));
    const project = join(folder, 'project');
    install(
      project,
      packed.map(({ tarball }) => tarball),
    );
    problems.push(...tryOut(project), ...(await linted).flat());
    // What is not whole has no weight.
    if (problems.length === 0) {
      const weights = await weigh(project);
      if (writes) writeCeilings(weights);
      problems.push(...heldAgainst(weights, readJson(CEILINGS)));
    }
    for (const problem of problems) console.error(`\n${problem}`);
    console.log(problems.length === 0 ? `${packed.length} packages can be published` : `\n${problems.length} problems`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each with its tarball, and the files in it. */
function pack(folder) {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  const workspaces = published.flatMap(({ name }) => ['--workspace', name]);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs, ...workspaces];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`);
  return JSON.parse(stdout).map(({ name, filename, files }) => ({
    package: published.find((each) => each.name === name),
    tarball: join(tarballs, filename),
    files: files.map(({ path }) => path),
  }));
}

/** By publint, whose suggestions are heeded as well, and, where there are types, by "Are the types wrong?". */
async function lint({ package: { name, doors }, tarball }) {
  const { messages, pkg } = await publint({ pack: { tarball: readFileSync(tarball) }, strict: true });
  const said = messages.map((message) => `publint of ${name}: ${formatMessage(message, pkg)}`);
  return doors.length === 0 ? said : [...said, ...(await areTheTypesWrong(name, tarball))];
}

async function areTheTypesWrong(name, tarball) {
  const program = join(root, '.ci/package/node_modules/.bin/attw');
  const child = spawn(program, [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const [status] = await once(child, 'close');
  return status === 0 ? [] : [`attw of ${name} ended with ${status}\n${said}`];
}

/** In bytes: an installation of each, with all that comes with it; a page. */
async function weigh(project) {
  const { parts, ...page } = await pageBytes(project);
  const installed = Object.fromEntries(published.map(({ name }) => [name, installedBytes(project, name)]));
  for (const [name, bytes] of Object.entries(installed)) console.log(`${grouped(bytes)} bytes installed: ${name}`);
  console.log(`${grouped(page.minified)} bytes a page, ${grouped(page.compressed)} compressed`);
  console.log(parts.map(([name, bytes]) => `  ${grouped(bytes)} of ${name}`).join('\n'));
  return { installed, page };
}

function heldAgainst(weights, ceilings) {
  return Object.entries(weights).flatMap(([kind, all]) =>
    Object.entries(all)
      .filter(([name, bytes]) => !(bytes <= ceilings[kind]?.[name]))
      .map(
        ([name, bytes]) =>
          `${kind} ${name} has ${grouped(bytes)} bytes, over its ceiling of ${grouped(ceilings[kind]?.[name] ?? 0)}: ` +
          'make it smaller, or, if it must be so, npm run check:package -- --write-ceilings',
      ),
  );
}

function writeCeilings(weights) {
  const above = (all) => Object.fromEntries(Object.entries(all).map(([name, bytes]) => [name, roomAbove(bytes)]));
  const ceilings = { installed: above(weights.installed), page: above(weights.page) };
  writeFileSync(CEILINGS, `${JSON.stringify(ceilings, null, 2)}\n`);
}

function roomAbove(bytes) {
  return Math.ceil((bytes * ROOM) / 1000) * 1000;
}

/** Where the sources are published is known only then. */
function unsettled() {
  const { url } = readJson(root, 'package.json').repository;
  const isExample = new URL(url).hostname.endsWith('.example');
  return isExample ? [`repository.url is ${url}, an example: name the real one, in every package.json`] : [];
}

function grouped(number) {
  return number.toLocaleString('en');
}
