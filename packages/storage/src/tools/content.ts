/** What a member holds, taken out of one directory and put into another. */

import {
  createLearner,
  type Decision,
  type DurableRecord,
  foundingConfiguration,
  majority,
  recoverLearner,
  type Snapshot,
} from '@parliament/synod';
import { LedgerError } from '../errors.js';
import { createGroupState } from '../group-state.js';
import type { AppendedRecord, Ledger } from '../ledger.js';
import { decodeSnapshotTaken } from '../record-codec.js';
import { readSnapshot } from '../snapshot-file.js';
import type { ReadableDirectory } from './directory.js';
import { type LogEntry, readEntries } from './entries.js';

/** All that one group of a directory has. */
export interface GroupContent {
  readonly name: string;
  readonly member: number;
  readonly snapshot: Snapshot | undefined;
  readonly records: readonly DurableRecord[];
}

/** What was read, and what ended it. */
export interface Content {
  readonly groups: readonly GroupContent[];
  /** Where and why the log could not be read on. */
  readonly damage: string | undefined;
}

/** Reads everything up to the first damage; a snapshot that is damaged is left out, and told. */
export async function readContent(readable: ReadableDirectory): Promise<Content> {
  const { directory, identity, source } = readable;
  const groups = identity.groups.map(({ name, member }, index) => ({
    name,
    member,
    records: [] as DurableRecord[],
    state: createGroupState(index + 1),
    snapshot: undefined as Snapshot | undefined,
  }));
  const problems: string[] = [];
  const entries: LogEntry[] = [];
  try {
    for await (const entry of readEntries(directory)) entries.push(entry);
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'corrupt') throw error;
    problems.push(error.message);
  }
  for (const { group, record, payload } of entries) {
    const owner = groups.find(({ name }) => name === group);
    if (owner === undefined) continue;
    if (record !== undefined) owner.records.push(record);
    else if (payload !== undefined) owner.state.snapshot = decodeSnapshotTaken(payload);
  }
  for (const group of groups) {
    const { snapshot: taken, number } = group.state;
    if (taken === undefined) continue;
    try {
      group.snapshot = await readSnapshot(source.disk, directory, identity.directory, number, taken);
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'corrupt') throw error;
      problems.push(error.message);
    }
  }
  return { groups, damage: problems.length === 0 ? undefined : problems.join('; ') };
}

/** Writes records, many at a time. */
export async function writeRecords(
  ledger: Ledger,
  records: readonly DurableRecord[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  let batch: AppendedRecord[] = [];
  for (const [index, record] of records.entries()) {
    if (record.type === 'snapshot') continue;
    batch.push(record);
    if (batch.length < BATCH_RECORDS) continue;
    await ledger.append(batch);
    onProgress(index + 1, records.length);
    batch = [];
  }
  if (batch.length > 0) await ledger.append(batch);
}

const BATCH_RECORDS = 1000;

/** What a group knows to be decided: a snapshot, and every slot behind it without a gap. */
export function decidedOf({ snapshot, records }: GroupContent): {
  snapshot: Snapshot | undefined;
  decisions: Decision[];
} {
  // Only what configurations decide needs the first one, and nothing here does.
  const learner = createLearner(0, [foundingConfiguration(majority([0]))]);
  const decisions: Decision[] = [];
  if (snapshot !== undefined) recoverLearner(learner, { type: 'snapshot', snapshot });
  for (const record of records) {
    if (record.type !== 'snapshot') decisions.push(...recoverLearner(learner, record).delivered);
  }
  return { snapshot, decisions };
}
