import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type DurableRecord, foundingConfiguration, type History, majority } from '@parliament/synod';
import fc from 'fast-check';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger, realFileSystem } from '../src/index.js';
import { directoriesOfThisFile, faultyDisk, OWNER, recordsOf, stopSyncs, turn } from './support.js';

const newDirectory = directoriesOfThisFile();
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function vote(slot: number): AppendedRecord {
  return { type: 'voted', slot, ballot: 1025, value: new Uint8Array(4000).fill(slot) };
}

async function appendVotes(ledger: Ledger, from: number, to: number): Promise<void> {
  for (let slot = from; slot <= to; slot++) await ledger.append([vote(slot)]);
}

function save(ledger: Ledger, slot: number, bytes = 10): Promise<void> {
  return ledger.saveSnapshot({ slot, history: HISTORY, state: new Uint8Array(bytes) }, 0);
}

/** A ledger whose syncs take a turn of the event loop, and whose log has many segments. */
function openInMemory(disk: FileSystem, group = 'one'): Promise<Ledger> {
  return openLedger('/data', { ...OWNER, group, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
}

/** What is missing of the slots up to `last`: neither in a snapshot nor in a vote. */
function missing(records: readonly DurableRecord[], last: number): number[] {
  const known = new Set(records.flatMap((record) => (record.type === 'voted' ? [record.slot] : [])));
  const snapshots = records.flatMap((record) => (record.type === 'snapshot' ? [record.snapshot.slot] : []));
  expect(snapshots.length).toBeLessThanOrEqual(1);
  const from = snapshots[0] ?? 0;
  return Array.from({ length: last }, (_, index) => index + 1).filter((slot) => slot > from && !known.has(slot));
}

/** Longer than what a save takes, in turns of the event loop: it is read a MiB a turn. */
const LONG = 16 * 1024 * 1024;

describe('a replay', () => {
  it('sees the snapshot and what is above it, though another one is saved meanwhile', async () => {
    const ledger = await openInMemory(new ImageDisk());
    await appendVotes(ledger, 1, 60);
    await save(ledger, 20, LONG);
    await appendVotes(ledger, 61, 90);
    let isSaved = false;
    const replay = recordsOf(ledger).then((records) => {
      // Else this shows nothing.
      expect(isSaved).toBe(true);
      return records;
    });
    await save(ledger, 80);
    isSaved = true;
    expect(missing(await replay, 90)).toEqual([]);
    expect(missing(await recordsOf(ledger), 90)).toEqual([]);
    await ledger.close();
  });

  it('that begins while two are waiting to be saved sees one of the three, and what is above it', async () => {
    const ledger = await openInMemory(new ImageDisk());
    await appendVotes(ledger, 1, 60);
    await save(ledger, 20, 1000);
    const saves = [save(ledger, 40, LONG), save(ledger, 58)];
    expect(missing(await recordsOf(ledger), 60)).toEqual([]);
    await Promise.all(saves);
    expect(missing(await recordsOf(ledger), 60)).toEqual([]);
    await ledger.close();
  });

  it('leaves no snapshot files behind that it has held up', async () => {
    const disk = new ImageDisk();
    const ledger = await openInMemory(disk);
    await appendVotes(ledger, 1, 5);
    await save(ledger, 2, LONG);
    const replay = recordsOf(ledger);
    await save(ledger, 4);
    await replay;
    expect(disk.list('/data/snapshots')).toEqual(['1-4']);
    await ledger.close();
  });

  it('is not kept waiting by what others append all the time', async () => {
    const disk = new ImageDisk();
    const [ledger, busy] = [await openInMemory(disk), await openInMemory(disk, 'busy')];
    await appendVotes(ledger, 1, 3);
    let isOver = false;
    const load = Array.from({ length: 3 }, async (_, index) => {
      for (let slot = index + 1; !isOver; slot += 3) await busy.append([{ type: 'decided', slot, ballot: 1025 }]);
    });
    expect(await recordsOf(ledger)).toEqual([vote(1), vote(2), vote(3)]);
    isOver = true;
    await Promise.all(load);
    await ledger.close();
    await busy.close();
  });

  it('is whole at any moment of any order of appends and snapshots', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('append' as const), group: fc.nat(1), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ type: fc.constant('save' as const), group: fc.nat(1), bytes: fc.constantFrom(10, 5_000_000) }),
      fc.record({ type: fc.constant('replay' as const), group: fc.nat(1) }),
      fc.record({ type: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 12 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const disk = new ImageDisk();
        const ledgers = [await openInMemory(disk), await openInMemory(disk, 'two')] as const;
        const [last, acknowledged] = [
          [0, 0],
          [0, 0],
        ];
        const running: Promise<unknown>[] = [];
        for (const each of steps) {
          if (each.type === 'turns') for (let times = 0; times < each.count; times++) await turn();
          else if (each.type === 'append') {
            for (let times = 0; times < each.count; times++) {
              const slot = (last[each.group] as number) + 1;
              last[each.group] = slot;
              const append = (ledgers[each.group] as Ledger).append([vote(slot)]);
              running.push(append.then(() => acknowledged.splice(each.group, 1, slot)));
            }
          } else if (each.type === 'save') {
            const slot = acknowledged[each.group] as number;
            if (slot > 0) running.push(save(ledgers[each.group] as Ledger, slot, each.bytes));
          } else {
            const upTo = last[each.group] as number;
            const replay = recordsOf(ledgers[each.group] as Ledger);
            running.push(replay.then((records) => expect(missing(records, upTo)).toEqual([])));
          }
        }
        await Promise.all(running);
        for (const ledger of ledgers) await ledger.close();
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    await ledger.append([vote(1)]);
    await turn();
    disk.writes = 0;
    await recordsOf(ledger);
    await turn();
    expect(disk.writes).toBe(0);
    await ledger.close();
  });

  it('that the disk refuses says so by a LedgerError; what its visitor throws is the visitor’s', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    await ledger.append([vote(1)]);
    const thrown = new Error('a visitor');
    const visit = (): void => {
      throw thrown;
    };
    await expect(ledger.replay(visit)).rejects.toBe(thrown);
    disk.read = () => {
      throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
    };
    await expect(recordsOf(ledger)).rejects.toMatchObject({ name: 'LedgerError', code: 'failed' });
    await ledger.close();
  });
});

describe('what stands, written again with a snapshot,', () => {
  it('is what stands behind all that was appended before: an expelled member stays so', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    const ledger = await openLedger(directory, { ...OWNER, disk });
    const [real, none] = ['ab'.repeat(16), '00'.repeat(16)];
    await ledger.append([{ type: 'introduced', member: 2, directory: real }, { type: 'founded' }]);
    await ledger.append([{ type: 'heard', member: 2, position: 1000 }]);
    // The syncs of the log wait, those of snapshots do not.
    const { create, sync } = disk;
    const ofSnapshots = new Set<number>();
    disk.create = (name) => {
      const file = create(name);
      if (name.includes('snapshots')) ofSnapshots.add(file);
      return file;
    };
    disk.sync = (file) => (ofSnapshots.has(file) ? realFileSystem.sync(file) : sync(file));
    const resume = stopSyncs(disk);
    const before = ledger.append([vote(1)]);
    await turn();
    // It waits for the sync of that, and has no place in the log yet.
    const expel = ledger.append([
      { type: 'introduced', member: 2, directory: none },
      { type: 'heard', member: 2, position: 5000 },
    ]);
    const saved = save(ledger, 5);
    while (!fs.existsSync(path.join(directory, 'snapshots', '1-5'))) await turn();
    resume();
    await Promise.all([before, expel, saved]);
    await ledger.close();
    const again = await openLedger(directory, OWNER);
    const records = await recordsOf(again);
    await again.close();
    expect(records.filter(({ type }) => type === 'introduced').at(-1)).toMatchObject({ directory: none });
    expect(records.filter(({ type }) => type === 'heard').at(-1)).toMatchObject({ position: 5000 });
  });
});
