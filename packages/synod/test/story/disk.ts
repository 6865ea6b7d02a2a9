/** A member's disk: what is synced survives a crash, what waits does not. */

import type { DurableRecord } from '../../src/index.js';

interface Batch {
  readonly records: readonly DurableRecord[];
  readonly done: () => void;
}

export interface Disk {
  readonly synced: DurableRecord[];
  /** Handed over and not synced, in order. */
  readonly waiting: Batch[];
  /** Whether it syncs only when it is told to. */
  isSlow: boolean;
}

export function createDisk(records: readonly DurableRecord[], isSlow = false): Disk {
  return { synced: [...records], waiting: [], isSlow };
}

/** How far its member has written: it counts what is synced, and nothing is trimmed in a story. */
export function positionOf({ synced }: Disk): number {
  return synced.length;
}

/** Hands records over. `done` is called when they, and all before them, are synced; after a crash never. */
export function append(disk: Disk, records: readonly DurableRecord[], done: () => void): void {
  disk.waiting.push({ records, done });
}

/** Syncs what waits, batch after batch. */
export function sync(disk: Disk): void {
  for (const batch of disk.waiting.splice(0)) {
    disk.synced.push(...batch.records);
    batch.done();
  }
}

/** @returns what was not synced, and is lost. */
export function loseUnsynced(disk: Disk): DurableRecord[] {
  return disk.waiting.splice(0).flatMap(({ records }) => records);
}
