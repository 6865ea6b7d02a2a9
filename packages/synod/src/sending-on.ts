/** What a learner sends to one that is behind: decided slots, or the snapshot that stands for those it has trimmed. */

import type { MemberId } from './ballot.js';
import { LOOK_AHEAD_SLOTS } from './catching-up.js';
import type { LearnerState } from './learner-state.js';
import type { Decision, Envelope, Fetch, FetchSnapshot } from './messages.js';
import type { Snapshot } from './snapshot.js';

/** An answer to a fetch is closed once its values have this many bytes. */
const FETCH_REPLY_BYTES = 1024 * 1024;

/** An answer to a fetch holds at most this many slots. */
const FETCH_REPLY_SLOTS = 4096;

/** A part of a snapshot has at most this many bytes. */
const SNAPSHOT_PART_BYTES = 512 * 1024;

/** What is decided in the slots that were asked for, as far as it is known. */
export function answerFetch(state: LearnerState, to: MemberId, { fromSlot, upTo }: Fetch): Envelope[] {
  if (fromSlot <= state.trimmedUpTo && state.snapshot !== undefined) return [partOf(state.snapshot, to, 0)];
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

/** The next part of a snapshot, or the first part of the present one when that which was begun is gone. */
export function answerFetchSnapshot(state: LearnerState, to: MemberId, { slot, offset }: FetchSnapshot): Envelope[] {
  const { snapshot } = state;
  if (snapshot === undefined) return [];
  return [partOf(snapshot, to, snapshot.slot === slot && offset <= snapshot.state.length ? offset : 0)];
}

function partOf({ slot, history, state }: Snapshot, to: MemberId, offset: number): Envelope {
  const bytes = state.subarray(offset, offset + SNAPSHOT_PART_BYTES);
  return { to, message: { type: 'snapshot-part', slot, history, total: state.length, offset, bytes } };
}
