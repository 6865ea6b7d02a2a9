/** How much a disk was given to keep. */

import fs from 'node:fs';
import path from 'node:path';

const SECTOR_BYTES = 512;

/**
 * Bytes that were ever written to the disk of a directory, as the disk counts them: the file system's own included, and those of
 * other processes. Undefined where it cannot be known. What the kernel counts of a process (`write_bytes`) will not do: since
 * Linux 6.16 a write of one byte counts as all that is kept in one piece of memory with it, up to 2 MiB.
 */
export function writtenToDiskOf(directory: string): number | undefined {
  const { dev } = fs.statSync(directory);
  // As makedev(3) puts them together, which Node.js gives as it is.
  const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)];
  try {
    const fields = fs.readFileSync(`/sys/dev/block/${major}:${minor}/stat`, 'utf8').trim().split(/\s+/);
    return Number(fields[6]) * SECTOR_BYTES;
  } catch {
    return undefined;
  }
}

/** The sizes of all files in a directory. */
export function bytesIn(directory: string): number {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
}

const MEMORY_FILE_SYSTEMS = [0x0102_1994, 0x8584_58f6];

/** Whether a directory is on no disk at all: what is measured there says nothing. */
export function isInMemory(directory: string): boolean {
  return process.platform === 'linux' && MEMORY_FILE_SYSTEMS.includes(fs.statfsSync(directory).type);
}
