import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type AppendedRecord, type Ledger, openLedger, type SpaceReport } from '../src/index.js';
import { directoriesOfThisFile, type FaultyDisk, faultyDisk, OWNER, systemError, turn, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const SEGMENT_BYTES = 64 * 1024;

const vote = (slot: number, bytes = 1000): AppendedRecord => voteOf(slot, bytes);

/** A ledger on a disk with `room.free` bytes, which was asked for them `room.asked` times. */
async function openTight(): Promise<{
  readonly disk: FaultyDisk;
  readonly directory: string;
  readonly ledger: Ledger;
  readonly reports: SpaceReport[];
  readonly room: { free: number; asked: number };
}> {
  const disk = faultyDisk();
  const room = { free: Number.MAX_SAFE_INTEGER, asked: 0 };
  disk.freeBytes = () => {
    room.asked += 1;
    return room.free;
  };
  const directory = newDirectory();
  const reports: SpaceReport[] = [];
  const options = { ...OWNER, disk, segmentBytes: SEGMENT_BYTES, reserveBytes: 0 };
  const ledger = await openLedger(directory, { ...options, onSpace: (report) => reports.push(report) });
  return { disk, directory, ledger, reports, room };
}

async function fill(ledger: Ledger, from: number, until: () => boolean): Promise<number> {
  let slot = from;
  for (; !until(); slot++) await ledger.append([vote(slot)]);
  return slot;
}

describe('a disk without room for one long record', () => {
  it('is not asked again for each further one, but in a while', async () => {
    const { ledger, room } = await openTight();
    room.free = 0;
    const long = vote(1, 2 * SEGMENT_BYTES);
    await expect(ledger.append([long])).rejects.toMatchObject({ code: 'no-space' });
    const { asked } = room;
    for (let times = 0; times < 10; times++) {
      await expect(ledger.append([long])).rejects.toMatchObject({ code: 'no-space' });
    }
    expect(room.asked).toBe(asked);
    await ledger.close();
  });

  it('but for all others counts as one with room once these go on', async () => {
    const { ledger, room, directory, reports } = await openTight();
    const isReady = (): boolean => fs.existsSync(path.join(directory, 'log', 'spare'));
    let slot = await fill(ledger, 1, isReady);
    room.free = SEGMENT_BYTES + 4096;
    await expect(ledger.append([vote(slot, 4 * SEGMENT_BYTES)])).rejects.toMatchObject({ code: 'no-space' });
    expect(ledger.space.space).not.toBe('ok');
    slot = await fill(ledger, slot, () => fs.existsSync(path.join(directory, 'log', '0000000002')));
    while (reports.at(-1)?.space !== 'ok') await turn();
    await fill(ledger, slot, () => fs.existsSync(path.join(directory, 'log', '0000000003')));
    await ledger.close();
  });
});

it('of several failures the first one is told: the others may follow from it', async () => {
  const { disk, ledger } = await openTight();
  const spares = new Set<number>();
  const { create } = disk;
  disk.create = (name) => {
    const file = create(name);
    if (name.includes('spare')) spares.add(file);
    return file;
  };
  const { sync } = disk;
  let failSpare = (): void => {};
  let isPreparing = false;
  disk.sync = (file) => {
    if (!spares.has(file)) return isPreparing ? Promise.reject(systemError('EIO')) : sync(file);
    isPreparing = true;
    return new Promise((_, reject) => {
      failSpare = () => reject(systemError('ENXIO'));
    });
  };
  const failure = await fill(ledger, 1, () => false).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'failed', cause: { code: 'EIO' } });
  failSpare();
  await turn();
  await expect(ledger.append([vote(1)])).rejects.toMatchObject({ cause: { code: 'EIO' } });
  await ledger.close();
});
