// Breaks a shell in small ways, one after the other, and sees to it that the package's own tests notice.

const { existsSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const { allMutants, hashOf } = require('./all.cjs');
const { isOf, staleIn } = require('./argued.cjs');
const { readKillers, writeKillers } = require('./killers.cjs');
const { meetings, testsOf } = require('./meetings.cjs');
const { USAGE, parse } = require('./options.cjs');
const packages = require('./packages.cjs');
const { holds, killedBy, storeOf } = require('./results.cjs');
const { root } = require('./sources.cjs');
const { workerOf } = require('./workers.cjs');

const TELL_EVERY = 10;

let name;
let options;
try {
  options = parse(process.argv.slice(2));
  ({ name } = options);
  if (options.help) console.log(USAGE);
  else {
    // Until all are tried nothing is proved.
    process.exitCode = 1;
    main().catch((error) => console.error(error));
  }
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  console.error(`mutants:shells: ${error.message}. See --help`);
  process.exitCode = 2;
}

async function main() {
  const all = allMutants(name);
  const equivalent = require(packages[name].equivalent);
  const stale = staleIn(equivalent, all);
  for (const line of stale) console.log(line);
  const chosen = chosenOf(all);
  if (chosen.length === 0) {
    console.error('mutants:shells: there is no such mutant, and of none nothing is proved');
    process.exitCode = 2;
    return;
  }
  const argued = chosen.filter((mutant) => equivalent.some((one) => isOf(one, mutant)));
  const tried = chosen.filter((mutant) => !argued.includes(mutant));
  if (options.list) {
    for (const mutant of tried) console.log(lineOf(mutant));
    process.exitCode = 0;
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
  const isEnough = good >= options.least * chosen.length;
  if (!isEnough) console.log(`fewer than ${options.least * 100} % were noticed`);
  process.exitCode = isEnough && stale.length === 0 ? 0 : 1;
}

/**
 * Argued ones are in a sample as any others: how many of them there are does not change which are in it. Nor does a change
 * elsewhere: chance goes by what each of them is.
 */
function chosenOf(all) {
  let chosen = all;
  if (options.only !== undefined) chosen = chosen.filter(({ file }) => file.includes(options.only));
  if (options.number !== undefined) chosen = chosen.filter(({ number }) => number === options.number);
  if (options.sample === undefined) return chosen;
  const places = new Map(chosen.map((mutant) => [mutant, hashOf(`${options.seed} ${mutant.id}`)]));
  const byChance = [...chosen].sort((one, other) => (places.get(one) < places.get(other) ? -1 : 1));
  return byChance.slice(0, options.sample).sort((one, other) => one.number - other.number);
}

function lineOf({ number, file, line, what, from, code }) {
  return `${number} ${file}:${line} ${what}: ${from}${from === code ? '' : `   in: ${code}`}`;
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
  console.log(
    `${chosen.length - left.length} of ${chosen.length} noticed by the tests that are written down (--remember)`,
  );
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
      const isKnown = holds(before, tests) && (before.by === undefined || !options.remember);
      const killer = isKnown ? undefined : await killerOf(worker, mutant, files);
      if (!isKnown) known[mutant.key] = killer === undefined ? { livesWith: tests } : killedBy(killer);
      const { by } = known[mutant.key];
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
  await Promise.all(Array.from({ length: options.workers }, work));
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
