/**
 * How a learner that is behind catches up: it asks for decided slots, and takes a snapshot where they are trimmed.
 *
 * One question is out at a time. It is asked again when it was not answered for as long as answers take, with growing pauses; so
 * what is on its way over a slow line is not sent a second time, and nothing is given up for being slow.
 */

import type { MemberId } from './ballot.js';
import { everyone } from './configuration.js';
import type { Asking, LearnerState } from './learner-state.js';
import type { Decided, Decision, Envelope, SnapshotPart } from './messages.js';
import type { Slot } from './slot.js';
import { FIRST_PART_BYTES, type Snapshot } from './snapshot.js';

/** How long a learner waits for a missing decision before it asks for it, and the least that it waits for an answer, in milliseconds. */
const LEAST_PATIENCE_MS = 100;

/** The longest pause before a question is asked again, in milliseconds. */
const LONGEST_PATIENCE_MS = 3000;

/** No less than this is asked for at a time, in bytes. */
const LEAST_PART_BYTES = 16 * 1024;

/** A part that comes within this time could be larger, in milliseconds; one that takes so many times as long, smaller. */
const QUICK_PART_MS = 400;
const SLOW_PART_FACTOR = 4;

/** After this many questions without an answer, others than the sender of a snapshot are asked too. */
const UNANSWERED_LIMIT = 3;

/** A learner that waits for nothing. */
export function createAsking(): Asking {
  return {
    nextAt: 0,
    askedAt: 0,
    unanswered: 0,
    patienceMs: LEAST_PATIENCE_MS,
    partBytes: FIRST_PART_BYTES,
    count: 0,
  };
}

/** Takes note that `known` knows every slot up to `upTo` to be decided. */
export function noteBehind(state: LearnerState, known: MemberId, upTo: Slot, now: number): void {
  if (upTo <= state.decidedUpTo || upTo <= (state.behind?.upTo ?? 0)) return;
  // What was decided a moment ago is usually on its way: asking can wait.
  if (state.behind === undefined) state.asking.nextAt = Math.max(state.asking.nextAt, now + LEAST_PATIENCE_MS);
  state.behind = { upTo, known };
}

/** Asks for what is missing below the furthest slot that is known to be decided somewhere. */
export function fetchMissing(state: LearnerState, now: number): Envelope[] {
  const { behind, asking } = state;
  if (behind === undefined || now < asking.nextAt || state.isHalted) return [];
  if (behind.upTo <= state.decidedUpTo) {
    state.behind = undefined;
    asking.unanswered = 0;
    return [];
  }
  if (state.assembly !== undefined && state.assembly.slot <= state.decidedUpTo) state.assembly = undefined;
  const others = everyone(state.history).filter((member) => member !== state.member);
  const { count } = asking;
  noteAsked(asking, now);
  const { assembly } = state;
  // A sender that has fallen silent is asked every other time: it may be gone, and it may be slow.
  if (assembly !== undefined && (asking.unanswered <= UNANSWERED_LIMIT || count % 2 === 0)) {
    return [requestPart(state, assembly.from, assembly.slot, assembly.received)];
  }
  // First the member that is known to know; should it be gone, each of the others in turn.
  const isKnown = count % 2 === 0 && behind.known !== state.member;
  const to = isKnown ? behind.known : others[(count >> 1) % others.length];
  if (to === undefined) return [];
  return [{ to, message: { type: 'fetch', fromSlot: state.decidedUpTo + 1, upTo: behind.upTo } }];
}

/** The decisions of a message that were not known before. */
export function missingOf(state: LearnerState, { decisions }: Decided): Decision[] {
  return decisions.filter(({ slot }) => {
    return (
      slot > state.decidedUpTo && !state.decided.has(slot) && slot <= state.decidedUpTo + state.sizes.lookAheadSlots
    );
  });
}

/** An answer has brought something: the next question can follow at once, and need not be asked again too soon. */
export function noteAnswered(state: LearnerState, now: number): void {
  const { asking } = state;
  const tookMs = now - asking.askedAt;
  // An answer to a question that was asked twice says nothing about the time it takes (Karn's rule): then be more patient.
  const measured = asking.unanswered <= 1 ? 4 * tookMs : 2 * asking.patienceMs;
  asking.patienceMs = Math.min(LONGEST_PATIENCE_MS, Math.max(LEAST_PATIENCE_MS, measured));
  asking.unanswered = 0;
  asking.nextAt = now;
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
  const { slot, history, total, offset, bytes } = part;
  if (slot <= state.decidedUpTo) return { messages: [] };
  if (total > state.sizes.snapshotLimitBytes) {
    const isNews = slot > state.refusedUpTo;
    state.refusedUpTo = Math.max(state.refusedUpTo, slot);
    return { messages: [], isTooLarge: isNews };
  }
  if (offset === 0 && mayBegin(state, from, slot)) {
    state.assembly = { from, slot, history, bytes: new Uint8Array(total), received: 0 };
  }
  const { assembly } = state;
  const isNext = assembly?.from === from && assembly.slot === slot && assembly.received === offset;
  if (assembly === undefined || !isNext || assembly.bytes.length !== total || offset + bytes.length > total) {
    return { messages: [] };
  }
  assembly.bytes.set(bytes, offset);
  assembly.received += bytes.length;
  paceParts(state, now);
  noteAnswered(state, now);
  if (assembly.received < total) {
    noteAsked(state.asking, now);
    return { messages: [requestPart(state, from, slot, assembly.received)] };
  }
  state.assembly = undefined;
  return { messages: [], snapshot: { slot, history: assembly.history, state: assembly.bytes } };
}

/** Whether the first part of a snapshot may take the place of what has come of another one. */
function mayBegin({ assembly, asking, decidedUpTo }: LearnerState, from: MemberId, slot: Slot): boolean {
  if (assembly === undefined || assembly.slot <= decidedUpTo) return true;
  if (assembly.from === from && assembly.slot === slot) return false;
  if (asking.unanswered > UNANSWERED_LIMIT) return true;
  // Asked for the one that was begun, and asked again, its sender gives another: it has that one no longer.
  return assembly.from === from && asking.unanswered > 1;
}

/** Parts as large as come within a moment: few questions on a quick line, none that takes long on a slow one. */
function paceParts({ asking, sizes }: LearnerState, now: number): void {
  const tookMs = now - asking.askedAt;
  const isQuick = asking.unanswered <= 1 && tookMs < QUICK_PART_MS;
  const isSlow = asking.unanswered > 1 || tookMs > SLOW_PART_FACTOR * QUICK_PART_MS;
  if (isQuick) asking.partBytes = Math.min(sizes.partBytes, 2 * asking.partBytes);
  else if (isSlow) asking.partBytes = Math.max(LEAST_PART_BYTES, asking.partBytes / 2);
}

function noteAsked(asking: Asking, now: number): void {
  const pause = asking.patienceMs * 2 ** Math.min(asking.unanswered, 10);
  asking.count += 1;
  asking.unanswered += 1;
  asking.askedAt = now;
  asking.nextAt = now + Math.min(LONGEST_PATIENCE_MS, pause);
}

function requestPart({ asking, sizes }: LearnerState, to: MemberId, slot: Slot, offset: number): Envelope {
  return { to, message: { type: 'fetch-snapshot', slot, offset, bytes: Math.min(sizes.partBytes, asking.partBytes) } };
}
