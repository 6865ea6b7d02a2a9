export { LedgerError, type LedgerErrorCode } from './errors.js';
export { type EntryKind, type FileSystem, realFileSystem } from './file-system.js';
export type { AppendedRecord, AppendOptions, Identity, Ledger, Recovery } from './ledger.js';
export { DEFAULT_SEGMENT_BYTES } from './log-files.js';
export { openMemoryLedger } from './memory-ledger.js';
export { DEFAULT_RECORD_LIMIT_BYTES, DEFAULT_RESERVE_BYTES, openLedger } from './open-ledger.js';
export type { LedgerOptions } from './options.js';
export type { Space, SpaceReport } from './space.js';
