import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { type DurableRecord, foundingConfiguration, type History, majority } from '@parliament/synod';
import { type AppendedRecord, type Ledger, openLedger, realFileSystem } from '../src/index.js';
import {
  backUp,
  confirmationFor,
  type LogEntry,
  readEntries,
  restore,
  truncateCorrupt,
  verifyDirectory,
} from '../src/tools/index.js';
import { directoriesOfThisFile, OWNER, recordsOf, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };
/** A decree of no commands: what it says matters to nobody here. */
const VALUE = new Uint8Array(0);

function learned(slot: number): AppendedRecord {
  return { type: 'learned', slot, value: VALUE };
}

const vote = (slot: number): AppendedRecord => voteOf(slot, 4000);

async function make(directory: string, records: readonly AppendedRecord[]): Promise<void> {
  const ledger = await openLedger(directory, SMALL);
  for (const record of records) await ledger.append([record]);
  await ledger.close();
}

const slotsOf = (entries: readonly LogEntry[]): number[] =>
  entries.flatMap(({ record }) => (record?.type === 'voted' ? [record.slot] : []));

it('a log that is followed costs little while nothing comes: it is looked at, and not read', async () => {
  const directory = newDirectory();
  const ledger = await openLedger(directory, SMALL);
  await ledger.append([vote(1)]);
  const reads: number[] = [];
  const { read } = realFileSystem;
  const reading = jest.spyOn(realFileSystem, 'read').mockImplementation((file, target, offset) => {
    reads.push(target.length);
    return read(file, target, offset);
  });
  const following = new AbortController();
  const entries: LogEntry[] = [];
  const follower = (async () => {
    for await (const entry of readEntries(directory, { follow: following.signal, fromEnd: true })) entries.push(entry);
  })();
  const looks = (): number => reads.length - reads.findLastIndex((bytes) => bytes > 24);
  while (looks() < 5) await new Promise((resolve) => setTimeout(resolve, 10));
  await ledger.append([vote(2)]);
  while (slotsOf(entries).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(slotsOf(entries)).toEqual([2]);
  following.abort();
  await follower;
  reading.mockRestore();
  await ledger.close();
});

describe('a log that is read while it is trimmed', () => {
  async function openLong(directory: string): Promise<Ledger> {
    const ledger = await openLedger(directory, SMALL);
    for (let slot = 1; slot <= 80; slot++) await ledger.append([vote(slot)]);
    return ledger;
  }

  it('is shown to its end, but for what was trimmed', async () => {
    const directory = newDirectory();
    const ledger = await openLong(directory);
    const entries: LogEntry[] = [];
    for await (const entry of readEntries(directory)) {
      entries.push(entry);
      if (entries.length === 1) await ledger.saveSnapshot({ slot: 60, history: HISTORY, state: VALUE }, 0);
    }
    const slots = slotsOf(entries);
    expect(slots[0]).toBe(1);
    expect(slots.at(-1)).toBe(80);
    // In order, with one gap: of what had gone by then.
    expect(slots.filter((slot, index) => index > 0 && slot !== (slots[index - 1] as number) + 1)).toHaveLength(1);
    await ledger.close();
  });

  it('with a segment missing in its middle is damaged all the same', async () => {
    const directory = newDirectory();
    await (await openLong(directory)).close();
    fs.rmSync(path.join(directory, 'log', '0000000002'));
    const read = async (): Promise<void> => {
      for await (const _ of readEntries(directory));
    };
    await expect(read()).rejects.toMatchObject({ code: 'corrupt' });
    expect((await verifyDirectory(directory)).problems).toEqual([expect.stringContaining('is missing')]);
  });
});

describe('a backup', () => {
  it('touches nothing that stands beside its target', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await make(directory, [learned(1)]);
    const precious = path.join(`${target}.new`, 'precious');
    fs.mkdirSync(precious, { recursive: true });
    await backUp(directory, target);
    expect(fs.existsSync(precious)).toBe(true);
    const parent = path.dirname(target);
    expect(fs.readdirSync(parent).filter((name) => name.includes('copying'))).toEqual([]);
  });

  it('is restored with all that was decided, many slots or few, into a place that need not be there', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    const decided = Array.from({ length: 2500 }, (_, index) => learned(index + 1));
    const ledger = await openLedger(directory, SMALL);
    await ledger.append([{ type: 'promised', ballot: 9217 }]);
    await ledger.append(decided.slice(0, 1200));
    await ledger.saveSnapshot({ slot: 1000, history: HISTORY, state: new Uint8Array([7]) }, 0);
    await ledger.append(decided.slice(1200));
    await ledger.close();
    await backUp(directory, target);
    const fresh = path.join(newDirectory(), 'not', 'there');
    const heard: [number, number][] = [];
    const { groups } = await restore(target, fresh, { cluster: 'other', member: 4 }, (...each) => heard.push(each));
    expect(groups).toEqual([{ name: 'parliament', member: 4, decidedUpTo: 2500 }]);
    expect(heard.at(-1)?.[0]).toBe(1500);
    const restored = await openLedger(fresh, { cluster: 'other', member: 4 });
    const records = await recordsOf(restored);
    await restored.close();
    const snapshot = { slot: 1000, history: HISTORY, state: new Uint8Array([7]) };
    const expected: DurableRecord[] = [{ type: 'snapshot', snapshot }, ...decided.slice(1000)];
    expect(records.length).toBe(expected.length);
    expect(records[0]).toEqual(expected[0]);
    expect(records.slice(1).map((record) => 'slot' in record && record.slot)).toEqual(
      decided.slice(1000).map((record) => 'slot' in record && record.slot),
    );
  });

  it('that is damaged leaves nothing where it was to be restored', async () => {
    const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
    await make(directory, [learned(1), learned(2)]);
    await backUp(directory, target);
    const log = path.join(target, 'log', '0000000001');
    const bytes = fs.readFileSync(log);
    bytes[70] = (bytes[70] as number) ^ 1;
    fs.writeFileSync(log, bytes);
    await expect(restore(target, fresh, { cluster: 'other' })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(log),
    });
    expect(fs.existsSync(fresh)).toBe(false);
    expect(fs.readdirSync(path.dirname(fresh)).filter((name) => name.includes('restoring'))).toEqual([]);
  });
});

describe('what is not there', () => {
  it('is told by a LedgerError: a backup, a directory, a log', async () => {
    const nothing = newDirectory();
    await expect(restore(nothing, newDirectory(), { cluster: 'x' })).rejects.toMatchObject({
      code: 'unusable',
      message: `${nothing} is no backup: there is no file identity.backup in it`,
    });
    await expect(backUp(nothing, newDirectory())).rejects.toMatchObject({ code: 'unusable' });
    const directory = newDirectory();
    await make(directory, [learned(1)]);
    fs.rmSync(path.join(directory, 'log'), { recursive: true });
    const message = expect.stringMatching(/log is damaged \(it is missing/);
    expect((await verifyDirectory(directory)).problems).toEqual([message]);
    const read = async (): Promise<void> => {
      for await (const _ of readEntries(directory));
    };
    await expect(read()).rejects.toMatchObject({ code: 'corrupt', message });
    const { records, damage } = await truncateCorrupt(directory, confirmationFor(directory));
    expect([records, damage]).toEqual([0, message]);
  });
});
