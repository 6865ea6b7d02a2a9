/** How a learner that is behind catches up: it asks for decided slots, and takes a snapshot where they are trimmed. */

import type { MemberId } from './ballot.js';
import { everyone } from './configuration.js';
import type { LearnerState } from './learner-state.js';
import type { Decided, Decision, Envelope, SnapshotPart } from './messages.js';
import type { Slot } from './slot.js';
import { SNAPSHOT_LIMIT_BYTES, type Snapshot } from './snapshot.js';

/** A learner looks this many slots ahead of its watermark; what lies further it fetches when it gets there. */
export const LOOK_AHEAD_SLOTS = 65_536;

/** How long a learner waits for a missing decision before it asks for it, and before it asks again, in milliseconds. */
const FETCH_INTERVAL_MS = 100;

/** A snapshot whose sender was not heard for this long is begun anew with another sender, in milliseconds. */
const SENDER_LIMIT_MS = 1000;

/** Takes note that `known` knows every slot up to `upTo` to be decided. */
export function noteBehind(state: LearnerState, known: MemberId, upTo: Slot, now: number): void {
  if (upTo <= state.decidedUpTo || upTo <= (state.behind?.upTo ?? 0)) return;
  // What was decided a moment ago is usually on its way: asking can wait.
  if (state.behind === undefined) state.fetchAt = Math.max(state.fetchAt, now + FETCH_INTERVAL_MS);
  state.behind = { upTo, known };
}

/** Asks for what is missing below the furthest slot that is known to be decided somewhere. */
export function fetchMissing(state: LearnerState, now: number): Envelope[] {
  const { behind, assembly } = state;
  if (behind === undefined || now < state.fetchAt) return [];
  if (behind.upTo <= state.decidedUpTo) {
    state.behind = undefined;
    return [];
  }
  const others = everyone(state.history).filter((member) => member !== state.member);
  // First the member that is known to know; should it be gone, each of the others in turn.
  const isKnown = state.fetches % 2 === 0 && behind.known !== state.member;
  const to = isKnown ? behind.known : others[(state.fetches >> 1) % others.length];
  state.fetches += 1;
  state.fetchAt = now + FETCH_INTERVAL_MS;
  if (to === undefined) return [];
  const messages: Envelope[] = [{ to, message: { type: 'fetch', fromSlot: state.decidedUpTo + 1, upTo: behind.upTo } }];
  // A part that got lost is asked for again where the last one ended.
  if (assembly !== undefined) messages.push(requestPart(assembly.from, assembly.slot, assembly.received));
  return messages;
}

/** The decisions of a message that were not known before. */
export function missingOf(state: LearnerState, { decisions }: Decided): Decision[] {
  return decisions.filter(({ slot }) => {
    return slot > state.decidedUpTo && !state.decided.has(slot) && slot <= state.decidedUpTo + LOOK_AHEAD_SLOTS;
  });
}

/**
 * Adds a part of a snapshot. Parts come in order, from one member, of one snapshot: anything else begins anew or is left
 * aside, so bytes of two snapshots are never mixed; and a snapshot that is not further than the own state is of no use.
 */
export function assemble(
  state: LearnerState,
  from: MemberId,
  part: SnapshotPart,
  now: number,
): { readonly messages: Envelope[]; readonly snapshot?: Snapshot } {
  const { slot, history, total, offset, bytes } = part;
  if (slot <= state.decidedUpTo || total > SNAPSHOT_LIMIT_BYTES) return { messages: [] };
  let { assembly } = state;
  const isStale = assembly === undefined || slot > assembly.slot || now - assembly.heardAt > SENDER_LIMIT_MS;
  if (offset === 0 && isStale) {
    assembly = { from, slot, history, bytes: new Uint8Array(total), received: 0, heardAt: now };
    state.assembly = assembly;
  }
  const isNext = assembly?.from === from && assembly.slot === slot && assembly.received === offset;
  if (assembly === undefined || !isNext || assembly.bytes.length !== total || offset + bytes.length > total) {
    return { messages: [] };
  }
  assembly.bytes.set(bytes, offset);
  assembly.received += bytes.length;
  assembly.heardAt = now;
  state.fetchAt = Math.max(state.fetchAt, now + FETCH_INTERVAL_MS);
  if (assembly.received < total) return { messages: [requestPart(from, slot, assembly.received)] };
  state.assembly = undefined;
  return { messages: [], snapshot: { slot, history: assembly.history, state: assembly.bytes } };
}

function requestPart(to: MemberId, slot: Slot, offset: number): Envelope {
  return { to, message: { type: 'fetch-snapshot', slot, offset } };
}
