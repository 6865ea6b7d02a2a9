/** The command line of the model checker. */

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { CONFIGURATIONS, type Configuration } from './checker/catalogue.js';
import { chartOf } from './checker/chart.js';
import type { Exploration, SearchDump } from './checker/findings.js';
import type { Model } from './checker/model.js';
import { PreludeError } from './checker/prelude.js';
import { Search } from './checker/search.js';
import { codeFolders, digestOf } from './code.js';
import { grouped, openProgress, start, WrongCall } from './lines.js';

const HELP = `npm run check -- [--deep] [--only TEXT] [--resume DIRECTORY]

Searches every state that small parliaments can come to, breadth first, with the shipped step functions: all orders of delivery,
losses, duplicates, timeouts, and crashes.

  --deep               to the end where there is one, and 100 million states in all; takes minutes, and gigabytes
  --only TEXT          models whose name has this in it
  --resume DIRECTORY   keeps what was searched there, once a minute, and goes on from it, as long as the code is the same
  --help               this text

Exit status: 0 nothing wrong was found; 1 something was, and the shortest way to it is printed, or a state that a model must come
to was not reached, or all states of a model are more or fewer than they were; 2 called wrongly.`;

/** A search is written down this often, in milliseconds. */
const SAVE_MS = 60_000;

async function main(args: string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const { values } = parseArgs({ args, options: { deep: boolean, only: string, resume: string, help: boolean } });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const chosen = CONFIGURATIONS.filter(({ name }) => name.includes(values.only ?? ''));
  if (chosen.length === 0) throw new WrongCall(`--only ${values.only}: no model has this in its name`);
  const total = { states: 0, seconds: 0, wrong: 0 };
  for (const configuration of chosen) {
    const begun = performance.now();
    const model = buildOrTell(configuration);
    if (model === undefined) {
      total.wrong += 1;
      continue;
    }
    const { found, kept, missed } = search(configuration, model, values.deep === true, values.resume);
    const isOther = found.isComplete && configuration.states !== undefined && found.states !== configuration.states;
    const seconds = (performance.now() - begun) / 1000;
    total.states += found.states - kept;
    total.seconds += seconds;
    if (found.violation !== undefined || missed.length > 0 || isOther) total.wrong += 1;
    console.log(report(found, kept, seconds));
    // A search in which what it is about never happens proves nothing.
    for (const goal of missed) console.log(`  NOT REACHED: ${goal}`);
    // Nor does one that has become smaller for no reason that anybody knows of.
    if (isOther) {
      console.log(
        `  OTHER STATES: there were ${grouped(configuration.states ?? 0)}. Is the difference meant? Then catalogue.ts and the README say so`,
      );
    }
    for (const line of chartOf(found)) console.log(line);
  }
  const rate = grouped(total.states / Math.max(total.seconds, 0.001));
  console.log(`${grouped(total.states)} distinct states in ${total.seconds.toFixed(1)} s, ${rate} a second`);
  return total.wrong === 0 ? 0 : 1;
}

/** What was found, and how many of its states were known before. */
interface Finding {
  readonly found: Exploration;
  readonly kept: number;
  /** What should have happened in it, and did not. */
  readonly missed: readonly string[];
}

/** A model; undefined, after it was told, when its members do not do what it begins with. */
function buildOrTell({ name, build }: Configuration): Model | undefined {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof PreludeError)) throw error;
    console.log(`${name}: NOT BEGUN: ${error.message}`);
    return undefined;
  }
}

function search(configuration: Configuration, model: Model, isDeep: boolean, directory: string | undefined): Finding {
  const stateLimit = isDeep ? configuration.deepLimit : configuration.limit;
  const folder = directory === undefined ? undefined : path.join(directory, model.name.replace(/\W+/g, '-'));
  const search = (folder === undefined ? undefined : loadOrExplain(folder, model)) ?? new Search(model);
  const kept = folder === undefined ? 0 : search.states;
  const progress = openProgress();
  let savedAt = performance.now();
  const onProgress = (states: number, depth: number, waiting: number): void => {
    const part = Number.isFinite(stateLimit) ? states / stateLimit : depth / 40;
    progress.show(
      part,
      `${model.name}: ${grouped(states)} states, ${depth} steps deep, ${grouped(waiting)} to go there`,
    );
    if (folder === undefined || performance.now() - savedAt < SAVE_MS) return;
    save(folder, search.dump());
    savedAt = performance.now();
  };
  const found = search.run({ stateLimit, onProgress });
  progress.end();
  if (folder !== undefined) save(folder, search.dump());
  return { found, kept, missed: found.violation === undefined ? search.missed : [] };
}

/** Where what was saved before is while something newer takes its place. */
function formerOf(folder: string): string {
  return `${folder}.former`;
}

/** Written aside and renamed, so that a search that is stopped while it saves can go on from what it saved before. */
function save(folder: string, { plain, arrays }: SearchDump): void {
  const aside = `${folder}.new`;
  fs.rmSync(aside, { recursive: true, force: true });
  fs.mkdirSync(aside, { recursive: true });
  fs.writeFileSync(path.join(aside, 'code'), digestOf(codeFolders()));
  fs.writeFileSync(path.join(aside, 'plain'), serialize(plain));
  for (const [name, array] of Object.entries(arrays)) {
    fs.writeFileSync(path.join(aside, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  const former = formerOf(folder);
  if (fs.existsSync(folder)) {
    fs.rmSync(former, { recursive: true, force: true });
    fs.renameSync(folder, former);
  }
  fs.renameSync(aside, folder);
  fs.rmSync(former, { recursive: true, force: true });
}

function loadOrExplain(folder: string, model: Model): Search | undefined {
  try {
    return load(folder, model);
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    throw new WrongCall(`--resume: ${folder} holds no search that can go on (${cause}); name another directory`);
  }
}

function load(name: string, model: Model): Search | undefined {
  const folder = [name, formerOf(name)].find((each) => fs.existsSync(each));
  if (folder === undefined) return undefined;
  // States that other code has come to say nothing about this one.
  const code = fs.readFileSync(path.join(folder, 'code'), 'utf8');
  if (code !== digestOf(codeFolders())) throw new Error('it was begun with other code');
  const words = (name: string): ArrayBuffer => {
    const bytes = fs.readFileSync(path.join(folder, name));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  const plain = deserialize(fs.readFileSync(path.join(folder, 'plain'))) as SearchDump['plain'];
  return Search.restore(model, {
    plain,
    arrays: {
      low: new Uint32Array(words('low')),
      high: new Uint32Array(words('high')),
      parents: new Uint32Array(words('parents')),
      level: new Int32Array(words('level')),
      numbers: new Uint32Array(words('numbers')),
      next: new Int32Array(words('next')),
      nextNumbers: new Uint32Array(words('nextNumbers')),
    },
  });
}

function report(found: Exploration, kept: number, seconds: number): string {
  const { model, states, steps, isComplete, depth, violation } = found;
  const end = violation !== undefined ? 'VIOLATION' : isComplete ? 'all of it' : 'to its limit';
  const rate = `${grouped((states - kept) / seconds)} states a second`;
  return `${model}: ${grouped(states)} states by ${grouped(steps)} steps, ${end}, ${depth} deep; ${seconds.toFixed(1)} s, ${rate}`;
}

await start('check', main);
