/** A process that runs its share of the worlds and models, with the branches of the protocol counted. */

import { register } from 'node:module';
import type { WorldOptions } from '#src/world/world.js';
import type { Configuration } from './checker/catalogue.js';
import type { Branches } from './coverage/branches.js';
import type { CoverageHookData } from './coverage-hook.js';

/** A share: every `stride`-th world and model, from the `first` on. */
export interface CoverageShare {
  readonly base: string;
  readonly first: number;
  readonly stride: number;
  readonly seeds: number;
  /** Every model is searched so far. */
  readonly states: number;
}

/** What comes back: the counts, or what was wrong. */
export type CoverageReport =
  | { readonly type: 'branches'; readonly branches: Branches }
  | { readonly type: 'violation'; readonly message: string };

/** For so many default worlds each sharpened plan has one: what happens seldom must not depend on the seeds. */
const DEFAULTS_PER_SHARPENED = 150;

const VARIABLE = 'branchesOfTheProtocol';

async function work({ base, first, stride, seeds, states }: CoverageShare): Promise<CoverageReport> {
  const data: CoverageHookData = { base, variable: VARIABLE };
  register('./coverage-hook.js', { parentURL: import.meta.url, data });
  const { CONFIGURATIONS } = await import('./checker/catalogue.js');
  const { Search } = await import('./checker/search.js');
  const { runBatch } = await import('./batch.js');
  for (let index = first; index < CONFIGURATIONS.length; index += stride) {
    const { violation, model } = new Search((CONFIGURATIONS[index] as Configuration).build()).run({
      stateLimit: states,
    });
    if (violation !== undefined) return { type: 'violation', message: `${model}: ${violation.message}` };
  }
  const { sharpenedWorlds } = await import('./source-mutants/battery.js');
  const { run } = await import('#src/world/run.js');
  const sharpened = sharpenedWorlds(Math.ceil(seeds / DEFAULTS_PER_SHARPENED));
  for (let index = first; index < sharpened.length; index += stride) run(sharpened[index] as WorldOptions);
  const worlds = runBatch({ first: 1 + first, count: seeds - first, stride, members: undefined, isPlain: false });
  let done = 0;
  for (const _ of worlds) done += 1;
  if (done === 0 && seeds > first) throw new Error('no world was run');
  const found = (globalThis as Record<string, unknown>)[VARIABLE] as Branches;
  const branches = Object.entries(found).map(([path, { branchMap, b }]) => [path, { branchMap, b }] as const);
  return { type: 'branches', branches: Object.fromEntries(branches) };
}

process.once('message', (share: CoverageShare) => {
  work(share)
    .then((report) => process.send?.(report, () => process.disconnect()))
    .catch((error: unknown) => {
      console.error(error);
      process.exit(70);
    });
});
