/** `npm run bench`: see its help. */

import os from 'node:os';
import { startSystem, stopSystem } from '@parliament/otp';
import { compare, isMet, type Outcome } from '../measure.js';
import { chosen, HELP, type Options, parseOptions } from '../options.js';
import { otpComparisons } from '../otp.js';
import { plotOf, tableOf } from '../table.js';

const WARM_UPS = 3;

async function run({ rounds, only, json }: Options): Promise<boolean> {
  const system = startSystem();
  const outcomes: Outcome[] = [];
  for (const comparison of chosen(await otpComparisons(system), only)) {
    const beforeSide = (round: number): void => {
      const progress = `${comparison.name}: round ${round + WARM_UPS + 1} of ${rounds + WARM_UPS}`;
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progress}`);
      // The garbage of one side is not to fall on the other.
      globalThis.gc?.();
    };
    outcomes.push(await compare(comparison, rounds, WARM_UPS, beforeSide));
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
  await stopSystem(system);
  const [cpu] = os.cpus();
  const machine = { node: process.version, cpu: cpu?.model ?? 'unknown', cores: os.cpus().length, rounds };
  if (json) {
    console.log(JSON.stringify({ ...machine, outcomes }));
  } else {
    console.log(`Node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${rounds} rounds; rates per second\n`);
    console.log(`${tableOf(outcomes)}\n\n${plotOf(outcomes)}\n`);
    for (const { name, about } of outcomes) console.log(`${name}: ${about}`);
  }
  return outcomes.every(isMet);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else if (!(await run(options))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}; see --help\n`);
  process.exitCode = 2;
}
