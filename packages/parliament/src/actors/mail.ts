/**
 * What the actors of one parliament tell one another, within one node. All of them are classes, checked by `instanceof`:
 * nothing that arrives over a link can pass for one, whatever path it was sent to.
 */

import type { Space } from '@parliament/storage';
import type {
  AcceptorMessage,
  Decision,
  DurableRecord,
  FoundingState,
  History,
  LearnerMessage,
  LearnerTrouble,
  LearnerWrite,
  MemberId,
  ProposerMessage,
  RoleName,
  SessionId,
  Slot,
  Snapshot,
} from '@parliament/synod';
import type { WatchReply, WatchRequest } from '../client/watch-requests.js';
import type { Batch } from '../replica/batch.js';
import type { OwnResult } from '../replica/hosted-replica.js';
import type { Poll } from '../watch/waiting.js';
import type { PacketIntroduction } from '../wire/packet.js';

/** To a role: what a member has sent it. */
export class Received<Message extends AcceptorMessage | LearnerMessage | ProposerMessage> {
  readonly from: MemberId;
  readonly messages: readonly Message[];

  constructor(from: MemberId, messages: readonly Message[]) {
    this.from = from;
    this.messages = messages;
  }
}

/** To any child, steadily: time has passed. */
export class Tick {}

/** Parliament to proposer: a part of a long message has come from the node of a member, and not its end. */
export class Part {
  readonly from: MemberId;

  constructor(from: MemberId) {
    this.from = from;
  }
}

/** To any child: throw. For demonstrations and tests of supervision. */
export class Crash {}

/** Role to storage: make these durable, and then call `release`, unless the role was restarted meanwhile. */
export class Commit {
  readonly role: RoleName;
  readonly incarnation: number;
  readonly records: readonly DurableRecord[];
  /** Whether somebody waits for it. What nobody waits for may ride with the next record that somebody does. */
  readonly urgent: boolean;
  readonly release: () => void;
  /** Called instead, where they are not written for want of room, and the role goes on without. */
  readonly skip: (() => void) | undefined;

  constructor(
    role: RoleName,
    incarnation: number,
    records: readonly DurableRecord[],
    urgent: boolean,
    release: () => void,
    skip?: () => void,
  ) {
    this.role = role;
    this.incarnation = incarnation;
    this.records = records;
    this.urgent = urgent;
    this.release = release;
    this.skip = skip;
  }
}

/** Role to storage, by `call`: fence my earlier incarnations and show me every record. Answered by {@link Done}. */
export class Recover {
  readonly role: RoleName;
  readonly incarnation: number;
  readonly visit: (record: DurableRecord) => void;

  constructor(role: RoleName, incarnation: number, visit: (record: DurableRecord) => void) {
    this.role = role;
    this.incarnation = incarnation;
    this.visit = visit;
  }
}

/** Answers a call that has nothing else to say. */
export class Done {}

/** Parliament to storage: a member has introduced itself. */
export class Introduced {
  readonly from: MemberId;
  readonly directory: string;
  readonly introduction: PacketIntroduction;

  constructor(from: MemberId, directory: string, introduction: PacketIntroduction) {
    this.from = from;
    this.directory = directory;
    this.introduction = introduction;
  }
}

/** Storage to the parliament: how the founding stands. */
export class FoundingNews {
  readonly directory: string;
  readonly founded: boolean;
  readonly missing: readonly MemberId[];
  /** The directory of each member, as it is written down. */
  readonly known: ReadonlyMap<MemberId, string>;
  /** How far each member had written, as is known from earlier lives of this one. */
  readonly positions: ReadonlyMap<MemberId, number>;
  /** How far the own directory is durable, at any time. */
  readonly position: () => number;

  constructor(
    founding: Pick<FoundingState, 'directory' | 'founded' | 'introduced' | 'positions'>,
    missing: readonly MemberId[],
    position: () => number,
  ) {
    this.directory = founding.directory;
    this.founded = founding.founded;
    this.missing = missing;
    this.known = new Map(founding.introduced);
    this.positions = new Map(founding.positions);
    this.position = position;
  }
}

/** Parliament to storage: how far other members have written, to be written down some time. */
export class Heard {
  readonly positions: ReadonlyMap<MemberId, number>;

  constructor(positions: ReadonlyMap<MemberId, number>) {
    this.positions = positions;
  }
}

/** Parliament to storage: an old copy of a member's directory was put back. It is not to be counted any more. */
export class Relapsed {
  readonly member: MemberId;
  /** How far it says that it has written, and how far it had. */
  readonly position: number;
  readonly known: number;

  constructor(member: MemberId, position: number, known: number) {
    this.member = member;
    this.position = position;
    this.known = known;
  }
}

/** Storage to all: how much room there is. */
export class SpaceNews {
  readonly space: Space;
  /** Bytes left of the log, when the disk is full. */
  readonly bytes: number;

  constructor(space: Space, bytes: number) {
    this.space = space;
    this.bytes = bytes;
  }
}

/** Storage to acceptor: what you have in memory is not on disk, and will not be. Start anew, and those behind you. */
export class StartAnew {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Learner to itself: the next of the lookups that can be answered. */
export class LookOn {}

/** Learner to itself: the next step of the snapshot that it is taking. */
export class GoOn {}

/** Storage to learner: the log has grown; give me a snapshot. It is to keep so many slots below it. */
export class TakeSnapshot {
  readonly tailSlots: Slot;

  constructor(tailSlots: Slot) {
    this.tailSlots = tailSlots;
  }
}

/** Learner to storage: save this. Answered by {@link Saved}, once it is durable; not at all when there was no room. */
export class SaveSnapshot {
  readonly incarnation: number;
  readonly snapshot: Snapshot;
  readonly tailSlots: Slot;

  constructor(incarnation: number, snapshot: Snapshot, tailSlots: Slot) {
    this.incarnation = incarnation;
    this.snapshot = snapshot;
    this.tailSlots = tailSlots;
  }
}

/** Storage to learner: a snapshot is durable. */
export class Saved {
  readonly snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }
}

/** Storage to the parliament: a member's directory, or the own one, is not the one that was written down. */
export class MemoryLost {
  readonly member: MemberId;
  readonly whose: 'sender' | 'own' | 'relapse';
  readonly expected: string;
  readonly found: string;

  constructor(member: MemberId, whose: 'sender' | 'own' | 'relapse', expected: string, found: string) {
    this.member = member;
    this.whose = whose;
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Learner to acceptor: every slot up to `decidedUpTo` is decided, and that is on disk; and who the members are. What is only in the
 * learner's memory the acceptor must not rely on, for a learner that is restarted has forgotten it.
 */
export class Watermark {
  readonly decidedUpTo: Slot;
  readonly history: History;

  constructor(decidedUpTo: Slot, history: History) {
    this.decidedUpTo = decidedUpTo;
    this.history = history;
  }
}

/** Learner to itself: what it wanted written is on disk. */
export class Written {
  readonly write: LearnerWrite;

  constructor(write: LearnerWrite) {
    this.write = write;
  }
}

/** Learner to itself: there was no room on the disk for what it wanted written. */
export class LeftOut {
  readonly write: LearnerWrite;

  constructor(write: LearnerWrite) {
    this.write = write;
  }
}

/** Learner to itself: what was left out is written, or there is no room for it still. */
export class Rewritten {
  readonly isWritten: boolean;

  constructor(isWritten: boolean) {
    this.isWritten = isWritten;
  }
}

/** Learner to proposer, after it moved on. */
export class Settled {
  readonly settled: readonly Decision[];
  readonly decidedUpTo: Slot;
  readonly history: History;

  constructor(settled: readonly Decision[], decidedUpTo: Slot, history: History) {
    this.settled = settled;
    this.decidedUpTo = decidedUpTo;
    this.history = history;
  }
}

/** Learner to the parliament: every slot up to `decidedUpTo` is applied, and what became of the commands of this member's life. */
export class Applied {
  /** The session of this life that is open after that. */
  readonly session: SessionId | undefined;
  /** How many sessions had been opened by then, by anybody: one with a number up to here that is not open has ended. */
  readonly opened: number;
  readonly results: readonly OwnResult[];
  readonly decidedUpTo: Slot;

  constructor(session: SessionId | undefined, opened: number, results: readonly OwnResult[], decidedUpTo: Slot) {
    this.session = session;
    this.opened = opened;
    this.results = results;
    this.decidedUpTo = decidedUpTo;
  }
}

/** Learner to the parliament: sessions that nobody has used for long, for the leader's member to have ended. */
export class Idle {
  readonly expiries: Batch['expiries'];

  constructor(expiries: Batch['expiries']) {
    this.expiries = expiries;
  }
}

/** Learner to the parliament: why it stands still, until its operator does something about it. */
export class Trouble {
  readonly trouble: LearnerTrouble;
  /** What was wrong with a snapshot that could not be read; else empty. */
  readonly flaw: string;

  constructor(trouble: LearnerTrouble, flaw: string) {
    this.trouble = trouble;
    this.flaw = flaw;
  }
}

/** Learner to the parliament: no snapshot can be taken of what it has applied up to `slot`. It goes on without. */
export class NoSnapshot {
  readonly slot: Slot;
  readonly reason: string;

  constructor(slot: Slot, reason: string) {
    this.slot = slot;
    this.reason = reason;
  }
}

/** Parliament to learner: ask the machine, once every slot up to `upTo` is applied; asked again it is one question. */
export class Lookup {
  readonly token: number;
  readonly queries: readonly Uint8Array[];
  readonly upTo: Slot;
  /** Nobody waits for it past this moment of the own clock. */
  readonly until: number;

  constructor(token: number, queries: readonly Uint8Array[], upTo: Slot, until: number) {
    this.token = token;
    this.queries = queries;
    this.upTo = upTo;
    this.until = until;
  }
}

/** Learner to the parliament: what the machine said, in the order of the queries, and up to where all was applied by then. */
export class Seen {
  readonly token: number;
  readonly answers: readonly Uint8Array[];
  readonly slot: Slot;

  constructor(token: number, answers: readonly Uint8Array[], slot: Slot) {
    this.token = token;
    this.answers = answers;
    this.slot = slot;
  }
}

/** Parliament to learner, by `call`: ask the machine as it is now. Answered by {@link Report}. */
export class Look {
  readonly query: Uint8Array;

  constructor(query: Uint8Array) {
    this.query = query;
  }
}

/** Learner to watchers: every slot up to this one is applied. */
export class AppliedUpTo {
  readonly slot: Slot;

  constructor(slot: Slot) {
    this.slot = slot;
  }
}

/** Parliament to watchers: the question of one who watches. */
export class Watch {
  readonly poll: Poll;

  constructor(poll: Poll) {
    this.poll = poll;
  }
}

/** Watchers to learner: what is there to be told? Answered by {@link Told}. */
export class Tell {
  readonly request: WatchRequest;
  /** Those who have asked it. */
  readonly polls: readonly Poll[];

  constructor(request: WatchRequest, polls: readonly Poll[]) {
    this.request = request;
    this.polls = polls;
  }
}

/** Learner to watchers: the answer to {@link Tell}. */
export class Told {
  readonly polls: readonly Poll[];
  readonly reply: WatchReply;

  constructor(polls: readonly Poll[], reply: WatchReply) {
    this.polls = polls;
    this.reply = reply;
  }
}

/** Watchers to the parliament: whatever earlier ones were asked, and have not answered, ask it these. */
export class WatchersUp {}

/** Watchers to themselves: look whose time is over. */
export class Sweep {}

/** Parliament to proposer: have this batch decided. `token` returns in {@link Handled}. */
export class Propose {
  readonly token: number;
  readonly batch: Batch;

  constructor(token: number, batch: Batch) {
    this.token = token;
    this.batch = batch;
  }
}

/** Proposer to the parliament: whether the commands of a {@link Propose} are on their way or went nowhere. */
export class Handled {
  readonly token: number;
  readonly submitted: boolean;

  constructor(token: number, submitted: boolean) {
    this.token = token;
    this.submitted = submitted;
  }
}

/** Parliament to proposer: up to which slot must be applied before a read? Answered by {@link Marked}, or never. */
export class AskForMark {
  readonly token: number;

  constructor(token: number) {
    this.token = token;
  }
}

/** Proposer to the parliament: the answer to {@link AskForMark}. */
export class Marked {
  readonly token: number;
  readonly slot: Slot;

  constructor(token: number, slot: Slot) {
    this.token = token;
    this.slot = slot;
  }
}

/** Parliament to proposer: may be read here on the lease alone? Answered at once, by {@link Leased} or {@link NotLeased}. */
export class AskForLease {
  readonly token: number;

  constructor(token: number) {
    this.token = token;
  }
}

/** Proposer to the parliament: it may, by whoever has applied all up to `slot`. */
export class Leased {
  readonly token: number;
  readonly slot: Slot;

  constructor(token: number, slot: Slot) {
    this.token = token;
    this.slot = slot;
  }
}

/** Proposer to the parliament: it may not, and has a chance to only where this member leads. */
export class NotLeased {
  readonly token: number;
  readonly isLeading: boolean;

  constructor(token: number, isLeading: boolean) {
    this.token = token;
    this.isLeading = isLeading;
  }
}

/** Proposer to the parliament: the ballot of the leader, or none. */
export class LeaderNews {
  readonly ballot: number | undefined;

  constructor(ballot: number | undefined) {
    this.ballot = ballot;
  }
}

/** To a child, by `call`: what are you doing? Answered by {@link Report}. */
export class Inspect {}

/** A child's answer to {@link Inspect}: plain data. */
export class Report<Content> {
  readonly content: Content;

  constructor(content: Content) {
    this.content = content;
  }
}
