import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, type History, majority } from '@parliament/synod';
import { type AppendedRecord, openLedger, openMemoryLedger } from '../src/index.js';
import { readContent, writeRecords } from '../src/tools/content.js';
import { groupName, readDirectory } from '../src/tools/directory.js';
import { backUp, restore } from '../src/tools/index.js';
import { directoriesOfThisFile, firstSegment, OWNER, recordsOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const MIB = 1024 * 1024;
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

/** Of a decree with a command. */
const learned = (slot: number, bytes = 3): AppendedRecord => ({
  type: 'learned',
  slot,
  value: new Uint8Array(bytes).fill(1),
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A directory with a snapshot, a spare segment and a reserve. */
async function make(directory: string): Promise<void> {
  const ledger = await openLedger(directory, { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 4096 });
  for (let slot = 1; slot <= 60; slot += 15) {
    await ledger.append(Array.from({ length: 15 }, (_, index) => learned(slot + index, 4000)));
  }
  await ledger.saveSnapshot({ slot: 30, history: HISTORY, state: new Uint8Array([7]) }, 0);
  await ledger.close();
  const files = [
    path.join('log', 'spare'),
    'reserve',
    path.join('log', 'spare.new'),
    path.join('snapshots', '1-31.new'),
  ];
  for (const name of files) fs.writeFileSync(path.join(directory, name), 'none of it is to be kept');
}

/** Notes what is synced, by name, and what is renamed. */
function noteSyncs(): string[] {
  const noted: string[] = [];
  const names = new Map<number, string>();
  const { openSync, fsyncSync, renameSync } = fs;
  jest.spyOn(fs, 'openSync').mockImplementation((name, ...more) => {
    const file = openSync(name, ...more);
    names.set(file, String(name));
    return file;
  });
  jest.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    noted.push(path.basename(names.get(file) ?? ''));
    fsyncSync(file);
  });
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    noted.push(`→ ${path.basename(String(to))}`);
    renameSync(from, to);
  });
  return noted;
}

function namesIn(directory: string): string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

describe('a backup', () => {
  it('has what counts and nothing else, for its owner only', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await make(directory);
    await backUp(directory, target);
    const segments = fs.readdirSync(path.join(directory, 'log')).filter((name) => /^\d+$/.test(name));
    expect(namesIn(target)).toEqual([
      'identity.backup',
      'log',
      ...segments.map((name) => path.join('log', name)),
      'snapshots',
      path.join('snapshots', '1-30'),
    ]);
    for (const name of ['.', 'log', 'snapshots']) expect(fs.statSync(path.join(target, name)).mode & 0o777).toBe(0o700);
  });

  it('is durable before it has its name, all of it, and then its name is', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await make(directory);
    const noted = noteSyncs();
    await backUp(directory, target);
    const named = noted.indexOf(`→ ${path.basename(target)}`);
    const before = noted.slice(noted.indexOf('→ identity.backup') + 1, named);
    expect(before.sort()).toEqual(['copy', ...namesIn(target).map((name) => path.basename(name))].sort());
    expect(noted.slice(named + 1)).toContain(path.basename(path.dirname(target)));
  });

  it('of a directory without snapshots has none', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    const ledger = await openLedger(directory, OWNER);
    await ledger.append([learned(1)]);
    await ledger.close();
    await backUp(directory, target);
    expect(namesIn(target)).toEqual(['identity.backup', 'log', path.join('log', '0000000001')]);
  });

  it('is as it was once it is restored, and what that has made is gone', async () => {
    const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
    await make(directory);
    await backUp(directory, target);
    const before = namesIn(target);
    const noted = noteSyncs();
    await restore(target, fresh, { cluster: 'new' });
    expect(namesIn(target)).toEqual(before);
    const named = noted.indexOf(`→ ${path.basename(fresh)}`);
    expect(noted.slice(0, named).slice(-8)).toEqual(expect.arrayContaining(['fresh', 'log', 'snapshots', 'identity']));
    expect(noted.slice(named + 1)).toContain(path.basename(path.dirname(fresh)));
    const beside = fs.readdirSync(path.dirname(fresh)).filter((name) => name.includes('.restoring-'));
    expect(beside).toEqual([]);
    // Nobody has it open any more, and it is whole.
    const ledger = await openLedger(fresh, { cluster: 'new', member: 1, reserveBytes: 0 });
    const slots = (await recordsOf(ledger)).map((record) => 'slot' in record && record.slot);
    await ledger.close();
    expect(slots).toEqual([false, ...Array.from({ length: 30 }, (_, index) => 31 + index)]);
  });

  it('with a decree that this version does not know is not restored without it and all behind it', async () => {
    const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
    const ledger = await openLedger(directory, { ...OWNER, reserveBytes: 0 });
    const unknown: AppendedRecord = { type: 'learned', slot: 2, value: new Uint8Array([255, 1]) };
    await ledger.append([learned(1), unknown, learned(3)]);
    await ledger.close();
    await backUp(directory, target);
    await expect(restore(target, fresh, { cluster: 'new' })).rejects.toMatchObject({
      code: 'newer-format',
      message: expect.stringContaining('what slot 2 of parliament decrees is not known to this version'),
    });
    expect(fs.existsSync(fresh)).toBe(false);
  });

  it('that is none, or that is to be restored in its own place, is refused', async () => {
    const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
    await make(directory);
    const none = { code: 'unusable', message: `${directory} is no backup: there is no file identity.backup in it` };
    await expect(restore(directory, fresh, { cluster: 'new' })).rejects.toMatchObject(none);
    await backUp(directory, target);
    await expect(restore(target, target, { cluster: 'new' })).rejects.toMatchObject({
      code: 'unusable',
      message: `${target} is there already: name a new directory`,
    });
  });
});

it('a backup that is restored is founded by whomever it is for, and is of the same machine', async () => {
  const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
  for (const [group, machine] of [
    ['with', { machine: 'm 1' }],
    ['without', {}],
  ] as const) {
    const ledger = await openLedger(directory, { ...OWNER, group, founders: '1=x', ...machine });
    await ledger.append([learned(1)]);
    await ledger.close();
  }
  await backUp(directory, target);
  await restore(target, fresh, { cluster: 'new' });
  const later = { cluster: 'new', member: OWNER.member, founders: '1=x 2=y' };
  for (const [group, machine] of [
    ['with', {}],
    ['with', { machine: 'm 2', mayTakeOver: true }],
    ['without', { machine: 'm 1' }],
  ] as const) {
    await expect(openLedger(fresh, { ...later, group, ...machine })).rejects.toMatchObject({ code: 'wrong-identity' });
  }
  for (const [group, machine] of [
    ['with', { machine: 'm 1' }],
    ['without', {}],
  ] as const) {
    const ledger = await openLedger(fresh, { ...later, group, ...machine });
    expect(await recordsOf(ledger)).toEqual([learned(1)]);
    await ledger.close();
  }
  await expect(openLedger(fresh, { ...later, group: 'with', founders: '1=x', machine: 'm 1' })).rejects.toMatchObject({
    message: expect.stringContaining('the members 1=x 2=y, not with 1=x:'),
  });
});

describe('what a directory has', () => {
  it('is counted by group, up to the damage, and read no further', async () => {
    const directory = newDirectory();
    const owner = { ...OWNER, reserveBytes: 0 };
    const [one, two] = [await openLedger(directory, owner), await openLedger(directory, { ...owner, group: 'two' })];
    await one.append([learned(1), learned(2)]);
    await two.append([learned(5)]);
    await one.append([learned(3), learned(4)]);
    await one.close();
    await two.close();
    const whole = await readContent(readDirectory(directory));
    expect(whole.damage).toBeUndefined();
    expect(whole.groups.map(({ name, count, founding }) => [name, count, founding])).toEqual([
      ['parliament', 4, {}],
      ['two', 1, {}],
    ]);
    // In the value of the last record.
    const file = firstSegment(directory);
    const bytes = fs.readFileSync(file);
    let last = 0;
    for (let at = 64; bytes[at + 22] !== 0; at += 24 + Math.ceil(bytes.readUInt32LE(at + 8) / 8) * 8) {
      if (bytes[at + 22] !== 7) last = at;
    }
    bytes.writeUInt8(9, last + 26);
    fs.writeFileSync(file, bytes);
    const { groups, damage } = await readContent(readDirectory(directory));
    expect(damage).toContain(`${file}, at offset ${last}, is damaged`);
    const slots: (number | false)[][] = [];
    for (const { records, count } of groups) {
      const own: (number | false)[] = [];
      for await (const record of records()) own.push('slot' in record && record.slot);
      expect(own).toHaveLength(count);
      slots.push(own);
    }
    expect(slots).toEqual([[1, 2, 3], [5]]);
  });

  it('has a name for each group, and for those that it does not know', async () => {
    const directory = newDirectory();
    await (await openLedger(directory, OWNER)).close();
    const readable = readDirectory(directory);
    expect([0, 1, 2].map((number) => groupName(readable, number))).toEqual(['-', 'parliament', 'group 2']);
  });
});

describe('records that are written many at a time', () => {
  it.each<[string, readonly AppendedRecord[], number[]]>([
    ['none', [], []],
    ['one', [learned(1)], [1]],
    ['a thousand', Array.from({ length: 1000 }, (_, index) => learned(index + 1)), [1000]],
    ['more than two thousand', Array.from({ length: 2001 }, (_, index) => learned(index + 1)), [1000, 1000, 1]],
    ['long ones', [2 * MIB, 2 * MIB, MIB, 4 * MIB, 5].map((bytes, index) => learned(index + 1, bytes)), [2, 2, 1]],
    ['a little less', [2 * MIB, 2 * MIB - 1, 5].map((bytes, index) => learned(index + 1, bytes)), [3]],
    ['those without a value', [{ type: 'founded' }, { type: 'promised', ballot: 1025 }], [2]],
  ])('are all written, in order: %s', async (_, records, batches) => {
    const ledger = openMemoryLedger(OWNER);
    const append = jest.spyOn(ledger, 'append');
    const written: number[] = [];
    async function* each(): AsyncGenerator<AppendedRecord> {
      yield* records;
    }
    await writeRecords(ledger, each(), (count) => written.push(count));
    expect(written).toEqual(batches);
    expect(append.mock.calls.map(([batch]) => batch.length)).toEqual(batches);
    const types = (await recordsOf(ledger)).map((record) => ('slot' in record ? record.slot : record.type));
    expect(types).toEqual(records.map((record) => ('slot' in record ? record.slot : record.type)));
  });
});
