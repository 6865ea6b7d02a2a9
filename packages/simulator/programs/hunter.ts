/** A process that hunts for one mutant: its parent names it, and hears how it goes and how it ended. */

import { register } from 'node:module';
import type { Quarry } from './mutants/hunt.js';
import type { HookData } from './source-hook.js';
import type { Verdict } from './source-mutants/battery.js';

/** What a hunter is to do. */
export type Errand =
  /** A mutant of a step, by its name. */
  | { readonly type: 'step'; readonly name: string }
  /** The worlds of a stage of the battery, with the protocol as it is: nothing may be found. */
  | { readonly type: 'unbroken'; readonly stage: string }
  /** A mutant of the source. */
  | { readonly type: 'source'; readonly hook: HookData; readonly isFirstOnly: boolean };

/** What a hunter tells its parent. */
export type HunterReport =
  | { readonly type: 'progress' }
  | { readonly type: 'quarry'; readonly quarry: Quarry }
  | { readonly type: 'verdict'; readonly verdict: Verdict };

function tell(report: HunterReport): void {
  process.send?.(report);
}

function onProgress(): void {
  tell({ type: 'progress' });
}

/** The protocol is loaded only now, by a hook that puts the fault in. */
async function go(errand: Errand): Promise<void> {
  if (errand.type === 'step') {
    const { hunt, MUTANTS } = await import('./mutants/hunt.js');
    const mutant = MUTANTS.find(({ name }) => name === errand.name);
    if (mutant === undefined) throw new Error(`there is no mutant ${errand.name}`);
    tell({ type: 'quarry', quarry: hunt(mutant, onProgress) });
  } else if (errand.type === 'unbroken') {
    const { runBattery } = await import('./source-mutants/battery.js');
    tell({ type: 'verdict', verdict: runBattery(errand.stage, true, onProgress) });
  } else {
    register('./source-hook.js', { parentURL: import.meta.url, data: errand.hook });
    const { runBattery } = await import('./source-mutants/battery.js');
    const { first } = errand.hook.mutant;
    tell({ type: 'verdict', verdict: runBattery(first, errand.isFirstOnly, onProgress) });
  }
  process.disconnect();
}

process.once('message', (errand: Errand) => {
  go(errand).catch((error: unknown) => {
    console.error(error);
    process.exit(70);
  });
});
