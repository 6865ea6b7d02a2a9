/**
 * The learner: it counts votes, knows what is decided, hands it on in slot order, and fetches what it missed.
 *
 * A pure step. Its records need not be durable before its messages leave: whatever it forgets it can learn again.
 */

import { type Ballot, kindOf, type MemberId } from './ballot.js';
import { assemble, fetchMissing, LOOK_AHEAD_SLOTS, missingOf, noteBehind } from './catching-up.js';
import { applyChange, type ChangeResult, governing, type History, latest, pruneHistory } from './configuration.js';
import { changeOf } from './decree.js';
import type { LearnerState } from './learner-state.js';
import type { Accepted, Decision, Envelope, Heartbeat, LearnerMessage } from './messages.js';
import { isPhase2Quorum } from './quorum.js';
import type { DurableRecord } from './records.js';
import { answerFetch, answerFetchSnapshot } from './sending-on.js';
import type { Slot, Value } from './slot.js';
import type { Snapshot } from './snapshot.js';

export type LearnerInput =
  | { readonly type: 'message'; readonly from: MemberId; readonly message: LearnerMessage }
  /** A snapshot of the own state is durable: the log below it can go (rule 9). */
  | { readonly type: 'snapshotted'; readonly snapshot: Snapshot }
  | { readonly type: 'tick' };

export interface LearnerOutput {
  readonly records: readonly DurableRecord[];
  readonly messages: readonly Envelope[];
  /** The state to begin with anew, before `delivered`: another member's, at a slot further than the own. */
  readonly installed?: Snapshot;
  /** Newly decided, in slot order and without gaps: to be applied exactly once, in this order (rule 8). */
  readonly delivered: readonly Decision[];
  /** Newly decided, in any order, also ahead of a gap: what the proposer need not propose any longer. */
  readonly settled: readonly Decision[];
  /** Changes of membership among `delivered`, and what became of them. */
  readonly changes: readonly { readonly slot: Slot; readonly result: ChangeResult }[];
}

/** What a durable record gives back: as in {@link LearnerOutput}. */
export interface LearnerRecovery {
  readonly installed?: Snapshot;
  readonly delivered: readonly Decision[];
}

/** The default of the slots that are kept below a snapshot. */
export const DEFAULT_TAIL_SLOTS = 10_000;

/** A learner that knows nothing but who the first members are. */
export function createLearner(
  member: MemberId,
  history: History,
  tailSlots: number = DEFAULT_TAIL_SLOTS,
): LearnerState {
  return {
    member,
    tailSlots,
    history,
    decidedUpTo: 0,
    decided: new Map(),
    trimmedUpTo: 0,
    snapshot: undefined,
    votes: new Map(),
    ownVotes: new Map(),
    behind: undefined,
    assembly: undefined,
    fetchAt: 0,
    fetches: 0,
  };
}

/** Takes a durable record back into memory; called for every record of the member's log, in order. */
export function recoverLearner(state: LearnerState, record: DurableRecord): LearnerRecovery {
  if (record.type === 'snapshot') {
    if (record.snapshot.slot <= state.decidedUpTo) {
      adoptSnapshot(state, record.snapshot);
      return { delivered: [] };
    }
    install(state, record.snapshot);
    return { installed: record.snapshot, delivered: deliver(state, []) };
  }
  if (record.type === 'voted') {
    if (record.slot > state.decidedUpTo && !state.decided.has(record.slot)) {
      state.ownVotes.set(record.slot, { ballot: record.ballot, value: record.value });
      noteVote(state, state.member, record.slot, record.ballot);
    }
  } else if (record.type === 'learned') {
    if (record.slot > state.decidedUpTo) settle(state, record.slot, record.value);
  } else if (record.type === 'decided') {
    const own = state.ownVotes.get(record.slot);
    if (own !== undefined && own.ballot >= record.ballot) settle(state, record.slot, own.value);
  }
  return { delivered: deliver(state, []) };
}

/** One step of the learner at time `now` (monotonic milliseconds). Changes `state` and tells what follows. */
export function stepLearner(state: LearnerState, input: LearnerInput, now: number): LearnerOutput {
  if (input.type === 'tick') return sending(fetchMissing(state, now));
  if (input.type === 'snapshotted') {
    adoptSnapshot(state, input.snapshot);
    return NOTHING;
  }
  const { from, message } = input;
  switch (message.type) {
    case 'accepted':
      return count(state, from, message, now);
    case 'heartbeat':
      return heed(state, from, message, now);
    case 'fetch':
      return sending(answerFetch(state, from, message));
    case 'fetch-snapshot':
      return sending(answerFetchSnapshot(state, from, message));
    case 'decided': {
      const settled = missingOf(state, message);
      for (const { slot, value } of settled) settle(state, slot, value);
      const records = settled.map(({ slot, value }): DurableRecord => ({ type: 'learned', slot, value }));
      noteBehind(state, from, message.decidedUpTo, now);
      if (settled.length === 0) return NOTHING;
      const output = advance(state, records, settled, now);
      // The rest of a long gap is asked for at once, not at the next tick.
      state.fetchAt = now;
      return { ...output, messages: fetchMissing(state, now) };
    }
    case 'snapshot-part': {
      const { messages, snapshot } = assemble(state, from, message, now);
      if (snapshot === undefined) return sending(messages);
      const before = state.decidedUpTo;
      install(state, snapshot);
      const output = advance(state, [{ type: 'snapshot', snapshot }], [], now, before);
      return { ...output, messages, installed: snapshot };
    }
  }
}

const NOTHING: LearnerOutput = { records: [], messages: [], delivered: [], settled: [], changes: [] };

function sending(messages: readonly Envelope[]): LearnerOutput {
  return messages.length === 0 ? NOTHING : { ...NOTHING, messages };
}

function count(state: LearnerState, from: MemberId, message: Accepted, now: number): LearnerOutput {
  const { slot, ballot, value } = message;
  if (slot <= state.decidedUpTo || state.decided.has(slot) || slot > state.decidedUpTo + LOOK_AHEAD_SLOTS)
    return NOTHING;
  if (from === state.member && value !== undefined) {
    const known = state.ownVotes.get(slot);
    if (known === undefined || known.ballot < ballot) state.ownVotes.set(slot, { ballot, value });
  }
  const votes = noteVote(state, from, slot, ballot);
  const settled = countSlot(state, slot, ballot, votes, now);
  if (settled === undefined) return NOTHING;
  return advance(state, [{ type: 'decided', slot, ballot }], [settled], now);
}

/** Whether the votes at `ballot` in `slot` decide it. */
function countSlot(
  state: LearnerState,
  slot: Slot,
  ballot: Ballot,
  votes: ReadonlyMap<MemberId, Ballot>,
  now: number,
): Decision | undefined {
  // Rule 7: who may vote in a slot further on is not known yet. These votes are counted again when it is.
  if (slot > state.decidedUpTo + latest(state.history).alpha) return undefined;
  const { voters } = governing(state.history, slot);
  // Rule 5: a value is chosen by a quorum of distinct members, of this slot's configuration, that voted at one ballot.
  if (!isPhase2Quorum(voters, kindOf(ballot), (member) => votes.get(member) === ballot)) return undefined;
  const own = state.ownVotes.get(slot);
  // A vote above the ballot at which the value was chosen is a vote for the same value: its proposer had to adopt it.
  if (own === undefined || own.ballot < ballot) {
    const known = voters.members.find((member) => member !== state.member && votes.get(member) === ballot);
    if (known !== undefined) noteBehind(state, known, slot, now);
    return undefined;
  }
  settle(state, slot, own.value);
  return { slot, value: own.value };
}

/**
 * The leader of a ballot says how far all is decided. Rule 6: where this member voted at that very ballot, it voted for the
 * decided value; for the rest it must ask.
 */
function heed(state: LearnerState, from: MemberId, { ballot, decidedUpTo }: Heartbeat, now: number): LearnerOutput {
  if (decidedUpTo <= state.decidedUpTo) return NOTHING;
  const settled: Decision[] = [];
  const records: DurableRecord[] = [];
  for (const [slot, own] of state.ownVotes) {
    if (slot > decidedUpTo || own.ballot !== ballot) continue;
    settle(state, slot, own.value);
    settled.push({ slot, value: own.value });
    records.push({ type: 'decided', slot, ballot });
  }
  const output = settled.length > 0 ? advance(state, records, settled, now) : NOTHING;
  noteBehind(state, from, decidedUpTo, now);
  return output;
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

/** Hands on what has no gap before it, and takes note of changes of membership on the way (rule 7). */
function deliver(state: LearnerState, changes: { slot: Slot; result: ChangeResult }[]): Decision[] {
  const delivered: Decision[] = [];
  for (;;) {
    const slot = state.decidedUpTo + 1;
    const value = state.decided.get(slot);
    if (value === undefined) return delivered;
    state.decidedUpTo = slot;
    delivered.push({ slot, value });
    const change = changeOf(value);
    if (change !== undefined) {
      const result = applyChange(state.history, slot, change);
      changes.push({ slot, result });
      if (result.type === 'changed') state.history = [...state.history, result.configuration];
    }
    if (state.history.length > 1) state.history = pruneHistory(state.history, slot);
  }
}

function install(state: LearnerState, snapshot: Snapshot): void {
  state.decidedUpTo = snapshot.slot;
  state.history = pruneHistory(snapshot.history, snapshot.slot);
  for (const map of [state.votes, state.ownVotes])
    for (const slot of map.keys()) if (slot <= snapshot.slot) map.delete(slot);
  adoptSnapshot(state, snapshot);
}

function adoptSnapshot(state: LearnerState, snapshot: Snapshot): void {
  if (snapshot.slot <= (state.snapshot?.slot ?? 0)) return;
  state.snapshot = snapshot;
  // Slots that were never known cannot be kept: the tail begins where knowledge without a gap does.
  let tail = snapshot.slot;
  while (tail > snapshot.slot - state.tailSlots && state.decided.has(tail)) tail -= 1;
  for (const slot of state.decided.keys()) if (slot <= tail) state.decided.delete(slot);
  state.trimmedUpTo = tail;
}

/** Hands on what can be, and counts again what comes within alpha of the watermark by that. */
function advance(
  state: LearnerState,
  records: DurableRecord[],
  settled: Decision[],
  now: number,
  before: Slot = state.decidedUpTo,
): LearnerOutput {
  const changes: { slot: Slot; result: ChangeResult }[] = [];
  const { alpha } = latest(state.history);
  const delivered = deliver(state, changes);
  for (let counted = before; counted < state.decidedUpTo && state.votes.size > 0; ) {
    const upTo = state.decidedUpTo;
    for (const slot of slotsWithVotes(state, counted + alpha, upTo + alpha)) {
      const votes = state.votes.get(slot) as ReadonlyMap<MemberId, Ballot>;
      for (const ballot of new Set(votes.values())) {
        const decision = countSlot(state, slot, ballot, votes, now);
        if (decision === undefined) continue;
        settled.push(decision);
        records.push({ type: 'decided', slot, ballot });
        break;
      }
    }
    counted = upTo;
    for (const decision of deliver(state, changes)) delivered.push(decision);
  }
  return { records, messages: [], delivered, settled, changes };
}

/** The slots above `after` and up to `upTo` in which somebody voted. */
function slotsWithVotes(state: LearnerState, after: Slot, upTo: Slot): Slot[] {
  if (upTo - after > state.votes.size) return [...state.votes.keys()].filter((slot) => slot > after && slot <= upTo);
  const slots: Slot[] = [];
  for (let slot = after + 1; slot <= upTo; slot++) if (state.votes.has(slot)) slots.push(slot);
  return slots;
}
