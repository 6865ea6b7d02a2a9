/** What a search is given, and what it finds. */

import type { Choice } from './evidence.js';
import type { Effect, Input } from './model.js';

/** What was found. */
export interface Exploration {
  readonly model: string;
  /** Distinct states, and steps from one to another that were tried and changed something. */
  readonly states: number;
  readonly steps: number;
  /** Whether there is nothing left: false when the search stopped at its limit. */
  readonly isComplete: boolean;
  /** The longest of the shortest ways from the beginning to a state, in steps. */
  readonly depth: number;
  readonly violation:
    | {
        readonly message: string;
        readonly path: readonly PathStep[];
        /** What the last step threw, if it did. */
        readonly thrown: unknown;
      }
    | undefined;
}

/** A violation as a search has it: the step to what is wrong, and the number of the state before that. */
export interface FoundViolation {
  readonly message: string;
  readonly parent: number;
  readonly step: PathStep;
  readonly thrown: unknown;
}

/** One step of a counter-example. */
export interface PathStep {
  readonly component: string;
  /** What came to it, or what it did of itself. */
  readonly cause: { readonly from: number; readonly input: Input } | { readonly action: string };
  readonly effects: readonly Effect[];
}

export interface ExploreOptions {
  /** Stops when there are this many states. Default: never. */
  readonly stateLimit?: number;
  /** Called now and then. Throw to stop. */
  readonly onProgress?: (states: number, depth: number, waiting: number) => void;
}

/** A search, written down. */
export interface SearchDump {
  readonly plain: {
    readonly locals: readonly (readonly unknown[])[];
    readonly effects: readonly Effect[];
    readonly done: number;
    readonly depth: number;
    readonly steps: number;
    readonly reached: readonly string[];
    readonly choices: readonly Choice[];
    readonly violation: FoundViolation | undefined;
  };
  readonly arrays: {
    readonly low: Uint32Array;
    readonly high: Uint32Array;
    readonly parents: Uint32Array;
    readonly level: Int32Array;
    readonly numbers: Uint32Array;
    readonly next: Int32Array;
    readonly nextNumbers: Uint32Array;
  };
}
