/**
 * What a member must remember across crashes, as the roles hand it to storage. Replaying a member's records in the order
 * in which they were written gives back exactly what it had promised, voted and learned.
 */

import { type Ballot, type MemberId, NO_BALLOT } from './ballot.js';
import type { Slot, Value } from './slot.js';
import type { Snapshot } from './snapshot.js';

/** The acceptor vowed to refuse every ballot below this one (phase 1b). */
export interface PromisedRecord {
  readonly type: 'promised';
  readonly ballot: Ballot;
}

/** The acceptor voted for a value (phase 2b). Voting at a ballot also promises it. */
export interface VotedRecord {
  readonly type: 'voted';
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly value: Value;
}

/** The learner knows that a slot is decided with the value that this member voted for at `ballot`. */
export interface DecidedRecord {
  readonly type: 'decided';
  readonly slot: Slot;
  readonly ballot: Ballot;
}

/** The learner knows that a slot is decided with a value that this member did not vote for, or no longer knows it did. */
export interface LearnedRecord {
  readonly type: 'learned';
  readonly slot: Slot;
  readonly value: Value;
}

/** The learner has a snapshot: what is decided up to its slot need not be remembered otherwise (rule 9). */
export interface SnapshotRecord {
  readonly type: 'snapshot';
  readonly snapshot: Snapshot;
}

/** Another member's data directory, written down once, at the founding, and never changed. */
export interface IntroducedRecord {
  readonly type: 'introduced';
  readonly member: MemberId;
  /** The random id of that member's directory: 32 hexadecimal digits. */
  readonly directory: string;
}

/** Every founding member knows every other one's directory: from here on this member may vote. */
export interface FoundedRecord {
  readonly type: 'founded';
}

/**
 * How far another member had written, as it said itself (rule 10). It need not be the latest that was heard: the more of it is
 * on disk, the older the copy that is noticed after a restart of all.
 */
export interface HeardRecord {
  readonly type: 'heard';
  readonly member: MemberId;
  readonly position: number;
}

/** One entry of a member's durable log. */
export type DurableRecord =
  | PromisedRecord
  | VotedRecord
  | DecidedRecord
  | LearnedRecord
  | SnapshotRecord
  | IntroducedRecord
  | FoundedRecord
  | HeardRecord;

/** What the values weigh that are to be written because another learner has sent them. */
export function learnedBytes(records: readonly DurableRecord[]): number {
  return records.reduce((bytes, record) => bytes + (record.type === 'learned' ? record.value.length : 0), 0);
}

/**
 * What remains of a log once `snapshot` is durable: the snapshot, whatever lies above its slot, and every promise, for a
 * promise is about no slot in particular. Replaying it gives the same member.
 */
export function trimRecords(records: readonly DurableRecord[], snapshot: Snapshot): readonly DurableRecord[] {
  // Two snapshots may become durable in either order: the older one has nothing to say any more.
  const isLate = records.some((record) => record.type === 'snapshot' && record.snapshot.slot >= snapshot.slot);
  if (isLate) return records;
  const kept: DurableRecord[] = [];
  let promised: Ballot = NO_BALLOT;
  for (const record of records) {
    // Rule 2: a vote that goes was a promise too, and that stays.
    if (record.type === 'promised' || record.type === 'voted') promised = Math.max(promised, record.ballot);
    const isAbove = 'slot' in record && record.slot > snapshot.slot;
    if (isAbove || record.type === 'introduced' || record.type === 'founded' || record.type === 'heard')
      kept.push(record);
  }
  const head: DurableRecord[] = [{ type: 'snapshot', snapshot }];
  if (promised !== NO_BALLOT) head.push({ type: 'promised', ballot: promised });
  return [...head, ...kept];
}
