#!/usr/bin/env node
// Real nodes under network faults; see its help.

import { parseArgs } from 'node:util';
import { FAULTS } from './chaos/faults.mjs';
import { obstacle } from './chaos/network.mjs';
import { NAMES, openWorld, pause } from './chaos/world.mjs';

const HELP = `npm run chaos:remote -- [--mode MODE] [--seconds N] [--reconnects N] [--seed N] [--json]

Three nodes in processes of their own send numbered messages to one another, watch actors that they spawn at the others, and remember
references, while the network is cut, delayed and altered, and processes are stopped and killed. What must not be:

  - a message changed, twice, out of order, or lost while its sender's link stayed up
  - a monitor without its one DOWN, or a call of an actor that has ended, or of a node's earlier life, that is answered
  - nodes that are not linked again thirty seconds after a fault

  --mode MODE      proxy: connections through proxies, which also flip bytes; netns: hosts in network namespaces (root, iproute2);
                   default: netns where it can be, else proxy
  --seconds N      how long (default 30), and until each kind of fault has come
  --reconnects N   instead, so many times a connection is lost (proxy only)
  --seed N         of the schedule (default: of the clock); it does not make real processes repeat themselves
  --json           the result as one line of JSON
  --help           this text

Exit status: 0 nothing was found; 1 something was, and is told; 2 called wrongly.`;

/** No progress for so long is a failure, also on a machine that has other things to do. */
const RELINK_MS = 30_000;
const SETTLE_MS = 1500;
const BASE_PORT = 24_000;

function whole(name, text, least) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number, ${least} or more`);
}

function parse() {
  const string = /** @type {const} */ ({ type: 'string' });
  const { values } = parseArgs({
    options: {
      mode: string,
      seconds: { ...string, default: '30' },
      reconnects: string,
      seed: string,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { mode, json, help } = values;
  if (mode !== undefined && !Object.hasOwn(FAULTS, String(mode)))
    throw new RangeError(`--mode ${mode}: proxy or netns`);
  const reconnects = values.reconnects === undefined ? undefined : whole('reconnects', values.reconnects, 1);
  if (reconnects !== undefined && mode === 'netns') throw new RangeError('--reconnects: proxy only');
  const seed = values.seed === undefined ? Date.now() % 2 ** 32 : whole('seed', values.seed, 0);
  return { mode, json, help, reconnects, seed, seconds: whole('seconds', values.seconds, 1) };
}

/** Numbers from 0 to 1: mulberry32, which is enough for a schedule. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waits until all are linked; gives how long that took, or undefined. */
async function relinked(world) {
  const begin = performance.now();
  while (performance.now() - begin < RELINK_MS) {
    await pause(10);
    if (world.isWhole()) return performance.now() - begin;
  }
  return undefined;
}

/** On a terminal a line in place; otherwise a line every ten seconds, so that it is seen to go on. */
let toldAt = performance.now();
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (performance.now() - toldAt > 10_000) {
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

async function run({ mode, seconds, reconnects, seed }) {
  const random = randomFrom(seed);
  const pick = (choices) => choices[Math.floor(random() * choices.length)];
  const world = await openWorld(mode, random, BASE_PORT + Math.floor(Math.random() * 200) * 20);
  const stop = () => {
    world.end();
    process.exit(1);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const faults = {};
  const problems = [];
  let worstRelinkMs = 0;
  try {
    for (const name of [...NAMES].reverse()) await world.start(name);
    if ((await relinked(world)) === undefined) problems.push('the nodes did not find one another at the start');
    const until = performance.now() + seconds * 1000;
    const kinds = reconnects === undefined ? Object.keys(FAULTS[mode]) : ['lost connection'];
    // Each kind comes, however short the run is, and however slow the machine.
    const isDue = (done) =>
      reconnects === undefined ? done < kinds.length || performance.now() < until : done < reconnects;
    for (let done = 0; isDue(done); done += 1) {
      const kind = done < kinds.length ? kinds[done] : pick(kinds);
      faults[kind] = (faults[kind] ?? 0) + 1;
      progress(
        `${done + 1} faults, ${world.reports().reduce((sum, report) => sum + (report?.received ?? 0), 0)} messages`,
      );
      await FAULTS[mode][kind](world, pick);
      const tookMs = await relinked(world);
      if (tookMs === undefined) problems.push(`not linked again within ${RELINK_MS} ms after: ${kind}`);
      else worstRelinkMs = Math.max(worstRelinkMs, Math.round(tookMs));
      if (problems.length > 0) break;
    }
    await pause(SETTLE_MS);
  } finally {
    progress('');
    world.end();
  }
  return { mode, seed, faults, worstRelinkMs, ...summary(world.lives.map(({ report }) => report)), problems };
}

function summary(reports) {
  const total = (key) => reports.reduce((sum, report) => sum + (report[key] ?? 0), 0);
  const merged = (key) => {
    const all = {};
    for (const report of reports) {
      for (const [name, number] of Object.entries(report[key])) all[name] = (all[name] ?? 0) + number;
    }
    return all;
  };
  return {
    sent: total('sent'),
    received: total('received'),
    lostWithTheirLink: total('lost'),
    violations: total('violations'),
    found: reports.flatMap(({ found }) => found),
    monitors: total('monitors'),
    downs: merged('downs'),
    calls: merged('calls'),
    events: merged('events'),
  };
}

function print({ found, problems, ...figures }) {
  for (const [name, value] of Object.entries(figures)) {
    const text =
      typeof value === 'object'
        ? Object.entries(value)
            .map(([key, each]) => `${key} ${each}`)
            .join(', ')
        : value;
    console.log(`${name.padEnd(18)} ${text}`);
  }
  for (const each of found) console.log(`VIOLATION: ${JSON.stringify(each)}`);
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
}

try {
  const options = parse();
  if (options.help) console.log(HELP);
  else {
    const why = options.mode === 'proxy' || options.reconnects !== undefined ? 'not asked for' : obstacle();
    if (options.mode === 'netns' && why !== undefined) throw new RangeError(`--mode netns: not here (${why})`);
    const result = await run({ ...options, mode: why === undefined ? 'netns' : 'proxy' });
    if (options.json) console.log(JSON.stringify(result));
    else print(result);
    process.exitCode = result.violations > 0 || result.problems.length > 0 ? 1 : 0;
  }
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}; see --help\n`);
  process.exitCode = 2;
}
