/** All mutants of the source. */

import { ACCEPTOR_LINES } from './acceptor-lines.js';
import { LEADER_LINES } from './leader-lines.js';
import { QUORUM_LINES } from './quorum-lines.js';
import { REPLICA_LINES } from './replica-lines.js';
import type { SourceMutant } from './source-mutant.js';

export const SOURCE_MUTANTS: readonly SourceMutant[] = [
  ...ACCEPTOR_LINES,
  ...QUORUM_LINES,
  ...REPLICA_LINES,
  ...LEADER_LINES,
];
