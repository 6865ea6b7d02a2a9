// Breaks a shell in small ways, one after the other, and sees to it that the package's own tests notice.

const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
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
What was killed is remembered as long as its source stays as it is; what lives, as long as no test changes, either.`;
/** Of all mutants, this part is to be killed or argued to change nothing. */
const WANTED = 0.9;
const SAVE_EVERY = 25;
/** On a busy machine what has failed by its time does so again, unless it is given more of it. */
const PATIENCE_AGAIN = 8;

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
    for (const mutant of tried) console.log(textOf(mutant));
    return;
  }
  const store = storeOf(name);
  const worker = workerOf(name);
  const met = await meetings(name, store, worker).finally(worker.end);
  const survivors = await hunt(tried, met, store);
  const good = chosen.length - survivors.length;
  const percent = ((100 * good) / chosen.length).toFixed(1);
  const sample = options.sample === undefined ? '' : `, a sample of ${all.length}, seed ${options.seed}`;
  console.log(
    `\n${name}: of ${chosen.length} mutants${sample}: ${tried.length - survivors.length} noticed, ` +
      `${argued.length} argued to change nothing, ${survivors.length} live: ${percent} %`,
  );
  for (const mutant of survivors) console.log(`  lives: ${textOf(mutant)}`);
  const isEnough = good >= WANTED * chosen.length;
  if (!isEnough) console.log(`fewer than ${WANTED * 100} % were noticed`);
  process.exitCode = isEnough && unused.length === 0 ? 0 : 1;
}

function allMutants() {
  const found = [];
  for (const [file, { text, first, mutants }] of sourcesOf(name)) {
    const lines = text.split('\n');
    const hash = hashOf(text);
    mutants.forEach(({ line, what, start, end }, index) => {
      const from = text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 100);
      const code = lines[line - 1].trim();
      found.push({ file, line, what, from, code, number: first + index, key: `${hash}-${index}` });
    });
  }
  return found;
}

/** Argued ones are in a sample as any others: how many of them there are does not change which are in it. */
function chosenOf(all) {
  let chosen = all;
  if (options.only !== undefined) chosen = chosen.filter(({ file }) => file.includes(options.only));
  if (options.number !== undefined) chosen = chosen.filter(({ number }) => number === Number(options.number));
  if (options.sample === undefined) return chosen;
  const places = new Map(chosen.map((mutant) => [mutant, hashOf(`${options.seed} ${mutant.number}`)]));
  const byChance = [...chosen].sort((one, other) => (places.get(one) < places.get(other) ? -1 : 1));
  return byChance.slice(0, Number(options.sample)).sort((one, other) => one.number - other.number);
}

/** `code`: the line that the mutant begins in, where what is changed stands in others, too. */
function isOf(one, { file, from, what, code }) {
  if (!file.endsWith(`/src/${one.file}`) || from !== one.from) return false;
  return (one.what === undefined || what === one.what) && (one.code === undefined || code === one.code);
}

function textOf({ number, file, line, what, from, code }) {
  return `${number} ${file}:${line} ${what}: ${from}${from === code ? '' : `   in: ${code}`}`;
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function hunt(chosen, met, store) {
  const known = store.read('results');
  const tests = hashOf([...testsOf(name).values()].join());
  const waiting = [...chosen];
  const survivors = [];
  let done = 0;
  const work = async () => {
    const worker = workerOf(name);
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const files = met.get(mutant.number) ?? [];
      const before = options.again ? undefined : known[mutant.key];
      const isKnown = before?.by !== undefined || before?.livesWith === tests;
      const by = isKnown ? before.by : await killerOf(worker, mutant, files);
      known[mutant.key] = by === undefined ? { livesWith: tests } : { by };
      done += 1;
      if (by === undefined) {
        survivors.push(mutant);
        console.log(`lives: ${textOf(mutant)}${files.length === 0 ? ' (no test meets it)' : ''}`);
      } else if (options.number !== undefined) console.log(`killed by ${by}`);
      if (done % SAVE_EVERY === 0) {
        console.log(`${new Date().toISOString()} ${done} of ${chosen.length}, ${survivors.length} live`);
        store.write('results', known);
      }
    }
    worker.end();
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, work));
  store.write('results', known);
  return survivors.sort((one, other) => one.number - other.number);
}

/**
 * A failure counts when it comes a second time, with more patience: under load a test may fail by itself.
 *
 * @returns the test that fails, or what ended the process; undefined: the mutant lives.
 */
async function killerOf(worker, mutant, files) {
  for (const { file, tests } of files) {
    const order = { mutant: mutant.number, file, tests };
    const { failed } = await worker.ask(order);
    if (failed === undefined) continue;
    if ((await worker.ask({ ...order, patience: PATIENCE_AGAIN })).failed !== undefined)
      return `${file.slice(root.length + 1)}: ${failed}`;
    console.log(`failed once, and not again, with ${mutant.number}: ${file.slice(root.length + 1)}: ${failed}`);
  }
  return undefined;
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
