/** How a learner that is behind catches up: it asks for decided slots, and takes a snapshot where they are trimmed. */

import type { MemberId } from './ballot.js';
import { everyone } from './configuration.js';
import type { LearnerState } from './learner-state.js';
import type { Decided, Decision, Envelope, SnapshotPart } from './messages.js';
import { createPace, isDue, isLatest, noteAnswered, noteAsked, noteMeasured, type Pace } from './pacing.js';
import type { Slot } from './slot.js';
import { type Assembly, FIRST_PART_BYTES, type Snapshot } from './snapshot.js';

/** How long a learner waits for a missing decision before it asks for it, and the least that it waits for an answer, in milliseconds. */
const LEAST_PATIENCE_MS = 100;

/** A sender of a snapshot that has not answered so many questions counts as silent: others are asked too. */
const UNANSWERED_LIMIT = 3;

/** The pace of a learner that has not asked for anything yet. */
export function createFetching(): Pace {
  return createPace(LEAST_PATIENCE_MS, FIRST_PART_BYTES);
}

/** Takes note that `known` knows every slot up to `upTo` to be decided. */
export function noteBehind(state: LearnerState, known: MemberId, upTo: Slot, now: number): void {
  if (upTo <= state.decidedUpTo || upTo <= (state.behind?.upTo ?? 0)) return;
  // What was decided a moment ago is usually on its way: asking can wait.
  if (state.behind === undefined) state.fetchAt = now + LEAST_PATIENCE_MS;
  state.behind = { upTo, known };
}

/** Asks for what is missing below the furthest slot that is known to be decided somewhere. */
export function fetchMissing(state: LearnerState, now: number): Envelope[] {
  const { behind } = state;
  if (behind === undefined || now < state.fetchAt || state.isHalted) return [];
  if (behind.upTo <= state.decidedUpTo) {
    state.behind = undefined;
    noteAnswered(state.fetching);
    return [];
  }
  if (state.assembly !== undefined && state.assembly.slot <= state.decidedUpTo) state.assembly = undefined;
  const { assembly } = state;
  const messages: Envelope[] = [];
  if (assembly !== undefined && isDue(assembly.pace, now)) messages.push(requestPart(state, assembly, now));
  // While a snapshot comes, slots are not asked for: they are within it, or behind it.
  const hasRoom = state.unwritten < state.sizes.unwrittenBytes;
  if (hasRoom && (assembly === undefined || isSilent(assembly)) && isDue(state.fetching, now)) {
    const to = whomToAsk(state, behind.known);
    if (to !== undefined) messages.push(requestSlots(state, to, behind.upTo, now));
  }
  return messages;
}

/** First the member that is known to know; should it be gone, each of the others in turn. */
function whomToAsk(state: LearnerState, known: MemberId): MemberId | undefined {
  const others = everyone(state.history).filter((member) => member !== state.member);
  const isKnown = state.fetches % 2 === 0 && known !== state.member;
  const to = isKnown ? known : others[(state.fetches >> 1) % others.length];
  state.fetches += 1;
  return to;
}

/** The decisions of a message that were not known before. */
export function missingOf(state: LearnerState, { decisions }: Decided): Decision[] {
  return decisions.filter(({ slot }) => {
    return (
      slot > state.decidedUpTo && !state.decided.has(slot) && slot <= state.decidedUpTo + state.sizes.lookAheadSlots
    );
  });
}

/**
 * An answer with decided slots has come; whatever it has brought, it tells of the line.
 *
 * @param isNext whether it had the first slot that was missing. One that only has slots behind the gap comes from a member that does
 * not know either: the next one is asked, soon, for nobody need be waited for.
 */
export function noteFetched(state: LearnerState, from: MemberId, token: number, isNext: boolean, now: number): void {
  const { fetching } = state;
  noteMeasured(fetching, token, LEAST_PATIENCE_MS, state.sizes.replyBytes, now);
  if (isNext) {
    noteAnswered(fetching);
    // Who has answered is asked on: others may be gone.
    if (state.behind !== undefined) state.behind = { ...state.behind, known: from };
    state.fetches = 0;
  } else if (isLatest(fetching, token)) {
    noteAnswered(fetching);
    state.fetchAt = now + LEAST_PATIENCE_MS;
  }
}

/**
 * Adds a part of a snapshot. Parts come in order, from one member, of one snapshot, so bytes of two snapshots are never mixed. A
 * snapshot that is on its way is not left for a newer one, unless its sender has it no longer or has fallen silent; and one that
 * is not further than the own state is of no use.
 */
export function assemble(
  state: LearnerState,
  from: MemberId,
  part: SnapshotPart,
  now: number,
): { readonly messages: Envelope[]; readonly snapshot?: Snapshot; readonly isTooLarge?: boolean } {
  const { slot, history, total, offset, bytes, token } = part;
  if (slot <= state.decidedUpTo) return { messages: [] };
  if (total > state.sizes.snapshotLimitBytes) {
    const isNews = slot > state.refusedUpTo;
    state.refusedUpTo = Math.max(state.refusedUpTo, slot);
    return { messages: [], isTooLarge: isNews };
  }
  if (offset === 0 && mayBegin(state, from, slot, now)) {
    // It was asked for as slots were; from here on its sender has a pace of its own.
    const pace = { ...state.fetching };
    noteAnswered(state.fetching);
    state.assembly = { from, slot, history, bytes: new Uint8Array(total), received: 0, pace };
  }
  const { assembly } = state;
  if (assembly === undefined || assembly.from !== from) return { messages: [] };
  noteMeasured(assembly.pace, token, LEAST_PATIENCE_MS, state.sizes.partBytes, now);
  const isNext = assembly.slot === slot && assembly.received === offset && assembly.bytes.length === total;
  if (!isNext || offset + bytes.length > total) return { messages: [] };
  assembly.bytes.set(bytes, offset);
  assembly.received += bytes.length;
  noteAnswered(assembly.pace);
  if (assembly.received < total) return { messages: [requestPart(state, assembly, now)] };
  state.assembly = undefined;
  return { messages: [], snapshot: { slot, history: assembly.history, state: assembly.bytes } };
}

/** Whether the first part of a snapshot may take the place of what has come of another one. */
function mayBegin({ assembly, decidedUpTo, refusing }: LearnerState, from: MemberId, slot: Slot, now: number): boolean {
  if (now < (refusing.get(from) ?? 0)) return false;
  if (assembly === undefined || assembly.slot <= decidedUpTo) return true;
  if (assembly.from === from && assembly.slot === slot) return false;
  if (isSilent(assembly)) return true;
  // Asked for the one that was begun, and asked again, its sender gives another: it has that one no longer.
  return assembly.from === from && assembly.pace.unanswered > 1;
}

function isSilent({ pace }: Assembly): boolean {
  return pace.unanswered > UNANSWERED_LIMIT;
}

function requestSlots(
  { fetching, sizes, decidedUpTo }: LearnerState,
  to: MemberId,
  known: Slot,
  now: number,
): Envelope {
  const token = noteAsked(fetching, now);
  const bytes = Math.min(sizes.replyBytes, fetching.bytes);
  // What it would not take need not travel.
  const upTo = Math.min(known, decidedUpTo + sizes.lookAheadSlots);
  return { to, message: { type: 'fetch', fromSlot: decidedUpTo + 1, upTo, bytes, token } };
}

function requestPart(
  { sizes }: LearnerState,
  { from: to, slot, received: offset, pace }: Assembly,
  now: number,
): Envelope {
  const token = noteAsked(pace, now);
  const bytes = Math.min(sizes.partBytes, pace.bytes);
  return { to, message: { type: 'fetch-snapshot', slot, offset, bytes, token } };
}
