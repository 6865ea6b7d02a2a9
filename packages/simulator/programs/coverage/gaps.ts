/**
 * Branches that could be taken by a world or a model, and are not yet: known gaps of the evidence, printed by `npm run coverage:protocol`
 * as such. Each file says what would come there. Some are taken now and then, as the seeds fall.
 */

import type { Exception } from './branches.js';

/** The branches of a file that are open: the line of the source, and the arm. */
interface Gaps {
  readonly file: string;
  /** What would come there. */
  readonly why: string;
  readonly branches: readonly (readonly [text: string, arm: string])[];
}

const GAPS: readonly Gaps[] = [];

export const OPEN_GAPS: readonly Exception[] = GAPS.flatMap(({ file, why, branches }) => {
  return branches.map(([text, arm]): Exception => ({ file, text, arm, why, isOpen: true }));
});
