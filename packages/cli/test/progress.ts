/** Patience as long as something goes on. On a busy machine everything takes longer, and a limit on the whole tells nothing. */

import { jest } from '@jest/globals';

/** When nothing has happened for so long, nothing will, in milliseconds. */
const STALLED_MS = 120_000;

// The last resort, for what goes on for ever.
jest.setTimeout(20 * 60_000);

let progressedAt = performance.now();

/** Something has happened: a process has written, or ended. */
export function noteProgress(): void {
  progressedAt = performance.now();
}

/** Waits for something as long as there is progress. Rejects, naming what was waited for, when there is none any more. */
export async function patiently<Value>(what: string, awaited: Promise<Value>): Promise<Value> {
  noteProgress();
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    const look = (): void => {
      const idleMs = performance.now() - progressedAt;
      if (idleMs >= STALLED_MS) reject(new Error(`${what}: nothing has happened for ${STALLED_MS / 1000} s`));
      else timer = setTimeout(look, STALLED_MS - idleMs);
    };
    look();
  });
  try {
    return await Promise.race([awaited, stalled]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Looks until it finds something that is true, and gives it. Looking anew is no progress; finding something else is.
 *
 * @param look what it does for a look must take its time: a request to a node, or a pause.
 */
export async function until<Found>(what: string, look: () => Promise<Found>): Promise<Found> {
  let seen: string | undefined;
  let changedAt = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    const now = JSON.stringify(found) ?? '';
    if (now !== seen) changedAt = performance.now();
    else if (performance.now() - changedAt > STALLED_MS) throw new Error(`${what}: still ${now}`);
    seen = now;
  }
}
