// Which tests meet which mutant: only these can notice it.

const { createHash } = require('node:crypto');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { root } = require('./sources.cjs');

/** Tests that take longer, in milliseconds, are left out: a mutant must cost seconds. What only they notice counts as alive. */
const SLOW_MS = 5000;

const isTest = (file) => file.endsWith('.test.ts');

/** The files of tests of a package, by path, with a hash of all that decides what the file does. */
function testsOf(name) {
  const texts = new Map();
  for (const part of ['src', 'test']) {
    const base = join(root, 'packages', name, part);
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[cm]?[jt]s$/.test(file));
    for (const file of files.sort()) texts.set(join(base, file), readFileSync(join(base, file), 'utf8'));
  }
  const shared = createHash('sha256').update(readFileSync(join(__dirname, 'mutants.cjs')));
  for (const [path, text] of texts) if (!isTest(path)) shared.update(path).update(text);
  const ofShared = shared.digest('hex');
  const tests = new Map();
  for (const [path, text] of texts) {
    if (isTest(path)) tests.set(path, createHash('sha256').update(ofShared).update(text).digest('hex'));
  }
  return tests;
}

/**
 * Runs, with no mutant in force, what has changed since it ran last.
 *
 * @returns by number of a mutant: the files with tests that meet it, the fastest first, as `{ file, tests: [[name, ms]], ms }`
 */
async function meetings(name, store, worker) {
  const known = store.read('met');
  const now = {};
  for (const [file, hash] of testsOf(name)) {
    now[file] = known[file]?.hash === hash ? known[file] : { hash, ...(await meet(worker, file)) };
    store.write('met', { ...known, ...now });
  }
  store.write('met', now);
  const found = new Map();
  for (const [file, { atLoad, tests }] of Object.entries(now)) {
    const all = new Set(atLoad);
    for (const test of tests) for (const number of test.met) all.add(number);
    const isAtLoad = new Set(atLoad);
    for (const number of all) {
      const meeting = tests.filter(({ met, ms }) => ms < SLOW_MS && (isAtLoad.has(number) || met.includes(number)));
      if (meeting.length === 0) continue;
      const ms = meeting.reduce((sum, test) => sum + test.ms, 0);
      const own = { file, tests: meeting.map((test) => [test.test, test.ms]), ms, isAtLoad: isAtLoad.has(number) };
      found.set(number, [...(found.get(number) ?? []), own]);
    }
  }
  // What is met by a few tests, and not by just loading it, is more likely to be what these tests are about.
  for (const files of found.values()) files.sort((one, other) => one.isAtLoad - other.isAtLoad || one.ms - other.ms);
  return found;
}

async function meet(worker, file) {
  const { failed, why, atLoad, tests } = await worker.ask({ file, tests: [] });
  if (failed !== undefined) throw new Error(`${file} fails without any mutant: ${failed}\n${why}`);
  const ms = Math.round(tests.reduce((sum, test) => sum + test.ms, 0));
  console.log(`${file.slice(root.length + 1)}: ${tests.length} tests, ${ms} ms`);
  return { atLoad, tests };
}

module.exports = { meetings, testsOf };
