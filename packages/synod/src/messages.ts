/**
 * Every message that members of a parliament send one another. Each says who sends it, when, and what the receiver owes.
 *
 * All of them may be lost, duplicated, delayed and reordered without harm: a receiver trusts a message only for what it
 * says about the ballot it names.
 */

import { type Ballot, type MemberId, ownerOf } from './ballot.js';
import type { Configuration, History } from './configuration.js';
import type { Slot, Value } from './slot.js';

/** A vote that an acceptor cast: what it reports in a promise. */
export interface Vote {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly value: Value;
}

/** A slot and the value it is decided with. */
export interface Decision {
  readonly slot: Slot;
  readonly value: Value;
}

/**
 * Proposer to the other proposers, before it raises its ballot: "would you follow me?" Each owes a
 * {@link CanvassReply}. Nothing is promised by it, so it disturbs nobody.
 */
export interface Canvass {
  readonly type: 'canvass';
  /** Which attempt of this proposer it is; the reply repeats it. */
  readonly attempt: number;
  /** How far its own learner is: one that is far behind could decide nothing until it has caught up. */
  readonly decidedUpTo: Slot;
}

/** Proposer to a canvassing proposer, and to the learner beside it. */
export interface CanvassReply {
  readonly type: 'canvass-reply';
  readonly attempt: number;
  /** Whether the sender hears from no leader, so that an election is due in its eyes too, and the candidate is not far behind. */
  readonly support: boolean;
  /** The highest ballot the sender has seen: the candidate's own must be above it. */
  readonly highestSeen: Ballot;
  /** How far the sender's own learner is. */
  readonly decidedUpTo: Slot;
}

/**
 * Phase 1a. Proposer to acceptors: "promise me this ballot, and tell me your votes in the slots from `fromSlot` on." Owed: promise
 * or nack. A long answer is asked for piece by piece.
 */
export interface Prepare {
  readonly type: 'prepare';
  readonly ballot: Ballot;
  readonly fromSlot: Slot;
  /** How many bytes of votes at the most, but for a single vote that has more. */
  readonly bytes: number;
  /** As in {@link Fetch}. */
  readonly token: number;
  /** The ballot of a leader that handed over to the sender, and gave up its lease before it did. */
  readonly released?: Ballot;
}

/**
 * Phase 1b. Acceptor to the proposer of `ballot`: it will refuse every lower ballot, and these are its votes in the slots from
 * `fromSlot` to `upTo`, all of them, but for those that are decided.
 *
 * A page stands for itself: below `ballot` nothing is voted for any more, so what it says stays true, whatever comes before or
 * after it and how often. The answer is whole when the slots that its pages speak of leave no gap.
 */
export interface PromiseMessage {
  readonly type: 'promise';
  readonly ballot: Ballot;
  readonly fromSlot: Slot;
  /** The last slot that it speaks of; undefined: of all further slots. */
  readonly upTo: Slot | undefined;
  /** Whether the sender waits to be asked for what follows `upTo`; otherwise that is on its way. */
  readonly isPaused: boolean;
  /** Every slot up to here is decided; votes in them are left out, and nothing may be proposed in them. */
  readonly decidedUpTo: Slot;
  readonly votes: readonly Vote[];
  /** That of the question. */
  readonly token: number;
}

/**
 * Candidate to the other proposers, steadily, while its phase 1 makes progress: "hold off, this may take long." Nothing is owed. It
 * is about courtesy only: whoever does not heed it does no harm.
 */
export interface Candidacy {
  readonly type: 'candidacy';
  readonly ballot: Ballot;
}

/** Phase 2a. Leader to acceptors: "vote for this value in this slot." Owed: accepted to every learner, or nack to it. */
export interface Accept {
  readonly type: 'accept';
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly value: Value;
}

/**
 * Phase 2b. Acceptor to every learner, and to the leader that asked: it voted. The value travels only to the acceptor's own learner.
 */
export interface Accepted {
  readonly type: 'accepted';
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly value?: Value;
}

/**
 * Acceptor to a proposer whose `ballot` it refuses, because it promised a higher one; or because ballot or slot are out of all
 * proportion, or further than it keeps votes: then `promised` is not above `ballot`, and nothing follows from it.
 */
export interface Nack {
  readonly type: 'nack';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** Leader to every member, steadily: it leads. Owed by each acceptor: {@link HeartbeatReply}, or a nack. */
export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly ballot: Ballot;
  /** Counts up; a reply confirms that the leader was not deposed when it sent this one. */
  readonly sequence: number;
  /**
   * Every slot up to here is decided, and where this leader proposed at its ballot, with what it proposed (rule 6). A
   * learner that is behind fetches what it misses.
   */
  readonly decidedUpTo: Slot;
  /** How long the acceptor is asked to promise nobody else, in milliseconds (rule 11); 0 for no lease. */
  readonly leaseMs: number;
}

/** Acceptor to the leader: it has promised no higher ballot. */
export interface HeartbeatReply {
  readonly type: 'heartbeat-reply';
  readonly ballot: Ballot;
  readonly sequence: number;
  /** How long it will promise nobody else, from now on by its clock, in milliseconds. */
  readonly leaseMs: number;
  /** How far the member's own learner is. */
  readonly decidedUpTo: Slot;
}

/** Learner to another learner: "send me what is decided in these slots." Owed: {@link Decided}, as far as it knows. */
export interface Fetch {
  readonly type: 'fetch';
  readonly fromSlot: Slot;
  readonly upTo: Slot;
  /** How many bytes at the most, but for a single value that has more. */
  readonly bytes: number;
  /** When it was asked, in milliseconds by the clock of the asker. The answer repeats it; nobody else makes anything of it. */
  readonly token: number;
}

/** Learner to a learner that asked: decided values. */
export interface Decided {
  readonly type: 'decided';
  readonly decisions: readonly Decision[];
  /** How far the sender's own unbroken knowledge goes. */
  readonly decidedUpTo: Slot;
  /** That of the question. */
  readonly token: number;
}

/** Learner to a learner that sent it a part of a snapshot: "send me the part from `offset` on." Owed: {@link SnapshotPart}. */
export interface FetchSnapshot {
  readonly type: 'fetch-snapshot';
  readonly slot: Slot;
  readonly offset: number;
  /** How many bytes at the most. */
  readonly bytes: number;
  /** As in {@link Fetch}. */
  readonly token: number;
}

/** Learner to a learner that asked for slots which it has trimmed: a part of the snapshot that stands for them. */
export interface SnapshotPart {
  readonly type: 'snapshot-part';
  readonly slot: Slot;
  readonly history: History;
  /** Bytes of the whole state. */
  readonly total: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** That of the question. */
  readonly token: number;
}

/** Leader to the member that is to lead next: "stand now; I no longer lead, and claim no lease." Nothing is owed. */
export interface Handover {
  readonly type: 'handover';
  readonly ballot: Ballot;
}

/** Proposer to one that asks for votes and is no member any longer: it must not stand again. */
export interface Dismissal {
  readonly type: 'dismissal';
  /** A configuration that is decided. */
  readonly configuration: Configuration;
}

/** Proposer to the leader: "propose this value." Nothing is owed; whoever cares asks again. */
export interface Submit {
  readonly type: 'submit';
  readonly value: Value;
}

/** Proposer to the leader: "up to which slot must I have applied to read what is true now?" Owed: {@link Mark}. */
export interface AskMark {
  readonly type: 'ask-mark';
  readonly token: number;
}

/** Leader to the asker, after a quorum confirmed that it still leads. */
export interface Mark {
  readonly type: 'mark';
  readonly token: number;
  readonly slot: Slot;
}

export type Message =
  | Canvass
  | CanvassReply
  | Candidacy
  | Prepare
  | PromiseMessage
  | Accept
  | Accepted
  | Nack
  | Heartbeat
  | HeartbeatReply
  | Fetch
  | Decided
  | FetchSnapshot
  | SnapshotPart
  | Handover
  | Dismissal
  | Submit
  | AskMark
  | Mark;

/** A message on its way to a member (the sender itself included). */
export interface Envelope {
  readonly to: MemberId;
  readonly message: Message;
}

/** The three roles of a member. */
export type RoleName = 'acceptor' | 'learner' | 'proposer';

/** Which roles of the receiving member get a message of each type: see {@link receiversOf}. */
export const RECEIVERS: { readonly [Type in Message['type']]: readonly RoleName[] } = {
  canvass: ['proposer'],
  'canvass-reply': ['learner', 'proposer'],
  candidacy: ['proposer'],
  prepare: ['acceptor'],
  promise: ['proposer'],
  accept: ['acceptor'],
  accepted: ['learner', 'proposer'],
  nack: ['proposer'],
  heartbeat: ['acceptor', 'learner', 'proposer'],
  'heartbeat-reply': ['proposer'],
  fetch: ['learner'],
  decided: ['learner'],
  'fetch-snapshot': ['learner'],
  'snapshot-part': ['learner'],
  handover: ['proposer'],
  dismissal: ['proposer'],
  submit: ['proposer'],
  'ask-mark': ['proposer'],
  mark: ['proposer'],
};

const LEARNER: readonly RoleName[] = ['learner'];

/** Which roles of `member` get this message. Of a vote hears only the proposer whose ballot it was cast at. */
export function receiversOf(message: Message, member: MemberId): readonly RoleName[] {
  return message.type === 'accepted' && ownerOf(message.ballot) !== member ? LEARNER : RECEIVERS[message.type];
}

/** The messages that one role receives, by the table above. */
export type AcceptorMessage = Prepare | Accept | Heartbeat;
export type LearnerMessage = Accepted | Heartbeat | CanvassReply | Fetch | Decided | FetchSnapshot | SnapshotPart;
export type ProposerMessage =
  | Canvass
  | CanvassReply
  | Candidacy
  | PromiseMessage
  | Accepted
  | Nack
  | Heartbeat
  | HeartbeatReply
  | Handover
  | Dismissal
  | Submit
  | AskMark
  | Mark;
