// Breaks a shell in small ways, one after the other, and sees to it that the package's own tests notice.
// Usage: node .ci/mutants/run.cjs PACKAGE [--sample N] [--only TEXT] [--list] [--workers N]
// What was killed is remembered as long as its source stays as it is; survivors are tried again.

const { fork } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const packages = require('./packages.cjs');
const { root, sourcesOf } = require('./sources.cjs');

/** A worker that says nothing for so long is in a loop: the mutant is noticed. */
const SILENCE_MS = 90_000;
const WANTED = 0.9;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
  },
});
const [name] = positionals;
if (packages[name] === undefined) throw new Error(`usage: run.cjs ${Object.keys(packages).join('|')} [--sample N]`);

const folder = join(root, 'node_modules/.cache/mutants');
mkdirSync(folder, { recursive: true });
const remembered = join(folder, `${name}.json`);
const known = existsSync(remembered) ? JSON.parse(readFileSync(remembered, 'utf8')) : {};

const all = allMutants();
const equivalent = require(packages[name].equivalent);
void main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

function allMutants() {
  const found = [];
  for (const [file, { text, first, mutants }] of sourcesOf(name)) {
    const lines = text.split('\n');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    mutants.forEach((mutant, index) => {
      const { line, what, start, end } = mutant;
      const from = text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 100);
      found.push({
        file,
        line,
        what,
        from,
        code: lines[line - 1].trim(),
        number: first + index,
        key: `${hash}-${index}`,
      });
    });
  }
  return found;
}

async function main() {
  const unused = equivalent.filter((one) => !all.some((mutant) => isOf(one, mutant)));
  for (const { file, from, what } of unused) console.log(`no such mutant any more: ${file}: ${from} (${what})`);
  const argued = all.filter((mutant) => equivalent.some((one) => isOf(one, mutant)));
  let chosen = all.filter((mutant) => !argued.includes(mutant));
  if (options.only !== undefined) chosen = chosen.filter(({ file }) => file.includes(options.only));
  if (options.sample !== undefined) chosen = sampleOf(chosen, Number(options.sample));
  if (options.list) {
    for (const mutant of chosen) console.log(textOf(mutant));
    return;
  }
  const met = await runWithout();
  const survivors = await hunt(chosen, met);
  const killed = chosen.length - survivors.length;
  console.log(
    `\n${name}: ${killed} of ${chosen.length} mutants were noticed; ${argued.length} more change nothing, as argued`,
  );
  for (const mutant of survivors) console.log(`  lives: ${textOf(mutant)}`);
  const isEnough = killed >= WANTED * chosen.length;
  if (!isEnough) console.log(`fewer than ${WANTED * 100} % were noticed`);
  process.exitCode = isEnough && unused.length === 0 ? 0 : 1;
}

function isOf(one, { file, from, what }) {
  return file.endsWith(`/src/${one.file}`) && from === one.from && (one.what === undefined || what === one.what);
}

function textOf({ number, file, line, what, from, code }) {
  return `${number} ${file}:${line} ${what}: ${from}${from === code ? '' : `   in: ${code}`}`;
}

/** Spread over all, another one each day: so that in time all are tried. */
function sampleOf(some, size) {
  const step = Math.max(1, some.length / size);
  const first = Math.floor(Date.now() / 86_400_000) % Math.ceil(step);
  return some.filter((_, index) => index >= first && Math.floor((index - first) % step) === 0).slice(0, size);
}

/** All tests, with no mutant in force. @returns by number of a mutant, the files that meet it, the fastest first. */
async function runWithout() {
  const hash = hashOf(name);
  const kept = join(folder, `${name}-met.json`);
  if (existsSync(kept)) {
    const { of, met } = JSON.parse(readFileSync(kept, 'utf8'));
    if (of === hash) return new Map(met);
  }
  const notes = join(folder, `${name}-met.jsonl`);
  rmSync(notes, { force: true });
  const worker = startWorker({ MUTANTS_MET: notes });
  const { killers, times, why } = await worker.ask({}, 30 * 60_000);
  worker.end();
  if (killers.length > 0) throw new Error(`tests fail without any mutant: ${killers.join(', ')}\n${why}`);
  const runtimes = new Map(times);
  const met = new Map();
  for (const line of readFileSync(notes, 'utf8').trim().split('\n')) {
    const { file, met: numbers } = JSON.parse(line);
    for (const number of numbers) met.set(number, [...(met.get(number) ?? []), file]);
  }
  for (const files of met.values()) files.sort((one, other) => runtimes.get(one) - runtimes.get(other));
  writeFileSync(kept, JSON.stringify({ of: hash, met: [...met] }));
  console.log(`${runtimes.size} files of tests pass without a mutant`);
  return met;
}

/** Of all that the tests of a package depend on. */
function hashOf(name) {
  const hash = createHash('sha256').update(readFileSync(join(__dirname, 'mutants.cjs')));
  for (const part of ['src', 'test']) {
    const base = join(root, 'packages', name, part);
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[cm]?[jt]s$/.test(file));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(base, file)));
  }
  return hash.digest('hex');
}

async function hunt(chosen, met) {
  const waiting = [...chosen];
  const survivors = [];
  let done = 0;
  const work = async () => {
    let worker = startWorker({});
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const files = met.get(mutant.number) ?? [];
      let isKilled = known[mutant.key] === 'killed';
      if (!isKilled && files.length > 0) {
        try {
          isKilled = (await worker.ask({ mutant: mutant.number, files }, SILENCE_MS)).killers.length > 0;
        } catch {
          isKilled = true;
          worker.end();
          worker = startWorker({});
        }
      }
      done += 1;
      if (isKilled) known[mutant.key] = 'killed';
      else {
        survivors.push(mutant);
        console.log(`lives: ${textOf(mutant)}${files.length === 0 ? ' (no test meets it)' : ''}`);
      }
      if (done % 25 === 0) {
        console.log(`${done} of ${chosen.length}, ${survivors.length} live`);
        writeFileSync(remembered, JSON.stringify(known));
      }
    }
    worker.end();
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, work));
  writeFileSync(remembered, JSON.stringify(known));
  return survivors.sort((one, other) => one.number - other.number);
}

function startWorker(environment) {
  const child = fork(join(__dirname, 'worker.cjs'), {
    env: { ...process.env, ...environment, MUTANTS_OF: name, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000);
  });
  return {
    ask: (order, silenceMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(() => reject(new Error('silent'))), silenceMs);
        const onExit = () => finish(() => reject(new Error(`the worker has ended: ${errors}`)));
        const onMessage = (answer) => finish(() => resolve(answer));
        const finish = (end) => {
          clearTimeout(timer);
          child.off('exit', onExit).off('message', onMessage);
          end();
        };
        child.once('exit', onExit).once('message', onMessage);
        child.send(order);
      }),
    end: () => child.kill('SIGKILL'),
  };
}
