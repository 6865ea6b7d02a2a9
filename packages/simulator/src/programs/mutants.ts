/** The command line of the mutants: hunts for each, and prints a table. */

import { parseArgs } from 'node:util';
import { hunt, MUTANTS } from '../mutants/hunt.js';
import { grouped, start } from './lines.js';

const HELP = `npm run mutants -- [--only TEXT]

Breaks the protocol on purpose, one rule at a time, and sees to it that the model checker or the simulator notices.

  --only TEXT    mutants whose name has this in it
  --help         this text

Exit status: 0 all were killed; 1 one survived; 2 called wrongly.`;

function main(args: string[]): number {
  const { values } = parseArgs({ args, options: { only: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const chosen = MUTANTS.filter(({ name }) => name.includes(values.only ?? ''));
  if (chosen.length === 0) throw new RangeError(`--only ${values.only}: no mutant has this in its name`);
  let survivors = 0;
  for (const mutant of chosen) {
    const { isKilled, killer, effort, message } = hunt(mutant);
    if (!isKilled) survivors += 1;
    const what = killer.startsWith('model') ? 'states' : 'events';
    console.log(
      `${isKilled ? 'killed' : 'SURVIVED'} | ${mutant.role} that ${mutant.name} | pitfall ${mutant.pitfalls}`,
    );
    console.log(`         by ${killer}, after ${grouped(effort)} ${what}: ${message.slice(0, 110)}`);
  }
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants killed`);
  return survivors === 0 ? 0 : 1;
}

await start('mutants', main);
