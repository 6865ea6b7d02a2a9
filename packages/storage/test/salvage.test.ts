import fs from 'node:fs';
import path from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { foundingConfiguration, majority, type Snapshot } from '@parliament/synod';
import { newIdentity, writeIdentity } from '../src/identity.js';
import { type AppendedRecord, openLedger, realFileSystem } from '../src/index.js';
import { backUp, confirmationFor, restore, truncateCorrupt } from '../src/tools/index.js';
import { encodeRecord } from '../src/record-codec.js';
import { directoriesOfThisFile, OWNER, recordsOf, writeVersion1 } from './support.js';

const newDirectory = directoriesOfThisFile();
const SNAPSHOT: Snapshot = {
  slot: 100,
  history: [foundingConfiguration(majority([0, 1, 2]))],
  state: new Uint8Array([7]),
};

function learned(slot: number, bytes = 0): AppendedRecord {
  return { type: 'learned', slot, value: new Uint8Array(bytes).fill(slot) };
}

/** Flips a bit of the payload of the last record that is no seal, in the last segment. */
function damage(directory: string): void {
  const log = path.join(directory, 'log');
  const segments = fs.readdirSync(log).filter((name) => name !== 'spare');
  const file = path.join(log, segments.sort().at(-1) as string);
  const bytes = fs.readFileSync(file);
  let last = 0;
  for (let at = 64; bytes[at + 22] !== 0; at += 24 + Math.ceil(bytes.readUInt32LE(at + 8) / 8) * 8) {
    if (bytes[at + 22] !== 7) last = at;
  }
  bytes[last + 24] = (bytes[last + 24] as number) ^ 1;
  fs.writeFileSync(file, bytes);
}

it('what is left of a damaged directory keeps with whom it was founded, and records of any length', async () => {
  const directory = newDirectory();
  const owner = { ...OWNER, founders: '0=a 1=b 2=c', recordLimitBytes: 16 * 1024 * 1024 };
  const ledger = await openLedger(directory, owner);
  for (const record of [learned(1, 9 * 1024 * 1024), learned(2), learned(3)]) await ledger.append([record]);
  await ledger.close();
  damage(directory);
  expect(await truncateCorrupt(directory, confirmationFor(directory))).toMatchObject({ records: 2 });
  await expect(openLedger(directory, { ...owner, founders: '1=b' })).rejects.toMatchObject({ code: 'wrong-identity' });
  const again = await openLedger(directory, owner);
  const slots = (await recordsOf(again)).map((record) => 'slot' in record && record.slot);
  await again.close();
  expect(slots).toEqual([1, 2]);
});

it('what was interrupted between its two renames is not begun anew as an empty directory, and is finished when it is run again', async () => {
  const directory = newDirectory();
  const ledger = await openLedger(directory, OWNER);
  for (const record of [learned(1), learned(2), learned(3)]) await ledger.append([record]);
  await ledger.close();
  damage(directory);
  const confirmation = confirmationFor(directory);
  const { renameSync } = fs;
  const renaming = jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (to === directory) throw new Error('killed here');
    renameSync(from, to);
  });
  await expect(truncateCorrupt(directory, confirmation)).rejects.toThrow('killed here');
  renaming.mockRestore();
  await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
    code: 'unusable',
    message: expect.stringContaining(`run "parliament log truncate-corrupt ${directory}" again`),
  });
  expect(fs.existsSync(directory)).toBe(false);
  expect(confirmationFor(directory)).toBe(confirmation);
  await expect(truncateCorrupt(directory, 'ffffffff')).rejects.toThrow(/confirmation/);
  const damaged = `${directory}.damaged-${confirmation}`;
  expect(await truncateCorrupt(directory, confirmation)).toMatchObject({ records: 2, damaged });
  const again = await openLedger(directory, OWNER);
  expect((await recordsOf(again)).map((record) => 'slot' in record && record.slot)).toEqual([1, 2]);
  await again.close();
});

it('a snapshot that version 1 had in its log is in a backup of it, and in what is left of it', async () => {
  const [directory, backup, fresh] = [newDirectory(), newDirectory(), newDirectory()];
  writeVersion1(
    directory,
    [{ type: 'promised', ballot: 1025 } as const, { type: 'snapshot', snapshot: SNAPSHOT } as const, learned(101)].map(
      encodeRecord,
    ),
  );
  await (await openLedger(directory, OWNER)).close();
  await backUp(directory, backup);
  const { groups } = await restore(backup, fresh, { cluster: 'other' });
  expect(groups).toEqual([{ name: 'parliament', member: 1, decidedUpTo: 101 }]);
  const restored = await openLedger(fresh, { ...OWNER, cluster: 'other' });
  expect(await recordsOf(restored)).toEqual([{ type: 'snapshot', snapshot: SNAPSHOT }, learned(101)]);
  await restored.close();
  damage(directory);
  await truncateCorrupt(directory, confirmationFor(directory));
  const salvaged = await openLedger(directory, OWNER);
  expect(await recordsOf(salvaged)).toContainEqual({ type: 'snapshot', snapshot: SNAPSHOT });
  await salvaged.close();
});

it('a directory that was created, and no group opened, stays where it is; a backup of it is not restored', async () => {
  const [directory, backup] = [newDirectory(), newDirectory()];
  await (await openLedger(directory, OWNER)).close();
  const { directory: id } = JSON.parse(
    fs.readFileSync(path.join(directory, 'identity'), 'utf8').split('\n')[0] ?? '',
  ) as {
    directory: string;
  };
  writeIdentity(realFileSystem, directory, { ...newIdentity('test'), directory: id });
  await backUp(directory, backup);
  await expect(restore(backup, newDirectory(), { cluster: 'other' })).rejects.toThrow(/has no group/);
  fs.rmSync(path.join(directory, 'log'), { recursive: true });
  await expect(truncateCorrupt(directory, confirmationFor(directory))).rejects.toThrow(/has no group/);
  expect(fs.existsSync(directory)).toBe(true);
});
