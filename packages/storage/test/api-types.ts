/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  type AppendedRecord,
  type FileSystem,
  type Identity,
  type Ledger,
  LedgerError,
  type LedgerErrorCode,
  type LedgerOptions,
  openLedger,
  openMemoryLedger,
  type Recovery,
  realFileSystem,
  type Space,
  type SpaceReport,
} from '@parliament/storage';
import { decodeRecord, encodeRecord, RECORD_HEADER_BYTES } from '@parliament/storage/format';
import {
  type BackupReport,
  backUp,
  confirmationFor,
  type LogEntry,
  type RestoreReport,
  readEntries,
  restore,
  type TruncateReport,
  truncateCorrupt,
  type VerifyReport,
  verifyDirectory,
} from '@parliament/storage/tools';
import type { DurableRecord } from '@parliament/synod';
import { expectTypeOf } from 'expect-type';

export function opening(): void {
  expectTypeOf(openLedger).returns.resolves.toEqualTypeOf<Ledger>();
  expectTypeOf(openLedger).toBeCallableWith('./data', { cluster: 'one', member: 0 });
  expectTypeOf(openLedger).toBeCallableWith('./data', {
    ...{ cluster: 'one', member: 0, group: 'registers', segmentBytes: 1e6, disk: realFileSystem },
    onSpace: (report) => expectTypeOf(report).toEqualTypeOf<SpaceReport>(),
  });
  expectTypeOf(openMemoryLedger({ cluster: 'one', member: 0 })).toEqualTypeOf<Ledger>();
  expectTypeOf(realFileSystem).toEqualTypeOf<FileSystem>();
  expectTypeOf<LedgerOptions['cluster']>().toEqualTypeOf<string>();
  // @ts-expect-error whose it is must be said
  expectTypeOf(openLedger('./data', { cluster: 'one' }));
  // @ts-expect-error no such option
  expectTypeOf(openLedger('./data', { cluster: 'one', member: 0, sync: true }));
  // @ts-expect-error no disk in memory
  expectTypeOf(openMemoryLedger({ cluster: 'one', member: 0, disk: realFileSystem }));
}

export function using(ledger: Ledger): void {
  expectTypeOf(ledger.append([{ type: 'promised', ballot: 1024 }], { sync: 'later' })).resolves.toEqualTypeOf<void>();
  expectTypeOf(ledger.replay((record) => expectTypeOf(record).toEqualTypeOf<DurableRecord>())).resolves.toBeVoid();
  expectTypeOf(ledger.identity).toEqualTypeOf<Identity>();
  expectTypeOf(ledger.recovery).toEqualTypeOf<Recovery>();
  expectTypeOf(ledger.space.space).toEqualTypeOf<Space>();
  expectTypeOf<AppendedRecord>().toExtend<DurableRecord>();
  // @ts-expect-error no such record
  expectTypeOf(ledger.append([{ type: 'forgotten', ballot: 1024 }]));
  // @ts-expect-error snapshots are saved, not appended
  expectTypeOf(ledger.append([{ type: 'snapshot' }]));
  // @ts-expect-error now or later
  expectTypeOf(ledger.append([], { sync: 'never' }));
}

export function failing(error: LedgerError): void {
  expectTypeOf(error).toExtend<Error>();
  expectTypeOf(error.code).toEqualTypeOf<LedgerErrorCode>();
  expectTypeOf(LedgerError).toBeConstructibleWith('corrupt', 'damaged');
}

export function tools(): void {
  expectTypeOf(verifyDirectory('./data')).resolves.toEqualTypeOf<VerifyReport>();
  expectTypeOf(backUp('./data', './copy', (done, total) => done / total)).resolves.toEqualTypeOf<BackupReport>();
  expectTypeOf(restore('./copy', './data', { cluster: 'one' })).resolves.toEqualTypeOf<RestoreReport>();
  expectTypeOf(truncateCorrupt('./data', confirmationFor('./data'))).resolves.toEqualTypeOf<TruncateReport>();
  expectTypeOf(readEntries('./data', { fromEnd: true })).toEqualTypeOf<AsyncGenerator<LogEntry>>();
  // @ts-expect-error without the confirmation
  expectTypeOf(truncateCorrupt('./data'));
}

export function format(record: DurableRecord): void {
  expectTypeOf(decodeRecord(encodeRecord(record))).toEqualTypeOf<DurableRecord>();
  expectTypeOf(RECORD_HEADER_BYTES).toExtend<number>();
}
