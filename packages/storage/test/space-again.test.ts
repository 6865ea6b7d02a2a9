import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, majority } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type Ledger, openLedger, type SpaceReport } from '../src/index.js';
import {
  directoriesOfThisFile,
  type FaultyDisk,
  faultyDisk,
  OWNER,
  recordsOf,
  systemError,
  turn,
  voteOf,
} from './support.js';

const newDirectory = directoriesOfThisFile();
const SEGMENT_BYTES = 64 * 1024;
const MIB = 1024 * 1024;

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

describe('a disk that is full', () => {
  /** No timer runs out, so that what happens is not for a disk being tried again in a while. */
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function openTall(): Promise<{
    readonly ledger: Ledger;
    readonly room: { free: number };
    readonly names: () => string[];
    readonly reports: SpaceReport[];
  }> {
    const disk = new ImageDisk();
    const room = { free: Number.MAX_SAFE_INTEGER };
    disk.freeBytes = () => room.free;
    const reports: SpaceReport[] = [];
    const options = { ...OWNER, disk, segmentBytes: 4 * MIB, reserveBytes: 0 };
    const ledger = await openLedger('/data', { ...options, onSpace: (report) => reports.push(report) });
    return { ledger, room, names: () => disk.list('/data/log'), reports };
  }

  it('is tried at once when a segment has gone that is too short to be used again', async () => {
    const { ledger, room, names, reports } = await openTall();
    // The first segment has a MiB, the second one two.
    let slot = 1;
    for (; !names().includes('0000000002'); slot++) await ledger.append([vote(slot, 100_000)]);
    room.free = 0;
    for (; reports.at(-1)?.space !== 'low'; slot++) await ledger.append([vote(slot, 100_000)]);
    room.free = Number.MAX_SAFE_INTEGER;
    const history = [foundingConfiguration(majority([0]))] as const;
    await ledger.saveSnapshot({ slot, history, state: new Uint8Array(10) }, 0);
    expect(names()).not.toContain('0000000001');
    for (let turns = 0; turns < 200 && reports.at(-1)?.space !== 'ok'; turns++) await turn();
    expect(reports.map(({ space }) => space)).toEqual(['low', 'ok']);
    expect(names()).toContain('spare');
    await ledger.close();
  });

  it('refuses what does not fit, and takes what does, though that was asked for later', async () => {
    const { ledger, room, reports } = await openTall();
    room.free = 0;
    const outcomes = await Promise.allSettled([
      ledger.append([vote(1, 2 * MIB)]),
      ledger.append([vote(2)]),
      ledger.append([vote(3, 2 * MIB)]),
      ledger.append([vote(4)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'no-space' } });
    expect((await recordsOf(ledger)).map((record) => 'slot' in record && record.slot)).toEqual([2, 4]);
    expect(reports.map(({ space }) => space)).toEqual(['low']);
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
