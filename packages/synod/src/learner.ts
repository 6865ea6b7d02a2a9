/**
 * The learner: it counts votes, knows what is decided, hands it on in slot order, and fetches what it missed.
 *
 * A pure step. Its records need not be durable before its messages leave: whatever it forgets it can learn again.
 */

import type { Ballot, MemberId } from './ballot.js';
import type { Accepted, Decided, Decision, Envelope, Fetch, LearnerMessage } from './messages.js';
import { isQuorum, type QuorumSystem } from './quorum.js';
import type { DurableRecord } from './records.js';
import type { Slot, Value } from './slot.js';

export interface LearnerState {
  readonly member: MemberId;
  readonly quorums: QuorumSystem;
  /** Every slot up to here is decided and handed on. */
  decidedUpTo: Slot;
  /** What is decided: every slot up to `decidedUpTo`, and some above. */
  readonly decided: Map<Slot, Value>;
  /** By undecided slot: the highest ballot at which each member said it voted. */
  readonly votes: Map<Slot, Map<MemberId, Ballot>>;
  /** By undecided slot: the own acceptor's latest vote. */
  readonly ownVotes: Map<Slot, { readonly ballot: Ballot; readonly value: Value }>;
  /** The furthest slot that is known to be decided, and who said so: perhaps the own proposer, which has it from others. */
  behind: { readonly upTo: Slot; readonly known: MemberId } | undefined;
  /** When the next fetch may go out, in milliseconds of the caller's monotonic clock. */
  fetchAt: number;
  /** Counts fetches, to take turns among the members when one of them does not answer. */
  fetches: number;
}

export type LearnerInput =
  | { readonly type: 'message'; readonly from: MemberId; readonly message: LearnerMessage }
  | { readonly type: 'tick' };

export interface LearnerOutput {
  readonly records: readonly DurableRecord[];
  readonly messages: readonly Envelope[];
  /** Newly decided, in slot order and without gaps: to be applied exactly once, in this order (rule 8). */
  readonly delivered: readonly Decision[];
  /** Newly decided, in any order, also ahead of a gap: what the proposer need not propose any longer. */
  readonly settled: readonly Slot[];
}

/** A learner looks this many slots ahead of its watermark; what lies further it fetches when it gets there. */
export const LOOK_AHEAD_SLOTS = 65_536;

/** An answer to a fetch is closed once its values have this many bytes. */
export const FETCH_REPLY_BYTES: number = 1024 * 1024;

/** An answer to a fetch holds at most this many slots. */
const FETCH_REPLY_SLOTS = 4096;

/** How long a learner waits for a missing decision before it asks for it, and before it asks again, in milliseconds. */
const FETCH_INTERVAL_MS = 100;

/** A learner that knows nothing. */
export function createLearner(member: MemberId, quorums: QuorumSystem): LearnerState {
  return {
    member,
    quorums,
    decidedUpTo: 0,
    decided: new Map(),
    votes: new Map(),
    ownVotes: new Map(),
    behind: undefined,
    fetchAt: 0,
    fetches: 0,
  };
}

/** Takes a durable record back into memory; called for every record of the member's log, in order. */
export function recoverLearner(state: LearnerState, record: DurableRecord): readonly Decision[] {
  if (record.type === 'voted') {
    if (!state.decided.has(record.slot)) {
      state.ownVotes.set(record.slot, { ballot: record.ballot, value: record.value });
      noteVote(state, state.member, record.slot, record.ballot);
    }
  } else if (record.type === 'learned') {
    settle(state, record.slot, record.value);
  } else if (record.type === 'decided') {
    const own = state.ownVotes.get(record.slot);
    if (own !== undefined && own.ballot >= record.ballot) settle(state, record.slot, own.value);
  }
  return deliver(state);
}

/** One step of the learner at time `now` (monotonic milliseconds). Changes `state` and tells what follows. */
export function stepLearner(state: LearnerState, input: LearnerInput, now: number): LearnerOutput {
  if (input.type === 'tick') return output(state, [], [], fetchMissing(state, now));
  const { from, message } = input;
  switch (message.type) {
    case 'accepted':
      return count(state, from, message, now);
    case 'heartbeat':
      noteBehind(state, from, message.decidedUpTo, now);
      return output(state, [], [], []);
    case 'fetch':
      return output(state, [], [], answerFetch(state, from, message));
    case 'decided':
      return learn(state, from, message, now);
  }
}

function count(state: LearnerState, from: MemberId, message: Accepted, now: number): LearnerOutput {
  const { slot, ballot, value } = message;
  if (state.decided.has(slot) || slot > state.decidedUpTo + LOOK_AHEAD_SLOTS) return output(state, [], [], []);
  if (from === state.member && value !== undefined) state.ownVotes.set(slot, { ballot, value });
  const votes = noteVote(state, from, slot, ballot);
  // Rule 5: a value is chosen by a quorum of distinct members that voted at the same ballot.
  const voters = [...votes].filter(([, votedAt]) => votedAt === ballot).map(([member]) => member);
  if (!isQuorum(state.quorums, voters)) return output(state, [], [], []);
  const own = state.ownVotes.get(slot);
  // A vote above the ballot at which the value was chosen is a vote for the same value: its proposer had to adopt it.
  if (own === undefined || own.ballot < ballot) {
    const known = voters.find((member) => member !== state.member);
    if (known !== undefined) noteBehind(state, known, slot, now);
    return output(state, [], [], []);
  }
  settle(state, slot, own.value);
  return output(state, [{ type: 'decided', slot, ballot }], [slot], []);
}

function learn(state: LearnerState, from: MemberId, message: Decided, now: number): LearnerOutput {
  const records: DurableRecord[] = [];
  const settled: Slot[] = [];
  for (const { slot, value } of message.decisions) {
    if (state.decided.has(slot) || slot > state.decidedUpTo + LOOK_AHEAD_SLOTS) continue;
    settle(state, slot, value);
    records.push({ type: 'learned', slot, value });
    settled.push(slot);
  }
  noteBehind(state, from, message.decidedUpTo, now);
  // The rest of a long gap is asked for at once, not at the next tick.
  if (settled.length > 0) state.fetchAt = now;
  const result = output(state, records, settled, []);
  return settled.length > 0 ? { ...result, messages: fetchMissing(state, now) } : result;
}

/** Asks for what is missing below the furthest slot that is known to be decided somewhere. */
function fetchMissing(state: LearnerState, now: number): Envelope[] {
  const { behind } = state;
  if (behind === undefined || now < state.fetchAt) return [];
  if (behind.upTo <= state.decidedUpTo) {
    state.behind = undefined;
    return [];
  }
  const others = state.quorums.members.filter((member) => member !== state.member);
  if (others.length === 0) return [];
  // First the member that is known to know; should it be gone, each of the others in turn.
  const isKnown = state.fetches % 2 === 0 && behind.known !== state.member;
  const to = isKnown ? behind.known : others[(state.fetches >> 1) % others.length];
  state.fetches += 1;
  state.fetchAt = now + FETCH_INTERVAL_MS;
  if (to === undefined) return [];
  return [{ to, message: { type: 'fetch', fromSlot: state.decidedUpTo + 1, upTo: behind.upTo } }];
}

function answerFetch(state: LearnerState, to: MemberId, { fromSlot, upTo }: Fetch): Envelope[] {
  const decisions: Decision[] = [];
  let bytes = 0;
  const last = Math.min(upTo, fromSlot + FETCH_REPLY_SLOTS - 1, state.decidedUpTo + LOOK_AHEAD_SLOTS);
  for (let slot = fromSlot; slot <= last && bytes < FETCH_REPLY_BYTES; slot++) {
    const value = state.decided.get(slot);
    if (value === undefined) continue;
    decisions.push({ slot, value });
    bytes += value.length;
  }
  if (decisions.length === 0) return [];
  return [{ to, message: { type: 'decided', decisions, decidedUpTo: state.decidedUpTo } }];
}

function noteBehind(state: LearnerState, known: MemberId, upTo: Slot, now: number): void {
  if (upTo <= state.decidedUpTo || upTo <= (state.behind?.upTo ?? 0)) return;
  // What was decided a moment ago is usually on its way: asking can wait.
  if (state.behind === undefined) state.fetchAt = Math.max(state.fetchAt, now + FETCH_INTERVAL_MS);
  state.behind = { upTo, known };
}

function noteVote(state: LearnerState, from: MemberId, slot: Slot, ballot: Ballot): Map<MemberId, Ballot> {
  let votes = state.votes.get(slot);
  if (votes === undefined) {
    votes = new Map();
    state.votes.set(slot, votes);
  }
  // Only a member's highest ballot is kept. A quorum at a lower one may go unseen by that, but never unlearned: its value
  // is the only one that can be chosen at the higher ballot.
  if (ballot > (votes.get(from) ?? 0)) votes.set(from, ballot);
  return votes;
}

function settle(state: LearnerState, slot: Slot, value: Value): void {
  state.decided.set(slot, value);
  state.votes.delete(slot);
  state.ownVotes.delete(slot);
}

function deliver(state: LearnerState): Decision[] {
  const delivered: Decision[] = [];
  for (;;) {
    const slot = state.decidedUpTo + 1;
    const value = state.decided.get(slot);
    if (value === undefined) return delivered;
    state.decidedUpTo = slot;
    delivered.push({ slot, value });
  }
}

function output(
  state: LearnerState,
  records: readonly DurableRecord[],
  settled: readonly Slot[],
  messages: readonly Envelope[],
): LearnerOutput {
  return { records, messages, delivered: settled.length > 0 ? deliver(state) : [], settled };
}
