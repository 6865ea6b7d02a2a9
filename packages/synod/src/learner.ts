/**
 * The learner: it counts votes, knows what is decided, hands it on in slot order, and fetches what it missed.
 *
 * A pure step. Its records need not be durable before its messages leave: whatever it forgets it can learn again.
 */

import type { Ballot, MemberId } from './ballot.js';
import { assemble, createFetching, fetchMissing, missingOf, noteBehind, noteFetched } from './catching-up.js';
import { type ChangeResult, type History, latest } from './configuration.js';
import { countSlot, noteVote, settle, slotsWithVotes } from './counting.js';
import { adoptSnapshot, deliver, haltOf, install } from './delivering.js';
import { DEFAULT_LEARNER_SIZES, type LearnerSizes, type LearnerState, type LearnerTrouble } from './learner-state.js';
import type { Accepted, Decided, Decision, Heartbeat, LearnerMessage, SnapshotPart } from './messages.js';
import { type DurableRecord, learnedBytes } from './records.js';
import { answerFetch, answerFetchSnapshot, lendSnapshot, releaseLent } from './sending-on.js';
import type { Slot } from './slot.js';
import type { Snapshot } from './snapshot.js';
import { both, NONE, NOTHING, type Step, sending, telling } from './step.js';

export type LearnerInput =
  | { readonly type: 'message'; readonly from: MemberId; readonly message: LearnerMessage }
  /** A snapshot of the own state is durable: the log below it can go (rule 9). */
  | { readonly type: 'snapshotted'; readonly snapshot: Snapshot }
  /** Learned values of so many bytes are on disk, or will not be written for want of room: see `learnedBytes`. */
  | { readonly type: 'written'; readonly bytes: number }
  | { readonly type: 'tick' };

/** The learner has moved on: something is decided that it did not know. */
export interface Progress {
  readonly type: 'progress';
  /** The state to begin with anew, before `delivered`: another member's, at a slot further than the own. */
  readonly installed?: Snapshot;
  /** Newly decided, in slot order and without gaps: to be applied exactly once, in this order (rule 8). */
  readonly delivered: readonly Decision[];
  /** Newly decided, in any order, also ahead of a gap, and all that is delivered: what the proposer need not propose any longer. */
  readonly settled: readonly Decision[];
  /** Changes of membership among `delivered`, and what became of them. */
  readonly changes: readonly { readonly slot: Slot; readonly result: ChangeResult }[];
}

/** What a step of the learner tells the rest of its member. */
export type LearnerNews =
  | Progress
  /** What keeps this learner from going on, and only its operator can change. */
  | { readonly type: 'trouble'; readonly trouble: LearnerTrouble };

/** How the learner has moved on by a step, if it has. */
export function progressOf({ news }: Step<LearnerNews>): Progress | undefined {
  for (const each of news) if (each.type === 'progress') return each;
  return undefined;
}

/** What keeps it from going on, if it says so. */
export function troubleOf({ news: [first] }: Step<LearnerNews>): LearnerTrouble | undefined {
  return first?.type === 'trouble' ? first.trouble : undefined;
}

/** What a durable record gives back: as in {@link Progress}. */
export interface LearnerRecovery {
  readonly installed?: Snapshot;
  readonly delivered: readonly Decision[];
}

/**
 * A snapshot that could not be read is most likely of a later version, as the next one of that member will be. Until this member runs that
 * version, too, the line must not be full of them: one is tried in so many milliseconds.
 */
const REFUSING_MS = 60_000;

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
    lent: [],
    votes: new Map(),
    ownVotes: new Map(),
    behind: undefined,
    assembly: undefined,
    fetching: createFetching(),
    fetchAt: 0,
    unwritten: 0,
    fetches: 0,
    isHalted: false,
    isHaltTold: false,
    refusedUpTo: 0,
    refusing: new Map(),
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

/**
 * One step of the learner at time `now` (monotonic milliseconds). Changes `state` and tells what follows.
 *
 * @param isReadable whether the machine can make anything of a state that another member has sent; it is not taken over otherwise.
 */
export function stepLearner(
  state: LearnerState,
  input: LearnerInput,
  now: number,
  isReadable: (machine: Uint8Array) => boolean = () => true,
): Step<LearnerNews> {
  if (input.type === 'tick') {
    releaseLent(state, now);
    const step = sending(fetchMissing(state, now));
    const trouble = haltOf(state);
    return trouble === undefined ? step : both(step, telling({ type: 'trouble', trouble }));
  }
  if (input.type === 'snapshotted') {
    lendSnapshot(state, now);
    adoptSnapshot(state, input.snapshot);
    return NOTHING;
  }
  if (input.type === 'written') {
    state.unwritten = Math.max(0, state.unwritten - input.bytes);
    return NOTHING;
  }
  const { from, message } = input;
  // What it learns it could not hand on, and must not gather for ever.
  if (state.isHalted && message.type !== 'snapshot-part' && !message.type.startsWith('fetch')) return NOTHING;
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
      return takePart(state, from, message, now, isReadable);
  }
}

/** Another learner says what is decided. */
function learn(state: LearnerState, from: MemberId, message: Decided, now: number): Step<LearnerNews> {
  const settled = missingOf(state, message);
  for (const { slot, value } of settled) settle(state, slot, value);
  const records = settled.map(({ slot, value }): DurableRecord => ({ type: 'learned', slot, value }));
  const before = state.decidedUpTo;
  const step = settled.length === 0 ? NOTHING : advance(state, records, settled, now);
  noteBehind(state, from, message.decidedUpTo, now);
  noteFetched(state, from, message.token, state.decidedUpTo > before, now);
  state.unwritten += learnedBytes(records);
  // The rest of a long gap is asked for at once, not at the next tick.
  return settled.length === 0 ? step : both(step, sending(fetchMissing(state, now)));
}

/** Another learner sends a part of its snapshot. */
function takePart(
  state: LearnerState,
  from: MemberId,
  message: SnapshotPart,
  now: number,
  isReadable: (machine: Uint8Array) => boolean,
): Step<LearnerNews> {
  const { messages, snapshot, isTooLarge } = assemble(state, from, message, now);
  if (isTooLarge === true) {
    const { slot, total: bytes } = message;
    const { snapshotLimitBytes: limitBytes } = state.sizes;
    return telling({ type: 'trouble', trouble: { type: 'snapshot-too-large', from, slot, bytes, limitBytes } });
  }
  if (snapshot === undefined) return sending(messages);
  if (!isReadable(snapshot.state)) {
    state.refusing.set(from, now + REFUSING_MS);
    const isNews = snapshot.slot > state.refusedUpTo;
    state.refusedUpTo = Math.max(state.refusedUpTo, snapshot.slot);
    if (!isNews) return NOTHING;
    return telling({ type: 'trouble', trouble: { type: 'snapshot-unreadable', from, slot: snapshot.slot } });
  }
  const before = state.decidedUpTo;
  lendSnapshot(state, now);
  install(state, snapshot);
  const step = advance(state, [{ type: 'snapshot', snapshot }], [], now, before, snapshot);
  return both(step, sending(fetchMissing(state, now)));
}

/** A member has voted. */
function count(state: LearnerState, from: MemberId, message: Accepted, now: number): Step<LearnerNews> {
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

/**
 * The leader of a ballot says how far all is decided. Rule 6: where this member voted at that very ballot, it voted for the
 * decided value; for the rest it must ask.
 */
function heed(state: LearnerState, from: MemberId, { ballot, decidedUpTo }: Heartbeat, now: number): Step<LearnerNews> {
  if (decidedUpTo <= state.decidedUpTo) return NOTHING;
  const settled: Decision[] = [];
  const records: DurableRecord[] = [];
  for (const [slot, own] of state.ownVotes) {
    if (slot > decidedUpTo || own.ballot !== ballot) continue;
    settle(state, slot, own.value);
    settled.push({ slot, value: own.value });
    records.push({ type: 'decided', slot, ballot });
  }
  const step = settled.length > 0 ? advance(state, records, settled, now) : NOTHING;
  noteBehind(state, from, decidedUpTo, now);
  return step;
}

/** Hands on what can be, and counts again what comes within alpha of the watermark by that. */
function advance(
  state: LearnerState,
  records: DurableRecord[],
  settled: Decision[],
  now: number,
  before: Slot = state.decidedUpTo,
  installed?: Snapshot,
): Step<LearnerNews> {
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
  // What was known ahead of a gap may have become known before the proposer led.
  const [decision] = settled;
  const isOne = delivered.length === 1 && settled.length === 1 && delivered[0]?.slot === decision?.slot;
  if (delivered.length > 0 && !isOne) {
    const told = new Set(settled.map(({ slot }) => slot));
    for (const decision of delivered) if (!told.has(decision.slot)) settled.push(decision);
  }
  const progress: Progress = { type: 'progress', delivered, settled, changes };
  return { records, messages: NONE, news: [installed === undefined ? progress : { ...progress, installed }] };
}
