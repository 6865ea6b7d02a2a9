/** The proposer's data: what it remembers, what it takes in and what comes out of it. */

import type { Ballot, MemberId } from './ballot.js';
import type { Message, ProposerMessage } from './messages.js';
import type { Promises } from './promises.js';
import type { QuorumSystem } from './quorum.js';
import type { RandomState } from './random.js';
import type { Slot, Value } from './slot.js';

/** How a proposer paces itself. All times in milliseconds. */
export interface ProposerOptions {
  /** A leader is heard from this often. */
  readonly heartbeatMs: number;
  /** Without a leader a member stands after a random time from this … */
  readonly electionTimeoutMinMs: number;
  /** … to this; after each failure the spread doubles, up to sixteen-fold. */
  readonly electionTimeoutMaxMs: number;
  /** What was not answered is sent again after this time. */
  readonly resendMs: number;
  /** Alpha: a leader proposes at most this many slots beyond what it knows to be decided (rule 7). */
  readonly pipelineSlots: number;
  /** The last slot of the log. A parliament of one decree has 1. */
  readonly lastSlot: Slot;
  /**
   * Whether it stands whenever there is no leader. Otherwise only when it has something to propose, which suits a
   * parliament of one decree.
   */
  readonly standing: boolean;
}

export const DEFAULT_PROPOSER_OPTIONS: ProposerOptions = {
  heartbeatMs: 50,
  electionTimeoutMinMs: 300,
  electionTimeoutMaxMs: 600,
  resendMs: 200,
  pipelineSlots: 256,
  lastSlot: Number.MAX_SAFE_INTEGER,
  standing: true,
};

/** Follows, or waits for, a leader. */
export interface Following {
  readonly name: 'following';
  /** The ballot of the leader that was heard last, while it is not overdue. */
  leader: Ballot | undefined;
  heardAt: number;
}

/** Asks the others whether they would follow, without raising its ballot. */
export interface Canvassing {
  readonly name: 'canvassing';
  readonly attempt: number;
  readonly supporters: Set<MemberId>;
  readonly until: number;
}

/** Collects promises: first its own acceptor's, then, with that durable, the others'. */
export interface Preparing {
  readonly name: 'preparing';
  readonly ballot: Ballot;
  readonly fromSlot: Slot;
  attempt: number;
  stage: 'own' | 'others';
  readonly promises: Promises;
  sentAt: number;
  readonly until: number;
}

/** A value that was proposed in a slot. */
export interface Proposal {
  readonly value: Value;
  sentAt: number;
}

/** A question for a mark that waits for a confirmed heartbeat. */
export interface WaitingMark {
  readonly from: MemberId;
  readonly token: number;
  /** The slot to answer, once a heartbeat of at least this sequence number is confirmed. */
  readonly slot: Slot;
  readonly sequence: number;
}

/** Leads: a quorum promised its ballot for every open slot. */
export interface Leading {
  readonly name: 'leading';
  readonly ballot: Ballot;
  /** Where phase 1 left the log: everything below is decided. */
  readonly firstSlot: Slot;
  /** The last slot of the values that phase 1 bound this leader to. */
  readonly adoptedUpTo: Slot;
  /** The slot of the next proposal. */
  nextSlot: Slot;
  /** Values without a slot yet, in order: first those that phase 1 bound the leader to, then new ones. */
  readonly backlog: Value[];
  /** Proposed and not yet known to be decided. */
  readonly inFlight: Map<Slot, Proposal>;
  /** Number of the last heartbeat sent. */
  sequence: number;
  beatAt: number;
  /** Heartbeats confirmed by each member, and when it was last heard. */
  readonly confirmed: Map<MemberId, number>;
  readonly heard: Map<MemberId, number>;
  readonly marks: WaitingMark[];
  /** When the own learner last moved on while it was behind `firstSlot`. */
  progressAt: number;
}

export type ProposerRole = Following | Canvassing | Preparing | Leading;

export interface ProposerState {
  readonly member: MemberId;
  readonly quorums: QuorumSystem;
  readonly options: ProposerOptions;
  readonly random: RandomState;
  role: ProposerRole;
  /** The highest ballot seen anywhere; the own next one is above it. */
  highestSeen: Ballot;
  /** Every slot up to here is decided, as the own learner says. */
  decidedUpTo: Slot;
  /** When to stand, unless a leader is heard from before. */
  standAt: number;
  /** Elections lost in a row. */
  failures: number;
  /** Counts canvasses and prepares. */
  attempts: number;
  /** Somebody wants something proposed and there was no leader to do it. */
  wanted: boolean;
  tickedAt: number;
}

export type ProposerInput =
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly from: MemberId; readonly message: ProposerMessage }
  /** Have `value` decided in some slot. Answered by `submitted` or `not-submitted` with the same token. */
  | { readonly type: 'propose'; readonly value: Value; readonly token: number }
  /** Find the slot that must be applied before a read. Answered by `mark`, later, or never: ask again. */
  | { readonly type: 'ask-mark'; readonly token: number }
  /** The own learner knows these slots to be decided, and all up to `decidedUpTo`. */
  | { readonly type: 'settled'; readonly slots: readonly Slot[]; readonly decidedUpTo: Slot };

export type ProposerOutput =
  | { readonly type: 'send'; readonly to: MemberId; readonly message: Message }
  /** The value is on its way: whether it will be decided is not known yet. */
  | { readonly type: 'submitted'; readonly token: number }
  /** The value went nowhere, for want of a leader or of room. It will not be decided through this. */
  | { readonly type: 'not-submitted'; readonly token: number; readonly reason: 'no-leader' | 'overloaded' }
  | { readonly type: 'mark'; readonly token: number; readonly slot: Slot }
  /** Another leader is known, or none. */
  | { readonly type: 'leader'; readonly ballot: Ballot | undefined };
