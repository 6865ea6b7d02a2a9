/** What a learner remembers. */

import type { Ballot, MemberId } from './ballot.js';
import type { History } from './configuration.js';
import type { Slot, Value } from './slot.js';
import type { Assembly, Snapshot } from './snapshot.js';

/** The furthest slot that is known to be decided, and who said so: perhaps the own proposer, which has it from others. */
interface Behind {
  readonly upTo: Slot;
  readonly known: MemberId;
}

export interface LearnerState {
  readonly member: MemberId;
  /** After a snapshot, this many slots below it are kept for members that are a little behind. */
  readonly tailSlots: number;
  /** The configurations of the slots that may be decided now: up to `decidedUpTo` plus alpha. */
  history: History;
  /** Every slot up to here is decided and handed on. */
  decidedUpTo: Slot;
  /** What is decided: every slot from above `trimmedUpTo` to `decidedUpTo`, and some above. */
  readonly decided: Map<Slot, Value>;
  /** Slots up to here are known only by the snapshot. */
  trimmedUpTo: Slot;
  snapshot: Snapshot | undefined;
  /** By undecided slot: the highest ballot at which each member said it voted. */
  readonly votes: Map<Slot, Map<MemberId, Ballot>>;
  /** By undecided slot: the own acceptor's latest vote. */
  readonly ownVotes: Map<Slot, { readonly ballot: Ballot; readonly value: Value }>;
  behind: Behind | undefined;
  /** A snapshot that another member is sending. */
  assembly: Assembly | undefined;
  /** When the next fetch may go out, in milliseconds of the caller's monotonic clock. */
  fetchAt: number;
  /** Counts fetches, to take turns among the members when one of them does not answer. */
  fetches: number;
}
