import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger, realFileSystem } from '../src/index.js';
import { contentsOf, directoriesOfThisFile, faultyDisk, OWNER, recordsOf, SAMPLE, systemError } from './support.js';

const newDirectory = directoriesOfThisFile();
const HEADER_BYTES = 32;
const RECORD_HEADER_BYTES = 9;
const SEAL_KIND = 7;

/** A log of {@link SAMPLE}, appended in two goes, so that there is a seal in the middle and one at the end. */
let log: Buffer;
let identity: Buffer;
/** Where each record of the log begins, seals included, and the end of the last. */
let borders: number[];

beforeAll(async () => {
  const directory = newDirectory();
  const ledger = await openLedger(directory, OWNER);
  await ledger.append(SAMPLE.slice(0, 4));
  await ledger.append(SAMPLE.slice(4));
  await ledger.close();
  log = fs.readFileSync(path.join(directory, 'log'));
  identity = fs.readFileSync(path.join(directory, 'identity'));
  borders = [HEADER_BYTES];
  for (let position = HEADER_BYTES; position < log.length; ) {
    position += RECORD_HEADER_BYTES + log.readUInt32LE(position);
    borders.push(position);
  }
});

/** How many records, seals not counted, stand before `end`. */
function recordsBefore(end: number): number {
  return borders.filter((border, index) => {
    const next = borders[index + 1];
    return next !== undefined && next <= end && log.readUInt8(border + 8) !== SEAL_KIND;
  }).length;
}

/** A directory with such files. */
function directoryWith(files: Readonly<Record<string, Buffer>>): string {
  const directory = newDirectory();
  fs.mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), content);
  return directory;
}

describe('a log that was torn at any byte', () => {
  it('has all records that end before it, and tells how many bytes were cut', async () => {
    for (let length = HEADER_BYTES; length <= log.length; length++) {
      const end = borders.filter((border) => border <= length).at(-1) as number;
      const directory = directoryWith({ log: log.subarray(0, length), identity });
      const ledger = await openLedger(directory, OWNER);
      const records = recordsBefore(length);
      expect(ledger.recovery).toEqual({ records, bytes: end, tornBytes: length - end });
      expect(await recordsOf(ledger)).toEqual(SAMPLE.slice(0, records));
      await ledger.close();
      expect(fs.readFileSync(path.join(directory, 'log'))).toEqual(log.subarray(0, end));
    }
  });

  it('has all records before it when there are zeros behind it', async () => {
    for (const end of borders) {
      const zeroed = Buffer.concat([log.subarray(0, end), Buffer.alloc(log.length - end + 4096)]);
      const directory = directoryWith({ log: zeroed, identity });
      expect(await contentsOf(directory)).toEqual(SAMPLE.slice(0, recordsBefore(end)));
    }
  });

  it('within its header was never used, or is damaged: it is refused', async () => {
    for (let length = 0; length < HEADER_BYTES; length++) {
      const directory = directoryWith({ log: log.subarray(0, length), identity });
      await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'corrupt' });
      expect(fs.readFileSync(path.join(directory, 'log'))).toHaveLength(length);
    }
  });
});

describe('a log in which any byte has any one bit flipped', () => {
  it('is refused and left as it is; only in the last seal does it not matter', async () => {
    const lastSeal = borders.at(-2) as number;
    expect(log.length - lastSeal).toBe(RECORD_HEADER_BYTES);
    const directory = directoryWith({ log, identity });
    const file = path.join(directory, 'log');
    for (let index = 0; index < log.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(log);
        flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << bit), index);
        fs.writeFileSync(file, flipped);
        if (index >= lastSeal) {
          expect(await contentsOf(directory)).toEqual(SAMPLE);
        } else {
          await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
          expect(fs.readFileSync(file).equals(flipped)).toBe(true);
        }
      }
    }
  });
});

describe('damage in the middle', () => {
  it('is told with the offset of the record and where records are intact again', async () => {
    const [first = 0, second = 0, third = 0] = borders;
    const damaged = Buffer.from(log);
    damaged.writeUInt8(damaged.readUInt8(second + RECORD_HEADER_BYTES - 1) ^ 0xff, second + RECORD_HEADER_BYTES - 1);
    const directory = directoryWith({ log: damaged, identity });
    expect(second).toBeGreaterThan(first);
    await expect(openLedger(directory, OWNER)).rejects.toThrow(
      `${path.join(directory, 'log')} is damaged at offset ${second} (records are intact again at offset ${third})`,
    );
  });

  it('is found though the length that it changed says anything', async () => {
    for (const length of [0, 1, 1000, 8 * 1024 * 1024, 0x7fff_ffff, 0xffff_ffff]) {
      const damaged = Buffer.from(log);
      damaged.writeUInt32LE(length, HEADER_BYTES);
      const directory = directoryWith({ log: damaged, identity });
      await expect(openLedger(directory, OWNER)).rejects.toThrow(`damaged at offset ${HEADER_BYTES} `);
    }
  });

  it('by zeros over any record but the last seal is found', async () => {
    for (const [index, border] of borders.slice(0, -2).entries()) {
      const damaged = Buffer.from(log);
      damaged.fill(0, border, borders[index + 1]);
      const directory = directoryWith({ log: damaged, identity });
      await expect(openLedger(directory, OWNER)).rejects.toThrow(`damaged at offset ${border} `);
    }
  });

  it('that comes while the ledger is open is found by a replay', async () => {
    const directory = directoryWith({ log, identity });
    const ledger = await openLedger(directory, OWNER);
    const damaged = Buffer.from(log);
    damaged.writeUInt8(damaged.readUInt8(HEADER_BYTES + 10) ^ 1, HEADER_BYTES + 10);
    fs.writeFileSync(path.join(directory, 'log'), damaged);
    await expect(recordsOf(ledger)).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
    await ledger.close();
  });

  it('by records that stand where they were not written is refused', async () => {
    const [first = 0, second = 0, third = 0] = borders;
    // The second record twice, and everything behind it shifted.
    const shifted = Buffer.concat([log.subarray(0, third), log.subarray(second)]);
    expect(third).toBeGreaterThan(first);
    const directory = directoryWith({ log: shifted, identity });
    const ledger = await openLedger(directory, OWNER);
    // Nothing behind the shift is taken for a record.
    expect(ledger.recovery).toMatchObject({ records: 2, tornBytes: shifted.length - third });
    await ledger.close();
  });
});

describe('a record over the limit', () => {
  it('is refused and not cut: the limit may have been higher when it was acknowledged', async () => {
    // The log ends with the longest record, and without a seal to tell that it was whole.
    const longest = SAMPLE.findIndex((record) => record.type === 'learned');
    const end = borders.find((border) => recordsBefore(border) > longest) as number;
    const whole = log.subarray(0, end);
    const directory = directoryWith({ log: whole, identity });
    await expect(openLedger(directory, { ...OWNER, recordLimitBytes: 40 })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/an intact record of \d+ bytes, where the limit is 40\)/),
    });
    expect(fs.readFileSync(path.join(directory, 'log'))).toEqual(whole);
    expect(await contentsOf(directory)).toEqual(SAMPLE.slice(0, longest + 1));
  });
});

describe('a directory that is newer or not whole', () => {
  it('with a log of a newer format is left to the newer version', async () => {
    const newer = Buffer.from(log);
    newer.writeUInt32LE(2, 8);
    newer.writeUInt32LE(crc32(newer.subarray(0, 28)), 28);
    const directory = directoryWith({ log: newer, identity });
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'newer-format',
      message: expect.stringContaining(`${path.join(directory, 'log')} was written by a newer version (format 2`),
    });
    expect(fs.readFileSync(path.join(directory, 'log'))).toEqual(newer);
  });

  it('with an identity in which any bit is flipped is refused', async () => {
    for (let index = 0; index < identity.length - 1; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(identity);
        flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << bit), index);
        const directory = directoryWith({ log, identity: flipped });
        await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
      }
    }
  });

  it('with an identity that ends anywhere within is refused', async () => {
    for (let length = 0; length < identity.length - 1; length++) {
      const directory = directoryWith({ log, identity: identity.subarray(0, length) });
      await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
    }
  });

  it('says of a missing file what must not be done', async () => {
    for (const files of [{ log }, { identity }]) {
      await expect(openLedger(directoryWith(files), OWNER)).rejects.toThrow(
        /is missing, but .*never start this member on an empty one/,
      );
    }
  });

  it('whose creation ended at any step is finished by the next opening', async () => {
    // The disk obeys up to some step and then does nothing more, as for a process that was killed.
    const calls = ['makeDirectory', 'syncDirectory', 'create', 'write', 'syncNow', 'rename', 'link', 'remove'] as const;
    let steps = 0;
    for (let isWhole = false; !isWhole; steps++) {
      const disk = faultyDisk();
      let left = steps;
      for (const name of calls) {
        const real = realFileSystem[name] as (...given: unknown[]) => unknown;
        const counted = (...given: unknown[]): unknown => {
          if (left === 0) throw systemError('EIO');
          left -= 1;
          return real(...given);
        };
        Object.assign(disk, { [name]: counted });
      }
      const directory = newDirectory();
      try {
        const ledger = await openLedger(directory, { ...OWNER, disk });
        isWhole = true;
        left = Number.POSITIVE_INFINITY;
        await ledger.close();
      } catch (error) {
        expect(error).toMatchObject({ name: 'LedgerError', code: 'unusable', cause: { code: 'EIO' } });
      }
      // Its process is not running any more, as far as the next one is concerned.
      for (const name of ['lock', 'lock.takeover']) fs.rmSync(path.join(directory, name), { force: true });
      expect(await contentsOf(directory)).toEqual([]);
    }
    expect(steps).toBeGreaterThan(10);
  });
});
