import { crc32 } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, majority, type Snapshot } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import type { SnapshotTaken } from '../src/record-codec.js';
import { readSnapshot, removeOtherSnapshots, writeSnapshot } from '../src/snapshot-file.js';
import { systemError } from './support.js';

const MIB = 1024 * 1024;
const ID = 'ab'.repeat(16);
const NAME = '/data/snapshots/3-9';
const SNAPSHOT: Snapshot = {
  slot: 9,
  history: [foundingConfiguration(majority([0, 1, 2]))],
  state: new Uint8Array(MIB + 10).fill(7),
};
const TEXT = Buffer.from(JSON.stringify(SNAPSHOT.history));
/** Where the parts of the state begin. */
const PARTS = [56 + TEXT.length + 4, 56 + TEXT.length + 4 + 4 + MIB] as const;

async function written(snapshot = SNAPSHOT): Promise<{ readonly disk: ImageDisk; readonly taken: SnapshotTaken }> {
  const disk = new ImageDisk();
  disk.makeDirectory('/data');
  return { disk, taken: await writeSnapshot(disk, '/data', ID, 3, snapshot) };
}

const read = (disk: ImageDisk, taken: SnapshotTaken, id = ID): Promise<Snapshot> =>
  readSnapshot(disk, '/data', id, 3, taken);

/** Makes the checksum of a header fit. */
function signHeader(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 52)), 52);
}

/** Puts other bytes in the place of the file, of which the log says that it is so. */
function replace(disk: ImageDisk, bytes: Buffer): SnapshotTaken {
  disk.remove(NAME);
  disk.write(disk.create(NAME), bytes, 0);
  return { slot: 9, bytes: bytes.length, checksum: crc32(bytes) };
}

const damagedAt = (offset: number, cause: string): object => ({
  code: 'corrupt',
  message: expect.stringContaining(`${NAME} is damaged at offset ${offset} (${cause}`),
});

describe('the file of a snapshot', () => {
  it('is durable when it is written, under its name, whatever was left beside it', async () => {
    const disk = new ImageDisk();
    disk.makeDirectory('/data');
    disk.syncDirectory('/');
    disk.makeDirectory('/data/snapshots');
    disk.write(disk.create(`${NAME}.new`), Buffer.from('left'), 0);
    const taken = await writeSnapshot(disk, '/data', ID, 3, SNAPSHOT);
    expect(disk.files()).toEqual([NAME]);
    expect(taken).toEqual({ slot: 9, bytes: disk.bytesOf(NAME).length, checksum: crc32(disk.bytesOf(NAME)) });
    for (const each of [disk, disk.image(() => 0)]) {
      const found = await read(each, taken);
      expect({ ...found, state: 0 }).toEqual({ ...SNAPSHOT, state: 0 });
      expect(Buffer.from(found.state).equals(SNAPSHOT.state)).toBe(true);
    }
  });

  it('makes its directory durable, when it is the first', async () => {
    const disk = new ImageDisk();
    disk.makeDirectory('/data');
    disk.syncDirectory('/');
    const synced = jest.spyOn(disk, 'syncDirectory');
    await writeSnapshot(disk, '/data', ID, 3, { ...SNAPSHOT, state: new Uint8Array(0) });
    expect(synced.mock.calls).toEqual([['/data'], ['/data/snapshots']]);
    await writeSnapshot(disk, '/data', ID, 3, { ...SNAPSHOT, slot: 10 });
    expect(synced.mock.calls.slice(2)).toEqual([['/data/snapshots']]);
  });

  it('that cannot be written leaves nothing, open or on the disk', async () => {
    for (const failing of ['write', 'sync'] as const) {
      const disk = new ImageDisk();
      disk.makeDirectory('/data');
      const close = jest.spyOn(disk, 'close');
      disk[failing] = () => {
        throw systemError('EIO');
      };
      await expect(writeSnapshot(disk, '/data', ID, 3, SNAPSHOT)).rejects.toMatchObject({ code: 'EIO' });
      expect(close).toHaveBeenCalledTimes(1);
      expect(disk.files()).toEqual([]);
    }
  });

  it('gives the event loop a turn at each part, written and read', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const { disk, taken } = await written({ ...SNAPSHOT, state: new Uint8Array(5 * MIB) });
    expect(turns).toBeGreaterThanOrEqual(5);
    turns = 0;
    await read(disk, taken);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('is damaged where any byte of its header is another', async () => {
    const { disk, taken } = await written();
    const bytes = disk.bytesOf(NAME);
    for (let at = 0; at < 56; at += 1) {
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      await expect(read(disk, taken)).rejects.toMatchObject(damagedAt(0, 'its header'));
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    }
    bytes.write('PARLSNAX');
    signHeader(bytes);
    await expect(read(disk, taken)).rejects.toMatchObject(damagedAt(0, 'its header'));
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['group', (bytes) => bytes.writeUInt32LE(4, 12)],
    ['directory', (bytes) => bytes.writeUInt8(0, 31)],
    ['slot', (bytes) => bytes.writeBigUInt64LE(8n, 32)],
  ])('of another %s is another snapshot', async (_, change) => {
    const { disk, taken } = await written();
    const bytes = disk.bytesOf(NAME);
    change(bytes);
    signHeader(bytes);
    await expect(read(disk, taken)).rejects.toMatchObject(damagedAt(0, 'it is another snapshot'));
  });

  it('of a newer version is left to that', async () => {
    const { disk, taken } = await written();
    const bytes = disk.bytesOf(NAME);
    bytes.writeUInt32LE(3, 8);
    signHeader(bytes);
    const message = expect.stringContaining(`${NAME} was written by a newer version`);
    await expect(read(disk, taken)).rejects.toMatchObject({ code: 'newer-format', message });
  });

  it('is damaged where its configurations or its state are, and says where', async () => {
    const { disk, taken } = await written();
    const bytes = disk.bytesOf(NAME);
    for (const [at, offset, cause] of [
      [56, 56, 'its configurations'],
      [PARTS[0] - 5, 56, 'its configurations'],
      [PARTS[0] - 1, 56, 'its configurations'],
      [PARTS[0], PARTS[0], 'the checksum of a part does not fit'],
      [PARTS[0] + 4, PARTS[0], 'the checksum of a part does not fit'],
      [PARTS[1] - 1, PARTS[0], 'the checksum of a part does not fit'],
      [PARTS[1], PARTS[1], 'the checksum of a part does not fit'],
      [bytes.length - 1, PARTS[1], 'the checksum of a part does not fit'],
    ] as const) {
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      await expect(read(disk, taken)).rejects.toMatchObject(damagedAt(offset, cause));
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    }
    await read(disk, taken);
  });

  it('that is missing, shorter, longer, or another than the log says, is damaged', async () => {
    const { disk, taken } = await written();
    const { bytes } = taken;
    const was = (size: number): object => damagedAt(bytes, `it has not the ${size} bytes it had`);
    for (const other of [bytes - 1, bytes + 1]) {
      await expect(read(disk, { ...taken, bytes: other })).rejects.toMatchObject(was(other));
    }
    const sum = { ...taken, checksum: taken.checksum ^ 1 };
    await expect(read(disk, sum)).rejects.toMatchObject(damagedAt(bytes, 'it is another file'));
    const none = {
      code: 'corrupt',
      message: expect.stringContaining('snapshots/3-8 is damaged at offset 0 (it is missing'),
    };
    await expect(read(disk, { ...taken, slot: 8 })).rejects.toMatchObject(none);
  });

  it('whose parts do not come to what it has is damaged', async () => {
    const { disk } = await written();
    const whole = Buffer.from(disk.bytesOf(NAME));
    // More behind its last part, with the checksum of what is read.
    const more = { ...replace(disk, Buffer.concat([whole, Buffer.alloc(4)])), checksum: crc32(whole) };
    await expect(read(disk, more)).rejects.toMatchObject(damagedAt(whole.length, 'it is another file'));
    const less = Buffer.from(whole);
    less.writeBigUInt64LE(BigInt(MIB + 11), 44);
    signHeader(less);
    await expect(read(disk, replace(disk, less))).rejects.toMatchObject(damagedAt(PARTS[1], 'it is too short'));
    const none = Buffer.from(whole);
    none.writeUInt32LE(whole.length, 40);
    signHeader(none);
    await expect(read(disk, replace(disk, none))).rejects.toMatchObject({ code: 'corrupt' });
    for (const size of [0, 55]) {
      const short = replace(disk, whole.subarray(0, size));
      await expect(read(disk, short)).rejects.toMatchObject(damagedAt(0, 'its header'));
    }
  });

  it('whose configurations are none, though their checksum fits, is damaged', async () => {
    const { disk } = await written();
    const whole = Buffer.from(disk.bytesOf(NAME));
    for (const text of ['nonsense', '[]', 'null'].map((each) => each.padEnd(TEXT.length))) {
      whole.write(text, 56);
      whole.writeUInt32LE(crc32(text), 56 + TEXT.length);
      await expect(read(disk, replace(disk, whole))).rejects.toMatchObject(damagedAt(56, 'its configurations: '));
    }
  });

  it('is closed whatever comes of it', async () => {
    const { disk, taken } = await written();
    const [open, close] = [jest.spyOn(disk, 'openToRead'), jest.spyOn(disk, 'close')];
    await read(disk, taken);
    await read(disk, taken, 'cd'.repeat(16)).catch(() => undefined);
    expect([open.mock.calls.length, close.mock.calls.length]).toEqual([2, 2]);
  });
});

describe('the snapshots that a group has no longer', () => {
  it('are removed, and no other group’s', () => {
    for (const [slot, left] of [
      [9, ['1-9', '11-5', '2-5']],
      [undefined, ['11-5', '2-5']],
    ] as const) {
      const disk = new ImageDisk();
      // There need not be any.
      removeOtherSnapshots(disk, '/data', 1, slot);
      disk.makeDirectory('/data/snapshots');
      for (const name of ['1-9', '1-8', '1-10', '1-9.new', '1-90', '11-5', '2-5'])
        disk.create(`/data/snapshots/${name}`);
      removeOtherSnapshots(disk, '/data', 1, slot);
      expect(disk.list('/data/snapshots').sort()).toEqual(left);
    }
  });
});
