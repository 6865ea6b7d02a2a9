export * from './acceptor.js';
export * from './ballot.js';
export { type ChunkReader, joinChunks, readChunks } from './chunks.js';
export * from './configuration.js';
export * from './decree.js';
export * from './founding.js';
export * from './learner.js';
export type { LearnerSizes, LearnerState, LearnerTrouble } from './learner-state.js';
export { holdsLease } from './marks.js';
export * from './member.js';
export * from './messages.js';
export {
  createOnDisk,
  type DecisionRecord,
  durableUpTo,
  noteRewritten,
  noteSaved,
  type OnDisk,
  takeMissing,
} from './on-disk.js';
export { createPace, noteAnswered, noteAsked, notePatience, type Pace, pauseOf } from './pacing.js';
export * from './proposer.js';
export * from './proposer-state.js';
export * from './quorum.js';
export * from './random.js';
export * from './records.js';
export * from './replica.js';
export * from './sessions.js';
export * from './slot.js';
export type { Snapshot } from './snapshot.js';
export { allOf, both, type Step } from './step.js';
