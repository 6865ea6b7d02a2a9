/** `npm run bench:remote`: see its help. */

import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { median } from '../measure.js';
import { measureBare } from '../peers/bare.js';
import { measureErlang } from '../peers/erlang.js';
import type { PeerFigures, PeerSizes } from '../peers/figures.js';
import { measureGrpc } from '../peers/grpc.js';
import { measureRemote } from '../peers/remote.js';
import { type BarRow, barChart, svgBarChart } from '../plot.js';

const HELP = `Measures 200-byte messages between two processes on loopback: an actor of @parliament/remote to another,
against Erlang's distribution (Debian's erlang-nox; left out when erl is not installed) and a bidirectional stream of
@grpc/grpc-js, in turns, in one run; and, there and back, what bare sockets of Node.js and of ws take. Ratios are those of the medians; 1: equally fast, 2: ours is twice as fast.

  npm run bench:remote -- [options]

  --rounds N      rounds of each that count (default 5; each has a warm-up of its own)
  --messages N    messages one way in a round (default 300,000)
  --pings N       round trips in a round (default 20,000)
  --svg FILE      writes the plot as a picture, too
  --json          the figures as one line of JSON
  --help          this text

Ends with 1 when a target is missed, and with 2 when an option makes no sense.
`;

/** What each is to be compared with, and by how much ours is to be as fast, one way and there and back. */
const PEERS = [
  { name: 'parliament', measure: (sizes: PeerSizes) => measureRemote(sizes) },
  { name: 'parliament, plain nact actors', measure: (sizes: PeerSizes) => measureRemote(sizes, 'nact') },
  { name: 'Erlang distribution', measure: measureErlang, rate: 1, roundTrip: 1 },
  { name: 'gRPC stream', measure: measureGrpc, rate: 4 },
] as const;

/** What no program on Node.js can be faster than, there and back. */
const FLOORS = [
  { name: 'bare ws', measure: (sizes: PeerSizes) => measureBare('ws', sizes) },
  { name: 'bare node:net', measure: (sizes: PeerSizes) => measureBare('net', sizes) },
] as const;

interface Floor {
  readonly name: string;
  readonly roundTripUs: number;
}

interface Line {
  readonly name: string;
  readonly rate: number;
  readonly roundTripUs: number;
  /** Ours by theirs, and what it should be at least. */
  readonly rateRatio: number;
  readonly rateTarget: number | undefined;
  /** Theirs by ours, so that more is better here, too. */
  readonly roundTripRatio: number;
  readonly roundTripTarget: number | undefined;
}

async function measure(rounds: number, sizes: PeerSizes): Promise<{ lines: Line[]; floors: Floor[] }> {
  const figures = new Map<string, PeerFigures[]>();
  const trips = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, measure: measurePeer } of PEERS) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name}: round ${round} of ${rounds}`);
      const found = await measurePeer(sizes);
      if (found !== undefined) figures.set(name, [...(figures.get(name) ?? []), found]);
    }
    for (const floor of FLOORS) {
      trips.set(floor.name, [...(trips.get(floor.name) ?? []), await floor.measure(sizes)]);
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const medians = new Map(
    [...figures].map(([name, all]) => [
      name,
      { rate: median(all.map(({ rate }) => rate)), roundTripUs: median(all.map((each) => each.roundTripUs)) },
    ]),
  );
  const ours = medians.get(PEERS[0].name) as PeerFigures;
  const lines = PEERS.flatMap((peer) => {
    const theirs = medians.get(peer.name);
    if (theirs === undefined) return [];
    return {
      name: peer.name,
      ...theirs,
      rateRatio: ours.rate / theirs.rate,
      rateTarget: 'rate' in peer ? peer.rate : undefined,
      roundTripRatio: theirs.roundTripUs / ours.roundTripUs,
      roundTripTarget: 'roundTrip' in peer ? peer.roundTrip : undefined,
    };
  });
  return { lines, floors: [...trips].map(([name, all]) => ({ name, roundTripUs: median(all) })) };
}

function verdict(ratio: number, target: number | undefined): string {
  if (target === undefined) return ratio.toFixed(2);
  return `${ratio.toFixed(2)} (≥ ${target}: ${ratio >= target ? 'ok' : 'MISSED'})`;
}

const CHART_WIDTH = 100;
const PICTURE_WIDTH = 720;

function print(lines: readonly Line[], floors: readonly Floor[], svg: string | undefined): void {
  const rates: BarRow[] = lines.map(({ name, rate }) => ({ label: name, value: rate, unit: 'msg/s' }));
  const trips: BarRow[] = [...lines, ...floors].map(({ name, roundTripUs }) => ({
    label: name,
    value: roundTripUs,
    unit: 'µs',
  }));
  console.log(`${barChart('Messages of 200 bytes one way, per second (more is better)', rates, CHART_WIDTH)}\n`);
  console.log(`${barChart('There and back, one at a time (less is better)', trips, CHART_WIDTH)}\n`);
  for (const { name, rateRatio, rateTarget, roundTripRatio, roundTripTarget } of lines.slice(1)) {
    const trip = verdict(roundTripRatio, roundTripTarget);
    console.log(`parliament by ${name}: rate ${verdict(rateRatio, rateTarget)}, round trip ${trip}`);
  }
  if (svg !== undefined) fs.writeFileSync(svg, svgBarChart('Messages of 200 bytes one way', rates, PICTURE_WIDTH));
}

function isMet(ratio: number, target: number | undefined): boolean {
  return target === undefined || ratio >= target;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new RangeError(`--${name} ${text}: a whole number, 1 or more`);
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      messages: { type: 'string', default: '300000' },
      pings: { type: 'string', default: '20000' },
      svg: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const rounds = wholeNumber('rounds', values.rounds);
  const sizes = { messages: wholeNumber('messages', values.messages), pings: wholeNumber('pings', values.pings) };
  const { lines, floors } = await measure(rounds, sizes);
  const [cpu] = os.cpus();
  const machine = { node: process.version, cpu: cpu?.model ?? 'unknown', cores: os.cpus().length, rounds, ...sizes };
  if (values.json) console.log(JSON.stringify({ ...machine, lines, floors }));
  else {
    console.log(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}, medians of ${rounds} rounds\n`);
    print(lines, floors, values.svg);
  }
  const missed = lines.some(
    (line) => !isMet(line.rateRatio, line.rateTarget) || !isMet(line.roundTripRatio, line.roundTripTarget),
  );
  if (missed) process.exitCode = 1;
}

try {
  await run();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}; see --help\n`);
  process.exitCode = 2;
}
