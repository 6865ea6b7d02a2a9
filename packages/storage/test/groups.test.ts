import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, type History, majority } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { readIdentity } from '../src/identity.js';
import { type AppendedRecord, type Ledger, openLedger, openMemoryLedger, realFileSystem } from '../src/index.js';
import { directoriesOfThisFile, faultyDisk, firstSegment, OWNER, recordsOf, SAMPLE, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

async function openAndClose(directory: string, options: object): Promise<void> {
  await (await openLedger(directory, { ...SMALL, ...options })).close();
}

function groupsOf(directory: string): unknown {
  const identity = readIdentity(realFileSystem, directory);
  return 'groups' in identity ? identity.groups : undefined;
}

describe('the groups of a directory', () => {
  it('keep their numbers, and with whom each was founded, whichever is opened first or founded later', async () => {
    const directory = newDirectory();
    for (const group of ['a', 'b', 'c']) await openAndClose(directory, { group });
    await openAndClose(directory, { group: 'b', founders: '1=x' });
    await openAndClose(directory, { group: 'd', founders: '1=y' });
    await openAndClose(directory, { group: 'a' });
    expect(groupsOf(directory)).toEqual([
      { name: 'a', member: 1 },
      { name: 'b', member: 1, founders: '1=x' },
      { name: 'c', member: 1 },
      { name: 'd', member: 1, founders: '1=y' },
    ]);
    // Who does not say it is not asked; who says it otherwise is refused.
    for (const options of [{ group: 'b' }, { group: 'b', founders: '1=x' }]) await openAndClose(directory, options);
    await expect(openAndClose(directory, { group: 'b', founders: '1=y' })).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining('was founded with the members 1=x, not with 1=y'),
    });
  });

  it('are of one machine, or of none: another one does not open them, but for one that may take over where there was none', async () => {
    const directory = newDirectory();
    const said = { founders: '1=x' };
    const machine = 'm 2';
    const refused = async (group: string, options: object, message: string): Promise<void> => {
      await expect(openAndClose(directory, { group, ...options })).rejects.toMatchObject({
        code: 'wrong-identity',
        message: expect.stringContaining(message),
      });
    };
    await openAndClose(directory, { group: 'none', ...said });
    await openAndClose(directory, { group: 'unsaid' });
    await openAndClose(directory, { group: 'other', ...said, machine: 'm 1' });
    const before = groupsOf(directory);
    const was = 'was founded with';
    await refused('none', { ...said, machine }, `${was} the members 1=x, not with 1=x, running m 2`);
    await refused('none', { founders: '1=y', machine, mayTakeOver: true }, `${was} the members 1=x, not with 1=y`);
    await refused('unsaid', { ...said, machine }, `${was} members that run no machine, not with 1=x, running m 2`);
    const another = `${was} the members 1=x, running m 1, not with`;
    await refused('other', { ...said, machine, mayTakeOver: true }, `${another} 1=x, running m 2`);
    await refused('other', { ...said, mayTakeOver: true }, `${another} 1=x`);
    expect(groupsOf(directory)).toEqual(before);
    // Who does not say who they are is not asked.
    for (const group of ['none', 'unsaid']) {
      await openAndClose(directory, { group, ...said, machine, mayTakeOver: true });
      for (const options of [{}, { machine }]) await openAndClose(directory, { group, ...options });
    }
    const founders = '1=x, running m 2';
    expect(groupsOf(directory)).toEqual([
      { name: 'none', member: 1, founders },
      { name: 'unsaid', member: 1, founders },
      { name: 'other', member: 1, founders: '1=x, running m 1' },
    ]);
    for (const group of ['none', 'unsaid'])
      await refused(group, said, `${was} the members 1=x, running m 2, not with 1=x`);
  });

  it('have it durably before they are given to a machine that takes over', async () => {
    const directory = newDirectory();
    await openAndClose(directory, { group: 'a', founders: '1=x' });
    const ledger = await openLedger(directory, { ...SMALL, group: 'a' });
    await ledger.append([voteOf(1, 10)]);
    await ledger.close();
    const later = { group: 'a', founders: '1=x', machine: 'm 1', mayTakeOver: true };
    const done: string[] = [];
    const disk = {
      ...realFileSystem,
      rename(from: string, to: string) {
        realFileSystem.rename(from, to);
        if (path.basename(to) === 'identity') done.push('renamed');
      },
      syncDirectory(place: string) {
        realFileSystem.syncDirectory(place);
        if (path.resolve(place) === path.resolve(directory)) done.push('synced');
      },
    };
    const opened = await openLedger(directory, { ...SMALL, ...later, disk });
    expect(done.slice(-2)).toEqual(['renamed', 'synced']);
    expect(groupsOf(directory)).toEqual([{ name: 'a', member: 1, founders: '1=x, running m 1' }]);
    expect(await recordsOf(opened)).toEqual([voteOf(1, 10)]);
    await opened.close();
    // Once.
    done.length = 0;
    await (await openLedger(directory, { ...SMALL, ...later, disk })).close();
    expect(done).not.toContain('renamed');
  });

  it('each have the records that were appended to them, in one life and the next', async () => {
    const directory = newDirectory();
    const names = ['a', 'b', 'c'];
    for (const life of [1, 2]) {
      const ledgers: Ledger[] = [];
      for (const group of life === 1 ? names : [...names].reverse()) {
        ledgers.push(await openLedger(directory, { ...SMALL, group }));
      }
      for (const ledger of ledgers) {
        const { group } = ledger.identity;
        const own = voteOf(names.indexOf(group) + 1, 10);
        if (life === 1) await ledger.append([own]);
        else expect(await recordsOf(ledger)).toEqual([own]);
      }
      for (const ledger of ledgers) await ledger.close();
    }
  });

  it('keep the directory until the last of them is closed', async () => {
    const directory = newDirectory();
    const [one, two] = [
      await openLedger(directory, { ...SMALL, group: 'one' }),
      await openLedger(directory, { ...SMALL, group: 'two' }),
    ];
    await one.close();
    await two.append([voteOf(1, 10)]);
    await expect(openLedger(directory, { ...SMALL, group: 'two' })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`in use by this process (${process.pid}) already, for two`),
    });
    await two.close();
    await openAndClose(directory, { group: 'two' });
  });

  it('of another member are refused one by one', async () => {
    const directory = newDirectory();
    await openAndClose(directory, { group: 'one', member: 1 });
    await openAndClose(directory, { group: 'two', member: 2 });
    await expect(openAndClose(directory, { group: 'two', member: 1 })).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining('member 2 of test, not to member 1'),
    });
    await openAndClose(directory, { group: 'three', member: 3 });
  });
});

describe('a group that is opened', () => {
  it('with its founders for the first time has its own records, and is held to whom it has met itself', async () => {
    const directory = newDirectory();
    const groups = [
      ['a', 7],
      ['b', 10],
      ['c', 8],
    ] as const;
    const records = (member: number): AppendedRecord[] =>
      [member, 2, 0].map((each) => ({ type: 'introduced', member: each, directory: 'ab'.repeat(16) }));
    for (const [group, member] of groups) {
      const ledger = await openLedger(directory, { ...SMALL, group });
      await ledger.append(records(member));
      await ledger.close();
    }
    const wrong = { ...SMALL, group: 'b', founders: '0,2,7', founderIds: [0, 2, 7] };
    await expect(openLedger(directory, wrong)).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining('has met the members 0, 2, 10, which are not those of 0,2,7'),
    });
    const ledger = await openLedger(directory, { ...SMALL, group: 'b', founders: '0,2,10', founderIds: [10, 2, 0] });
    expect(await recordsOf(ledger)).toEqual(records(10));
    await ledger.append([{ type: 'founded' }]);
    await ledger.close();
    const again = await openLedger(directory, { ...SMALL, group: 'b' });
    expect(await recordsOf(again)).toEqual([...records(10), { type: 'founded' }]);
    await again.close();
  });

  it('waits for all that is being done to its directory', async () => {
    const directory = newDirectory();
    const before = await openLedger(directory, { ...SMALL, group: 'before' });
    const closing = before.close();
    const first = openLedger(directory, { ...SMALL, group: 'one' });
    await closing;
    // The opening of the first is under way, and locks the directory.
    const second = openLedger(directory, { ...SMALL, group: 'two' });
    for (const ledger of [await first, await second]) {
      expect(await recordsOf(ledger)).toEqual([]);
      await ledger.close();
    }
  });
});

describe('what was found in a directory', () => {
  it('is told: records of all groups, bytes ever written, those that are kept, and those that were torn', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    expect(ledger.recovery).toEqual({ records: 0, bytes: 0, keptBytes: 0, tornBytes: 0 });
    for (let slot = 1; slot <= 40; slot++) await ledger.append([voteOf(slot, 4000)]);
    await ledger.saveSnapshot({ slot: 40, history: HISTORY, state: new Uint8Array(1) }, 0);
    await ledger.close();
    const log = path.join(directory, 'log');
    const [first = ''] = fs.readdirSync(log).filter((name) => name !== 'spare');
    const start = Number(fs.readFileSync(path.join(log, first)).readBigUInt64LE(32));
    expect(start).toBeGreaterThan(0);
    const again = await openLedger(directory, SMALL);
    const { records, bytes, keptBytes, tornBytes } = again.recovery;
    expect([bytes - keptBytes, tornBytes]).toEqual([start, 0]);
    expect(again.position).toBe(bytes);
    const shown = await recordsOf(again);
    expect(records).toBe(shown.length);
    await again.close();
  });

  it('torn is cut, and told to who opens it', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    await ledger.append([voteOf(1, 10)]);
    await ledger.append([voteOf(2, 1000)]);
    const end = ledger.position;
    await ledger.close();
    const bytes = fs.readFileSync(firstSegment(directory));
    bytes.fill(0, 64 + end - 8);
    fs.writeFileSync(firstSegment(directory), bytes);
    const warnings: string[] = [];
    const again = await openLedger(directory, { ...SMALL, onWarning: ({ message }) => warnings.push(message) });
    const { bytes: kept, tornBytes } = again.recovery;
    expect(kept + tornBytes).toBe(end);
    expect(warnings).toEqual([
      `${firstSegment(directory)}: cut ${tornBytes} bytes at position ${kept}, an append that was never acknowledged`,
    ]);
    await again.close();
  });
});

describe('a ledger in memory', () => {
  it('tells whose it is, and that it has room and nothing of before', async () => {
    const ledger = openMemoryLedger(OWNER);
    expect(ledger.identity).toEqual({
      ...OWNER,
      group: 'parliament',
      directory: expect.stringMatching(/^[0-9a-f]{32}$/),
      formatVersion: 2,
    });
    expect(ledger.recovery).toEqual({ records: 0, bytes: 0, keptBytes: 0, tornBytes: 0 });
    expect(ledger.space).toEqual({ space: 'ok', bytes: Number.POSITIVE_INFINITY });
    expect(openMemoryLedger({ ...OWNER, group: 'other' }).identity.group).toBe('other');
  });

  it('has a position that goes on with whatever is written, and never back', async () => {
    const ledger = openMemoryLedger(OWNER);
    const positions = [ledger.position];
    await ledger.append(SAMPLE.slice(0, 1));
    positions.push(ledger.position);
    await ledger.append(SAMPLE.slice(1));
    positions.push(ledger.position);
    await ledger.saveSnapshot({ slot: 2, history: HISTORY, state: new Uint8Array(1) }, 0);
    positions.push(ledger.position);
    expect(positions[0]).toBe(0);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
  });
});

describe('the segments of a log', () => {
  const MIB = 1024 * 1024;

  it('have a MiB, and then twice as much each, up to the limit; more where one record needs it', async () => {
    const disk = new ImageDisk();
    const ledger = await openLedger('/data', { ...OWNER, disk, segmentBytes: 4 * MIB, reserveBytes: 0 });
    const sizes: number[] = [];
    const look = (): void => {
      for (const name of disk.list('/data/log').filter((each) => /^\d+$/.test(each))) {
        sizes[Number(name) - 1] = disk.bytesOf(`/data/log/${name}`).length;
      }
    };
    for (let slot = 1; sizes.length < 4; slot++) {
      await ledger.append([voteOf(slot, 400_000)]);
      look();
    }
    expect(sizes).toEqual([MIB, 2 * MIB, 4 * MIB, 4 * MIB]);
    // With the header of the segment and that of the record it goes a little over five MiB.
    await ledger.append([voteOf(100, 5 * MIB)]);
    look();
    expect(sizes[4]).toBe(5 * MIB + 4096);
    await ledger.close();
  });

  it('are written at most 8 MiB at a time, unless one append has more', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk, recordLimitBytes: 16 * MIB, reserveBytes: 0 });
    const written: number[] = [];
    disk.onWrite = (bytes) => {
      if (bytes > MIB) written.push(Math.floor(bytes / MIB));
      return bytes;
    };
    await ledger.append([voteOf(1, 12 * MIB)]);
    await ledger.append([voteOf(1, 12 * MIB)]);
    await Promise.all([1, 2, 3, 4].map((slot) => ledger.append([voteOf(slot, 3 * MIB)])));
    expect(written.reduce((sum, each) => sum + each, 0)).toBe(36);
    expect(written.slice(0, 2)).toEqual([12, 12]);
    expect(Math.max(...written.slice(2))).toBe(6);
    await ledger.close();
  });
});
