import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type DurableRecord, foundingConfiguration, type History, majority, type Snapshot } from '@parliament/synod';
import { type AppendedRecord, type Ledger, openLedger, openMemoryLedger } from '../src/index.js';
import { directoriesOfThisFile, faultyDisk, OWNER, recordsOf, systemError, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const SMALL = { ...OWNER, segmentBytes: 64 * 1024 };
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function snapshotAt(slot: number, bytes = 1000): Snapshot {
  return { slot, history: HISTORY, state: new Uint8Array(bytes).fill(slot) };
}

const vote = (slot: number): AppendedRecord => voteOf(slot, 1000);

async function appendVotes(ledger: Ledger, from: number, to: number): Promise<void> {
  for (let slot = from; slot <= to; slot++) await ledger.append([vote(slot)]);
}

const slotsOf = (records: readonly DurableRecord[]): number[] =>
  records.flatMap((record) => (record.type === 'voted' ? [record.slot] : []));

const segmentsOf = (directory: string): string[] =>
  fs.readdirSync(path.join(directory, 'log')).filter((name) => /^\d+$/.test(name));

describe('a snapshot', () => {
  it('comes back whole, in its place among the records, after the ledger is opened anew', async () => {
    const directory = newDirectory();
    const large = snapshotAt(2, 3 * 1024 * 1024 + 17);
    const ledger = await openLedger(directory, OWNER);
    await appendVotes(ledger, 1, 2);
    await ledger.saveSnapshot(large, 10);
    await appendVotes(ledger, 3, 3);
    const expected = [
      vote(1),
      vote(2),
      { type: 'snapshot', snapshot: large },
      { type: 'promised', ballot: 1025 },
      vote(3),
    ];
    // Jest would compare, and tell of, three million bytes one by one.
    expect(isDeepStrictEqual(await recordsOf(ledger), expected)).toBe(true);
    await ledger.close();
    const again = await openLedger(directory, OWNER);
    expect(isDeepStrictEqual(await recordsOf(again), expected)).toBe(true);
    await again.close();
  });

  it('lets the log below it go, but for the tail; promises and what members know of each other stay', async () => {
    const directory = newDirectory();
    const standing: AppendedRecord[] = [
      { type: 'introduced', member: 0, directory: '00112233445566778899aabbccddeeff' },
      { type: 'founded' },
      { type: 'heard', member: 0, position: 77 },
      { type: 'promised', ballot: 2 ** 50 + 1025 },
    ];
    const ledger = await openLedger(directory, SMALL);
    await ledger.append(standing);
    await appendVotes(ledger, 1, 400);
    expect(segmentsOf(directory).length).toBeGreaterThan(6);
    await ledger.saveSnapshot(snapshotAt(395), 20);
    const kept = segmentsOf(directory).length;
    expect(kept).toBeLessThanOrEqual(3);
    for (const each of [ledger, undefined]) {
      const read = each ?? (await openLedger(directory, SMALL));
      const records = await recordsOf(read);
      const slots = slotsOf(records);
      expect(slots.at(-1)).toBe(400);
      // No slot of the tail is missing.
      expect(slots[0]).toBeLessThanOrEqual(376);
      expect(slots).toEqual(Array.from({ length: slots.length }, (_, index) => (slots[0] as number) + index));
      expect(records).toEqual(expect.arrayContaining(standing));
      expect(records).toContainEqual({ type: 'snapshot', snapshot: snapshotAt(395) });
      await read.close();
    }
  });

  it('frees nothing that another group of the directory needs', async () => {
    const directory = newDirectory();
    const [busy, idle] = [
      await openLedger(directory, SMALL),
      await openLedger(directory, { ...SMALL, group: 'idle', member: 7 }),
    ];
    await idle.append([vote(1), { type: 'promised', ballot: 3073 }]);
    await appendVotes(busy, 1, 300);
    const before = segmentsOf(directory).length;
    await busy.saveSnapshot(snapshotAt(300), 0);
    expect(segmentsOf(directory)).toHaveLength(before);
    expect(await recordsOf(idle)).toEqual([vote(1), { type: 'promised', ballot: 3073 }]);
    // Once that one has a snapshot, too, both let go.
    await idle.saveSnapshot(snapshotAt(1), 0);
    expect(segmentsOf(directory).length).toBeLessThan(3);
    expect((await recordsOf(idle)).map(({ type }) => type)).toEqual(['snapshot', 'promised']);
    await busy.close();
    await idle.close();
  });

  it('whose history could not be read again is refused, and nothing is written', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const wrong = { ...snapshotAt(5), history: [{ since: 'never' }] } as unknown as Snapshot;
    await expect(ledger.saveSnapshot(wrong, 0)).rejects.toThrow();
    expect(fs.existsSync(path.join(directory, 'snapshots'))).toBe(false);
    await ledger.close();
  });

  it('that is not further than the one before is left aside', async () => {
    const ledger = await openLedger(newDirectory(), OWNER);
    await ledger.saveSnapshot(snapshotAt(5), 0);
    for (const slot of [4, 5]) await ledger.saveSnapshot(snapshotAt(slot, 2000), 0);
    expect(await recordsOf(ledger)).toEqual([{ type: 'snapshot', snapshot: snapshotAt(5) }]);
    await ledger.close();
  });

  it('for which there is no room leaves the one before, and the ledger goes on', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    const ledger = await openLedger(directory, { ...OWNER, disk });
    await ledger.saveSnapshot(snapshotAt(5), 0);
    disk.onWrite = (bytes) => {
      if (bytes > 100_000) throw systemError('ENOSPC');
      return bytes;
    };
    await expect(ledger.saveSnapshot(snapshotAt(9, 200_000), 0)).rejects.toMatchObject({ code: 'no-space' });
    await ledger.append([vote(10)]);
    expect(await recordsOf(ledger)).toEqual([{ type: 'snapshot', snapshot: snapshotAt(5) }, vote(10)]);
    expect(fs.readdirSync(path.join(directory, 'snapshots'))).toEqual(['1-5']);
    await ledger.close();
  });

  it.each([
    ['missing', (file: string) => fs.rmSync(file), /is missing/],
    ['cut', (file: string) => fs.truncateSync(file, 500), /damaged at offset 500/],
    ['of another directory', (file: string) => fs.writeFileSync(file, foreign), /another snapshot|has not the/],
  ])('that is %s is refused by name, and nothing is served in its place', async (_, harm, message) => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await ledger.saveSnapshot(snapshotAt(5), 0);
    await ledger.close();
    harm(path.join(directory, 'snapshots', '1-5'));
    const again = await openLedger(directory, OWNER);
    await expect(recordsOf(again)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(message) });
    await again.close();
  });
  let foreign = Buffer.alloc(0);
  beforeAll(async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await ledger.saveSnapshot(snapshotAt(5), 0);
    await ledger.close();
    foreign = fs.readFileSync(path.join(directory, 'snapshots', '1-5'));
  });

  it.each([
    [0, 0],
    [1, 1],
    [1024 * 1024, 1],
    [1024 * 1024 + 1, 2],
    [2 * 1024 * 1024, 2],
  ])('with a state of %i bytes has it in %i parts, each behind its checksum', async (size, parts) => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    const { state, history } = snapshotAt(3, size);
    await ledger.saveSnapshot({ slot: 3, history, state }, 0);
    await ledger.close();
    const text = Buffer.from(JSON.stringify(history));
    const bytes = fs.readFileSync(path.join(directory, 'snapshots', '1-3'));
    let end = 56 + text.length + 4;
    expect(bytes.subarray(56, end - 4).equals(text)).toBe(true);
    expect(bytes.readUInt32LE(end - 4)).toBe(crc32(text));
    for (let part = 0; part < parts; part++) {
      const content = state.subarray(part * 1024 * 1024, (part + 1) * 1024 * 1024);
      expect(bytes.readUInt32LE(end)).toBe(crc32(content));
      expect(bytes.subarray(end + 4, end + 4 + content.length).equals(content)).toBe(true);
      end += 4 + content.length;
    }
    expect(bytes.length).toBe(end);
    const header = bytes.subarray(0, 56);
    expect(header.toString('latin1', 0, 8)).toBe('PARLSNAP');
    expect([header.readUInt32LE(8), header.readUInt32LE(12)]).toEqual([2, 1]);
    expect(header.toString('hex', 16, 32)).toBe(ledger.identity.directory);
    expect([header.readBigUInt64LE(32), header.readUInt32LE(40), header.readBigUInt64LE(44)]).toEqual([
      3n,
      text.length,
      BigInt(size),
    ]);
    expect(header.readUInt32LE(52)).toBe(crc32(header.subarray(0, 52)));
  });

  it('in memory stands for what was below it', async () => {
    const ledger = openMemoryLedger(OWNER);
    await ledger.append([vote(1), vote(2), vote(3)]);
    await ledger.saveSnapshot(snapshotAt(2), 0);
    const types = (await recordsOf(ledger)).map(({ type }) => type);
    expect(types).toEqual(['snapshot', 'promised', 'voted']);
  });
});
