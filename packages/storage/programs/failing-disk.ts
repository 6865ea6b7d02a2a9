/** A disk whose calls fail: the n-th, or all from the n-th on. */

import type { FileSystem } from '#src/file-system.js';
import type { ImageDisk } from './image-disk.js';

export interface Fault {
  readonly code: 'EIO' | 'ENOSPC';
  /** Which call fails, from 1. */
  readonly at: number;
  /** Only that one, or all later ones, too. */
  readonly isForEver: boolean;
}

/** What a full disk refuses. */
const TAKES_ROOM: ReadonlySet<string> = new Set([
  'makeDirectory',
  'create',
  'write',
  'rename',
  'sync',
  'syncNow',
  'syncDirectory',
]);

export interface FailingDisk {
  readonly disk: FileSystem;
  /** How many calls there were that could have failed so. */
  readonly calls: () => number;
  /** The call that failed first. */
  readonly failed: () => string | undefined;
  /** From now on it works. */
  readonly mend: () => void;
}

/** A door to `image` that fails. All that it does not refuse it hands on. */
export function failingDisk(image: ImageDisk, fault: Fault | undefined): FailingDisk {
  let [calls, isMended] = [0, false];
  let failed: string | undefined;
  const pass = (name: string): void => {
    if (isMended || (fault?.code === 'ENOSPC' && !TAKES_ROOM.has(name))) return;
    calls += 1;
    if (fault === undefined || calls < fault.at || (!fault.isForEver && calls > fault.at)) return;
    failed ??= name;
    throw Object.assign(new Error(`${fault.code}: ${name}`), { code: fault.code });
  };
  const disk = new Proxy<FileSystem>(image, {
    get(_, name: keyof FileSystem) {
      // What cannot fail on any disk that there is: to let go.
      if (name === 'close') return image.close.bind(image);
      if (name === 'sync' || name === 'lock') {
        // These fail as a promise does.
        return async (...given: [never]): Promise<unknown> => {
          pass(name);
          return image[name](...given);
        };
      }
      return (...given: never[]): unknown => {
        pass(name);
        return Reflect.apply(image[name], image, given);
      };
    },
  });
  return {
    disk,
    calls: () => calls,
    failed: () => failed,
    mend: () => {
      isMended = true;
    },
  };
}
