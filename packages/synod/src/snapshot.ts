/** Snapshots: what stands in place of a trimmed log. */

import type { MemberId } from './ballot.js';
import type { History } from './configuration.js';
import type { Pace } from './pacing.js';
import type { Slot } from './slot.js';

/**
 * The state of a parliament after `slot` (rule 9): the machine with its sessions, and the configurations in sight. It must be
 * durable before the log under it is trimmed.
 */
export interface Snapshot {
  readonly slot: Slot;
  readonly history: History;
  /** Machine and sessions, in a form that no role looks into; see `replica.ts`. */
  readonly state: Uint8Array;
}

/** A snapshot on its way from another member: what has come of it so far. */
export interface Assembly {
  readonly from: MemberId;
  readonly slot: Slot;
  readonly history: History;
  readonly bytes: Uint8Array;
  received: number;
  /** How it is asked for, of its sender. */
  readonly pace: Pace;
}

/** A snapshot that is not the latest any more, and the last time that somebody asked for a part of it. */
export interface LentSnapshot {
  readonly snapshot: Snapshot;
  askedAt: number;
}

/** The first part of a snapshot has at most this many bytes; how large the others are is asked for. */
export const FIRST_PART_BYTES: number = 256 * 1024;
