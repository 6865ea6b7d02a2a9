import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { HIGHEST_BALLOT, isBallot } from '@parliament/synod';
import fc from 'fast-check';
import { type AppendedRecord, openLedger, openMemoryLedger } from '../src/index.js';
import { contentsOf, directoriesOfThisFile, faultyDisk, OWNER, recordsOf, SAMPLE, systemError } from './support.js';

const newDirectory = directoriesOfThisFile();
const vote = (slot: number, bytes = 3): AppendedRecord => {
  return { type: 'voted', slot, ballot: 1025, value: new Uint8Array(bytes).fill(slot) };
};

const slot = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const ballot = fc.integer({ min: 1024, max: HIGHEST_BALLOT }).filter(isBallot);
const value = fc.uint8Array({ maxLength: 300 });
const record: fc.Arbitrary<AppendedRecord> = fc.oneof(
  fc.record({ type: fc.constant('promised' as const), ballot }),
  fc.record({ type: fc.constant('voted' as const), slot, ballot, value }),
  fc.record({ type: fc.constant('decided' as const), slot, ballot }),
  fc.record({ type: fc.constant('learned' as const), slot, value }),
  fc.record({
    type: fc.constant('introduced' as const),
    member: fc.integer({ min: 0, max: 1023 }),
    directory: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  }),
  fc.record({ type: fc.constant('founded' as const) }),
);

describe('a ledger', () => {
  it('gives back what was appended, in order, before and after it is opened anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(record, { maxLength: 8 }), { maxLength: 8 }), async (batches) => {
        const directory = newDirectory();
        const ledger = await openLedger(directory, OWNER);
        await Promise.all(batches.map((batch, index) => ledger.append(batch, { sync: index % 2 ? 'later' : 'now' })));
        expect(await recordsOf(ledger)).toEqual(batches.flat());
        await ledger.close();
        expect(await contentsOf(directory)).toEqual(batches.flat());
      }),
      { numRuns: 40 },
    );
  });

  it('keeps its identity, and has one of its own', async () => {
    const [one, two] = [newDirectory(), newDirectory()];
    const ids = [];
    for (const directory of [one, one, two]) {
      const ledger = await openLedger(directory, OWNER);
      expect(ledger.identity).toMatchObject({ cluster: 'test', member: 1, formatVersion: 2 });
      ids.push(ledger.identity.directory);
      await ledger.close();
    }
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it.each([
    ['of which it has met one that is not named', [1, 2], false, false],
    ['all of whom it has met but one that was not there', [0, 1, 2, 3], true, false],
    ['whom it has met', [0, 1, 2], true, true],
    ['whom it has not all met yet', [0, 1, 2, 3], false, true],
  ] as const)(
    'from before founders were written down takes those %s: %j, founded %j',
    async (_, founderIds, founded, isTaken) => {
      const directory = newDirectory();
      const old = await openLedger(directory, OWNER);
      for (const member of [0, 2]) await old.append([{ type: 'introduced', member, directory: 'ab'.repeat(16) }]);
      if (founded) await old.append([{ type: 'founded' }]);
      await old.close();
      const opening = openLedger(directory, { ...OWNER, founders: founderIds.join(), founderIds });
      if (isTaken) await (await opening).close();
      else
        await expect(opening).rejects.toMatchObject({
          code: 'wrong-identity',
          message: expect.stringContaining('has met the members 0, 2, '),
        });
      // What was refused was not written down.
      await (await openLedger(directory, { ...OWNER, founders: isTaken ? founderIds.join() : '0,1,2' })).close();
    },
  );

  it('keeps its files to its owner', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await ledger.close();
    for (const name of ['.', 'identity', 'log']) {
      expect(fs.statSync(path.join(directory, name)).mode & 0o077).toBe(0);
    }
  });

  it('in memory keeps the same promises, but for its life', async () => {
    const ledger = openMemoryLedger(OWNER);
    await ledger.append(SAMPLE);
    expect(await recordsOf(ledger)).toEqual(SAMPLE);
    // By this its owner knows when a snapshot is due.
    const { position } = ledger;
    await ledger.append([vote(1, 5000)]);
    expect(ledger.position - position).toBeGreaterThanOrEqual(5000);
    await ledger.close();
    await expect(ledger.append(SAMPLE)).rejects.toMatchObject({ code: 'closed' });
    await expect(ledger.trim(0)).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('an append', () => {
  it('resolves after the sync, and not before', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    let release = (): void => {};
    const syncing = new Promise<void>((begun) => {
      disk.beforeSync = () => {
        begun();
        return new Promise((resolve) => {
          release = resolve;
        });
      };
    });
    let isDone = false;
    const append = ledger.append([vote(1)]).then(() => {
      isDone = true;
    });
    await syncing;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    release();
    await append;
    disk.beforeSync = async () => {};
    await ledger.close();
  });

  it('shares its sync with those made meanwhile', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    await Promise.all(Array.from({ length: 1000 }, (_, index) => ledger.append([vote(index + 1)])));
    expect(disk.syncs).toBeLessThan(10);
    await ledger.close();
  });

  it('of no records waits for the urgent ones before it, and for nothing when there are none', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    await ledger.append([]);
    expect(disk.syncs).toBe(0);
    const order: string[] = [];
    await Promise.all([
      ledger.append([vote(1)]).then(() => order.push('records')),
      ledger.append([]).then(() => order.push('barrier')),
    ]);
    expect(order).toEqual(['records', 'barrier']);
    await ledger.close();
  });

  it('that may come later rides with the next one, in its order, and is synced by itself at last', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    const later = ledger.append([vote(1)], { sync: 'later' });
    expect(disk.syncs).toBe(0);
    await ledger.append([vote(2)]);
    await later;
    expect(disk.syncs).toBe(1);
    await ledger.append([vote(3)], { sync: 'later' });
    expect(disk.syncs).toBe(2);
    expect(await recordsOf(ledger)).toEqual([vote(1), vote(2), vote(3)]);
    await ledger.close();
  });

  it('over the limit is refused whole, and nothing of it is written', async () => {
    const ledger = await openLedger(newDirectory(), { ...OWNER, recordLimitBytes: 100 });
    await expect(ledger.append([vote(1), vote(2, 200)])).rejects.toBeInstanceOf(RangeError);
    expect(await recordsOf(ledger)).toEqual([]);
    await ledger.append([vote(1)]);
    await ledger.close();
  });

  it.each<[string, AppendedRecord]>([
    ['slot 0', { type: 'voted', slot: 0, ballot: 1025, value: new Uint8Array(1) }],
    ['a ballot that is none', { type: 'promised', ballot: 1.5 }],
    ['no directory id', { type: 'introduced', member: 1, directory: 'home' }],
    ['a member out of range', { type: 'heard', member: 5000, position: 1 }],
    ['a position out of range', { type: 'heard', member: 1, position: -1 }],
  ])('of %s, which could not be read again, is refused whole, and the ledger goes on', async (_, wrong) => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await expect(ledger.append([vote(1), wrong])).rejects.toBeInstanceOf(RangeError);
    await ledger.append([vote(2)]);
    await ledger.close();
    expect(await contentsOf(directory)).toEqual([vote(2)]);
  });

  it('before the close is on disk after it; one after it is refused', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const later = ledger.append([vote(1)], { sync: 'later' });
    await Promise.all([ledger.close(), ledger.close(), later]);
    await expect(ledger.append([vote(2)])).rejects.toMatchObject({ code: 'closed' });
    expect(await contentsOf(directory)).toEqual([vote(1)]);
  });
});

describe('a disk that', () => {
  it('takes a part of what is written is given the rest', async () => {
    const directory = newDirectory();
    const disk = faultyDisk();
    disk.onWrite = (bytes) => Math.max(1, Math.floor(bytes / 3));
    const ledger = await openLedger(directory, { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    await ledger.append(SAMPLE);
    await ledger.close();
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it.each([
    ['EIO', 'failed'],
    ['ENOSPC', 'failed'],
    ['EDQUOT', 'failed'],
  ])('fails a write with %s is not believed any longer', async (code, expected) => {
    const directory = newDirectory();
    const disk = faultyDisk();
    const ledger = await openLedger(directory, { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    await ledger.append([vote(1)]);
    // As a disk that fills up does it: a part first, then the error.
    let left = 5;
    disk.onWrite = (bytes) => {
      if (left === 0) throw systemError(code);
      const taken = Math.min(left, bytes);
      left -= taken;
      return taken;
    };
    const failures = await Promise.allSettled([ledger.append([vote(2)]), ledger.append([vote(3)])]);
    for (const failure of failures) expect(failure).toMatchObject({ reason: { code: expected } });
    disk.onWrite = (bytes) => bytes;
    const { writes } = disk;
    await expect(ledger.append([vote(4)])).rejects.toMatchObject({ code: expected });
    await expect(ledger.replay(() => {})).rejects.toMatchObject({ code: expected });
    await ledger.close();
    expect(disk.writes).toBe(writes);
    expect(await contentsOf(directory)).toEqual([vote(1)]);
  });

  it('fails a sync is not asked again: what it holds only a new opening can tell', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    // Creating the directory took some.
    disk.syncs = 0;
    disk.beforeSync = () => Promise.reject(systemError('EIO'));
    await expect(ledger.append([vote(1)])).rejects.toMatchObject({ code: 'failed', cause: { code: 'EIO' } });
    disk.beforeSync = async () => {};
    await expect(ledger.append([vote(2)])).rejects.toMatchObject({ code: 'failed' });
    expect(disk.syncs).toBe(1);
    await ledger.close();
  });
});
