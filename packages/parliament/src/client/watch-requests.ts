/** What watchers ask a parliament actor, and what it answers. Plain data, as in `requests.ts`; what comes in is checked here. */

import { LONGEST_TIMEOUT_MS } from './requests.js';

/** Where a watcher stands: all before this slot was told, and so many commands of it. */
export interface Place {
  readonly slot: number;
  readonly skip: number;
}

/** What was decided from a place on? It is answered once there is something, or when the time is over. */
export interface WatchRequest {
  readonly type: 'watch';
  /** Absent: where does that begin which is still to be decided? That is answered at once. */
  readonly place?: Place;
  /** In place of what was decided: what the machine says to this, once every slot before the place is applied. */
  readonly query?: Uint8Array;
  readonly timeoutMs: number;
}

/** A command that the machine has taken. */
export interface ToldCommand {
  /** Its place in the slot. */
  readonly index: number;
  readonly command: Uint8Array;
  readonly reply: Uint8Array;
}

/** What was decided in a slot. */
export interface ToldSlot {
  readonly slot: number;
  /** The time stamp of the leader. */
  readonly time: number;
  readonly commands: readonly ToldCommand[];
}

/** What was decided, and where to go on: within the last of these slots, where that is not told as a whole. */
export interface WatchPage {
  readonly ok: true;
  readonly slots: readonly ToldSlot[];
  readonly next: Place;
}

/** What the machine said to the query, after so many slots. */
export interface WatchView {
  readonly ok: true;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** It cannot be told any more: only from this slot on. */
interface WatchCompacted {
  readonly ok: true;
  readonly oldest: number;
}

export type WatchReply = WatchPage | WatchView | WatchCompacted;

/** `message` as a request of a watcher, or undefined when it is none. */
export function parseWatchRequest(message: unknown): WatchRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, place, query, timeoutMs } = message as Record<string, unknown>;
  if (type !== 'watch') return undefined;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) return undefined;
  if (query !== undefined && !(query instanceof Uint8Array)) return undefined;
  const asked = query === undefined ? {} : { query };
  if (place === undefined) return { type, ...asked, timeoutMs };
  if (typeof place !== 'object' || place === null) return undefined;
  const { slot, skip } = place as Record<string, unknown>;
  if (!isCount(slot) || !isCount(skip) || slot === 0) return undefined;
  return { type, place: { slot, skip }, ...asked, timeoutMs };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
