/** All mutants of the source. */

import { ACCEPTOR_LINES } from './acceptor-lines.js';
import { ELECTION_LINES } from './election-lines.js';
import { LEADER_LINES } from './leader-lines.js';
import { LEARNER_LINES } from './learner-lines.js';
import { MEMBER_LINES } from './member-lines.js';
import { QUORUM_LINES } from './quorum-lines.js';
import { READ_LINES } from './read-lines.js';
import { REPLICA_LINES } from './replica-lines.js';
import type { SourceMutant } from './source-mutant.js';

export const SOURCE_MUTANTS: readonly SourceMutant[] = [
  ...ACCEPTOR_LINES,
  ...QUORUM_LINES,
  ...ELECTION_LINES,
  ...LEADER_LINES,
  ...READ_LINES,
  ...LEARNER_LINES,
  ...MEMBER_LINES,
  ...REPLICA_LINES,
];
