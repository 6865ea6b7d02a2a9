import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, majority } from '@parliament/synod';
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

const vote = (slot: number, bytes = 1000): AppendedRecord => voteOf(slot, bytes);

interface Opened {
  readonly disk: FaultyDisk;
  readonly directory: string;
  readonly ledger: Ledger;
  readonly reports: SpaceReport[];
  /** Resolves with the next report of such a kind. */
  until(space: SpaceReport['space']): Promise<void>;
}

/** A ledger on a disk that has `free` bytes left for new segments. */
async function openFull(reserveBytes = 0): Promise<Opened & { free: number }> {
  const disk = faultyDisk();
  const directory = newDirectory();
  const reports: SpaceReport[] = [];
  const waiting: { space: string; resolve: () => void }[] = [];
  const opened = { free: Number.MAX_SAFE_INTEGER };
  disk.freeBytes = () => opened.free;
  const ledger = await openLedger(directory, {
    ...OWNER,
    disk,
    segmentBytes: SEGMENT_BYTES,
    reserveBytes,
    onSpace(report) {
      reports.push(report);
      for (const { space, resolve } of waiting) if (space === report.space) resolve();
    },
  });
  return Object.assign(opened, {
    disk,
    directory,
    ledger,
    reports,
    until: (space: string) =>
      new Promise<void>((resolve) => {
        if (reports.at(-1)?.space === space) resolve();
        else waiting.push({ space, resolve });
      }),
  });
}

async function fill(ledger: Ledger, from: number, until: () => boolean): Promise<number> {
  let slot = from;
  for (; !until(); slot++) await ledger.append([vote(slot)]);
  return slot;
}

it('a close does not wait for the next segment to be prepared to its end', async () => {
  const disk = faultyDisk();
  const directory = newDirectory();
  const ledger = await openLedger(directory, { ...OWNER, disk });
  await ledger.append([vote(1, 600_000)]);
  disk.syncs = 0;
  await ledger.close();
  // It was to have 2 MiB, in pieces of 128 KiB that are synced one by one.
  expect(disk.syncs).toBeLessThan(8);
  expect(fs.readdirSync(path.join(directory, 'log'))).toEqual(['0000000001']);
});

it('a log that waits for its next segment waits for few syncs, and not for the reserve', async () => {
  const disk = faultyDisk();
  const ledger = await openLedger(newDirectory(), { ...OWNER, disk, reserveBytes: 4 * 1024 * 1024 });
  await ledger.append([vote(1, 600_000)]);
  disk.syncs = 0;
  await ledger.append([vote(2, 600_000)]);
  // What a sync of 2 s makes of each: the next segment has 2 MiB, the reserve 4, in pieces of 128 KiB.
  expect(disk.syncs).toBeLessThan(10);
  await ledger.close();
});

describe('a disk that is full', () => {
  it('is told of early, while there is room in the log; then the room is kept; and nothing that was written is lost', async () => {
    const full = await openFull();
    full.free = 0;
    const { ledger, reports } = full;
    let slot = await fill(ledger, 1, () => reports.at(-1)?.space === 'low');
    expect(reports[0]?.bytes).toBeGreaterThan(SEGMENT_BYTES / 4);
    slot = await fill(ledger, slot, () => reports.at(-1)?.space === 'full');
    expect(reports.map(({ space }) => space)).toEqual(['low', 'full']);
    // There is room for many promises yet.
    for (let round = 0; round < 100; round++) await ledger.append([{ type: 'promised', ballot: 1025 + 2048 * round }]);
    const refused = ledger.append([vote(slot, 60_000)]);
    await expect(refused).rejects.toMatchObject({ code: 'no-space', message: expect.stringContaining(full.directory) });
    // Nothing of that was written, and the ledger goes on.
    await ledger.append([vote(slot)]);
    const records = await recordsOf(ledger);
    expect(records.filter(({ type }) => type === 'voted')).toHaveLength(slot);
    await ledger.close();
  });

  it('that has space again is noticed without a restart', async () => {
    const full = await openFull();
    full.free = 0;
    const slot = await fill(full.ledger, 1, () => full.reports.at(-1)?.space === 'full');
    full.free = Number.MAX_SAFE_INTEGER;
    await full.until('ok');
    await full.ledger.append([vote(slot, 60_000)]);
    await full.ledger.close();
  });

  it('for one long record only is noticed to have room again, though nothing more is appended', async () => {
    const full = await openFull();
    const slot = await fill(full.ledger, 1, () => fs.existsSync(path.join(full.directory, 'log', 'spare')));
    full.free = 0;
    const long = vote(slot, 2 * SEGMENT_BYTES);
    await expect(full.ledger.append([long])).rejects.toMatchObject({ code: 'no-space' });
    expect(full.ledger.space.space).not.toBe('ok');
    full.free = Number.MAX_SAFE_INTEGER;
    await full.until('ok');
    await full.ledger.append([long]);
    await full.ledger.close();
  });

  it('and fails when the reserve is to be given back says so to whoever appends', async () => {
    const full = await openFull(4096);
    const slot = await fill(full.ledger, 1, () => fs.existsSync(path.join(full.directory, 'reserve')));
    full.free = 0;
    full.disk.remove = () => {
      throw systemError('EIO');
    };
    const error = await fill(full.ledger, slot, () => false).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'LedgerError', code: 'failed', cause: { code: 'EIO' } });
    await full.ledger.close();
  });

  it('is told to all that listen, one that throws among them, and the log goes on', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    const warnings: string[] = [];
    const heard: string[] = [];
    let free = Number.MAX_SAFE_INTEGER;
    disk.freeBytes = () => free;
    const options = { ...OWNER, disk, segmentBytes: SEGMENT_BYTES, reserveBytes: 0 };
    const ledger = await openLedger(directory, {
      ...options,
      onSpace() {
        throw new Error('a listener');
      },
      onWarning: ({ message }) => warnings.push(message),
    });
    const other = await openLedger(directory, {
      ...options,
      group: 'other',
      onSpace: ({ space }) => heard.push(space),
    });
    free = 0;
    const slot = await fill(ledger, 1, () => heard.includes('low'));
    expect(warnings).toEqual([expect.stringContaining('a listener')]);
    await ledger.append([vote(slot)]);
    await ledger.close();
    await other.close();
  });

  it('gets the reserve back for a snapshot, and the log that this frees is used again', async () => {
    const full = await openFull(100_000);
    const { ledger, reports, directory } = full;
    const reserve = path.join(directory, 'reserve');
    let slot = await fill(ledger, 1, () => fs.existsSync(reserve));
    full.free = 0;
    slot = await fill(ledger, slot, () => reports.at(-1)?.space === 'full');
    expect(fs.existsSync(reserve)).toBe(false);
    const history = [foundingConfiguration(majority([0]))] as const;
    await ledger.saveSnapshot({ slot: slot - 1, history, state: new Uint8Array(500) }, 0);
    await full.until('ok');
    expect(reports.map(({ space }) => space)).toEqual(['low', 'full', 'ok']);
    await ledger.append([vote(slot, 40_000)]);
    // Once there is room for it, it is kept again.
    full.free = Number.MAX_SAFE_INTEGER;
    for (let more = slot + 1; !fs.existsSync(reserve); more++) {
      // Until the disk is tried again it counts as full.
      await ledger.append([vote(more, 30_000)]).catch(turn);
      await ledger.saveSnapshot({ slot: more, history, state: new Uint8Array(500) }, 0);
    }
    await ledger.close();
  });

  it('and a log with it, to its last byte, is let go by a snapshot all the same', async () => {
    const full = await openFull();
    const { ledger, directory } = full;
    const segments = (): string[] => fs.readdirSync(path.join(directory, 'log')).filter((name) => name !== 'spare');
    let slot = await fill(ledger, 1, () => segments().length === 3);
    full.free = 0;
    const promise: AppendedRecord = { type: 'promised', ballot: 1025 };
    await fill(ledger, slot, () => false).catch(() => {});
    slot += 1000;
    // The smallest records there are.
    for (let isTaken = true; isTaken; ) {
      isTaken = await ledger.append([promise]).then(
        () => true,
        () => false,
      );
    }
    const history = [foundingConfiguration(majority([0]))] as const;
    await ledger.saveSnapshot({ slot, history, state: new Uint8Array(500) }, 0);
    expect(segments()).toHaveLength(1);
    await full.until('ok');
    await ledger.append([vote(slot, 40_000)]);
    await ledger.close();
  });
});
