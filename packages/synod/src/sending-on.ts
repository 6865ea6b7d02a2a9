/** What a learner sends to one that is behind: decided slots, or the snapshot that stands for those it has trimmed. */

import type { MemberId } from './ballot.js';
import type { LearnerState } from './learner-state.js';
import type { Decision, Envelope, Fetch, FetchSnapshot } from './messages.js';
import { FIRST_PART_BYTES, type Snapshot } from './snapshot.js';

/** A snapshot that nobody has asked for a part of in this time is not being fetched any more, in milliseconds. */
const LEND_MS = 15_000;

/** At most so many older snapshots are kept for those who fetch them: the oldest goes first. */
const LENT_LIMIT = 3;

/** What is decided in the slots that were asked for, as far as it is known; or a snapshot that stands for them. */
export function answerFetch(state: LearnerState, to: MemberId, fetch: Fetch, now: number): Envelope[] {
  const { fromSlot, upTo, token } = fetch;
  const { snapshot, sizes } = state;
  if (fromSlot <= state.trimmedUpTo && snapshot !== undefined) {
    state.snapshotAskedAt = now;
    return [partOf(snapshot, to, 0, Math.min(FIRST_PART_BYTES, fetch.bytes, sizes.partBytes), token)];
  }
  const decisions: Decision[] = [];
  const most = Math.min(fetch.bytes, sizes.replyBytes);
  const last = Math.min(upTo, fromSlot + sizes.replySlots - 1, state.decidedUpTo + sizes.lookAheadSlots);
  let bytes = 0;
  for (let slot = fromSlot; slot <= last && (bytes < most || decisions.length === 0); slot++) {
    const value = state.decided.get(slot);
    if (value === undefined) continue;
    decisions.push({ slot, value });
    bytes += value.length;
  }
  // Also where there is none: who asks then knows that it must ask another.
  return [{ to, message: { type: 'decided', decisions, decidedUpTo: state.decidedUpTo, token } }];
}

/** The next part of a snapshot, or the first part of the present one when that which was begun is gone. */
export function answerFetchSnapshot(
  state: LearnerState,
  to: MemberId,
  { slot, offset, bytes, token }: FetchSnapshot,
  now: number,
): Envelope[] {
  const { snapshot, lent, sizes } = state;
  const size = Math.min(bytes, sizes.partBytes);
  const older = lent.find((each) => each.snapshot.slot === slot && offset <= each.snapshot.state.length);
  if (older !== undefined) {
    older.askedAt = now;
    return [partOf(older.snapshot, to, offset, size, token)];
  }
  if (snapshot === undefined) return [];
  state.snapshotAskedAt = now;
  const isBegun = snapshot.slot === slot && offset <= snapshot.state.length;
  return [partOf(snapshot, to, isBegun ? offset : 0, size, token)];
}

/** A newer snapshot is to take the place of the present one: that one stays, should somebody be fetching it just now. */
export function lendSnapshot(state: LearnerState, now: number): void {
  releaseLent(state, now);
  const { snapshot, snapshotAskedAt: askedAt } = state;
  if (snapshot === undefined || now - askedAt >= LEND_MS) return;
  state.lent = [...state.lent, { snapshot, askedAt }].slice(-LENT_LIMIT);
  state.snapshotAskedAt = Number.NEGATIVE_INFINITY;
}

/** Lets older snapshots go that nobody fetches any more. */
export function releaseLent(state: LearnerState, now: number): void {
  if (state.lent.length > 0) state.lent = state.lent.filter(({ askedAt }) => now - askedAt < LEND_MS);
}

function partOf(
  { slot, history, state }: Snapshot,
  to: MemberId,
  offset: number,
  size: number,
  token: number,
): Envelope {
  const bytes = state.subarray(offset, offset + Math.max(1, size));
  return { to, message: { type: 'snapshot-part', slot, history, total: state.length, offset, bytes, token } };
}
