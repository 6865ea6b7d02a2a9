/** Reads the records of one group from a segment of a log that is in use. */

import { openWindow } from './file-window.js';
import type { GroupNumber, Segment } from './group-state.js';
import { segmentPath } from './log-files.js';
import { SEGMENT_HEADER_BYTES } from './log-format.js';
import { pausing } from './pausing.js';
import type { EncodedRecord } from './record-codec.js';
import { corrupt, type LogSource, offsetIn } from './recover-log.js';
import { scanSegment } from './scan-segment.js';

/**
 * Visits the records before the position `end`; what is behind it may be in the middle of being written.
 *
 * @throws LedgerError `corrupt` when the records end before that.
 */
export async function readGroup(
  { disk, directory, limitBytes }: Pick<LogSource, 'disk' | 'directory' | 'limitBytes'>,
  segment: Segment,
  end: number,
  group: GroupNumber,
  visit: (record: EncodedRecord) => void,
): Promise<void> {
  const name = segmentPath(directory, segment.sequence);
  const file = disk.openToRead(name);
  try {
    const window = openWindow(disk, file, name);
    const previous = window.at(0, SEGMENT_HEADER_BYTES)?.readUInt32LE(40) ?? 0;
    const scan = await pausing(
      scanSegment(window, { start: segment.start, previous }, limitBytes, (record) => {
        if (record.group === group && record.position < end) visit(record);
      }),
    );
    if (scan.end < end) throw corrupt(name, offsetIn(segment, scan.end), scan.flaw ?? 'no record is there');
  } finally {
    disk.close(file);
  }
}
