/**
 * The learner: it counts votes, knows what is decided, hands it on in slot order, and fetches what it missed.
 *
 * A pure step. Its records need not be durable before its messages leave: whatever it forgets it can learn again.
 */

import { type Ballot, kindOf, type MemberId } from './ballot.js';
import { assemble, createAsking, fetchMissing, missingOf, noteAnswered, noteBehind } from './catching-up.js';
import { applyChange, type ChangeResult, governing, type History, latest, pruneHistory } from './configuration.js';
import { changeOf, holdsCommands } from './decree.js';
import { DEFAULT_LEARNER_SIZES, type LearnerSizes, type LearnerState } from './learner-state.js';
import type { Accepted, Decided, Decision, Envelope, Heartbeat, LearnerMessage, SnapshotPart } from './messages.js';
import { isPhase2Quorum } from './quorum.js';
import type { DecidedRecord, DurableRecord } from './records.js';
import { answerFetch, answerFetchSnapshot, lendSnapshot, releaseLent } from './sending-on.js';
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
  /** What keeps this learner from going on, and only its operator can change. */
  readonly trouble?: LearnerTrouble;
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
    };

/** What a durable record gives back: as in {@link LearnerOutput}. */
export interface LearnerRecovery {
  readonly installed?: Snapshot;
  readonly delivered: readonly Decision[];
}

/** The default of the slots that are kept below a snapshot. */
export const DEFAULT_TAIL_SLOTS = 10_000;

/**
 * A learner that knows nothing but who the first members are.
 *
 * @param tailSlots this many slots below a snapshot are kept for members that are a little behind.
 * @param sizes other sizes than the default ones.
 */
export function createLearner(
  member: MemberId,
  history: History,
  tailSlots: number = DEFAULT_TAIL_SLOTS,
  sizes: Partial<LearnerSizes> = {},
): LearnerState {
  return {
    member,
    tailSlots,
    sizes: { ...DEFAULT_LEARNER_SIZES, ...sizes },
    history,
    decidedUpTo: 0,
    decided: new Map(),
    trimmedUpTo: 0,
    snapshot: undefined,
    snapshotAskedAt: Number.NEGATIVE_INFINITY,
    lent: undefined,
    votes: new Map(),
    ownVotes: new Map(),
    behind: undefined,
    assembly: undefined,
    asking: createAsking(),
    isHalted: false,
    isHaltTold: false,
    refusedUpTo: 0,
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
      const { slot, ballot, value } = record;
      const earlier = state.ownVotes.get(slot);
      state.ownVotes.set(slot, earlier === undefined ? { ballot, value } : { ballot, value, earlier });
      noteVote(state, state.member, slot, ballot);
    }
  } else if (record.type === 'learned') {
    if (record.slot > state.decidedUpTo) settle(state, record.slot, record.value);
  } else if (record.type === 'decided') {
    // That very vote, and no later one: by rule 6 a vote at a higher ballot may be for another value.
    let own = state.ownVotes.get(record.slot);
    while (own !== undefined && own.ballot !== record.ballot) own = own.earlier;
    if (own !== undefined) settle(state, record.slot, own.value);
  }
  return { delivered: deliver(state, []) };
}

/** One step of the learner at time `now` (monotonic milliseconds). Changes `state` and tells what follows. */
export function stepLearner(state: LearnerState, input: LearnerInput, now: number): LearnerOutput {
  if (input.type === 'tick') {
    releaseLent(state, now);
    const output = sending(fetchMissing(state, now));
    const trouble = haltOf(state);
    return trouble === undefined ? output : { ...output, trouble };
  }
  if (input.type === 'snapshotted') {
    lendSnapshot(state, now);
    adoptSnapshot(state, input.snapshot);
    return NOTHING;
  }
  const { from, message } = input;
  switch (message.type) {
    case 'accepted':
      return count(state, from, message, now);
    case 'heartbeat':
      return heed(state, from, message, now);
    case 'canvass-reply':
      // Nobody leads: this is how one that is behind hears of it.
      noteBehind(state, from, message.decidedUpTo, now);
      return NOTHING;
    case 'fetch':
      return sending(answerFetch(state, from, message, now));
    case 'fetch-snapshot':
      return sending(answerFetchSnapshot(state, from, message, now));
    case 'decided':
      return learn(state, from, message, now);
    case 'snapshot-part':
      return takePart(state, from, message, now);
  }
}

const NOTHING: LearnerOutput = { records: [], messages: [], delivered: [], settled: [], changes: [] };

function sending(messages: readonly Envelope[]): LearnerOutput {
  return messages.length === 0 ? NOTHING : { ...NOTHING, messages };
}

/** Another learner says what is decided. */
function learn(state: LearnerState, from: MemberId, message: Decided, now: number): LearnerOutput {
  const settled = missingOf(state, message);
  for (const { slot, value } of settled) settle(state, slot, value);
  const records = settled.map(({ slot, value }): DurableRecord => ({ type: 'learned', slot, value }));
  noteBehind(state, from, message.decidedUpTo, now);
  if (settled.length === 0) return NOTHING;
  noteAnswered(state, now);
  const output = advance(state, records, settled, now);
  // The rest of a long gap is asked for at once, not at the next tick.
  return { ...output, messages: fetchMissing(state, now) };
}

/** Another learner sends a part of its snapshot. */
function takePart(state: LearnerState, from: MemberId, message: SnapshotPart, now: number): LearnerOutput {
  const { messages, snapshot, isTooLarge } = assemble(state, from, message, now);
  if (isTooLarge === true) {
    const { slot, total: bytes } = message;
    const { snapshotLimitBytes: limitBytes } = state.sizes;
    return { ...NOTHING, trouble: { type: 'snapshot-too-large', from, slot, bytes, limitBytes } };
  }
  if (snapshot === undefined) return sending(messages);
  const before = state.decidedUpTo;
  lendSnapshot(state, now);
  install(state, snapshot);
  const output = advance(state, [{ type: 'snapshot', snapshot }], [], now, before);
  return { ...output, messages: fetchMissing(state, now), installed: snapshot };
}

function count(state: LearnerState, from: MemberId, message: Accepted, now: number): LearnerOutput {
  const { slot, ballot, value } = message;
  if (slot <= state.decidedUpTo || slot > state.decidedUpTo + state.sizes.lookAheadSlots) return NOTHING;
  if (state.decided.has(slot)) return NOTHING;
  if (from === state.member && value !== undefined) {
    const known = state.ownVotes.get(slot);
    if (known === undefined || known.ballot < ballot) state.ownVotes.set(slot, { ballot, value });
  }
  const votes = noteVote(state, from, slot, ballot);
  const counted = countSlot(state, slot, ballot, votes, now);
  return counted === undefined ? NOTHING : advance(state, [counted.record], [counted.decision], now);
}

/** What the votes at `ballot` in `slot` decide, and what to write down of it. */
function countSlot(
  state: LearnerState,
  slot: Slot,
  ballot: Ballot,
  votes: ReadonlyMap<MemberId, Ballot>,
  now: number,
): { readonly decision: Decision; readonly record: DecidedRecord } | undefined {
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
  // The record names the own vote, not the ballot at which others decided: recovery takes that very vote.
  return { decision: { slot, value: own.value }, record: { type: 'decided', slot, ballot: own.ballot } };
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

/**
 * Hands on what has no gap before it, and takes note of changes of membership on the way (rule 7). It stops at a decree that it
 * cannot read, for to pass it over could lead this member to another state than the others.
 */
function deliver(state: LearnerState, changes: { slot: Slot; result: ChangeResult }[]): Decision[] {
  const delivered: Decision[] = [];
  for (;;) {
    const slot = state.decidedUpTo + 1;
    const value = state.decided.get(slot);
    if (value === undefined) return delivered;
    const change = holdsCommands(value) ? undefined : changeOf(value);
    state.isHalted = change === undefined && !holdsCommands(value);
    if (state.isHalted) return delivered;
    state.decidedUpTo = slot;
    delivered.push({ slot, value });
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
  state.isHalted = false;
  state.history = pruneHistory(snapshot.history, snapshot.slot);
  for (const map of [state.votes, state.ownVotes])
    for (const slot of map.keys()) if (slot <= snapshot.slot) map.delete(slot);
  adoptSnapshot(state, snapshot);
}

function adoptSnapshot(state: LearnerState, snapshot: Snapshot): void {
  if (snapshot.slot <= (state.snapshot?.slot ?? 0)) return;
  state.snapshot = snapshot;
  // Whoever fetches an older snapshot needs what follows it, too; within bounds.
  const { lent, sizes } = state;
  const needed = Math.max(lent?.snapshot.slot ?? Number.POSITIVE_INFINITY, snapshot.slot - sizes.lookAheadSlots);
  const wanted = Math.min(snapshot.slot - state.tailSlots, needed);
  // Slots that were never known cannot be kept: the tail begins where knowledge without a gap does.
  let tail = snapshot.slot;
  while (tail > wanted && state.decided.has(tail)) tail -= 1;
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
  for (let done = before; done < state.decidedUpTo && state.votes.size > 0; ) {
    const upTo = state.decidedUpTo;
    for (const slot of slotsWithVotes(state, done + alpha, upTo + alpha)) {
      const votes = state.votes.get(slot) as ReadonlyMap<MemberId, Ballot>;
      for (const ballot of new Set(votes.values())) {
        const counted = countSlot(state, slot, ballot, votes, now);
        if (counted === undefined) continue;
        settled.push(counted.decision);
        records.push(counted.record);
        break;
      }
    }
    done = upTo;
    for (const decision of deliver(state, changes)) delivered.push(decision);
  }
  return { records, messages: [], delivered, settled, changes };
}

/** What this learner has stopped at, told once in its life. */
function haltOf(state: LearnerState): LearnerTrouble | undefined {
  if (!state.isHalted || state.isHaltTold) return undefined;
  state.isHaltTold = true;
  const slot = state.decidedUpTo + 1;
  return { type: 'unknown-decree', slot, kind: state.decided.get(slot)?.[0] ?? 0 };
}

/** The slots above `after` and up to `upTo` in which somebody voted. */
function slotsWithVotes(state: LearnerState, after: Slot, upTo: Slot): Slot[] {
  if (upTo - after > state.votes.size) return [...state.votes.keys()].filter((slot) => slot > after && slot <= upTo);
  const slots: Slot[] = [];
  for (let slot = after + 1; slot <= upTo; slot++) if (state.votes.has(slot)) slots.push(slot);
  return slots;
}
