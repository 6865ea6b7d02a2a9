/** The log's format, for tools and for disks that are simulated. */

export { openWindow } from './file-window.js';
export {
  RECORD_HEADER_BYTES,
  readSegmentHeader,
  recordBytes,
  SEGMENT_HEADER_BYTES,
  writeRecordHeader,
  writeSegmentHeader,
} from './log-format.js';
export { NumberReader, numberOf } from './number-reader.js';
export { toEnd } from './pausing.js';
export { decodeRecord, encodeRecord, SEAL_KIND } from './record-codec.js';
export { judgeRest, type SegmentScan, scanSegment } from './scan-segment.js';
