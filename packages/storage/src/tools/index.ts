/** Tools for data directories: all of them read only, but for those that make a new one. */

export { type BackupReport, backUp, type RestoreOptions, type RestoreReport, restore } from './backup.js';
export { type LogEntry, type ReadOptions, readEntries } from './entries.js';
export { confirmationFor, type TruncateReport, truncateCorrupt } from './truncate-corrupt.js';
export { type VerifyReport, verifyDirectory } from './verify.js';
