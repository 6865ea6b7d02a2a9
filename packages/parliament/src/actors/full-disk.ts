/**
 * What a full disk means. The room that is left is for promises, so that others can go on without this member, and for votes that have no
 * value: a new leader needs one before it serves a read, and all disks may be full. Whatever can be learned again, or heard again, is left
 * out.
 */

import type { Space } from '@parliament/storage';
import { type AcceptorMessage, isNoOp, type RoleName, type Slot } from '@parliament/synod';

/**
 * How much room there is.
 *
 * @param found what the disk says.
 * @param isRefusing whether something did not fit: from then on the disk counts as full, whatever shorter records may still fit, until it
 * says that there is room.
 */
export function spaceOf(found: Space, isRefusing: boolean): Space {
  return isRefusing ? 'full' : found;
}

/** Whether the acceptor takes a message: a vote needs room for its value. */
export function hasRoomFor(message: AcceptorMessage, space: Space): boolean {
  return space !== 'full' || message.type !== 'accept' || isNoOp(message.value);
}

/** What becomes of what a role wants written. */
export type Fate =
  /** Nothing: an incarnation has asked that is no more. */
  | 'nothing'
  /** It is not written, and the role goes on without. */
  | 'left-out'
  | 'written';

/** What a learner forgets it learns again, for the acceptor keeps its votes. An acceptor forgets nothing of what it has said. */
export function fateOf(role: RoleName, isCurrent: boolean, space: Space): Fate {
  if (!isCurrent) return 'nothing';
  return role === 'learner' && space === 'full' ? 'left-out' : 'written';
}

/** What follows where a role's records could not be written. */
export type Consequence =
  | 'nothing'
  /**
   * There was no room for what the role has in memory. Nothing that rests on it may leave (rule 1): all roles are fenced at once, and start
   * anew without it.
   */
  | 'start-anew'
  /** After a failed write nothing in memory is believed: storage crashes, and all start anew from what the disk holds. */
  | 'crash';

/** @param isNoSpace whether they were refused for want of room, so that nothing of them was written. */
export function consequenceOf(isNoSpace: boolean, isCurrent: boolean): Consequence {
  if (!isNoSpace) return 'crash';
  return isCurrent ? 'start-anew' : 'nothing';
}

/** A snapshot is asked for at once, with so many slots kept below it: the fewer, the more of the log can go. */
export const FULL_TAIL_SLOTS: Slot = 0;
