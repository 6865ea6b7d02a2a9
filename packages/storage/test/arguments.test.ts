import fs from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, type History, majority } from '@parliament/synod';
import { type LedgerOptions, openLedger, openMemoryLedger, realFileSystem } from '../src/index.js';
import { readIdentity, writeIdentity } from '../src/identity.js';
import { checkLedgerOptions } from '../src/options.js';
import { directoriesOfThisFile, OWNER, recordsOf, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

describe('options that are missing, mistyped or out of range', () => {
  const strange: [string, object][] = [
    ['cluster: give', { member: 1 }],
    ['cluster: give', { cluster: '', member: 1 }],
    ['group: give', { ...OWNER, group: '' }],
    ['member: undefined', { cluster: 'test' }],
    ['member: -1', { cluster: 'test', member: -1 }],
    ['member: 1 ', { cluster: 'test', member: '1' }],
    ['unknown option reservebytes', { ...OWNER, reservebytes: 0 }],
    ['cluster: give', { cluster: 7, member: 1 }],
    ['group: give', { ...OWNER, group: null }],
    ['segmentBytes: 1 ', { ...OWNER, segmentBytes: 1 }],
    ['segmentBytes: 65535 ', { ...OWNER, segmentBytes: 65_535 }],
    ['segmentBytes: 65536.5 ', { ...OWNER, segmentBytes: 65_536.5 }],
    ['recordLimitBytes: 0 ', { ...OWNER, recordLimitBytes: 0 }],
    ['reserveBytes: -1 ', { ...OWNER, reserveBytes: -1 }],
    ['founders: null ', { ...OWNER, founders: null }],
    ['founders: 5 ', { ...OWNER, founders: 5 }],
    ['founders:  is', { ...OWNER, founders: '' }],
    ['founders: x, running y is', { ...OWNER, founders: 'x, running y' }],
    ['machine:  is', { ...OWNER, machine: '' }],
    ['machine: 5 is', { ...OWNER, machine: 5 }],
    ['mayTakeOver: true', { ...OWNER, mayTakeOver: 1 }],
    ['founderIds: 012 ', { ...OWNER, founderIds: '012' }],
    ['founderIds: 0,1.5 ', { ...OWNER, founderIds: [0, 1.5] }],
    ['onWarning: give', { ...OWNER, onWarning: 'x' }],
    ['onSpace: give', { ...OWNER, onSpace: {} }],
  ];

  it.each(strange)('are refused before there is a directory: %s', async (message, options) => {
    const directory = newDirectory();
    const refusal = openLedger(directory, options as LedgerOptions);
    await expect(refusal).rejects.toThrow(RangeError);
    await expect(refusal).rejects.toThrow(message);
    expect(fs.existsSync(directory)).toBe(false);
  });

  it('and a directory without a name is not the one that the process is in', async () => {
    const [before, place] = [process.cwd(), newDirectory()];
    fs.mkdirSync(place);
    process.chdir(place);
    try {
      await expect(openLedger('', OWNER)).rejects.toThrow('directory: give it a name');
    } finally {
      process.chdir(before);
    }
    expect(fs.readdirSync(place)).toEqual([]);
  });

  it('are those beyond the last that is taken', () => {
    checkLedgerOptions({ ...OWNER, segmentBytes: 65_536, recordLimitBytes: 1, reserveBytes: 0 });
    checkLedgerOptions(OWNER);
  });

  it('are refused by a ledger in memory, too', () => {
    expect(() => openMemoryLedger({ ...OWNER, member: 1.5 })).toThrow('member: 1.5');
  });
});

describe.each(['on a disk', 'in memory'])('a ledger %s', (where) => {
  const open = async () => (where === 'in memory' ? openMemoryLedger(OWNER) : openLedger(newDirectory(), OWNER));

  it('lets nothing go for a snapshot whose slot or tail is no number of slots, and goes on', async () => {
    const ledger = await open();
    const votes = [1, 2, 3].map((slot) => voteOf(slot, 10));
    await ledger.append(votes);
    for (const [slot, tailSlots] of [
      [2, -1],
      [2, Number.NaN],
      [2, 0.5],
      [Number.NaN, 0],
      [-1, 0],
      [2 ** 53, 0],
    ] as const) {
      const saved = ledger.saveSnapshot({ slot, history: HISTORY, state: new Uint8Array(1) }, tailSlots);
      await expect(saved).rejects.toThrow(RangeError);
    }
    await expect(ledger.trim(-1)).rejects.toThrow(RangeError);
    await ledger.trim(0);
    await ledger.append([{ type: 'founded' }]);
    expect(await recordsOf(ledger)).toEqual([...votes, { type: 'founded' }]);
    await ledger.close();
  });
});

it('a record that the directory could not give back is refused, whatever the group that appends it was opened with', async () => {
  const directory = newDirectory();
  const first = { ...OWNER, group: 'first', recordLimitBytes: 1000 };
  const [one, two] = [await openLedger(directory, first), await openLedger(directory, { ...OWNER, group: 'second' })];
  await expect(two.append([voteOf(1, 2000)])).rejects.toThrow(RangeError);
  await two.append([voteOf(1, 500)]);
  await one.close();
  await two.close();
  const again = await openLedger(directory, { ...first, group: 'second' });
  expect(await recordsOf(again)).toEqual([voteOf(1, 500)]);
  await again.close();
});

it('a group too many for the log is refused, and harms none of those that are there', async () => {
  const directory = newDirectory();
  await (await openLedger(directory, OWNER)).close();
  const identity = readIdentity(realFileSystem, directory);
  if (!('groups' in identity)) throw new Error('an identity without groups');
  const groups = [...identity.groups];
  while (groups.length < 65_535) groups.push({ name: `group ${groups.length}`, member: 1 });
  writeIdentity(realFileSystem, directory, { ...identity, groups });
  const last = await openLedger(directory, { ...OWNER, group: 'group 65534' });
  await expect(openLedger(directory, { ...OWNER, group: 'one more' })).rejects.toMatchObject({ code: 'unusable' });
  await last.append([{ type: 'founded' }]);
  expect(await recordsOf(last)).toEqual([{ type: 'founded' }]);
  await last.close();
});
