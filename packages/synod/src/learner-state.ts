/** What a learner remembers. */

import type { Ballot, MemberId } from './ballot.js';
import type { History } from './configuration.js';
import type { Pace } from './pacing.js';
import type { Slot, Value } from './slot.js';
import type { Assembly, LentSnapshot, Snapshot } from './snapshot.js';

/** How much a learner keeps, takes and sends at a time. */
export interface LearnerSizes {
  /** It looks this many slots ahead of its watermark; what lies further it fetches when it gets there. */
  readonly lookAheadSlots: number;
  /** An answer to a fetch is closed once its values have so many bytes, or when it has so many slots; fewer may be asked for. */
  readonly replyBytes: number;
  readonly replySlots: number;
  /** The largest part of a snapshot that it asks for or sends, in bytes. It begins with less: see `pacing.ts`. */
  readonly partBytes: number;
  /** It asks for no more slots while so many bytes of what it was sent are not on its disk: who is slow at that need not keep more. */
  readonly unwrittenBytes: number;
  /** The largest snapshot that it takes from another member, in bytes. */
  readonly snapshotLimitBytes: number;
}

export const DEFAULT_LEARNER_SIZES: LearnerSizes = {
  lookAheadSlots: 65_536,
  replyBytes: 1024 * 1024,
  replySlots: 4096,
  partBytes: 1024 * 1024,
  unwrittenBytes: 4 * 1024 * 1024,
  snapshotLimitBytes: 1024 * 1024 * 1024,
};

/** The furthest slot that is known to be decided, and who said so: perhaps the own proposer, which has it from others. */
interface Behind {
  readonly upTo: Slot;
  readonly known: MemberId;
}

/** A vote of the own acceptor. */
interface OwnVote {
  readonly ballot: Ballot;
  readonly value: Value;
  /** The vote before it, while the log is read back: a record may say of that one that it was decided. */
  readonly earlier?: OwnVote;
}

/** Why a learner stands still. */
export type LearnerTrouble =
  /**
   * The decree in this slot is of a kind that this version does not know. Whoever passed it over would come to another state than
   * those who know it: so nothing more is applied until the member runs a version that does.
   */
  | { readonly type: 'unknown-decree'; readonly slot: Slot; readonly kind: number }
  /** Another member's snapshot is larger than this one takes. */
  | {
      readonly type: 'snapshot-too-large';
      readonly from: MemberId;
      readonly slot: Slot;
      readonly bytes: number;
      readonly limitBytes: number;
    }
  /** Another member's snapshot holds what this version can make nothing of. */
  | { readonly type: 'snapshot-unreadable'; readonly from: MemberId; readonly slot: Slot };

export interface LearnerState {
  readonly member: MemberId;
  /** After a snapshot, this many slots below it are kept for members that are a little behind. */
  readonly tailSlots: number;
  readonly sizes: LearnerSizes;
  /** The configurations of the slots that may be decided now: up to `decidedUpTo` plus alpha. */
  history: History;
  /** Every slot up to here is decided and handed on. */
  decidedUpTo: Slot;
  /** What is decided: every slot from above `trimmedUpTo` to `decidedUpTo`, and some above. */
  readonly decided: Map<Slot, Value>;
  /** Slots up to here are known only by the snapshot. */
  trimmedUpTo: Slot;
  snapshot: Snapshot | undefined;
  /** When another member last asked for a part of it. */
  snapshotAskedAt: number;
  /** Older snapshots, kept as long as other members fetch them. */
  lent: readonly LentSnapshot[];
  /** By undecided slot: the highest ballot at which each member said it voted. */
  readonly votes: Map<Slot, Map<MemberId, Ballot>>;
  /** By undecided slot: the own acceptor's latest vote. */
  readonly ownVotes: Map<Slot, OwnVote>;
  behind: Behind | undefined;
  /** A snapshot that another member is sending. */
  assembly: Assembly | undefined;
  /** How it asks for decided slots, and when it may begin to. */
  readonly fetching: Pace;
  fetchAt: number;
  /** Bytes of values that it was sent and that are not on disk yet. */
  unwritten: number;
  /** Counts these questions, to take turns among the members when one of them does not answer. */
  fetches: number;
  /** The slot after `decidedUpTo` holds a decree of a kind that this version does not know: nothing is handed on any more. */
  isHalted: boolean;
  isHaltTold: boolean;
  /** The furthest snapshot that was refused, for its size or for what is in it. */
  refusedUpTo: Slot;
  /** By member of which a snapshot came that could not be read: until when no other one is taken from it. */
  readonly refusing: Map<MemberId, number>;
}
