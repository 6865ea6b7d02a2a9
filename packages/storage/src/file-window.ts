/** Reads a file piece by piece, as a window that moves on. */

import { LedgerError } from './errors.js';
import type { FileSystem } from './file-system.js';

/** Bytes read at a time. */
const WINDOW_BYTES = 1024 * 1024;

export interface FileWindow {
  readonly size: number;
  /** `length` bytes at `offset`, valid until the next call; undefined where the file has fewer. */
  at(offset: number, length: number): Buffer | undefined;
}

export function openWindow(disk: Pick<FileSystem, 'size' | 'read'>, file: number, name: string): FileWindow {
  const size = disk.size(file);
  let space = Buffer.alloc(0);
  let window = space;
  let start = 0;
  return {
    size,
    at(offset, length) {
      if (offset + length > size) return undefined;
      if (offset < start || offset + length > start + window.length) {
        const wanted = Math.min(Math.max(WINDOW_BYTES, length), size - offset);
        if (space.length < wanted) space = Buffer.allocUnsafe(Math.max(wanted, Math.min(size, WINDOW_BYTES)));
        window = space.subarray(0, wanted);
        start = offset;
        let filled = 0;
        while (filled < wanted) {
          const count = disk.read(file, window.subarray(filled), offset + filled);
          if (count === 0)
            throw new LedgerError('corrupt', `${name} ends at ${offset + filled}, before its own length`);
          filled += count;
        }
      }
      return window.subarray(offset - start, offset - start + length);
    },
  };
}
