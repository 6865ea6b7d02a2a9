/** The command line of the mutants: hunts for each, and prints a table. */

import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import type { Errand } from './hunter.js';
import { type Catch, huntAll } from './hunters.js';
import { grouped, start, WrongCall, whole } from './lines.js';
import { MUTANTS } from './mutants/hunt.js';
import { BATTERY } from './source-mutants/battery.js';
import { SOURCE_MUTANTS } from './source-mutants/index.js';
import { mutated, type SourceMutant, StaleMutantError } from './source-mutants/source-mutant.js';

const HELP = `npm run mutants -- [--only TEXT] [--kind KIND] [--jobs N] [--first-only] [--list]

Breaks the protocol on purpose, one rule or one line at a time, and sees to it that the model checker or the simulator notices. When
all are hunted, the worlds are first played with the protocol as it is: there must be nothing to notice.

  --only TEXT    mutants whose name or file has this in it
  --kind KIND    step: other step functions; source: other lines in the built code (default: both)
  --jobs N       so many at a time (default: one for each core)
  --first-only   of the battery only the stage that a mutant of the source says comes first: is what it says still right?
  --list         names them, with what each changes, and hunts for none
  --help         this text

Exit status: 0 all were killed; 1 one survived; 2 called wrongly, or a mutant does not fit the source any longer.`;

/** A mutant of either kind: how it is called, what is to be done, and how its source differs. */
interface Chosen {
  readonly title: string;
  readonly text: string;
  readonly errand: Errand;
  readonly lines: readonly string[];
}

async function main(args: string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const options = {
    only: string,
    kind: string,
    jobs: string,
    list: boolean,
    'first-only': boolean,
    help: boolean,
  };
  const { values } = parseArgs({ args, options });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  if (values.kind !== undefined && values.kind !== 'step' && values.kind !== 'source') {
    throw new WrongCall(`--kind ${values.kind}: step or source`);
  }
  const jobs = whole(values.jobs, 'jobs', os.availableParallelism(), 1);
  const all = [
    ...(values.kind === 'source' ? [] : stepMutants()),
    ...(values.kind === 'step' ? [] : sourceMutants(values['first-only'] === true)),
  ];
  const chosen = all.filter(({ text }) => text.includes(values.only ?? ''));
  if (chosen.length === 0) throw new WrongCall(`--only ${values.only}: no mutant has this in its name or file`);
  if (values.list === true) {
    for (const { title, lines } of chosen) for (const line of [title, ...lines]) console.log(line);
    return 0;
  }
  // Who dies where the protocol as it is dies, too, is not killed. Searching all models is the business of `npm run check`.
  if (chosen.length === all.length && !(await isUnbroken(jobs))) return 1;
  return hunt(chosen, jobs);
}

/** Whether no stage with worlds finds anything in the protocol as it is. */
async function isUnbroken(jobs: number): Promise<boolean> {
  const stages = BATTERY.map(({ name }) => name).filter((name) => name.startsWith('worlds'));
  const errands = stages.map((stage): Errand => ({ type: 'unbroken', stage }));
  let isSound = true;
  await huntAll(errands, jobs, (_, found) => {
    const fault = killerOf(found);
    if (fault === undefined) return;
    isSound = false;
    console.error(`mutants: the protocol as it is does not pass: ${fault}`);
  });
  if (isSound) console.log(`the protocol as it is passes ${stages.length} stages of worlds`);
  return isSound;
}

async function hunt(chosen: readonly Chosen[], jobs: number): Promise<number> {
  const begun = performance.now();
  let survivors = 0;
  await huntAll(
    chosen.map(({ errand }) => errand),
    jobs,
    (index, found, seconds) => {
      const { title, lines } = chosen[index] as Chosen;
      const killer = killerOf(found);
      if (killer === undefined) survivors += 1;
      console.log(`${killer === undefined ? 'SURVIVED' : 'killed'} | ${title} | ${seconds.toFixed(1)} s`);
      if (killer !== undefined) console.log(`         ${killer}`);
      else for (const line of lines) console.log(line);
    },
  );
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants killed in ${seconds} s`);
  return survivors === 0 ? 0 : 1;
}

/** Who noticed a mutant, and how; undefined when nobody did. */
function killerOf(found: Catch): string | undefined {
  if (found.type === 'lost') return found.how === 'hangs' ? 'a step never returned' : 'its process died';
  if (found.type === 'quarry') {
    const { isKilled, killer, effort, message } = found.quarry;
    const what = killer.startsWith('model') ? 'states' : 'events';
    return isKilled ? `by ${killer}, after ${grouped(effort)} ${what}: ${message.slice(0, 110)}` : undefined;
  }
  if (found.verdict === undefined) return undefined;
  const { kind, stage, effort, message } = found.verdict;
  const what = stage.startsWith('model') ? 'states' : 'worlds';
  return `${kind} in ${stage}, after ${grouped(effort)} ${what}: ${message.slice(0, 130)}`;
}

function stepMutants(): Chosen[] {
  return MUTANTS.map(({ name, role, pitfalls }) => {
    return {
      title: `${role} that ${name} | pitfall ${pitfalls}`,
      text: name,
      errand: { type: 'step', name },
      lines: [],
    };
  });
}

/** All mutants of the source. @throws WrongCall when some do not fit it: all of them are named. */
function sourceMutants(isFirstOnly: boolean): Chosen[] {
  const base = new URL('./', import.meta.resolve('@parliament/synod')).href;
  const stale: string[] = [];
  const found = SOURCE_MUTANTS.map((mutant): Chosen => {
    const { name, rule, file, find, put } = mutant;
    const lines = [`         ${file}.js: ${find}`, `         ${' '.repeat(file.length)}  => ${put}`];
    const problem = problemOf(base, mutant);
    if (problem !== undefined) stale.push(problem);
    return {
      title: `${file}: ${name} | ${rule}`,
      text: `${file}: ${name}`,
      errand: { type: 'source', hook: { base, mutant }, isFirstOnly },
      lines,
    };
  });
  if (stale.length > 0) throw new WrongCall(stale.join('\n'));
  return found;
}

function problemOf(base: string, mutant: SourceMutant): string | undefined {
  try {
    mutated(fs.readFileSync(new URL(`${mutant.file}.js`, base), 'utf8'), mutant);
    return undefined;
  } catch (error) {
    if (error instanceof StaleMutantError) return error.message;
    throw error;
  }
}

await start('mutants', main);
