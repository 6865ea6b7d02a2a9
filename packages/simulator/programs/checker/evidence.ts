/** What has come to pass in some state or other of a search. It is no part of a state, and costs none. */

import type { MemberId, Slot, Value } from '@parliament/synod';

/** A value was voted for by a quorum. */
export interface Choice {
  readonly slot: Slot;
  readonly ballot: number;
  readonly value: Value;
  /** Who had voted for it at this ballot by then. */
  readonly members: readonly MemberId[];
  /** The number of the configuration that governs the slot. */
  readonly configuration: number;
  /** Whether it had been chosen at another ballot before. */
  readonly isRepeated: boolean;
}

export interface Evidence {
  /** By a step's own word. */
  readonly reached: ReadonlySet<string>;
  readonly choices: readonly Choice[];
}
