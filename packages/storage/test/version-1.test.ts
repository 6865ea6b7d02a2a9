import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AppendedRecord, openLedger } from '../src/index.js';
import { recordBytes } from '../src/log-format.js';
import { type EncodedRecord, encodeRecord, SEAL_KIND } from '../src/record-codec.js';
import { checksum } from '../src/version-1/log-format.js';
import { scanLog } from '../src/version-1/scan.js';
import { contentsOf, directoriesOfThisFile, faultyDisk, OWNER, SAMPLE, voteOf, writeVersion1 } from './support.js';

const newDirectory = directoriesOfThisFile();
const MIB = 1024 * 1024;
const SEAL: EncodedRecord = { kind: SEAL_KIND, payload: new Uint8Array(0) };

/** What there was then. */
const RECORDS = SAMPLE.filter(({ type }) => type !== 'heard');

/** A directory of version 1 with {@link RECORDS}, as a close left it: with a seal behind. */
function makeSealed(): { readonly directory: string; readonly log: string; readonly borders: readonly number[] } {
  const directory = newDirectory();
  const borders = writeVersion1(directory, [...RECORDS.map(encodeRecord), SEAL]);
  return { directory, log: path.join(directory, 'log'), borders };
}

function change(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  fs.writeFileSync(file, bytes);
}

async function expectRefused(directory: string, message: string, options: object = {}): Promise<void> {
  const log = path.join(directory, 'log');
  const before = fs.readFileSync(log);
  await expect(openLedger(directory, { ...OWNER, ...options })).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining(message),
  });
  expect(fs.readFileSync(log).equals(before)).toBe(true);
}

describe('a log of version 1', () => {
  it('comes over whole, without its seals', async () => {
    const directory = newDirectory();
    writeVersion1(directory, [SEAL, ...RECORDS.map(encodeRecord), SEAL, encodeRecord(voteOf(3, 10)), SEAL]);
    expect(await contentsOf(directory)).toEqual([...RECORDS, voteOf(3, 10)]);
  });

  it('with records longer than what is read at a time, too', async () => {
    const directory = newDirectory();
    const records: AppendedRecord[] = [voteOf(1, 700_000), voteOf(2, 700_000), voteOf(3, 3_000_000), voteOf(4, 10)];
    writeVersion1(directory, records.map(encodeRecord));
    expect(isDeepStrictEqual(await contentsOf(directory), records)).toBe(true);
  });

  it('of any length is written anew piece by piece, in segments of the usual sizes', async () => {
    const directory = newDirectory();
    const records = Array.from({ length: 400 }, (_, index) => voteOf(index + 1, 20_000));
    writeVersion1(directory, [...records, voteOf(401, 3_000_000)].map(encodeRecord));
    const disk = faultyDisk();
    let largest = 0;
    disk.onWrite = (bytes) => {
      largest = Math.max(largest, bytes);
      return bytes;
    };
    const ledger = await openLedger(directory, { ...OWNER, disk, segmentBytes: 2 * MIB });
    expect(largest).toBeLessThan(3_001_000);
    await ledger.close();
    const log = path.join(directory, 'log');
    const sizes = fs.readdirSync(log).map((name) => fs.statSync(path.join(log, name)).size);
    expect(sizes.slice(0, -1)).toEqual([MIB, 2 * MIB, 2 * MIB, 2 * MIB, 2 * MIB]);
    const found = await contentsOf(directory);
    expect(isDeepStrictEqual(found, [...records, voteOf(401, 3_000_000)])).toBe(true);
  });

  it('is let go when the process that made a new one of it was ended before it did', async () => {
    const { directory, log } = makeSealed();
    fs.copyFileSync(log, path.join(directory, 'kept'));
    await contentsOf(directory);
    fs.renameSync(path.join(directory, 'kept'), path.join(directory, 'log.version-1'));
    expect(await contentsOf(directory)).toEqual(RECORDS);
    expect(fs.existsSync(path.join(directory, 'log.version-1'))).toBe(false);
  });

  it.each([5, 2])('that was torn in a value full of what looks like headers, of kind %i, is read in time', (number) => {
    // 16-bit numbers: every other position says that more than 100,000 bytes follow, of a record of a kind that there is.
    const value = new Uint8Array(MIB).map((_, index) => (index % 2 === 0 ? number : 0));
    const directory = newDirectory();
    const borders = writeVersion1(directory, [{ ...encodeRecord(voteOf(1, 10)), payload: value }]);
    const bytes = fs.readFileSync(path.join(directory, 'log')).subarray(0, -1);
    let asked = 0;
    const read = (_: number, target: Uint8Array, position: number): number => {
      asked += target.length;
      return bytes.copy(target, 0, position);
    };
    const scanned = scanLog({ size: () => bytes.length, read }, 1, 'log', 8 * MIB, () => {});
    expect(scanned).toEqual({ end: borders[0], damage: undefined });
    expect(asked).toBeLessThan(4 * bytes.length);
  });

  it('that was torn anywhere in its last record has all before', async () => {
    const { borders } = makeSealed();
    const [begin, end] = [borders.at(-3) as number, borders.at(-2) as number];
    for (const length of [begin, begin + 1, begin + 8, begin + 9, end - 1]) {
      const { directory, log } = makeSealed();
      fs.truncateSync(log, length);
      expect(await contentsOf(directory)).toEqual(RECORDS.slice(0, -1));
    }
  });

  it('whose damage has no more than the last seal behind it is refused, and left as it is', async () => {
    const { directory, log, borders } = makeSealed();
    const [last, seal] = borders.slice(-3) as [number, number];
    change(log, seal - 1);
    await expectRefused(directory, `${log} is damaged at offset ${last} (records are intact again at offset ${seal})`);
  });

  it('with a record over the limit is refused: the limit may have been higher', async () => {
    const directory = newDirectory();
    const encoded = [voteOf(1, 10), voteOf(2, 500)].map(encodeRecord);
    const borders = writeVersion1(directory, encoded);
    const bytes = encoded[1]?.payload.length ?? 0;
    const told = `at offset ${borders[1]} (an intact record of ${bytes} bytes, where the limit is ${bytes - 1})`;
    await expectRefused(directory, told, { recordLimitBytes: bytes - 1 });
    const ledger = await openLedger(directory, { ...OWNER, recordLimitBytes: bytes });
    await ledger.close();
  });

  it('with a record that reads well, and says what none can, is refused', async () => {
    const directory = newDirectory();
    const payload = encodeRecord({ type: 'promised', ballot: 1025 }).payload.map((byte, index) =>
      index === 0 ? byte : 0,
    );
    const borders = writeVersion1(directory, [encodeRecord(voteOf(1, 10)), { kind: 1, payload }]);
    await expectRefused(directory, `at offset ${borders[1]} (`);
  });

  it.each<[string, string, (log: string) => void]>([
    ['is damaged', 'its header is damaged', (log) => change(log, 9)],
    ['is none', 'its header is damaged', (log) => change(log, 0)],
    ['is not whole', 'its header is damaged', (log) => fs.truncateSync(log, 31)],
  ])('whose header %s is refused', async (_, told, spoil) => {
    const { directory, log } = makeSealed();
    spoil(log);
    await expectRefused(directory, `${log} is damaged at offset 0 (${told})`);
  });

  it('of another directory is refused', async () => {
    const { directory } = makeSealed();
    const golden = path.join(__dirname, 'golden/version-1/log');
    fs.copyFileSync(golden, path.join(directory, 'log'));
    await expectRefused(directory, 'it belongs to another directory');
  });

  it('is written anew so that damage to its last record shows', async () => {
    const { directory, log } = makeSealed();
    const ledger = await openLedger(directory, OWNER);
    const { recovery } = ledger;
    await ledger.close();
    const segment = path.join(log, '0000000001');
    const bytes = fs.readFileSync(segment);
    expect([bytes.readUInt32LE(12), bytes.readBigUInt64LE(32), bytes.readUInt32LE(40)]).toEqual([1, 0n, 0]);
    expect(bytes.length).toBe(1024 * 1024);
    const size = RECORDS.reduce((sum, record) => sum + recordBytes(encodeRecord(record).payload.length), 0);
    expect(recovery).toEqual({ records: RECORDS.length, bytes: size + 24, keptBytes: size + 24, tornBytes: 0 });
    // The seal says: all before me was synced.
    change(segment, 64 + size - 8);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('has intact records where they begin and end, and nowhere else', () => {
    const founded = { kind: 6, payload: new Uint8Array(0) };
    const long = { kind: 8, payload: new Uint8Array(20).fill(7) };
    function scan(
      change: (bytes: Buffer) => void,
      limit = 20,
    ): { found: number[]; end: number; damage: string | undefined } {
      const directory = newDirectory();
      writeVersion1(directory, [founded, long, founded]);
      const bytes = fs.readFileSync(path.join(directory, 'log'));
      change(bytes);
      const found: number[] = [];
      const read = (_: number, target: Uint8Array, position: number): number => bytes.copy(target, 0, position);
      const scanned = scanLog({ size: () => bytes.length, read }, 1, 'log', limit, (__, position) =>
        found.push(position),
      );
      return { found, ...scanned };
    }
    expect(scan(() => {})).toEqual({ found: [32, 41, 70], end: 79, damage: undefined });
    // The last one begins as late as one can.
    const harmed = { found: [32], end: 41, damage: 'records are intact again at offset 70' };
    for (const at of [41, 45, 49, 50, 69]) expect(scan((bytes) => bytes.writeUInt8(99, at))).toEqual(harmed);
    expect(scan((bytes) => bytes.writeUInt8(99, 74))).toEqual({ found: [32, 41], end: 70, damage: undefined });
    expect(scan(() => {}, 19)).toEqual({
      found: [32],
      end: 41,
      damage: 'an intact record of 20 bytes, where the limit is 19',
    });
    for (const kind of [0, 9]) {
      const unknown = (bytes: Buffer): void => {
        bytes.writeUInt8(kind, 70 + 8);
        bytes.writeUInt32LE(checksum(70, kind, founded.payload), 70 + 4);
      };
      expect(scan(unknown)).toEqual({ found: [32, 41], end: 70, damage: undefined });
    }
  });

  it('that is missing is told', async () => {
    const { directory, log } = makeSealed();
    fs.rmSync(log);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`${log} is damaged (it is missing`),
    });
  });
});
