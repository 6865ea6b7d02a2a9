/** Hunts for a mutant: in the model or the worlds where it must be found. */

import { Violation } from '#src/world/oracle.js';
import { run } from '#src/world/run.js';
import { CONFIGURATIONS } from '../checker/catalogue.js';
import { Search } from '../checker/search.js';
import { ACCEPTOR_MUTANTS } from './acceptor-mutants.js';
import { LEARNER_MUTANTS } from './learner-mutants.js';
import { MEMBER_MUTANTS } from './member-mutants.js';
import type { Mutant } from './mutant.js';
import { PROPOSER_MUTANTS } from './proposer-mutants.js';

/** All of them, with the role that each is a fault of. */
export const MUTANTS: readonly (Mutant & { readonly role: string })[] = [
  ...ACCEPTOR_MUTANTS.map((mutant) => ({ ...mutant, role: 'acceptor' })),
  ...LEARNER_MUTANTS.map((mutant) => ({ ...mutant, role: 'learner' })),
  ...PROPOSER_MUTANTS.map((mutant) => ({ ...mutant, role: 'proposer' })),
  ...MEMBER_MUTANTS.map((mutant) => ({ ...mutant, role: 'member' })),
];

/** How a hunt ended. */
export interface Quarry {
  readonly isKilled: boolean;
  /** Who looked: `model …` or `worlds`. */
  readonly killer: string;
  /** States, or events of all worlds together, until it was found. */
  readonly effort: number;
  readonly message: string;
}

/** A model is searched so far, and so many worlds are run, before a mutant counts as one that survived. */
const STATE_LIMIT = 3_000_000;
const WORLD_LIMIT = 400;

/**
 * @param onProgress called again and again: a hunt that takes long does not stand still.
 * @throws Error when a step throws, or when the world that finds the mutant finds something in the protocol as it is, too.
 */
export function hunt({ steps, hunt: where }: Mutant, onProgress: () => void = () => {}): Quarry {
  if (where.type === 'model') {
    const configuration = CONFIGURATIONS.find(({ name }) => name === where.model);
    if (configuration === undefined) throw new Error(`there is no model ${where.model}`);
    const search = new Search(configuration.build(steps));
    const { states, violation } = search.run({ stateLimit: STATE_LIMIT, onProgress });
    if (violation?.thrown !== undefined) throw violation.thrown;
    const killer = `model: ${where.model}`;
    return { isKilled: violation !== undefined, killer, effort: states, message: violation?.message ?? 'it survived' };
  }
  let effort = 0;
  const { members, plan } = where;
  for (let seed = 1; seed <= WORLD_LIMIT; seed++) {
    onProgress();
    try {
      effort += run({ seed, members, steps, plan }).counts.events;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      // Who dies where the protocol as it is dies, too, is not killed.
      run({ seed, members, plan });
      return { isKilled: true, killer: `worlds: seed ${seed}`, effort, message: error.message };
    }
  }
  return { isKilled: false, killer: 'worlds', effort, message: 'it survived' };
}
