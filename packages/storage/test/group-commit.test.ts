import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';

import { type AppendedRecord, type Ledger, openLedger, openMemoryLedger } from '../src/index.js';
import {
  contentsOf,
  directoriesOfThisFile,
  type FaultyDisk,
  faultyDisk,
  OWNER,
  recordsOf,
  stopSyncs,
  systemError,
  turn,
  voteOf,
} from './support.js';

const newDirectory = directoriesOfThisFile();

const vote = (slot: number, bytes = 3): AppendedRecord => voteOf(slot, bytes);

/** A ledger, its disk and its directory. */
async function openFaulty(): Promise<{ disk: FaultyDisk; directory: string; ledger: Ledger }> {
  const disk = faultyDisk();
  const directory = newDirectory();
  const ledger = await openLedger(directory, { ...OWNER, disk });
  // Creating the directory took some.
  disk.syncs = 0;
  return { disk, directory, ledger };
}

/** Whether a promise has ended once all that was ready has happened. */
async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const note = (): void => {
    ended = true;
  };
  promise.then(note, note);
  await turn();
  return ended;
}

describe('while a sync is under way', () => {
  it('all that is appended waits for the next one, and shares it', async () => {
    const { disk, ledger } = await openFaulty();
    const resume = stopSyncs(disk);
    const first = ledger.append([vote(1)]);
    await turn();
    const others = Array.from({ length: 100 }, (_, index) => ledger.append([vote(index + 2)]));
    await turn();
    expect(disk.syncs).toBe(1);
    resume();
    await Promise.all([first, ...others]);
    expect(disk.syncs).toBe(2);
    await ledger.close();
  });

  it('an append is not acknowledged with it, for its records are not part of it', async () => {
    const { disk, ledger } = await openFaulty();
    const resumeFirst = stopSyncs(disk);
    const first = ledger.append([vote(1)]);
    await turn();
    const second = ledger.append([vote(2)]);
    resumeFirst();
    const resumeSecond = stopSyncs(disk);
    await first;
    expect(await hasEnded(second)).toBe(false);
    expect(disk.syncs).toBe(2);
    resumeSecond();
    await second;
    await ledger.close();
  });

  it('a barrier waits, and needs no sync of its own', async () => {
    const { disk, ledger } = await openFaulty();
    const resume = stopSyncs(disk);
    const append = ledger.append([vote(1)]);
    const queuedWithIt = ledger.append([]);
    expect(await hasEnded(queuedWithIt)).toBe(false);
    const queuedBehindIt = ledger.append([]);
    expect(await hasEnded(queuedBehindIt)).toBe(false);
    resume();
    await Promise.all([append, queuedWithIt, queuedBehindIt]);
    expect(disk.syncs).toBe(1);
    await ledger.close();
  });

  it('a replay waits, and gives what was appended before it', async () => {
    const { disk, ledger } = await openFaulty();
    const resume = stopSyncs(disk);
    const append = ledger.append([vote(1)]);
    const replay = recordsOf(ledger);
    expect(await hasEnded(replay)).toBe(false);
    resume();
    await append;
    expect(await replay).toEqual([vote(1)]);
    await ledger.close();
  });

  it('a close waits, and so does the next opening', async () => {
    const { disk, ledger, directory } = await openFaulty();
    const resume = stopSyncs(disk);
    const append = ledger.append([vote(1)]);
    const close = ledger.close();
    expect(await hasEnded(close)).toBe(false);
    const next = openLedger(directory, OWNER);
    expect(await hasEnded(next)).toBe(false);
    resume();
    await Promise.all([append, close]);
    const opened = await next;
    expect(await recordsOf(opened)).toEqual([vote(1)]);
    await opened.close();
  });

  it('that fails, all that waits is rejected with it', async () => {
    const { disk, ledger } = await openFaulty();
    let fail = (): void => {};
    disk.beforeSync = () =>
      new Promise((_, reject) => {
        fail = () => reject(systemError('EIO'));
      });
    const outcomes = [ledger.append([vote(1)])];
    const settled = [Promise.allSettled(outcomes)];
    await turn();
    const waiting = [ledger.append([vote(2)]), ledger.append([]), ledger.append([vote(3)], { sync: 'later' })];
    settled.push(Promise.allSettled(waiting));
    fail();
    const all = (await Promise.all(settled)).flat();
    expect(all).toHaveLength(4);
    for (const outcome of all) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'failed' } });
    expect(disk).toMatchObject({ syncs: 1 });
    await ledger.close();
  });
});

describe('records that may come later', () => {
  it('do not make a barrier wait', async () => {
    const { disk, ledger } = await openFaulty();
    const later = ledger.append([vote(1)], { sync: 'later' });
    await ledger.append([]);
    expect(disk.syncs).toBe(0);
    await ledger.close();
    await later;
  });

  it('are synced when the ledger is closed', async () => {
    const { disk, ledger, directory } = await openFaulty();
    const resume = stopSyncs(disk);
    const later = ledger.append([vote(1)], { sync: 'later' });
    const close = ledger.close();
    expect(await hasEnded(later)).toBe(false);
    resume();
    await Promise.all([later, close]);
    expect(await contentsOf(directory)).toEqual([vote(1)]);
  });
});

describe('a disk that fails', () => {
  it('to take the seal behind acknowledged records takes nothing from these', async () => {
    const { disk, ledger, directory } = await openFaulty();
    let writes = 0;
    disk.onWrite = (bytes) => {
      writes += 1;
      if (writes > 1) throw systemError('ENOSPC');
      return bytes;
    };
    await ledger.append([vote(1)]);
    await turn();
    expect(writes).toBe(2);
    await expect(ledger.append([vote(2)])).rejects.toMatchObject({ code: 'failed' });
    await ledger.close();
    expect(writes).toBe(2);
    expect(await contentsOf(directory)).toEqual([vote(1)]);
  });

  it('while a directory is created leaves one that can be opened once the disk works', async () => {
    // The writes of a creation: the first one is of the lock file, which can be done without.
    for (let failing = 2; failing <= 4; failing++) {
      const disk = faultyDisk();
      const directory = newDirectory();
      disk.onWrite = (bytes) => {
        if (disk.writes === failing) throw systemError('ENOSPC');
        return bytes;
      };
      await expect(openLedger(directory, { ...OWNER, disk })).rejects.toMatchObject({ code: 'no-space' });
      expect(disk.writes).toBe(failing);
      expect(await contentsOf(directory)).toEqual([]);
    }
  });

  it('to sync the last seal does not keep the directory locked', async () => {
    const { disk, ledger, directory } = await openFaulty();
    await ledger.append([vote(1)]);
    disk.syncNow = () => {
      throw systemError('EIO');
    };
    await ledger.close();
    expect(await contentsOf(directory)).toEqual([vote(1)]);
  });
});

describe('a ledger', () => {
  it('whose sync failed does not sync again, not even when it is closed', async () => {
    const { disk, ledger } = await openFaulty();
    disk.beforeSync = () => Promise.reject(systemError('EIO'));
    const syncNow = jest.spyOn(disk, 'syncNow');
    await expect(ledger.append([vote(1)])).rejects.toMatchObject({ code: 'failed' });
    await ledger.close();
    expect(disk.syncs).toBe(1);
    expect(syncNow).not.toHaveBeenCalled();
  });

  it('that is closed does not replay', async () => {
    const { ledger } = await openFaulty();
    const inMemory = openMemoryLedger(OWNER);
    for (const each of [ledger, inMemory]) {
      await each.append([vote(1)]);
      await each.close();
      await expect(each.replay(() => {})).rejects.toMatchObject({ code: 'closed' });
    }
  });

  it('replays records that are longer than what it reads at a time', async () => {
    const { ledger, directory } = await openFaulty();
    const records = [vote(1), vote(2, 3 * 1024 * 1024), vote(3)];
    await ledger.append(records);
    await ledger.close();
    // Jest would compare byte by byte, which takes seconds.
    expect(isDeepStrictEqual(await contentsOf(directory), records)).toBe(true);
  });
});
