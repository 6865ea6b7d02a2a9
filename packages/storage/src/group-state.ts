/** What a log must know of each group to trim it: what stands whatever is trimmed, and how far trimming may go. */

import { type Ballot, type DurableRecord, type MemberId, NO_BALLOT, type Slot } from '@parliament/synod';
import {
  decodeRecord,
  decodeSnapshotTaken,
  type EncodedRecord,
  encodeRecord,
  encodeSnapshotTaken,
  glance,
  SNAPSHOT_TAKEN_KIND,
  type SnapshotTaken,
} from './record-codec.js';

/** The number of a group in a directory, from 1. Group 0 is the log's own. */
export type GroupNumber = number;

export interface GroupState {
  readonly number: GroupNumber;
  /** Rule 2: never to be forgotten. */
  promised: Ballot;
  /** Rule 10: likewise. */
  readonly introduced: Map<MemberId, string>;
  readonly heard: Map<MemberId, number>;
  founded: boolean;
  snapshot: SnapshotTaken | undefined;
  /** Records of slots up to here are not needed: the snapshot stands for them. */
  trimmedUpTo: Slot;
  /** All that stands was written again at this position or behind it; before it only slots matter. */
  standsFrom: number;
}

/** A file of the log, and which groups have what in it. */
export interface Segment {
  readonly sequence: number;
  readonly start: number;
  /** The highest slot of each group that has a record in it; 0 for records about no slot. */
  readonly highest: Map<GroupNumber, Slot>;
  readonly bytes: number;
}

export function createGroupState(number: GroupNumber): GroupState {
  return {
    number,
    promised: NO_BALLOT,
    introduced: new Map(),
    heard: new Map(),
    founded: false,
    snapshot: undefined,
    trimmedUpTo: 0,
    standsFrom: 0,
  };
}

/**
 * Takes note of a record in `segment`.
 *
 * @throws MalformedRecord
 */
export function noteRecord(group: GroupState, segment: Segment, record: EncodedRecord): void {
  const { kind, payload } = record;
  let slot = 0;
  if (kind <= 4) {
    const seen = glance(record);
    slot = seen.slot;
    // A vote is a promise too.
    if (kind <= 2 && seen.ballot > group.promised) group.promised = seen.ballot;
  } else if (kind === SNAPSHOT_TAKEN_KIND) {
    const taken = decodeSnapshotTaken(payload);
    if (taken.slot >= (group.snapshot?.slot ?? 0)) group.snapshot = taken;
  } else {
    const standing = decodeRecord(record);
    if (standing.type === 'introduced') group.introduced.set(standing.member, standing.directory);
    else if (standing.type === 'heard') group.heard.set(standing.member, standing.position);
    else if (standing.type === 'founded') group.founded = true;
  }
  const highest = segment.highest.get(group.number);
  if (highest === undefined || slot > highest) segment.highest.set(group.number, slot);
}

/** What stands, to be written again behind a new snapshot so that its first writing can be trimmed. */
export function standingRecords(
  { promised, introduced, heard, founded }: GroupState,
  snapshot: SnapshotTaken,
): EncodedRecord[] {
  const records: DurableRecord[] = [];
  if (promised !== NO_BALLOT) records.push({ type: 'promised', ballot: promised });
  for (const [member, directory] of introduced) records.push({ type: 'introduced', member, directory });
  for (const [member, position] of heard) records.push({ type: 'heard', member, position });
  if (founded) records.push({ type: 'founded' });
  return [encodeSnapshotTaken(snapshot), ...records.map(encodeRecord)];
}

/** How many segments from the first on no group needs any more; the last one is always needed. */
export function countSpent(segments: readonly Segment[], groups: ReadonlyMap<GroupNumber, GroupState>): number {
  let count = 0;
  while (count < segments.length - 1) {
    const end = (segments[count + 1] as Segment).start;
    if (!isSpent(segments[count] as Segment, end, groups)) break;
    count += 1;
  }
  return count;
}

/** Whether no group needs anything of a segment that ends at `end`. */
function isSpent(segment: Segment, end: number, groups: ReadonlyMap<GroupNumber, GroupState>): boolean {
  for (const [number, highest] of segment.highest) {
    const group = groups.get(number);
    if (group === undefined) continue;
    if (group.standsFrom < end || highest > group.trimmedUpTo) return false;
  }
  return true;
}
