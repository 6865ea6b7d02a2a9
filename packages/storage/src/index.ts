export { LedgerError, type LedgerErrorCode } from './errors.js';
export { type EntryKind, type FileSystem, realFileSystem } from './file-system.js';
export type { Identity } from './identity.js';
export type { AppendOptions, Ledger, Recovery } from './ledger.js';
export { openMemoryLedger } from './memory-ledger.js';
export { DEFAULT_RECORD_LIMIT_BYTES, type LedgerOptions, openLedger } from './open-ledger.js';
