// Breaks a shell in small ways, one after the other, and sees to it that the package's own tests notice.

const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const { parseArgs } = require('node:util');
const { readKillers, writeKillers } = require('./killers.cjs');
const { meetings, testsOf } = require('./meetings.cjs');
const packages = require('./packages.cjs');
const { root, sourcesOf } = require('./sources.cjs');
const { workerOf } = require('./workers.cjs');

const USAGE = `usage: npm run mutants:shells -- ${Object.keys(packages).join('|')} [options]
  --sample N     so many of them, taken by chance; without it, all
  --seed S       what chance goes by; default: the number of the day
  --only TEXT    those of the sources whose path has TEXT in it, as src/link
  --number N     this one (see --list)
  --list         tells which they are, and tries none
  --workers N    processes; default: 1
  --again        tries even those that were killed before
  --least PART   of all of them, this part must be noticed; default: 0.9
  --remember     writes down, for those that are tried, which test kills each: it is asked first from then on
What was killed is remembered as long as its source stays as it is; what lives, as long as no test changes, either.`;
const TELL_EVERY = 10;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    only: { type: 'string' },
    number: { type: 'string' },
    list: { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
    least: { type: 'string', default: '0.9' },
    remember: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name] = positionals;

if (options.help || packages[name] === undefined) {
  console.log(USAGE);
  process.exitCode = options.help ? 0 : 1;
} else {
  main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

async function main() {
  const all = allMutants();
  const equivalent = require(packages[name].equivalent);
  const unused = equivalent.filter((one) => !all.some((mutant) => isOf(one, mutant)));
  for (const { file, from, what } of unused) console.log(`no such mutant any more: ${file}: ${from} (${what})`);
  const chosen = chosenOf(all);
  const argued = chosen.filter((mutant) => equivalent.some((one) => isOf(one, mutant)));
  const tried = chosen.filter((mutant) => !argued.includes(mutant));
  if (options.list) {
    for (const mutant of tried) console.log(lineOf(mutant));
    return;
  }
  const store = storeOf(name);
  const survivors = await hunt(options.remember ? tried : await withoutKnown(tried), store);
  const good = chosen.length - survivors.length;
  const percent = ((100 * good) / chosen.length).toFixed(1);
  const sample = options.sample === undefined ? '' : `, a sample of ${all.length}, seed ${options.seed}`;
  console.log(
    `\n${name}: of ${chosen.length} mutants${sample}: ${tried.length - survivors.length} noticed, ` +
      `${argued.length} argued to change nothing, ${survivors.length} live: ${percent} %`,
  );
  for (const mutant of survivors) console.log(`  lives: ${lineOf(mutant)}`);
  const isEnough = good >= Number(options.least) * chosen.length;
  if (!isEnough) console.log(`fewer than ${Number(options.least) * 100} % were noticed`);
  process.exitCode = isEnough && unused.length === 0 ? 0 : 1;
}

function allMutants() {
  const found = [];
  for (const [file, { text, first, mutants }] of sourcesOf(name)) {
    const lines = text.split('\n');
    const hash = hashOf(text);
    const times = new Map();
    mutants.forEach(({ line, what, start, end }, index) => {
      const from = text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 100);
      const code = lines[line - 1].trim();
      const kind = `${file}: ${from} (${what})`;
      times.set(kind, (times.get(kind) ?? 0) + 1);
      const id = `${kind} ${times.get(kind)}`;
      found.push({ file, line, what, from, code, number: first + index, key: `${hash}-${index}`, id });
    });
  }
  return found;
}

/**
 * Argued ones are in a sample as any others: how many of them there are does not change which are in it. Nor does a change
 * elsewhere: chance goes by what each of them is.
 */
function chosenOf(all) {
  let chosen = all;
  if (options.only !== undefined) chosen = chosen.filter(({ file }) => file.includes(options.only));
  if (options.number !== undefined) chosen = chosen.filter(({ number }) => number === Number(options.number));
  if (options.sample === undefined) return chosen;
  const places = new Map(chosen.map((mutant) => [mutant, hashOf(`${options.seed} ${mutant.id}`)]));
  const byChance = [...chosen].sort((one, other) => (places.get(one) < places.get(other) ? -1 : 1));
  return byChance.slice(0, Number(options.sample)).sort((one, other) => one.number - other.number);
}

/** `code`: the line that the mutant begins in, where what is changed stands in others, too. */
function isOf(one, { file, from, what, code }) {
  if (!file.endsWith(`/src/${one.file}`) || from !== one.from) return false;
  return (one.what === undefined || what === one.what) && (one.code === undefined || code === one.code);
}

function lineOf({ number, file, line, what, from, code }) {
  return `${number} ${file}:${line} ${what}: ${from}${from === code ? '' : `   in: ${code}`}`;
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Those that the tests which are known to kill them do not kill, if any: to ask only these needs no knowledge of who meets what. */
async function withoutKnown(chosen) {
  const killers = readKillers(name);
  const worker = workerOf(name);
  const left = [];
  for (const mutant of chosen) {
    const killer = killers[mutant.id];
    const isThere = killer !== undefined && existsSync(join(root, killer.file));
    if (!isThere || (await killerOf(worker, mutant, [killer])) === undefined) left.push(mutant);
  }
  worker.end();
  return left;
}

/** Gives those that live. */
async function hunt(chosen, store) {
  if (chosen.length === 0) return [];
  const asked = workerOf(name);
  const met = await meetings(name, store, asked).finally(asked.end);
  const known = store.read('results');
  const tests = hashOf([...testsOf(name).values()].join());
  const waiting = [...chosen];
  const survivors = [];
  const found = {};
  let done = 0;
  const work = async () => {
    const worker = workerOf(name);
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const files = met.get(mutant.number) ?? [];
      const before = options.again ? undefined : known[mutant.key];
      const isKnown = (before?.by !== undefined && !options.remember) || before?.livesWith === tests;
      const killer = isKnown ? undefined : await killerOf(worker, mutant, files);
      const by = isKnown ? before.by : killer?.by;
      known[mutant.key] = by === undefined ? { livesWith: tests } : { by };
      if (killer !== undefined) found[mutant.id] = { file: killer.file, tests: killer.tests };
      done += 1;
      if (by === undefined) {
        survivors.push(mutant);
        console.log(`lives: ${lineOf(mutant)}${files.length === 0 ? ' (no test meets it)' : ''}`);
      } else if (options.number !== undefined) console.log(`killed by ${by}`);
      store.write('results', known);
      if (done % TELL_EVERY === 0) {
        console.log(`${new Date().toISOString()} ${done} of ${chosen.length}, ${survivors.length} live`);
      }
    }
    worker.end();
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, work));
  if (options.remember) writeKillers(name, found);
  return survivors.sort((one, other) => one.number - other.number);
}

/** @returns the tests that fail, or during which the process ended; undefined: the mutant lives. */
async function killerOf(worker, mutant, files) {
  for (const { file, tests } of files) {
    const order = { mutant: mutant.number, file: resolve(root, file), tests };
    const { failed } = await worker.ask(order);
    if (failed === undefined) continue;
    const path = relative(root, order.file);
    const own = tests.filter(([test]) => test === failed);
    for (const killers of own.length === 0 ? [tests] : [own, tests]) {
      const isKilled = await isKilledBy(worker, { ...order, tests: killers });
      if (isKilled) return { by: `${path}: ${failed}`, file: path, tests: killers };
    }
    console.log(`failed once, and not again, with ${mutant.number}: ${path}: ${failed}`);
  }
  return undefined;
}

/** What no mutant has. */
const NONE = 0;

/**
 * Whether the tests, which have failed, pass at once without the mutant, and fail again with it: under load a test may fail by
 * itself, and so it may where an earlier mutant has left something behind.
 */
async function isKilledBy(worker, order) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if ((await worker.ask({ ...order, mutant: NONE })).failed === undefined)
      return (await worker.ask(order)).failed !== undefined;
    worker.end();
  }
  return false;
}

/** Remembers, beside what npm has installed, by package and by kind. */
function storeOf(name) {
  const folder = join(root, 'node_modules/.cache/mutants');
  mkdirSync(folder, { recursive: true });
  const path = (kind) => join(folder, `${name}-${kind}.json`);
  return {
    read: (kind) => (existsSync(path(kind)) ? JSON.parse(readFileSync(path(kind), 'utf8')) : {}),
    write: (kind, value) => writeFileSync(path(kind), JSON.stringify(value)),
  };
}
