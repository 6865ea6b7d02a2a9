/**
 * The log file of version 1, byte by byte. All numbers are little-endian.
 *
 *     file header   magic "PARLLOG\n" (8) | format version u32 | directory id (16) | checksum u32 of these 28
 *     record        length u32 of the payload | checksum u32 | kind u8 | payload
 *
 * A record's checksum (CRC-32) covers its position in the file, its kind, its length and its payload. With the position in
 * it, a record that the disk has put in another place, or left over from before, is not taken for valid.
 */

import { crc32 } from 'node:zlib';

export const FILE_HEADER_BYTES = 32;
export const RECORD_HEADER_BYTES = 9;

const MAGIC = Buffer.from('PARLLOG\n', 'latin1');

/** Of which directory the file header says that it is; undefined when it is none or is damaged. */
export function directoryOf(header: Buffer): string | undefined {
  if (!header.subarray(0, 8).equals(MAGIC) || header.readUInt32LE(28) !== crc32(header.subarray(0, 28)))
    return undefined;
  return header.subarray(12, 28).toString('hex');
}

const covered = Buffer.alloc(13);

/** The checksum of a record at `position`. */
export function checksum(position: number, kind: number, payload: Uint8Array): number {
  covered.writeUInt32LE(position % 0x1_0000_0000, 0);
  covered.writeUInt32LE(Math.floor(position / 0x1_0000_0000), 4);
  covered.writeUInt8(kind, 8);
  covered.writeUInt32LE(payload.length, 9);
  return crc32(payload, crc32(covered));
}
