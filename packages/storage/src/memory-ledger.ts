/** A ledger without a disk, for tests and for those who can bear to lose it. */

import type { DurableRecord } from '@parliament/synod';
import { LedgerError } from './errors.js';
import { newIdentity } from './identity.js';
import type { Ledger } from './ledger.js';

/**
 * A ledger in memory. A member that keeps its votes there forgets them when its process ends, and must then never take part
 * again under its old id.
 */
export function openMemoryLedger(options: { readonly cluster: string; readonly member: number }): Ledger {
  const records: DurableRecord[] = [];
  let isClosed = false;
  const refuseIfClosed = (): void => {
    if (isClosed) throw new LedgerError('closed', 'the ledger is closed');
  };
  return {
    identity: newIdentity(options.cluster, options.member),
    recovery: { records: 0, bytes: 0, tornBytes: 0 },
    async append(added) {
      refuseIfClosed();
      records.push(...added);
    },
    async replay(visit) {
      refuseIfClosed();
      for (const record of records) visit(record);
    },
    async close() {
      isClosed = true;
    },
  };
}
