/**
 * Old copies of a directory, as the storage actor deals with them (rule 10): how far others had written is written down from time to time,
 * and who says that it is less than it was is expelled.
 */

import {
  EXPELLED,
  type FoundedRecord,
  type FoundingState,
  type HeardRecord,
  type IntroducedRecord,
  type MemberId,
  notePosition,
  noteRelapse,
} from '@parliament/synod';

/** How far a member has written is written down when it is so much further than before, in bytes. */
const HEARD_BYTES = 4096;

/** What others have written by now, where that is worth writing down. `heard` is what was written down last, and what is to be now. */
export function worthWritingDown(
  founding: FoundingState,
  heard: Map<MemberId, number>,
  positions: ReadonlyMap<MemberId, number>,
): HeardRecord[] {
  const records: HeardRecord[] = [];
  for (const [member, position] of positions) {
    notePosition(founding, member, position);
    if (position < (heard.get(member) ?? 0) + HEARD_BYTES) continue;
    heard.set(member, position);
    records.push({ type: 'heard', member, position });
  }
  return records;
}

/** A member that is expelled. */
export interface Expulsion {
  /** To be made durable before anybody hears of it; where there is no room for that, it holds all the same, and is written later. */
  readonly records: readonly IntroducedRecord[];
  /** How far it had written, in bytes: what it has now is less. */
  readonly had: number;
}

/** A member says that it has written up to `position`, and had written up to `known`. Undefined when nothing follows, or it is expelled. */
export function expulsionOf(
  founding: FoundingState,
  member: MemberId,
  position: number,
  known: number,
): Expulsion | undefined {
  // Until the parliament hears of it, each of its messages tells of the same.
  if (founding.introduced.get(member) === EXPELLED) return undefined;
  notePosition(founding, member, known);
  const records = noteRelapse(founding, member, position);
  return records.length === 0 ? undefined : { records, had: founding.positions.get(member) ?? known };
}

/** There was no room for what has come of a meeting: it has not taken place, and who introduced itself does so again. */
export function takeBack(founding: FoundingState, records: readonly (IntroducedRecord | FoundedRecord)[]): void {
  for (const record of records) {
    if (record.type === 'introduced') founding.introduced.delete(record.member);
    else founding.founded = false;
  }
}
