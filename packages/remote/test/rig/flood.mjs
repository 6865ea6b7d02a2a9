// npm run flood: a node under floods, with two good peers beside. See HELP.
import { parseArgs } from 'node:util';
import { FLOODS, measure, RSS_BYTES_MAX } from './flood/measure.mjs';

const RATIO_MIN = 0.5;
/** Here the good peers' actor also shares the thread with one that has all it can do. */
const RATIOS_MIN = { 'tiny items to an actor': 1 / 3, 'messages of most work': 1 / 3 };

const HELP = `npm run flood -- [--small] [--only TEXT] [--seconds N] [--connections N] [--json]

A node in a process of its own, two good peers that exchange messages of 200 bytes with it all the time, and a process that floods
it: with connections that say nothing or nonsense, with pings, with fragments of one byte, by never reading, with tiny items. The
node must stay under ${RSS_BYTES_MAX / 2 ** 20} MiB; the good peers must keep half of their rate (a third where an actor is kept busy
besides), lose nothing and get all in order. The flooder runs at the lowest priority, as it has no machine of its own. Needs Linux, and \`npm run build\` before.

  --small           1,000 connections, and a second for each flood; the rate is told, and not judged
  --only TEXT       floods whose name has this in it
  --seconds N       how long each flood is, and the time before it (default 8)
  --connections N   how many strangers come (default 10000)
  --json            the result as one line of JSON
  --help            this text

Exit status: 0 all goals were reached; 1 one was not; 2 called wrongly.`;

function parse(args) {
  const string = /** @type {const} */ ({ type: 'string' });
  const boolean = /** @type {const} */ ({ type: 'boolean' });
  const options = { small: boolean, only: string, seconds: string, connections: string, json: boolean, help: boolean };
  const { values } = parseArgs({ args, options });
  if (values.help) return undefined;
  const floods = FLOODS.filter((name) => name.includes(String(values.only ?? '')));
  if (floods.length === 0) throw new RangeError(`--only ${values.only}: no flood has this in its name`);
  const { small: isSmall = false } = values;
  return {
    floods,
    isSmall,
    isJson: values.json === true,
    seconds: whole(values.seconds, 'seconds', isSmall ? 1 : 8),
    connections: whole(values.connections, 'connections', isSmall ? 1000 : 10_000),
  };
}

/** @throws RangeError with what is wrong. */
function whole(text, name, fallback) {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new RangeError(`--${name} ${text}: a whole number from 1`);
}

async function main(options) {
  const { isJson, isSmall } = options;
  // A node of its own for each flood shows what each one does; one node for all is quicker.
  const runs = isSmall ? [options.floods] : options.floods.map((flood) => [flood]);
  const nodes = [];
  for (const floods of runs) {
    const result = await measure({ ...options, floods }, (flood) => {
      // Whoever takes the result is told that it goes on.
      if (isJson) console.error(lineOf(flood));
      else console.log(lineOf(flood));
    });
    const failures = failuresOf(result, isSmall);
    nodes.push({ ...result, failures });
    if (isJson) continue;
    console.log(`  the node took at most ${mebibytes(result.peakRss)}; links ended: ${JSON.stringify(result.downs)}`);
    for (const failure of failures) console.log(`  FAILED: ${failure}`);
  }
  if (isJson) console.log(JSON.stringify({ nodes }));
  return nodes.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

function failuresOf({ floods, peakRss, peers, downs }, isSmall) {
  const failures = [];
  for (const { flood, ratio, during, peakRss: peak } of floods) {
    if (peak > RSS_BYTES_MAX) failures.push(`${flood}: the node took ${mebibytes(peak)}`);
    if (during === 0) failures.push(`${flood}: no good message came through`);
    if (!isSmall && ratio < (RATIOS_MIN[flood] ?? RATIO_MIN))
      failures.push(`${flood}: ${ratio.toFixed(2)} of the good messages came through`);
  }
  if (peakRss > RSS_BYTES_MAX) failures.push(`the node took ${mebibytes(peakRss)} at some time`);
  for (const [index, { sent, received, disordered, lostLinks }] of peers.entries()) {
    if (sent !== received || disordered > 0) {
      failures.push(`peer ${index + 1}: ${sent} sent, ${received} came back, ${disordered} out of order`);
    }
    if (lostLinks > 0) failures.push(`peer ${index + 1}: its link was lost ${lostLinks} times`);
  }
  if (floods.some(({ flood }) => flood === 'never reading') && !('deaf overloaded' in downs)) {
    failures.push('never reading: the link was not ended as overloaded');
  }
  return failures;
}

function lineOf({ flood, before, during, ratio, rssBefore, peakRss, tally }) {
  const rates = `${grouped(before)} good messages a second before, ${grouped(during)} during: ${ratio.toFixed(2)}`;
  const memory = `${mebibytes(rssBefore)} before, at most ${mebibytes(peakRss)}`;
  return `${flood.padEnd(22)} | ${rates} | ${memory} | ${JSON.stringify(tally)}`;
}

function mebibytes(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function grouped(number) {
  return Math.round(number).toLocaleString('en');
}

function optionsOrExplain(args) {
  try {
    const options = parse(args);
    if (options === undefined) console.log(HELP);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`flood: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

const options = optionsOrExplain(process.argv.slice(2));
if (options !== undefined) process.exitCode = await main(options);
