import { crc32 } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, majority } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { checkOwner, syncAncestors } from '../src/data-directory.js';
import { type DirectoryIdentity, newIdentity, readIdentity, writeIdentity } from '../src/identity.js';
import { openLedger } from '../src/index.js';
import { OWNER, systemError, voteOf } from './support.js';

const ID = 'ab'.repeat(16);
const IDENTITY: DirectoryIdentity = {
  cluster: 'test',
  directory: ID,
  formatVersion: 2,
  groups: [
    { name: 'one', member: 1 },
    { name: 'two', member: 5, founders: '1,5' },
  ],
};

/** Reads an identity that says so, with a checksum that fits. */
function read(text: string, checksum = crc32(text).toString(16).padStart(8, '0')): unknown {
  return readIdentity({ readText: () => `${text}\n${checksum}\n` }, '/data');
}

const damaged = (cause: string): unknown =>
  expect.objectContaining({
    code: 'corrupt',
    message: expect.stringMatching(`^/data/identity is damaged \\(${cause}`),
  });

describe('the identity of a directory', () => {
  it('is durable once it is written, whatever was left beside it, and comes back', () => {
    const disk = new ImageDisk();
    disk.makeDirectory('/data');
    disk.syncDirectory('/');
    disk.write(disk.create('/data/identity.new'), Buffer.from('left'), 0);
    const close = jest.spyOn(disk, 'close');
    writeIdentity(disk, '/data', IDENTITY);
    expect(close).toHaveBeenCalledTimes(1);
    const lost = disk.image(() => 0);
    for (const each of [disk, lost]) {
      expect(each.files()).toEqual(['/data/identity']);
      expect(readIdentity(each, '/data')).toEqual(IDENTITY);
    }
    disk.syncNow = () => {
      throw systemError('EIO');
    };
    expect(() => writeIdentity(disk, '/data', { ...IDENTITY, cluster: 'other' })).toThrow('EIO');
    expect(close).toHaveBeenCalledTimes(2);
    expect(readIdentity(disk, '/data')).toEqual(IDENTITY);
  });

  it('is new each time', () => {
    const [one, two] = [newIdentity('test'), newIdentity('test')];
    expect(one).toEqual({
      cluster: 'test',
      directory: expect.stringMatching(/^[0-9a-f]{32}$/),
      formatVersion: 2,
      groups: [],
    });
    expect(two.directory).not.toBe(one.directory);
  });

  it.each<[string, unknown]>([
    ['no cluster', { ...IDENTITY, cluster: undefined }],
    ['no id', { ...IDENTITY, directory: 7 }],
    ['no version', { ...IDENTITY, formatVersion: undefined }],
    ['a version that never was', { ...IDENTITY, formatVersion: 0 }],
    ['no groups', { ...IDENTITY, groups: undefined }],
    ['groups that are no list', { ...IDENTITY, groups: {} }],
    ['no member, though of version 1', { cluster: 'test', directory: ID, formatVersion: 1 }],
    ['groups, though of version 1', { ...IDENTITY, formatVersion: 1 }],
    ['nothing', null],
    ['a number', 7],
  ])('with %s is damaged', (_, identity) => {
    expect(() => read(JSON.stringify(identity))).toThrow(damaged('a field is missing'));
  });

  it('that is no JSON, or has another checksum or none, is damaged', () => {
    expect(() => read('{')).toThrow(damaged(''));
    const text = JSON.stringify(IDENTITY);
    expect(() => read(text, '00000000')).toThrow(damaged('its checksum does not fit'));
    expect(() => readIdentity({ readText: () => text }, '/data')).toThrow(damaged('its checksum does not fit'));
    expect(() => readIdentity({ readText: () => '' }, '/data')).toThrow(damaged(''));
    expect(read(text)).toEqual(IDENTITY);
  });

  it('of version 1 has one member; of a newer version it is left to that', () => {
    const first = { cluster: 'test/group', member: 3, directory: ID, formatVersion: 1 };
    expect(read(JSON.stringify(first))).toEqual(first);
    const message = expect.stringContaining('/data was written by a newer version (format 3; this one knows 2)');
    const newer = expect.objectContaining({ code: 'newer-format', message });
    expect(() => read(JSON.stringify({ ...IDENTITY, formatVersion: 3 }))).toThrow(newer);
    expect(() => read(JSON.stringify({ formatVersion: 3 }))).toThrow(newer);
  });

  it.each([
    ['test', 'one', 1, undefined],
    ['test', 'three', 9, undefined],
    ['test', 'two', 1, 'member 5 of test, not to member 1'],
    ['other', 'one', 1, 'the cluster test, not to other'],
    ['other', 'three', 1, 'the cluster test, not to other'],
  ])('is held against who asks for it: %s, %s, %i', (cluster, group, member, refusal) => {
    const check = (): void => checkOwner(IDENTITY, '/data', { cluster, group, member });
    if (refusal === undefined) check();
    else {
      const message = expect.stringContaining(`/data belongs to ${refusal}`);
      expect(check).toThrow(expect.objectContaining({ code: 'wrong-identity', message }));
    }
  });
});

describe('the way to a directory', () => {
  it('is made durable up to the root; what may not be synced was there before', () => {
    for (const code of ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EROFS']) {
      const disk = new ImageDisk();
      const synced: string[] = [];
      disk.syncDirectory = (name) => {
        synced.push(name);
        throw systemError(code);
      };
      syncAncestors(disk, '/a/b/c');
      expect(synced).toEqual(['/a/b', '/a', '/']);
    }
    const disk = new ImageDisk();
    for (const error of [systemError('EIO'), new Error('else')]) {
      disk.syncDirectory = () => {
        throw error;
      };
      expect(() => syncAncestors(disk, '/a/b/c')).toThrow(error);
    }
  });
});

describe('a directory without an identity', () => {
  /** What is left when the identity of a directory has gone. */
  async function without(slots: number): Promise<ImageDisk> {
    const disk = new ImageDisk();
    const ledger = await openLedger('/data', { ...OWNER, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
    for (let slot = 1; slot <= slots; slot++) await ledger.append([voteOf(slot, 40_000)]);
    await ledger.close();
    disk.remove('/data/identity');
    return disk;
  }

  const open = (disk: ImageDisk): ReturnType<typeof openLedger> =>
    openLedger('/data', { ...OWNER, disk, reserveBytes: 0 });
  const missing = {
    code: 'corrupt',
    message: expect.stringContaining('/data/identity is damaged (it is missing, but there is a log)'),
  };

  it('is new where its log has nothing', async () => {
    for (const harm of [
      () => {},
      (disk: ImageDisk) => disk.removeTree('/data/log'),
      (disk: ImageDisk) => disk.remove('/data/log/0000000001'),
      (disk: ImageDisk) => disk.write(disk.create('/data/log/spare'), Buffer.from('left'), 0),
    ]) {
      const disk = await without(0);
      harm(disk);
      const ledger = await open(disk);
      expect(ledger.recovery.records).toBe(0);
      await ledger.close();
      expect(disk.list('/data/log')).toEqual(['0000000001']);
    }
  });

  it('is damaged where its log has a record, or had more than one segment', async () => {
    await expect(open(await without(1))).rejects.toMatchObject(missing);
    const disk = await without(2);
    const names = disk.list('/data/log').filter((name) => name !== 'spare');
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) disk.bytesOf(`/data/log/${name}`).fill(0);
    await expect(open(disk)).rejects.toMatchObject(missing);
    // The first ones were trimmed.
    for (const name of names.slice(0, -1)) disk.remove(`/data/log/${name}`);
    await expect(open(disk)).rejects.toMatchObject(missing);
  });

  it('is damaged where its only record is, too, or anything else in it tells that it was in use; and nothing of it goes', async () => {
    const harms: readonly [string, (disk: ImageDisk) => void][] = [
      ['a log', (disk) => disk.bytesOf('/data/log/0000000001').fill(1, 64, 88)],
      ['a log', (disk) => disk.bytesOf('/data/log/0000000001').fill(0, 64, 1000)],
      ['a snapshot', (disk) => disk.removeTree('/data/log')],
      ['reserve', (disk) => [disk.removeTree('/data/log'), disk.rename('/data/snapshots/1-1', '/data/reserve')]],
      [
        'log.version-1',
        (disk) => [disk.removeTree('/data/log'), disk.rename('/data/snapshots/1-1', '/data/log.version-1')],
      ],
    ];
    for (const [trace, harm] of harms) {
      const disk = new ImageDisk();
      const ledger = await openLedger('/data', { ...OWNER, disk, reserveBytes: 0 });
      await ledger.append([voteOf(1, 40_000)]);
      const history = [foundingConfiguration(majority([0]))] as const;
      await ledger.saveSnapshot({ slot: 1, history, state: new Uint8Array(9) }, 0);
      await ledger.close();
      disk.remove('/data/identity');
      harm(disk);
      const before = disk.files().sort();
      await expect(open(disk)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining(`it is missing, but there is ${trace}`),
      });
      expect(disk.files().sort()).toEqual(before);
    }
  });
});
