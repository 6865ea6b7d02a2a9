import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openLedger } from '../src/index.js';
import { directoriesOfThisFile, recordsOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const GOLDEN = path.join(__dirname, 'golden');
const OPTIONS = { cluster: 'test', group: 'registers', member: 1 };

/** What every golden directory holds. */
const RECORDS = [
  { type: 'introduced', member: 0, directory: '00112233445566778899aabbccddeeff' },
  { type: 'introduced', member: 2, directory: 'ffeeddccbbaa99887766554433221100' },
  { type: 'founded' },
  { type: 'promised', ballot: 1025 },
  { type: 'voted', slot: 1, ballot: 1025, value: new Uint8Array([1, 2, 3]) },
  { type: 'decided', slot: 1, ballot: 1025 },
  { type: 'voted', slot: 2, ballot: 1025, value: new Uint8Array(0) },
  { type: 'learned', slot: 2, value: new Uint8Array(40).fill(7) },
  { type: 'promised', ballot: 2 ** 50 + 1025 },
];

function copyOf(version: number): string {
  const directory = newDirectory();
  fs.cpSync(path.join(GOLDEN, `version-${version}`), directory, { recursive: true });
  return directory;
}

describe('a directory of format version', () => {
  it('1 opens, keeps its id, and is one of the present version from then on', async () => {
    const directory = copyOf(1);
    const { directory: id } = JSON.parse(
      fs.readFileSync(path.join(directory, 'identity'), 'utf8').split('\n')[0] ?? '',
    ) as {
      directory: string;
    };
    const warnings: string[] = [];
    for (const isFirst of [true, false]) {
      const ledger = await openLedger(directory, { ...OPTIONS, onWarning: ({ message }) => warnings.push(message) });
      expect(ledger.identity).toEqual({ ...OPTIONS, directory: id, formatVersion: 2 });
      expect(await recordsOf(ledger)).toEqual(isFirst ? RECORDS : [...RECORDS, { type: 'founded' }]);
      if (isFirst) await ledger.append([{ type: 'founded' }]);
      await ledger.close();
    }
    expect(warnings).toEqual([expect.stringContaining('was upgraded from format 1 to format 2')]);
    expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
  });

  it('1 whose upgrade was ended at any step is upgraded by the next opening', async () => {
    // As it stands after each step: the new log is written; the old one is put aside; the new one is in its place.
    const done = copyOf(1);
    await (await openLedger(done, OPTIONS)).close();
    for (const step of [1, 2, 3]) {
      const directory = copyOf(1);
      fs.cpSync(path.join(done, 'log'), path.join(directory, 'log.version-2'), { recursive: true });
      if (step > 1) fs.renameSync(path.join(directory, 'log'), path.join(directory, 'log.version-1'));
      if (step > 2) fs.renameSync(path.join(directory, 'log.version-2'), path.join(directory, 'log'));
      const ledger = await openLedger(directory, OPTIONS);
      expect(await recordsOf(ledger)).toEqual(RECORDS);
      await ledger.close();
      expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
    }
  });

  it('1 of another owner, or that is damaged, is refused and left as it is', async () => {
    const directory = copyOf(1);
    const log = path.join(directory, 'log');
    for (const other of [
      { ...OPTIONS, member: 2 },
      { ...OPTIONS, group: 'other' },
      { ...OPTIONS, cluster: 'other' },
    ]) {
      await expect(openLedger(directory, other)).rejects.toMatchObject({ code: 'wrong-identity' });
    }
    const bytes = fs.readFileSync(log);
    bytes[60] = (bytes[60] as number) ^ 1;
    fs.writeFileSync(log, bytes);
    await expect(openLedger(directory, OPTIONS)).rejects.toMatchObject({ code: 'corrupt' });
    expect(fs.readFileSync(log)).toEqual(bytes);
  });

  it('2 opens, with two groups and a snapshot', async () => {
    const directory = copyOf(2);
    const ledger = await openLedger(directory, OPTIONS);
    const other = await openLedger(directory, { ...OPTIONS, group: 'locks', member: 5 });
    const snapshot = { slot: 2, history: expect.anything(), state: new Uint8Array([1, 2, 3, 4]) };
    expect(await recordsOf(ledger)).toEqual([...RECORDS, { type: 'snapshot', snapshot }, ...STANDING]);
    expect(await recordsOf(other)).toEqual([{ type: 'promised', ballot: 3073 }]);
    await ledger.close();
    await other.close();
  });
});

/** What the snapshot has written again. */
const STANDING = [
  { type: 'promised', ballot: 2 ** 50 + 1025 },
  { type: 'introduced', member: 0, directory: '00112233445566778899aabbccddeeff' },
  { type: 'introduced', member: 2, directory: 'ffeeddccbbaa99887766554433221100' },
  { type: 'founded' },
];
