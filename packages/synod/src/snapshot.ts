/** Snapshots: what stands in place of a trimmed log. */

import type { History } from './configuration.js';
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
  readonly from: number;
  readonly slot: Slot;
  readonly history: History;
  readonly bytes: Uint8Array;
  received: number;
  heardAt: number;
}

/** The largest snapshot that is taken from another member, in bytes. */
export const SNAPSHOT_LIMIT_BYTES: number = 1024 * 1024 * 1024;
