/**
 * How much of what a learner knows is on disk: so far its acceptor is told that all is decided, and lets its votes go. While the disk is
 * full its records are left out; they are written later, for by then the others may have trimmed what it would have to learn again. Until
 * they are, the acceptor keeps its votes in those slots.
 */

import type { DurableRecord } from './records.js';
import type { Slot } from './slot.js';

/** A record of a slot that is decided. */
export type DecisionRecord = Extract<DurableRecord, { readonly type: 'decided' | 'learned' }>;

export interface OnDisk {
  /** Every slot up to here is on disk as decided, but for what is missing, and for what the snapshot stands for that is being installed. */
  written: Slot;
  /** Other members' snapshots that were taken over and are not on disk yet: the slots of the first and of the latest, or 0 … */
  firstInstalling: Slot;
  installing: Slot;
  /** … and how far all was written before the first. */
  before: Slot;
  /** What was left out for want of room, and how far the learner was with the latest of it … */
  missing: DecisionRecord[];
  leftOutUpTo: Slot;
  /** … and what of it is being written now, or undefined; once that is written, all that was handed to the disk up to here is. */
  rewriting: DecisionRecord[] | undefined;
  rewritingUpTo: Slot;
  /** The lowest slot of these. */
  lowest: Slot;
}

/** At most so many records are written again at a time, or so many bytes of values and one more. */
const REWRITE_RECORDS = 65_536;
const REWRITE_BYTES = 4 * 1024 * 1024;

/** @param written all up to here was read back from the disk. */
export function createOnDisk(written: Slot = 0): OnDisk {
  const none = {
    firstInstalling: 0,
    installing: 0,
    before: 0,
    missing: [],
    leftOutUpTo: 0,
    rewriting: undefined,
    rewritingUpTo: 0,
  };
  return { written, ...none, lowest: Number.POSITIVE_INFINITY };
}

/** All that was handed to the disk up to here is written, or was left out. */
export function noteWritten(onDisk: OnDisk, decidedUpTo: Slot): void {
  onDisk.written = Math.max(onDisk.written, decidedUpTo);
  // It was handed over before any of the snapshots was.
  if (decidedUpTo < onDisk.firstInstalling) onDisk.before = Math.max(onDisk.before, decidedUpTo);
}

/** Another member's snapshot was taken over: what follows it does not count before it is on disk, too. */
export function noteInstalling(onDisk: OnDisk, slot: Slot): void {
  if (onDisk.installing === 0) {
    onDisk.before = onDisk.written;
    onDisk.firstInstalling = slot;
  }
  onDisk.installing = slot;
}

/** There was no room for these. `decidedUpTo` is how far the learner was with them. */
export function noteLeftOut(onDisk: OnDisk, records: readonly DurableRecord[], decidedUpTo: Slot): void {
  onDisk.leftOutUpTo = Math.max(onDisk.leftOutUpTo, decidedUpTo);
  for (const record of records) {
    if (record.type !== 'decided' && record.type !== 'learned') continue;
    onDisk.missing.push(record);
    onDisk.lowest = Math.min(onDisk.lowest, record.slot);
  }
}

/**
 * What is to be written now of what is missing; undefined when nothing is, or some of it is under way. It can be no record at all, where a
 * snapshot stands for what is missing: when that is written, all before it is.
 */
export function takeMissing(onDisk: OnDisk): readonly DecisionRecord[] | undefined {
  const { missing, rewriting, leftOutUpTo, written } = onDisk;
  if (rewriting !== undefined || (missing.length === 0 && leftOutUpTo <= written)) return undefined;
  let [count, bytes] = [0, 0];
  for (; count < Math.min(missing.length, REWRITE_RECORDS) && bytes < REWRITE_BYTES; count++) {
    const record = missing[count];
    bytes += record?.type === 'learned' ? record.value.length : 0;
  }
  onDisk.rewriting = missing.splice(0, count);
  onDisk.rewritingUpTo = leftOutUpTo;
  return onDisk.rewriting;
}

/** What was missing is written; or there is no room for it still. */
export function noteRewritten(onDisk: OnDisk, isWritten: boolean): void {
  // It was handed over after all that it was left out of: what comes next may be long in coming.
  if (isWritten) noteWritten(onDisk, onDisk.rewritingUpTo);
  else onDisk.missing = [...(onDisk.rewriting ?? []), ...onDisk.missing];
  onDisk.rewriting = undefined;
  findLowest(onDisk);
}

/** A snapshot of this slot is on disk: what lies below need not be written any more. What is under way is waited for all the same. */
export function noteSaved(onDisk: OnDisk, slot: Slot): void {
  if (slot < onDisk.installing) return;
  onDisk.firstInstalling = 0;
  onDisk.installing = 0;
  noteWritten(onDisk, slot);
  onDisk.missing = onDisk.missing.filter((record) => record.slot > slot);
  findLowest(onDisk);
}

/** Every slot up to here is on disk as decided. */
export function durableUpTo({ written, installing, before, lowest }: OnDisk): Slot {
  return Math.min(installing === 0 ? written : before, lowest - 1);
}

function findLowest(onDisk: OnDisk): void {
  onDisk.lowest = Number.POSITIVE_INFINITY;
  for (const records of [onDisk.missing, onDisk.rewriting ?? []])
    for (const { slot } of records) onDisk.lowest = Math.min(onDisk.lowest, slot);
}
