/** The log file's format, for tools and for disks that are simulated. */

export { FILE_HEADER_BYTES, fileHeader, RECORD_HEADER_BYTES, writeRecordHeader } from './log-format.js';
export { decodeRecord, encodeRecord, SEAL_KIND } from './record-codec.js';
export { type Scan, scanLog } from './scan.js';
