/**
 * What a member must remember across crashes, as the roles hand it to storage. Replaying a member's records in the order
 * in which they were written gives back exactly what it had promised, voted and learned.
 */

import type { Ballot, MemberId } from './ballot.js';
import type { Slot, Value } from './slot.js';

/** The acceptor vowed to refuse every ballot below this one (phase 1b). */
export interface PromisedRecord {
  readonly type: 'promised';
  readonly ballot: Ballot;
}

/** The acceptor voted for a value (phase 2b). Voting at a ballot also promises it. */
export interface VotedRecord {
  readonly type: 'voted';
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly value: Value;
}

/** The learner knows that a slot is decided with the value that this member voted for at `ballot`. */
export interface DecidedRecord {
  readonly type: 'decided';
  readonly slot: Slot;
  readonly ballot: Ballot;
}

/** The learner knows that a slot is decided with a value that this member did not vote for, or no longer knows it did. */
export interface LearnedRecord {
  readonly type: 'learned';
  readonly slot: Slot;
  readonly value: Value;
}

/** Another member's data directory, written down once, at the founding, and never changed. */
export interface IntroducedRecord {
  readonly type: 'introduced';
  readonly member: MemberId;
  /** The random id of that member's directory: 32 hexadecimal digits. */
  readonly directory: string;
}

/** Every founding member knows every other one's directory: from here on this member may vote. */
export interface FoundedRecord {
  readonly type: 'founded';
}

/** One entry of a member's durable log. */
export type DurableRecord =
  | PromisedRecord
  | VotedRecord
  | DecidedRecord
  | LearnedRecord
  | IntroducedRecord
  | FoundedRecord;
