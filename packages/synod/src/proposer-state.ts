/** The proposer's data: what it remembers, what it takes in and what comes out of it. */

import type { Ballot, MemberId } from './ballot.js';
import type { Configuration, History, Reconfiguration } from './configuration.js';
import type { Decision, ProposerMessage } from './messages.js';
import type { Pace } from './pacing.js';
import type { Promises } from './promises.js';
import type { RandomState } from './random.js';
import type { Slot, Value } from './slot.js';

/**
 * How a proposer paces itself. All times in milliseconds.
 *
 * Silence is judged by the time in which this process has listened: see `listenedMs` of {@link ProposerState}.
 */
export interface ProposerOptions {
  /** A leader is heard from this often. */
  readonly heartbeatMs: number;
  /** Without a leader a member stands after a random time from this … */
  readonly electionTimeoutMinMs: number;
  /** … to this; after each failure the spread doubles, up to sixteen-fold. */
  readonly electionTimeoutMaxMs: number;
  /** What was not answered is sent again after this time. */
  readonly resendMs: number;
  /** At most so many bytes of votes are asked of a member at a time, or one vote that has more. */
  readonly promiseBytes: number;
  /** A leader has at most so many bytes of proposals without an answer on their way to a voter, or one proposal that has more. */
  readonly windowBytes: number;
  /** It has at most so many bytes of proposals that are not decided, or one that has more; the rest waits. */
  readonly pipelineBytes: number;
  /** The last slot of the log. A parliament of one decree has 1. */
  readonly lastSlot: Slot;
  /**
   * Whether it stands whenever there is no leader. Otherwise only when it has something to propose, which suits a
   * parliament of one decree.
   */
  readonly standing: boolean;
  /** How long a leader asks acceptors to promise nobody else (rule 11); 0 for no lease. */
  readonly leaseMs: number;
  /** By how much a member's clock may run too fast or too slow, at most: 0.01 is one percent. */
  readonly clockDrift: number;
}

export const DEFAULT_PROPOSER_OPTIONS: ProposerOptions = {
  heartbeatMs: 50,
  electionTimeoutMinMs: 300,
  electionTimeoutMaxMs: 600,
  resendMs: 200,
  promiseBytes: 1024 * 1024,
  windowBytes: 1024 * 1024,
  pipelineBytes: 16 * 1024 * 1024,
  lastSlot: Number.MAX_SAFE_INTEGER,
  standing: true,
  leaseMs: 250,
  clockDrift: 0.01,
};

/** Follows, or waits for, a leader. */
export interface Following {
  readonly name: 'following';
  /** The ballot of the leader that was heard last, while it is not overdue. */
  leader: Ballot | undefined;
  /** When that was, in listening time: its last word, or a part of a long message behind which its words wait. */
  heardAt: number;
  /** When its last word came, in listening time. */
  wordAt: number;
}

/** Asks the others whether they would follow, without raising its ballot. */
export interface Canvassing {
  readonly name: 'canvassing';
  readonly attempt: number;
  readonly supporters: Set<MemberId>;
  /** In listening time. */
  readonly until: number;
}

/** Collects promises: first its own acceptor's, then, with that durable, the others'. */
export interface Preparing {
  readonly name: 'preparing';
  readonly ballot: Ballot;
  /** The ballot of the leader that handed over to this member, if one did. */
  readonly released: Ballot | undefined;
  stage: 'own' | 'others';
  readonly promises: Promises;
  /** When a promise, or a page of one, last came, in listening time. */
  progressAt: number;
  /** When it last told the others that it stands. */
  toldAt: number;
}

/** A proposal that was sent to a voter and has no answer. */
export interface Sent {
  readonly firstAt: number;
  /** When it was last sent. */
  readonly at: number;
  /** What it weighs in the window; 0 once it counts as lost. */
  bytes: number;
}

/** What a leader knows of a voter's answers. */
export interface Flow {
  readonly unanswered: Map<Slot, Sent>;
  /** The bytes of those that do not count as lost. */
  bytes: number;
  /** What counts as lost, and is to be sent again. */
  readonly again: Slot[];
  /** Proposals from here on were never sent to it. */
  nextSlot: Slot;
  /** Its `bytes` are the window. */
  readonly pace: Pace;
  /** Whether something has waited for room in the window since the line was last measured. */
  isNarrow: boolean;
  /** When the window was last made smaller. */
  narrowedAt: number;
  /** A heartbeat that it has answered: when that was sent, and when its answer came. */
  answer: { readonly sentAt: number; readonly at: number };
  /**
   * What was sent before this is on its way no longer: a heartbeat that followed it was answered, and another one since, while a vote
   * may have waited for the disk.
   */
  cameBefore: number;
}

/** A question for a mark that waits for a confirmed heartbeat. */
export interface WaitingMark {
  readonly from: MemberId;
  readonly token: number;
  /** The last slot that was proposed in when it was asked; the answer, once a heartbeat of at least this number is confirmed. */
  readonly slot: Slot;
  readonly sequence: number;
}

/** A leadership on its way to another member. */
export interface Transfer {
  readonly to: MemberId;
  readonly token: number;
  readonly until: number;
}

/** A moment, by both clocks of a member. */
export interface Moment {
  /** By the monotonic clock, which may stand still while the machine is suspended. */
  readonly at: number;
  /** By the calendar, in milliseconds since 1970; `-Infinity` where nobody has told. */
  readonly time: number;
}

/** Leads: a quorum promised its ballot for every open slot. */
export interface Leading {
  readonly name: 'leading';
  readonly ballot: Ballot;
  /** Where phase 1 left the log: everything below is decided. */
  readonly firstSlot: Slot;
  /** What phase 1 has brought. It goes on for the voters of a configuration that comes in sight. */
  readonly promises: Promises;
  /** The slot of the next proposal. */
  nextSlot: Slot;
  /** New values without a slot yet, in order. */
  readonly backlog: Value[];
  backlogBytes: number;
  /** Proposed and not yet known to be decided. */
  readonly inFlight: Map<Slot, Value>;
  inFlightBytes: number;
  /** By voter: what it was sent of them, and has not answered. */
  readonly flows: Map<MemberId, Flow>;
  /** Slots ahead of `nextSlot` that turned out to be decided, with what phase 1 binds this leader to. */
  readonly known: Set<Slot>;
  /** Whether something that it proposed at its ballot is decided. */
  hasDecided: boolean;
  /** Number of the last heartbeat sent. */
  sequence: number;
  beatAt: number;
  /** When recent heartbeats were sent, by number. */
  readonly sentAt: Map<number, Moment>;
  /** By member: the last heartbeat it confirmed, when it was last heard (listening time), until when its lease lasts, how far it is. */
  readonly confirmed: Map<MemberId, number>;
  readonly heard: Map<MemberId, number>;
  readonly granted: Map<MemberId, Moment>;
  readonly progress: Map<MemberId, Slot>;
  readonly marks: WaitingMark[];
  transfer: Transfer | undefined;
  /** When the own learner last moved on, in listening time. */
  progressAt: number;
}

export type ProposerRole = Following | Canvassing | Preparing | Leading;

export interface ProposerState {
  readonly member: MemberId;
  readonly options: ProposerOptions;
  readonly random: RandomState;
  /** The configurations in sight, as the own learner says. */
  history: History;
  role: ProposerRole;
  /** The highest ballot seen anywhere; the own next one is above it. */
  highestSeen: Ballot;
  /** Every slot up to here is decided, as the own learner says. */
  decidedUpTo: Slot;
  /** When another candidate was last heard whose ballot is not below any other, in listening time. */
  candidateAt: number;
  /** How long a leader that was followed has lately been silent between two heartbeats, at most, in listening time. */
  pauseMs: number;
  /** When to stand, unless a leader is heard from before, in listening time. */
  standAt: number;
  /** Elections lost in a row. */
  failures: number;
  /** Counts canvasses. */
  attempts: number;
  /** By member: how it is asked for promises. */
  readonly paces: Map<MemberId, Pace>;
  /** Somebody wants something proposed and there was no leader to do it. */
  wanted: boolean;
  /** The configuration in which this member is none any longer. */
  dismissed: Configuration | undefined;
  /**
   * For how long this process has listened since it was started: what silence is measured by. It grows from tick to tick, and by no
   * more than a moment where one is late, for what the others sent meanwhile may not have been read yet.
   */
  listenedMs: number;
  tickedAt: number;
  /** What the calendar said at a moment: so much later it is now. Undefined: nobody has told, and decrees get no time stamp. */
  calendar: { readonly time: number; readonly at: number } | undefined;
}

export type ProposerInput =
  /**
   * `time`: what the calendar of this member says, in milliseconds since 1970. By it go the time stamps of decrees; and a lease, where
   * it ends sooner by the calendar than by the monotonic clock.
   */
  | { readonly type: 'tick'; readonly time?: number }
  | { readonly type: 'message'; readonly from: MemberId; readonly message: ProposerMessage }
  /** A part of a long message has come from where a member is, and not its end: whatever that member says waits behind it. */
  | { readonly type: 'part'; readonly from: MemberId }
  /** Have `value` decided in some slot. Answered by `submitted` or `not-submitted` with the same token. */
  | { readonly type: 'propose'; readonly value: Value; readonly token: number }
  /** Find the slot that must be applied before a read. Answered by `mark`, later, or never: ask again. */
  | { readonly type: 'ask-mark'; readonly token: number }
  /**
   * May be read here on the lease alone, and from which slot on? Answered at once, by `leased` or `not-leased`: by the clocks as they are.
   * `time`: what the calendar says now. Whoever has no second clock leaves it out, and must not be suspended.
   */
  | { readonly type: 'ask-lease'; readonly token: number; readonly time?: number }
  /** Have the membership changed. Only the leader can; answered as `propose` is. */
  | { readonly type: 'reconfigure'; readonly change: Reconfiguration; readonly token: number }
  /** Have `to` lead. Only the leader can; answered by `handed-over` or `not-submitted`. */
  | { readonly type: 'transfer'; readonly to: MemberId; readonly token: number }
  /** The own learner knows these slots to be decided, and all up to `decidedUpTo`. */
  | {
      readonly type: 'settled';
      readonly settled: readonly Decision[];
      readonly decidedUpTo: Slot;
      readonly history: History;
    };

/** Why something went nowhere. */
export type RefusalReason = 'no-leader' | 'overloaded' | 'refused';

/** What a step of the proposer tells the rest of its member. */
export type ProposerNews =
  /** The value is on its way: whether it will be decided is not known yet. */
  | { readonly type: 'submitted'; readonly token: number }
  /** The value went nowhere: no leader is known, or it has no room, or `detail` says what is wrong with it. */
  | {
      readonly type: 'not-submitted';
      readonly token: number;
      readonly reason: RefusalReason;
      readonly detail?: string;
    }
  | { readonly type: 'mark'; readonly token: number; readonly slot: Slot }
  /** At the moment of the answer nobody else can have had anything decided: who has applied all up to `slot` knows all that is true. */
  | { readonly type: 'leased'; readonly token: number; readonly slot: Slot }
  /** It cannot be said. `isLeading`: this member leads, and may have a lease soon. */
  | { readonly type: 'not-leased'; readonly token: number; readonly isLeading: boolean }
  /** This member leads no longer, and the other one knows that it is to stand, unless the message is lost. */
  | { readonly type: 'handed-over'; readonly token: number; readonly to: MemberId }
  /** This member is none any longer: it will never stand again. */
  | { readonly type: 'dismissed'; readonly configuration: Configuration }
  /** Another leader is known, or none. */
  | { readonly type: 'leader'; readonly ballot: Ballot | undefined };
