/** A ledger without a disk, for tests and for those who can bear to lose it. */

import { type DurableRecord, trimRecords } from '@parliament/synod';
import { checkOwnerOptions, checkSnapshot, checkTail, type LedgerOptions } from './options.js';
import { LedgerError } from './errors.js';
import { newDirectoryId } from './identity.js';
import type { Ledger } from './ledger.js';
import { FORMAT_VERSION } from './log-format.js';

/** What counts of a record, beside its value. */
const RECORD_BYTES = 1;

/**
 * A ledger in memory. A member that keeps its votes there forgets them when its process ends, and must then never take part
 * again under its old id.
 */
export function openMemoryLedger(options: Pick<LedgerOptions, 'cluster' | 'group' | 'member'>): Ledger {
  checkOwnerOptions(options);
  const { cluster, group = 'parliament', member } = options;
  let records: readonly DurableRecord[] = [];
  let position = 0;
  let isClosed = false;
  const refuseIfClosed = (): void => {
    if (isClosed) throw new LedgerError('closed', 'the ledger is closed');
  };
  return {
    identity: { cluster, group, member, directory: newDirectoryId(), formatVersion: FORMAT_VERSION },
    recovery: { records: 0, bytes: 0, keptBytes: 0, tornBytes: 0 },
    get position() {
      return position;
    },
    space: { space: 'ok', bytes: Number.POSITIVE_INFINITY },
    async append(added) {
      refuseIfClosed();
      (records as DurableRecord[]).push(...added);
      for (const record of added) position += RECORD_BYTES + ('value' in record ? record.value.length : 0);
    },
    async replay(visit) {
      refuseIfClosed();
      for (const record of records) visit(record);
    },
    async saveSnapshot(snapshot, tailSlots) {
      refuseIfClosed();
      checkSnapshot(snapshot, tailSlots);
      records = [...trimRecords(records, snapshot)];
      position += 1;
    },
    async trim(tailSlots) {
      refuseIfClosed();
      // It keeps none below its snapshot.
      checkTail(tailSlots);
    },
    async close() {
      isClosed = true;
    },
  };
}
