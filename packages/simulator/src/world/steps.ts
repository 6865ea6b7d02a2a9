/** The step functions that a member is made of. */

import {
  afterAcceptor,
  applyDecision,
  createProposer,
  isKnown,
  noteRelapse,
  readReplica,
  recoverAcceptor,
  recoverLearner,
  resumeAcceptor,
  stepAcceptor,
  stepLearner,
  stepProposer,
  writeReplica,
} from '@parliament/synod';

/** The steps that a node takes. A test may put others in their place, to see that somebody notices. */
export interface Steps {
  readonly acceptor: typeof stepAcceptor;
  readonly learner: typeof stepLearner;
  readonly proposer: typeof stepProposer;
  readonly afterAcceptor: typeof afterAcceptor;
  readonly recoverAcceptor: typeof recoverAcceptor;
  readonly recoverLearner: typeof recoverLearner;
  readonly resumeAcceptor: typeof resumeAcceptor;
  readonly createProposer: typeof createProposer;
  readonly isKnown: typeof isKnown;
  readonly noteRelapse: typeof noteRelapse;
  readonly applyDecision: typeof applyDecision;
  readonly writeReplica: typeof writeReplica;
  readonly readReplica: typeof readReplica;
  /** Whether a member goes on after its disk said that a sync failed. */
  readonly heedsFailedSync: boolean;
}

/** The steps as they are shipped. */
export const SHIPPED_STEPS: Steps = {
  acceptor: stepAcceptor,
  learner: stepLearner,
  proposer: stepProposer,
  afterAcceptor,
  recoverAcceptor,
  recoverLearner,
  resumeAcceptor,
  createProposer,
  isKnown,
  noteRelapse,
  applyDecision,
  writeReplica,
  readReplica,
  heedsFailedSync: true,
};
