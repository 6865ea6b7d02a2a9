// npm run evidence. See HELP.

const os = require('node:os');
const { parseArgs } = require('node:util');
const { LIST, commandOf, lineOf, root } = require('./list.cjs');
const { endAll, runProcess } = require('./process.cjs');
const { runAll } = require('./schedule.cjs');
const { tableOf } = require('./table.cjs');
const { verdictOf } = require('./verdict.cjs');

const HELP = `npm run evidence -- [--only TEXT] [--jobs N] [--list]

What takes longer than a test: mutants, worlds, models, crash images, failing disks, fuzz, network faults, floods, kills, power cuts;
each in a short form. All of them run, also when one fails; a table at the end tells what each has done. One of which nothing was
heard for twenty minutes is ended, and has failed. Some are skipped where a tool or root is missing, and the table says why.

  --only TEXT  those whose name has this in it
  --jobs N     so many cores are kept busy (default: all)
  --list       what there is, with its command
  --help       this text

Exit status: 0 nothing failed; 1 something did, and is told; 2 called wrongly.`;

const SILENCE_MS = 1_200_000;
/** Without a terminal the line of progress comes this often. */
const LINE_MS = 60_000;

/** One line in place on a terminal, and otherwise a line a minute; and one for each that ends. */
function openProgress(total) {
  const isTerminal = process.stderr.isTTY === true;
  const now = new Map();
  const done = { count: 0, failed: 0 };
  const show = () => {
    const parts = [...now].map(([name, said]) => (said === '' ? name : `${name}: ${said}`));
    const width = process.stderr.columns ?? 200;
    const text = `${done.count} of ${total} done, ${done.failed} failed | ${parts.join(' | ')}`.slice(0, width - 1);
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
  const showInPlace = () => {
    if (isTerminal) show();
  };
  const lines = isTerminal ? undefined : setInterval(show, LINE_MS);
  return {
    begin(name) {
      now.set(name, '');
      showInPlace();
    },
    said(name, line) {
      // Of what is a line in place itself only its text.
      now.set(name, line.split('\r').at(-1));
      showInPlace();
    },
    end(name, { verdict, did, why, seconds }) {
      now.delete(name);
      done.count += 1;
      if (verdict === 'failed') done.failed += 1;
      if (isTerminal) process.stderr.write('\r\u001b[K');
      console.error(`${done.count} of ${total}: ${name} ${verdict}, ${seconds.toFixed(0)} s: ${did}`);
      for (const line of why) console.error(`    ${line}`);
      showInPlace();
    },
    close() {
      clearInterval(lines);
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  };
}

async function main(chosen, jobs) {
  const begun = performance.now();
  const progress = openProgress(chosen.length);
  const results = await runAll(chosen, jobs, async (entry) => {
    const from = performance.now();
    progress.begin(entry.name);
    const ended = await runProcess(commandOf(entry), {
      cwd: root,
      env: { ...process.env, ...entry.env },
      silenceMs: SILENCE_MS,
      onLine: (line) => progress.said(entry.name, line),
    });
    const result = { name: entry.name, seconds: (performance.now() - from) / 1000, ...verdictOf(entry, ended) };
    progress.end(entry.name, result);
    return result;
  });
  progress.close();
  console.log(tableOf(results, (performance.now() - begun) / 1000));
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  for (const { name } of failed) {
    console.log(`${name} again: ${lineOf(chosen.find((each) => each.name === name))}`);
  }
  return failed.length === 0 ? 0 : 1;
}

/** Undefined: there is nothing to be done. @throws RangeError or TypeError with what is wrong. */
function parse() {
  const boolean = { type: 'boolean', default: false };
  const string = { type: 'string' };
  const { values } = parseArgs({ options: { only: string, jobs: string, list: boolean, help: boolean } });
  const { only = '', jobs: text = String(os.availableParallelism()), list, help } = values;
  const jobs = Number(text);
  if (!Number.isSafeInteger(jobs) || jobs < 1) throw new RangeError(`--jobs ${text}: a whole number from 1`);
  const chosen = LIST.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new RangeError(`--only ${only}: nothing has this in its name`);
  if (help) console.log(HELP);
  else if (list) {
    for (const entry of chosen) console.log(`${entry.name.padEnd(20)} ${lineOf(entry)}`);
  } else return { chosen, jobs };
  return undefined;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
}
try {
  const options = parse();
  if (options !== undefined) {
    void main(options.chosen, options.jobs).then((status) => {
      process.exitCode = status;
    });
  }
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  console.error(`evidence: ${error.message}. See --help`);
  process.exitCode = 2;
}
