/** What is decided is handed on in order, and gives way to snapshots. */

import { applyChange, type ChangeResult, pruneHistory } from './configuration.js';
import { changeOf, holdsCommands } from './decree.js';
import type { LearnerState, LearnerTrouble } from './learner-state.js';
import type { Decision } from './messages.js';
import type { Slot } from './slot.js';
import type { Snapshot } from './snapshot.js';

/**
 * Hands on what has no gap before it, and takes note of changes of membership on the way (rule 7). It stops at a decree that it
 * cannot read, for to pass it over could lead this member to another state than the others.
 */
export function deliver(state: LearnerState, changes: { slot: Slot; result: ChangeResult }[]): Decision[] {
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

/** What this learner has stopped at, told once in its life. */
export function haltOf(state: LearnerState): LearnerTrouble | undefined {
  if (!state.isHalted || state.isHaltTold) return undefined;
  state.isHaltTold = true;
  const slot = state.decidedUpTo + 1;
  return { type: 'unknown-decree', slot, kind: state.decided.get(slot)?.[0] ?? 0 };
}

/** A snapshot takes the place of all up to its slot. */
export function install(state: LearnerState, snapshot: Snapshot): void {
  state.decidedUpTo = snapshot.slot;
  state.isHalted = false;
  state.history = pruneHistory(snapshot.history, snapshot.slot);
  for (const map of [state.votes, state.ownVotes])
    for (const slot of map.keys()) if (slot <= snapshot.slot) map.delete(slot);
  adoptSnapshot(state, snapshot);
}

/** A snapshot of what is known already lets the log below it go, but for a tail (rule 9). */
export function adoptSnapshot(state: LearnerState, snapshot: Snapshot): void {
  if (snapshot.slot <= (state.snapshot?.slot ?? 0)) return;
  state.snapshot = snapshot;
  // Whoever fetches an older snapshot needs what follows it, too; within bounds.
  const { lent, sizes } = state;
  const oldest = Math.min(...lent.map((each) => each.snapshot.slot));
  const needed = Math.max(oldest, snapshot.slot - sizes.lookAheadSlots);
  const wanted = Math.min(snapshot.slot - state.tailSlots, needed);
  // Slots that were never known cannot be kept: the tail begins where knowledge without a gap does.
  let tail = snapshot.slot;
  while (tail > wanted && state.decided.has(tail)) tail -= 1;
  for (const slot of state.decided.keys()) if (slot <= tail) state.decided.delete(slot);
  state.trimmedUpTo = tail;
}
