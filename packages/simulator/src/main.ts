/** The command line of the simulator: many seeds, one after the other. */

import { parseArgs } from 'node:util';
import { type RunResult, run } from './world/run.js';

const HELP = `npm run simulate -- [--seeds N] [--seed N] [--members N]

Runs the shipped roles of Paxos in seeded worlds with a network that loses, delays, duplicates and reorders, and with members
that crash; checks every safety rule at every step, and that progress is made once the faults end.

  --seeds N      how many worlds (default 1000), with the seeds from --seed on
  --seed N       the first seed (default 1); with --seeds 1: replay that one
  --members N    members of each world (default 3)
  --help         this text

Exit status: 0 all worlds are sound; 1 one was not, and the line that replays it is printed; 2 called wrongly.`;

function whole(text: string | undefined, name: string, fallback: number, least: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`--${name} ${text}: a whole number from ${least}`);
}

function report(results: number, last: RunResult, total: { events: number; decided: number }, begun: number): string {
  const seconds = (performance.now() - begun) / 1000;
  const rate = Math.round(total.events / seconds).toLocaleString('en');
  return `${results} worlds to seed ${last.seed}: ${total.decided} slots decided, ${total.events} events, ${rate} a second`;
}

function main(args: string[]): number {
  let seeds: number;
  let first: number;
  let members: number;
  try {
    const string = { type: 'string' } as const;
    const options = { seeds: string, seed: string, members: string, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args, options });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    seeds = whole(values.seeds, 'seeds', 1000, 1);
    first = whole(values.seed, 'seed', 1, 0);
    members = whole(values.members, 'members', 3, 1);
  } catch (error) {
    console.error(`simulate: ${error instanceof Error ? error.message : error}. See --help`);
    return 2;
  }
  const begun = performance.now();
  const total = { events: 0, decided: 0 };
  let toldAt = begun;
  for (let seed = first; seed < first + seeds; seed++) {
    try {
      const result = run({ seed, members });
      total.events += result.counts.events;
      total.decided += result.decided;
      const isLast = seed === first + seeds - 1;
      if (isLast || performance.now() - toldAt > 2000) {
        toldAt = performance.now();
        console.log(report(seed - first + 1, result, total, begun));
      }
    } catch (error) {
      console.error(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
      console.error(`replay: npm run simulate -- --seed ${seed} --seeds 1 --members ${members}`);
      return 1;
    }
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
