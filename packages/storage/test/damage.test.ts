import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { DurableRecord } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { type FileSystem, openLedger } from '../src/index.js';
import { readRecordHeader, recordBytes, SEGMENT_HEADER_BYTES, writeRecordHeader } from '../src/log-format.js';
import { readEntries, verifyDirectory } from '../src/tools/index.js';
import {
  contentsOf,
  directoriesOfThisFile,
  firstSegment,
  OWNER,
  recordsOf,
  SAMPLE,
  systemError,
  turn,
} from './support.js';

const newDirectory = directoriesOfThisFile();
const SEAL_KIND = 7;
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };

/** Where each record of a first segment begins, and the end of the last. */
function bordersOf(segment: Buffer): number[] {
  const found = [SEGMENT_HEADER_BYTES];
  for (let offset = SEGMENT_HEADER_BYTES; ; ) {
    const header = readRecordHeader(segment, offset, offset - SEGMENT_HEADER_BYTES);
    if (header === undefined) return found;
    offset += recordBytes(header.payloadBytes);
    found.push(offset);
  }
}

/** A segment with {@link SAMPLE}, appended in two goes, so that there is a seal in the middle and one at the end. */
let log: Buffer;
let identity: Buffer;
/** Where each record of the log begins, seals included, and the end of the last. */
let borders: number[];

beforeAll(async () => {
  const directory = newDirectory();
  const ledger = await openLedger(directory, SMALL);
  await ledger.append(SAMPLE.slice(0, 4));
  await turn();
  await ledger.append(SAMPLE.slice(4));
  await ledger.close();
  log = fs.readFileSync(firstSegment(directory));
  identity = fs.readFileSync(path.join(directory, 'identity'));
  borders = bordersOf(log);
});

/** How many records, seals not counted, come before the first that `torn` has lost a part of. */
function recordsIn(torn: Buffer): number {
  let records = 0;
  for (const [index, border] of borders.slice(0, -1).entries()) {
    if (!log.subarray(border, borders[index + 1]).equals(torn.subarray(border, borders[index + 1]))) break;
    if (log.readUInt8(border + 22) !== SEAL_KIND) records += 1;
  }
  return records;
}

/** The log, with zeros from `end` on: as when a crash left that much of it. */
function tornAt(end: number): Buffer {
  const torn = Buffer.from(log);
  torn.fill(0, end);
  return torn;
}

/** A disk in memory with such an identity and such a first segment in its directory: for what is tried hundreds of times. */
function imageWith(files: { readonly identity: Buffer; readonly log: Buffer }): ImageDisk {
  const disk = new ImageDisk();
  disk.makeDirectory(path.join(IN_MEMORY, 'log'));
  const contents = [
    [path.join(IN_MEMORY, 'identity'), files.identity],
    [firstSegment(IN_MEMORY), files.log],
  ] as const;
  for (const [name, bytes] of contents) disk.write(disk.create(name), bytes, 0);
  return disk;
}

const IN_MEMORY = '/data';

/** Opens that disk, reads it and closes it. */
async function contentsIn(disk: ImageDisk): Promise<DurableRecord[]> {
  const ledger = await openLedger(IN_MEMORY, { ...SMALL, disk });
  const records = await recordsOf(ledger);
  await ledger.close();
  return records;
}

/** A directory with such an identity and such a first segment. */
function directoryWith(files: { readonly identity?: Buffer; readonly log?: Buffer }): string {
  const directory = newDirectory();
  fs.mkdirSync(path.join(directory, 'log'), { recursive: true });
  if (files.identity !== undefined) fs.writeFileSync(path.join(directory, 'identity'), files.identity);
  if (files.log !== undefined) fs.writeFileSync(firstSegment(directory), files.log);
  else fs.rmdirSync(path.join(directory, 'log'));
  return directory;
}

/** Where the last batch ends, and the last seal begins. */
const lastBatch = (): number => borders.at(-2) as number;

describe('a log that was torn', () => {
  it('in its last batch has all records before, and tells what was cut', async () => {
    const second = borders[5] as number;
    for (let end = second; end <= lastBatch(); end += 3) {
      const warnings: string[] = [];
      const disk = imageWith({ log: tornAt(end), identity });
      const onWarning = ({ message }: { message: string }): unknown => warnings.push(message);
      const ledger = await openLedger(IN_MEMORY, { ...SMALL, disk, onWarning });
      const records = recordsIn(tornAt(end));
      expect(await recordsOf(ledger)).toEqual(SAMPLE.slice(0, records));
      expect(warnings).toHaveLength(ledger.recovery.tornBytes > 0 ? 1 : 0);
      await ledger.append([{ type: 'promised', ballot: 2 ** 51 + 1024 }]);
      await ledger.close();
      const after = [...SAMPLE.slice(0, records), { type: 'promised', ballot: 2 ** 51 + 1024 }];
      expect(await contentsIn(disk)).toEqual(after);
    }
  });

  it('so that later pages of a batch are there and earlier ones are not is cut, too', async () => {
    // The first record of the last batch is lost, and those behind it are whole.
    const [from, to] = borders.slice(5, 7) as [number, number];
    const torn = tornAt(lastBatch());
    torn.fill(0, from, to);
    const directory = directoryWith({ log: torn, identity });
    const ledger = await openLedger(directory, OWNER);
    expect(ledger.recovery.tornBytes).toBe(lastBatch() - from);
    expect(await recordsOf(ledger)).toEqual(SAMPLE.slice(0, 4));
    await ledger.append([{ type: 'founded' }]);
    await ledger.close();
    // What was left of it does not come back behind what is appended now.
    expect(await contentsOf(directory)).toEqual([...SAMPLE.slice(0, 4), { type: 'founded' }]);
  });

  it('within the header of its segment was never used so, and is refused', async () => {
    for (let end = 8; end < SEGMENT_HEADER_BYTES; end += 7) {
      const disk = imageWith({ log: tornAt(end), identity });
      await expect(contentsIn(disk)).rejects.toMatchObject({ code: 'corrupt' });
      expect(disk.bytesOf(firstSegment(IN_MEMORY)).equals(tornAt(end))).toBe(true);
    }
  });
});

describe('damage in the middle', () => {
  it('is told with file, offset, cause and remedy, and nothing is changed', async () => {
    const [first = 0] = borders;
    const damaged = Buffer.from(log);
    damaged.writeUInt8(damaged.readUInt8(first + 24) ^ 0xff, first + 24);
    const directory = directoryWith({ log: damaged, identity });
    await expect(openLedger(directory, OWNER)).rejects.toThrow(
      `${firstSegment(directory)} is damaged at offset ${first} (the checksum of its payload does not fit; a later record, at position `,
    );
    await expect(openLedger(directory, OWNER)).rejects.toThrow(
      /"parliament log truncate-corrupt" keeps what reads well .* Never start it on an old copy or on an empty directory$/,
    );
    expect(fs.readFileSync(firstSegment(directory))).toEqual(damaged);
  });

  it('by zeros over any record that a later one vouches for is found', async () => {
    for (const [index, border] of borders.slice(0, -2).entries()) {
      const damaged = Buffer.from(log);
      damaged.fill(0, border, borders[index + 1]);
      await expect(contentsIn(imageWith({ log: damaged, identity }))).rejects.toThrow(`damaged at offset ${border} `);
    }
  });

  it('that comes while the ledger is open is found by a replay', async () => {
    const directory = directoryWith({ log, identity });
    const ledger = await openLedger(directory, OWNER);
    const damaged = Buffer.from(log);
    damaged.writeUInt8(damaged.readUInt8(SEGMENT_HEADER_BYTES + 30) ^ 1, SEGMENT_HEADER_BYTES + 30);
    fs.writeFileSync(firstSegment(directory), damaged);
    await expect(recordsOf(ledger)).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
    await ledger.close();
  });

  it('by records that stand where they were not written is refused', async () => {
    const [first = 0, second = 0, third = 0] = borders;
    // The first record again, in the place of the second, which has the same length or more.
    const moved = Buffer.from(log);
    moved.copyWithin(second, first, first + (third - second));
    await expect(openLedger(directoryWith({ log: moved, identity }), OWNER)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('by the log of another directory is refused', async () => {
    const other = newDirectory();
    const ledger = await openLedger(other, OWNER);
    await ledger.append(SAMPLE);
    await ledger.close();
    const foreign = fs.readFileSync(firstSegment(other));
    const opening = openLedger(directoryWith({ log: foreign, identity }), OWNER);
    await expect(opening).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('another directory'),
    });
  });
});

describe('a segment', () => {
  /** A directory whose log has several segments. */
  async function long(): Promise<string> {
    const directory = newDirectory();
    const ledger = await openLedger(directory, { ...OWNER, segmentBytes: 64 * 1024 });
    for (let slot = 1; slot <= 200; slot++) {
      await ledger.append([{ type: 'voted', slot, ballot: 1025, value: new Uint8Array(1000) }]);
    }
    await ledger.close();
    return directory;
  }

  it.each([
    ['the first', 0, /its first segments are missing/],
    ['a middle one', 1, /is missing.*but segment 3 begins at/],
  ])('%s, that is missing is noticed', async (_, index, message) => {
    const directory = await long();
    const names = fs.readdirSync(path.join(directory, 'log')).filter((name) => /^\d+$/.test(name));
    expect(names.length).toBeGreaterThan(3);
    fs.rmSync(path.join(directory, 'log', names[index] as string));
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(message),
    });
  });

  it('whose last record is damaged is refused, as a later segment was begun', async () => {
    const directory = await long();
    const file = firstSegment(directory);
    const bytes = fs.readFileSync(file);
    let last = bytes.length;
    while (bytes[last - 1] === 0) last -= 1;
    bytes[last - 1] = (bytes[last - 1] as number) ^ 1;
    fs.writeFileSync(file, bytes);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('a record over the limit', () => {
  it('is refused and not cut: the limit may have been higher when it was acknowledged', async () => {
    const longest = SAMPLE.findIndex((record) => record.type === 'learned');
    const end = borders.find((border) => recordsIn(tornAt(border)) > longest) as number;
    const whole = tornAt(end);
    const directory = directoryWith({ log: whole, identity });
    await expect(openLedger(directory, { ...OWNER, recordLimitBytes: 40 })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/it is intact, but has \d+ bytes, where the limit is 40/),
    });
    expect(fs.readFileSync(firstSegment(directory))).toEqual(whole);
    expect(await contentsOf(directory)).toEqual(SAMPLE.slice(0, longest + 1));
  });
});

describe('a directory that is newer or not whole', () => {
  it('with a log of a newer format is left to the newer version', async () => {
    const newer = Buffer.from(log);
    newer.writeUInt32LE(3, 8);
    newer.writeUInt32LE(crc32(newer.subarray(0, 60)), 60);
    const directory = directoryWith({ log: newer, identity });
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'newer-format',
      message: expect.stringContaining('was written by a newer version (format 3'),
    });
    expect(fs.readFileSync(firstSegment(directory))).toEqual(newer);
  });

  it('with a record of a kind that is not known yet likewise, and it is not taken for the end of the log', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await ledger.append(SAMPLE);
    await ledger.close();
    const file = firstSegment(directory);
    const newer = fs.readFileSync(file);
    const end = bordersOf(newer).at(-1) as number;
    const previous = newer.readUInt32LE(bordersOf(newer).at(-2) as number);
    const position = end - SEGMENT_HEADER_BYTES;
    writeRecordHeader(newer, end, position, { previous, synced: position, group: 1, kind: 12, payloadBytes: 0 });
    fs.writeFileSync(file, newer);
    const refusal = {
      code: 'newer-format',
      message: expect.stringContaining(`${file}, at offset ${end}, was written by`),
    };
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject(refusal);
    const read = async (): Promise<void> => {
      for await (const _ of readEntries(directory));
    };
    await expect(read()).rejects.toMatchObject(refusal);
    await expect(verifyDirectory(directory)).rejects.toMatchObject(refusal);
    expect(fs.readFileSync(file)).toEqual(newer);
  });

  it('with an identity of a newer format likewise', async () => {
    const [text = ''] = identity.toString().split('\n');
    const newer = text.replace('"formatVersion":2', '"formatVersion":3');
    const content = Buffer.from(`${newer}\n${crc32(newer).toString(16).padStart(8, '0')}\n`);
    const opening = openLedger(directoryWith({ log, identity: content }), OWNER);
    await expect(opening).rejects.toMatchObject({ code: 'newer-format' });
  });

  it('with an identity in which any bit is flipped, or that ends anywhere within, is refused', async () => {
    for (let index = 0; index < identity.length - 1; index++) {
      const flipped = Buffer.from(identity);
      flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << (index % 8)), index);
      for (const each of [flipped, identity.subarray(0, index)]) {
        const opening = contentsIn(imageWith({ log, identity: each }));
        await expect(opening).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
      }
    }
  });

  it('says of a missing file what must not be done', async () => {
    for (const files of [{ log }, { identity }]) {
      const directory = directoryWith(files);
      const before = fs.readdirSync(directory).sort();
      await expect(openLedger(directory, OWNER)).rejects.toThrow(
        /is missing, but .*Never start it on an old copy or on an empty directory/,
      );
      expect(fs.readdirSync(directory).sort()).toEqual(before);
    }
  });

  it('whose creation ended at any step is finished by the next opening', async () => {
    // The disk obeys up to some step and then does nothing more, as for a process that was killed.
    let steps = 0;
    for (let isWhole = false; !isWhole; steps++) {
      const image = new ImageDisk();
      let left = steps;
      const disk = new Proxy<FileSystem>(image, {
        get(_, name: keyof FileSystem) {
          return (...given: never[]): unknown => {
            if (CHANGES.has(name)) {
              if (left === 0) throw systemError('EIO');
              left -= 1;
            }
            return Reflect.apply(image[name], image, given);
          };
        },
      });
      try {
        const ledger = await openLedger(IN_MEMORY, { ...SMALL, disk });
        isWhole = true;
        left = Number.POSITIVE_INFINITY;
        await ledger.close();
      } catch (error) {
        expect(error).toMatchObject({ name: 'LedgerError', code: 'unusable', cause: { code: 'EIO' } });
      }
      expect(await contentsIn(image.survivor())).toEqual([]);
    }
    expect(steps).toBeGreaterThan(10);
  });
});

/** What changes a disk. */
const CHANGES: ReadonlySet<string> = new Set([
  'makeDirectory',
  'syncDirectory',
  'create',
  'write',
  'sync',
  'syncNow',
  'rename',
  'remove',
]);

it('a value that looks like records of this very log does not make a torn append look like damage', async () => {
  const directory = newDirectory();
  const ledger = await openLedger(directory, SMALL);
  await ledger.append([{ type: 'founded' }]);
  await turn();
  const value = Buffer.alloc(4096);
  // The seal is behind what is synced; then come the header, and the slot, the ballot and the length before the value.
  const begin = ledger.position + 24 + 24;
  for (let offset = 8 - (BEFORE_VALUE % 8); offset + 32 <= value.length; offset += 32) {
    const position = begin + BEFORE_VALUE + offset;
    writeRecordHeader(value, offset, position, {
      previous: 0,
      synced: position - 8,
      group: 1,
      kind: 2,
      payloadBytes: 8,
    });
  }
  await ledger.append([{ type: 'voted', slot: 1, ballot: 1025, value }]);
  await ledger.close();
  const file = firstSegment(directory);
  const bytes = fs.readFileSync(file);
  // What was forged stands where it says that it is.
  expect(readRecordHeader(bytes, SEGMENT_HEADER_BYTES + begin + 16, begin + 16)).toBeDefined();
  fs.writeFileSync(file, bytes.fill(0, SEGMENT_HEADER_BYTES + begin + 2048));
  expect(await contentsOf(directory)).toEqual([{ type: 'founded' }]);
});

/** Tag and slot, tag and ballot, tag and length. */
const BEFORE_VALUE = 2 + 3 + 3;
