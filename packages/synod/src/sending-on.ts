/** What a learner sends to one that is behind: decided slots, or the snapshot that stands for those it has trimmed. */

import type { MemberId } from './ballot.js';
import type { LearnerState } from './learner-state.js';
import type { Decision, Envelope, Fetch, FetchSnapshot } from './messages.js';
import { FIRST_PART_BYTES, type Snapshot } from './snapshot.js';

/** A snapshot that nobody has asked for a part of in this time is not being fetched any more, in milliseconds. */
const LEND_MS = 15_000;

/** What is decided in the slots that were asked for, as far as it is known. */
export function answerFetch(state: LearnerState, to: MemberId, { fromSlot, upTo }: Fetch, now: number): Envelope[] {
  const { snapshot, sizes } = state;
  if (fromSlot <= state.trimmedUpTo && snapshot !== undefined) {
    state.snapshotAskedAt = now;
    return [partOf(snapshot, to, 0, Math.min(FIRST_PART_BYTES, sizes.partBytes))];
  }
  const decisions: Decision[] = [];
  let bytes = 0;
  const last = Math.min(upTo, fromSlot + sizes.replySlots - 1, state.decidedUpTo + sizes.lookAheadSlots);
  for (let slot = fromSlot; slot <= last && bytes < sizes.replyBytes; slot++) {
    const value = state.decided.get(slot);
    if (value === undefined) continue;
    decisions.push({ slot, value });
    bytes += value.length;
  }
  if (decisions.length === 0) return [];
  return [{ to, message: { type: 'decided', decisions, decidedUpTo: state.decidedUpTo } }];
}

/** The next part of a snapshot, or the first part of the present one when that which was begun is gone. */
export function answerFetchSnapshot(
  state: LearnerState,
  to: MemberId,
  { slot, offset, bytes }: FetchSnapshot,
  now: number,
): Envelope[] {
  const { snapshot, lent, sizes } = state;
  const size = Math.min(bytes, sizes.partBytes);
  if (lent?.snapshot.slot === slot && offset <= lent.snapshot.state.length) {
    lent.askedAt = now;
    return [partOf(lent.snapshot, to, offset, size)];
  }
  if (snapshot === undefined) return [];
  state.snapshotAskedAt = now;
  const isBegun = snapshot.slot === slot && offset <= snapshot.state.length;
  return [partOf(snapshot, to, isBegun ? offset : 0, size)];
}

/**
 * A newer snapshot is to take the place of the present one: that one stays, should somebody be fetching it just now. One at a
 * time is kept so: whoever fetches another begins anew.
 */
export function lendSnapshot(state: LearnerState, now: number): void {
  releaseLent(state, now);
  const { snapshot, snapshotAskedAt } = state;
  if (snapshot === undefined || state.lent !== undefined || now - snapshotAskedAt >= LEND_MS) return;
  state.lent = { snapshot, askedAt: snapshotAskedAt };
}

/** Lets an older snapshot go that nobody fetches any more. */
export function releaseLent(state: LearnerState, now: number): void {
  if (state.lent !== undefined && now - state.lent.askedAt >= LEND_MS) state.lent = undefined;
}

function partOf({ slot, history, state }: Snapshot, to: MemberId, offset: number, size: number): Envelope {
  const bytes = state.subarray(offset, offset + Math.max(1, size));
  return { to, message: { type: 'snapshot-part', slot, history, total: state.length, offset, bytes } };
}
