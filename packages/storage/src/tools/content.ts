/** What a member holds, taken out of one directory and put into another: piece by piece, however much it is. */

import {
  createLearner,
  type Decision,
  type DurableRecord,
  foundingConfiguration,
  majority,
  recoverLearner,
  type Snapshot,
  stepLearner,
} from '@parliament/synod';
import { LedgerError } from '../errors.js';
import type { AppendedRecord, Ledger } from '../ledger.js';
import { decodeSnapshotTaken, type SnapshotTaken } from '../record-codec.js';
import { type Founding, foundingIn } from '../identity.js';
import { readSnapshot } from '../snapshot-file.js';
import type { ReadableDirectory } from './directory.js';
import { readEntries } from './entries.js';

/** What one group of a directory has. */
export interface GroupContent {
  readonly name: string;
  readonly member: number;
  /** With whom it was founded, and what they run, where that is known. */
  readonly founding: Founding;
  readonly snapshot: Snapshot | undefined;
  /** How many records it has up to the damage, if there is any. */
  readonly count: number;
  /** Reads them: in order, from the disk. */
  records(): AsyncGenerator<AppendedRecord>;
}

/** What was seen of a group so far. */
interface Found {
  count: number;
  taken: SnapshotTaken | undefined;
  snapshot: Snapshot | undefined;
}

/** What was read, and what ended it. */
export interface Content {
  readonly groups: readonly GroupContent[];
  /** Where and why the log could not be read on. */
  readonly damage: string | undefined;
}

/**
 * Looks through everything up to the first damage; a snapshot that is damaged is left out, and told. Of a directory that
 * nobody changes meanwhile.
 */
export async function readContent(readable: ReadableDirectory): Promise<Content> {
  const { directory, identity, source } = readable;
  const problems: string[] = [];
  const found = new Map(
    identity.groups.map(({ name }): [string, Found] => [name, { count: 0, taken: undefined, snapshot: undefined }]),
  );
  const orTold = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'corrupt') throw error;
      problems.push(error.message);
    }
  };
  await orTold(async () => {
    for await (const { group, record, payload } of readEntries(directory)) {
      const owner = found.get(group);
      if (owner === undefined) continue;
      if (record !== undefined) owner.count += 1;
      // Version 1 had its snapshots in the log. Later ones are files, and further.
      if (record?.type === 'snapshot') owner.snapshot = record.snapshot;
      else if (payload !== undefined) owner.taken = decodeSnapshotTaken(payload);
    }
  });
  const groups: GroupContent[] = [];
  for (const [index, { name, member, founders }] of identity.groups.entries()) {
    const { count, taken, snapshot: inLog } = found.get(name) as Found;
    let snapshot = inLog;
    if (taken !== undefined) {
      await orTold(async () => {
        snapshot = await readSnapshot(source.disk, directory, identity.directory, index + 1, taken);
      });
    }
    const founding = foundingIn(founders);
    groups.push({ name, member, founding, snapshot, count, records: () => recordsOf(directory, name, count) });
  }
  return { groups, damage: problems.length === 0 ? undefined : problems.join('; ') };
}

async function* recordsOf(directory: string, name: string, count: number): AsyncGenerator<AppendedRecord> {
  let left = count;
  if (left === 0) return;
  for await (const { group, record } of readEntries(directory)) {
    if (group !== name || record === undefined) continue;
    if (record.type !== 'snapshot') yield record;
    left -= 1;
    // What comes behind may be damaged.
    if (left === 0) return;
  }
}

/** Writes records, many at a time. */
export async function writeRecords(
  ledger: Ledger,
  records: AsyncIterable<AppendedRecord>,
  onWritten: (count: number) => void = () => {},
): Promise<void> {
  let batch: AppendedRecord[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await ledger.append(batch);
    onWritten(batch.length);
    [batch, bytes] = [[], 0];
  };
  for await (const record of records) {
    batch.push(record);
    bytes += 'value' in record ? record.value.length : 0;
    if (batch.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) await flush();
  }
  if (batch.length > 0) await flush();
}

const BATCH_RECORDS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * What a group knows to be decided: every slot behind its snapshot, once, without a gap.
 *
 * @throws LedgerError `newer-format` at a decree that this version does not know: what comes behind it would be missing without a word.
 */
export async function* decisionsOf({ name, snapshot, records }: GroupContent): AsyncGenerator<Decision> {
  // Only what configurations decide needs the first one, and nothing here does.
  const learner = createLearner(0, [foundingConfiguration(majority([0]))], 0);
  const recover = (record: DurableRecord): readonly Decision[] => recoverLearner(learner, record).delivered;
  if (snapshot !== undefined) recover({ type: 'snapshot', snapshot });
  for await (const record of records()) {
    const decisions = recover(record);
    if (learner.isHalted) {
      const slot = learner.decidedUpTo + 1;
      const message = `what slot ${slot} of ${name} decrees is not known to this version`;
      throw new LedgerError('newer-format', `${message}: use the newer one, which wrote it`);
    }
    if (decisions.length === 0) continue;
    yield* decisions;
    // It need not keep them: as if it had a snapshot of them.
    const { decidedUpTo: slot, history } = learner;
    stepLearner(learner, { type: 'snapshotted', snapshot: { slot, history, state: new Uint8Array(0) } }, 0);
  }
}
