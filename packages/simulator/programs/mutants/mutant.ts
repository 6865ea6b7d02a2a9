/** A mutant: the protocol with one rule broken on purpose, and where that must be found. */

import type { Steps } from '#src/world/member.js';
import type { Fault, Plan } from '#src/world/plan.js';

/** Where a mutant is looked for. */
export type Hunt =
  /** In a model, by name. */
  | { readonly type: 'model'; readonly model: string }
  /** In worlds, one seed after the other. */
  | { readonly type: 'worlds'; readonly members: number; readonly plan: Partial<Plan> };

export interface Mutant {
  readonly name: string;
  /** The pitfalls that it stands for, by their numbers in the list of the README. */
  readonly pitfalls: string;
  readonly steps: Partial<Steps>;
  readonly hunt: Hunt;
}

/** In the model of this name. */
export function inModel(model: string): Hunt {
  return { type: 'model', model };
}

/** In worlds with these faults, and a plan in which they are likely to matter. */
export function inWorlds(faults: readonly Fault[], plan: Partial<Plan> = {}, members = 3): Hunt {
  return { type: 'worlds', members, plan: { faults: new Set(faults), thinkMs: 5, clients: 6, harmMs: 80, ...plan } };
}
