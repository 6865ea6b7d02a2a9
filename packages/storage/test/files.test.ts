import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ImageDisk } from '../programs/image-disk.js';
import { makeDirectories, realFileSystem, writeAll } from '../src/file-system.js';
import { openWindow } from '../src/file-window.js';
import { type FileSystem, openLedger } from '../src/index.js';
import {
  DEFAULT_SEGMENT_BYTES,
  isDiskFull,
  listSegments,
  makeZeros,
  retireSegment,
  segmentSize,
  takeSpare,
} from '../src/log-files.js';
import { directoriesOfThisFile, faultyDisk, OWNER, systemError, turn, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const KIB = 1024;
const MIB = 1024 * KIB;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the disk of this machine', () => {
  it('keeps what it makes to its owner, and makes all that is missing above', () => {
    const top = newDirectory();
    makeDirectories(path.join(top, 'a', 'b'));
    makeDirectories(path.join(top, 'a', 'b'));
    for (const each of ['', 'a', 'a/b']) expect(fs.statSync(path.join(top, each)).mode & 0o777).toBe(0o700);
    const file = realFileSystem.create(path.join(top, 'file'));
    realFileSystem.close(file);
    expect(fs.statSync(path.join(top, 'file')).mode & 0o777).toBe(0o600);
    expect(() => realFileSystem.create(path.join(top, 'file'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it('is content when somebody else makes a directory at the same time; other failures are told', () => {
    const top = newDirectory();
    const { mkdirSync } = fs;
    jest.spyOn(fs, 'mkdirSync').mockImplementation((name, options) => {
      mkdirSync(name, options);
      throw systemError('EEXIST');
    });
    makeDirectories(path.join(top, 'a'));
    expect(fs.existsSync(path.join(top, 'a'))).toBe(true);
    jest.spyOn(fs, 'mkdirSync').mockImplementation(() => {
      throw systemError('EACCES');
    });
    expect(() => makeDirectories(path.join(top, 'b'))).toThrow(expect.objectContaining({ code: 'EACCES' }));
  });

  it('tells what stands at a path, and how much is free', async () => {
    const top = newDirectory();
    makeDirectories(top);
    fs.writeFileSync(path.join(top, 'file'), '');
    fs.symlinkSync(path.join(top, 'file'), path.join(top, 'link'));
    const kinds = ['.', 'file', 'link', 'none'].map((name) => realFileSystem.kindOf(path.join(top, name)));
    expect(kinds).toEqual(['directory', 'file', 'symbolic link', undefined]);
    expect(realFileSystem.kindOf(os.devNull)).toBe('device or pipe');
    jest.spyOn(fs, 'statfsSync').mockReturnValue(Object.assign(fs.statfsSync(top), { bavail: 30, bsize: 10 }));
    expect(realFileSystem.freeBytes(top)).toBe(300);
  });

  it('leaves no directory open that it has synced, and removes a tree with all that is in it', () => {
    const top = newDirectory();
    makeDirectories(path.join(top, 'a', 'b'));
    const close = jest.spyOn(fs, 'closeSync');
    const sync = jest.spyOn(fs, 'fsyncSync');
    realFileSystem.syncDirectory(top);
    expect(close.mock.calls).toEqual(sync.mock.calls);
    expect(close).toHaveBeenCalledTimes(1);
    realFileSystem.removeTree(path.join(top, 'a'));
    expect(fs.readdirSync(top)).toEqual([]);
    expect(() => realFileSystem.removeTree(path.join(top, 'a'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('that takes a few bytes at a time is given all of them; one that takes none is given up', () => {
    const written: [string, number][] = [];
    const write = (most: number) => (_: number, bytes: Uint8Array, position: number) => {
      written.push([Buffer.from(bytes).toString(), position]);
      return Math.min(most, bytes.length);
    };
    writeAll({ ...realFileSystem, write: write(2) }, 1, Buffer.from('abcde'), 10);
    expect(written).toEqual([
      ['abcde', 10],
      ['cde', 12],
      ['e', 14],
    ]);
    expect(() => writeAll({ ...realFileSystem, write: write(0) }, 1, Buffer.from('abc'), 0)).toThrow('takes no more');
    writeAll({ ...realFileSystem, write: write(0) }, 1, Buffer.alloc(0), 0);
  });
});

describe('a file of zeros', () => {
  const zeros = '/data/log/spare';
  function disk(): ImageDisk {
    const image = new ImageDisk();
    image.makeDirectory('/data/log');
    return image;
  }

  it.each([1, 128 * KIB, 128 * KIB + 1, 300 * KIB])(
    'has %i bytes when it has its name, and they are synced',
    async (bytes) => {
      for (const isAwaited of [true, false]) {
        const image = disk();
        // Of one who was ended while he made one.
        writeAll(image, image.create(`${zeros}.new`), Buffer.from('left'), 0);
        await makeZeros(image, zeros, bytes, { isWanted: () => true, isAwaited: () => isAwaited });
        expect(image.files()).toEqual([zeros]);
        expect(image.bytesOf(zeros).equals(Buffer.alloc(bytes))).toBe(true);
        image.syncDirectory('/data/log');
        image.syncDirectory('/data');
        expect(image.image(() => 0).bytesOf(zeros)).toHaveLength(bytes);
      }
    },
  );

  it('is not begun where there is no room for the whole', async () => {
    const image = disk();
    image.freeBytes = () => 1000;
    await expect(makeZeros(image, zeros, 1001)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(image.operations).toBe(1);
    await makeZeros(image, zeros, 1000);
    expect(image.bytesOf(zeros)).toHaveLength(1000);
  });

  it('that fails, or is not wanted any more, leaves nothing', async () => {
    const image = disk();
    image.sync = () => Promise.reject(systemError('EIO'));
    await expect(makeZeros(image, zeros, 1000)).rejects.toMatchObject({ code: 'EIO' });
    expect(image.files()).toEqual([]);
    const pieces: number[] = [];
    const other = disk();
    other.sync = async () => void pieces.push(1);
    const pace = { isWanted: () => pieces.length < 2, isAwaited: () => false };
    await expect(makeZeros(other, zeros, MIB, pace)).rejects.toThrow('is not wanted any more');
    expect(pieces).toHaveLength(2);
    expect(other.files()).toEqual([]);
  });
});

describe('the files of a log', () => {
  it.each([
    [1, MIB, 0, MIB],
    [2, 64 * MIB, 0, 2 * MIB],
    [3, 64 * MIB, 0, 4 * MIB],
    [7, DEFAULT_SEGMENT_BYTES, 0, 32 * MIB],
    [22, Number.POSITIVE_INFINITY, 0, 2 ** 20 * MIB],
    [5000, Number.POSITIVE_INFINITY, 0, 2 ** 20 * MIB],
    [5, 64 * KIB, 64 * KIB - 64, 64 * KIB],
    [5, 64 * KIB, 64 * KIB - 63, 68 * KIB],
    [5, 64 * KIB + 1, 0, 68 * KIB],
    [5, 1000 * MIB, 40 * MIB - 64, 40 * MIB],
  ])(
    'have whole blocks, twice as much each time, and room for what comes: %i, %i, %i',
    (sequence, most, needed, size) => {
      expect(segmentSize(sequence, most, needed)).toBe(size);
    },
  );

  it('are told in the order of their numbers, and nothing else is', () => {
    const disk = new ImageDisk();
    for (const name of ['0000000010', '0000000009', 'spare', 'spare.new', '00000000011', '000000001', '0000000002.x']) {
      disk.create(`/data/log/${name}`);
    }
    expect(listSegments(disk, '/data')).toEqual([9, 10]);
  });

  it('become the spare when they go, where there is none and they are fit for it', () => {
    for (const [isFit, hasSpare, left] of [
      [true, false, ['old']],
      [true, true, ['spare']],
      [false, false, []],
      [false, true, ['spare']],
    ] as const) {
      const disk = new ImageDisk();
      writeAll(disk, disk.create('/data/log/0000000001'), Buffer.from('old'), 0);
      if (hasSpare) writeAll(disk, disk.create('/data/log/spare'), Buffer.from('spare'), 0);
      retireSegment(disk, '/data', 1, isFit);
      expect(disk.files().map((name) => [name, disk.readText(name)])).toEqual(
        left.map((text) => ['/data/log/spare', text]),
      );
    }
  });

  it('are closed when they cannot be put into use', async () => {
    const disk = new ImageDisk();
    disk.create('/data/log/spare');
    const closed = jest.spyOn(disk, 'close');
    disk.sync = () => Promise.reject(systemError('EIO'));
    const header = { version: 2, sequence: 1, directory: 'ab'.repeat(16), start: 0, previous: 0 };
    await expect(takeSpare(disk, '/data', header)).rejects.toMatchObject({ code: 'EIO' });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(disk.files()).toEqual(['/data/log/taken']);
  });

  it('are those that got the header, also when another spare is finished meanwhile', async () => {
    const disk = new ImageDisk();
    writeAll(disk, disk.create('/data/log/spare'), Buffer.alloc(4096), 0);
    disk.sync = () => {
      writeAll(disk, disk.create('/data/log/spare.new'), Buffer.from('another'), 0);
      disk.rename('/data/log/spare.new', '/data/log/spare');
      return Promise.resolve();
    };
    const header = { version: 2, sequence: 7, directory: 'ab'.repeat(16), start: 0, previous: 0 };
    disk.close(await takeSpare(disk, '/data', header));
    expect(disk.readText('/data/log/0000000007')).toMatch(/^PARLSEG/);
    expect(disk.readText('/data/log/spare')).toBe('another');
  });

  it('find a disk full, or a part of it that is one’s own', () => {
    const codes = ['ENOSPC', 'EDQUOT', 'EIO'];
    expect(codes.map((code) => isDiskFull(systemError(code)))).toEqual([true, true, false]);
    expect(isDiskFull(undefined)).toBe(false);
  });
});

describe('a file that is read through a window', () => {
  it('gives what stands at any place, forth and back, and nothing beyond its end', () => {
    const bytes = Buffer.from(Array.from({ length: 3 * MIB + 5 }, (_, index) => (index * 7 + (index >> 12) + 1) & 255));
    // A read may give less than was asked for.
    const read = (_: number, target: Uint8Array, position: number): number =>
      bytes.copy(target, 0, position, position + Math.min(target.length, 700_000));
    const open = (): ReturnType<typeof openWindow> => openWindow({ size: () => bytes.length, read }, 1, 'file');
    const window = open();
    const places: [number, number][] = [
      [0, 64],
      [MIB - 10, 10],
      [MIB - 10, 11],
      [MIB, 2 * MIB],
      [5, 100],
      [4, 1],
      [bytes.length - 3, 3],
      [bytes.length, 0],
      [2 * MIB, MIB + 5],
    ];
    for (const [offset, length] of places) {
      expect(window.at(offset, length)?.equals(bytes.subarray(offset, offset + length))).toBe(true);
    }
    expect(open().at(0, 1)).toEqual(bytes.subarray(0, 1));
    expect(open().at(1, 1)).toEqual(bytes.subarray(1, 2));
    expect(window.at(bytes.length - 3, 4)).toBeUndefined();
    expect(window.at(bytes.length, 1)).toBeUndefined();
  });

  it('is damaged when it ends before its own length', () => {
    const read = (_: number, target: Uint8Array, position: number): number =>
      Buffer.alloc(100).copy(target, 0, Math.min(100, position));
    const window = openWindow({ size: () => 150, read }, 1, 'a file');
    const thrown = { code: 'corrupt', message: 'a file ends at 100, before its own length' };
    expect(() => window.at(20, 10)).toThrow(expect.objectContaining(thrown));
  });
});

describe('a ledger for which nothing was said', () => {
  it('takes records of up to 8 MiB, and keeps 16 MiB in reserve', async () => {
    const directory = newDirectory();
    const sizes = new Map<string, number>();
    const disk: FileSystem = {
      ...realFileSystem,
      sync: async () => {},
      rename(from, to) {
        sizes.set(path.relative(directory, to), fs.statSync(from).size);
        fs.renameSync(from, to);
      },
    };
    const ledger = await openLedger(directory, { ...OWNER, disk });
    expect(sizes.get('log/0000000001')).toBe(MIB);
    const message = expect.stringMatching(/^a record of \d+ bytes; the limit is 8388608$/);
    await expect(ledger.append([voteOf(1, 8 * MIB)])).rejects.toMatchObject({ name: 'RangeError', message });
    await ledger.append([voteOf(1, 600_000)]);
    while (!sizes.has('reserve')) await turn();
    expect(sizes.get('reserve')).toBe(16 * MIB);
    expect(sizes.get('log/spare')).toBe(2 * MIB);
    await ledger.close();
  });

  it('begins its log at position 0, behind nothing', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    const ledger = await openLedger(directory, { ...OWNER, disk });
    await ledger.close();
    const header = fs.readFileSync(path.join(directory, 'log', '0000000001')).subarray(0, 64);
    expect([
      header.readUInt32LE(8),
      header.readUInt32LE(12),
      header.readBigUInt64LE(32),
      header.readUInt32LE(40),
    ]).toEqual([2, 1, 0n, 0]);
  });
});
