/**
 * When the log has grown so far that a snapshot is due: by what the settings say since the one before, and by twice the size of that. So
 * what is written for snapshots is never more than half of what is written for the log.
 */

import type { Slot, Snapshot } from '@parliament/synod';
import type { SnapshotSettings } from '../options.js';

/** What is known of the latest snapshot. */
export interface Snapshotting {
  /** The position of the log when it was saved, or asked for. */
  at: number;
  /** Its size, and its slot; 0 before there is one. */
  bytes: number;
  slot: Slot;
}

/** How many times its size the log grows before there is a next one. */
const GROWTH = 2;

/**
 * For a log that is at `position`.
 *
 * @param keptBytes so much of it was found. All of that counts as new: a member that restarts often takes snapshots all the same.
 */
export function createSnapshotting(position: number, keptBytes: number): Snapshotting {
  return { at: position - keptBytes, bytes: 0, slot: 0 };
}

/** The log begins with this one. */
export function noteSnapshotFound(snapshotting: Snapshotting, { slot, state }: Snapshot): void {
  snapshotting.bytes = state.length;
  snapshotting.slot = slot;
}

/** Something was written, and the log is at `position`. @returns whether a snapshot is to be asked for: once, until it has grown further. */
export function askIfDue(snapshotting: Snapshotting, position: number, { logBytes }: SnapshotSettings): boolean {
  const grown = position - snapshotting.at;
  if (grown < logBytes || grown < GROWTH * snapshotting.bytes) return false;
  snapshotting.at = position;
  return true;
}

/** A snapshot was saved, and the log is at `position`. */
export function noteSnapshotSaved(snapshotting: Snapshotting, position: number, snapshot: Snapshot): void {
  snapshotting.at = position;
  noteSnapshotFound(snapshotting, snapshot);
}
