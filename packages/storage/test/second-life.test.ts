import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger } from '../src/index.js';
import { OWNER, recordsOf, systemError, voteOf } from './support.js';

const GROUPS = ['one', 'two'] as const;

const vote = (slot: number): AppendedRecord => voteOf(slot, 8000);

function openGroup(disk: FileSystem, group: string): Promise<Ledger> {
  return openLedger('/data', { ...OWNER, group, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
}

async function contentsOf(disk: FileSystem, group: string): Promise<unknown[]> {
  const ledger = await openGroup(disk, group);
  const records = await recordsOf(ledger);
  await ledger.close();
  return records;
}

/** What a process leaves that is ended after any change of a name, while it fills segments for two groups. */
async function survivors(): Promise<ImageDisk[]> {
  const disk = new ImageDisk();
  const left: ImageDisk[] = [];
  disk.onOperation = (what) => {
    if (what === 'names') left.push(disk.survivor());
  };
  for (const group of GROUPS) {
    const ledger = await openGroup(disk, group);
    for (let slot = 1; slot <= 12; slot++) await ledger.append([vote(slot)]);
    await ledger.close();
  }
  return left;
}

describe('a process that comes after one that was ended between the change of a name and its sync', () => {
  it.each(GROUPS)('keeps what it acknowledges for group %s when power fails, and what it had found', async (group) => {
    const all = await survivors();
    expect(all.length).toBeGreaterThan(20);
    for (const disk of all) {
      const ledger = await openGroup(disk, group);
      const found = await recordsOf(ledger);
      await ledger.append([vote(1000)]);
      // Nothing that is not certain is left.
      const image = disk.image(() => 0);
      await ledger.close();
      // Jest would compare byte by byte.
      expect(isDeepStrictEqual(await contentsOf(image, group), [...found, vote(1000)])).toBe(true);
    }
  });
});

describe('the directories above a new one', () => {
  /** Notes which directories were synced before the identity was there. */
  function noting(disk: ImageDisk): { readonly disk: FileSystem; readonly synced: Set<string> } {
    const synced = new Set<string>();
    let isThere = false;
    const noted = new Proxy<FileSystem>(disk, {
      get(target, name: keyof FileSystem) {
        if (name === 'syncDirectory') {
          return (directory: string) => {
            if (!isThere) synced.add(path.resolve(directory));
            target.syncDirectory(directory);
          };
        }
        if (name === 'rename') {
          return (from: string, to: string) => {
            isThere ||= path.basename(to) === 'identity';
            target.rename(from, to);
          };
        }
        return (...given: never[]): unknown => Reflect.apply(target[name], target, given);
      },
    });
    return { disk: noted, synced };
  }

  it.each(['by it', 'by a process that was ended at once'])('are durable before it counts, made %s', async (maker) => {
    const image = new ImageDisk();
    const directory = '/srv/parliament/a';
    if (maker !== 'by it') image.makeDirectory(directory);
    const { disk, synced } = noting(image);
    const ledger = await openLedger(directory, { ...OWNER, disk, reserveBytes: 0 });
    await ledger.close();
    expect(synced).toEqual(new Set(['/', '/srv', '/srv/parliament', directory, path.join(directory, 'log')]));
  });

  it('that this user may not read were there before, and need not be synced', async () => {
    const image = new ImageDisk();
    const sync = image.syncDirectory.bind(image);
    image.syncDirectory = (name) => {
      if (name === '/') throw systemError('EACCES');
      sync(name);
    };
    const ledger = await openLedger('/srv/a', { ...OWNER, disk: image, reserveBytes: 0 });
    await ledger.close();
  });
});

describe('a group whose number could not be written down', () => {
  it('is not used under it: the next attempt writes it', async () => {
    const image = new ImageDisk();
    const one = await openGroup(image, 'one');
    await one.append([vote(1)]);
    const create = image.create.bind(image);
    image.create = (name) => {
      if (name.endsWith('identity.new')) throw systemError('ENOSPC');
      return create(name);
    };
    await expect(openGroup(image, 'two')).rejects.toMatchObject({ code: 'no-space' });
    image.create = create;
    const two = await openGroup(image, 'two');
    await two.append([vote(2)]);
    await one.close();
    await two.close();
    expect(await contentsOf(image, 'one')).toEqual([vote(1)]);
    expect(await contentsOf(image, 'two')).toEqual([vote(2)]);
  });
});

it.each(['/proc/nope', '/proc/nope/deeper'])(
  'a directory that the system will not have made (%s) is refused at once',
  async (directory) => {
    if (process.platform !== 'linux') return;
    await expect(openLedger(directory, { cluster: 'c', group: 'g', member: 0 })).rejects.toMatchObject({
      code: 'unusable',
      message: expect.stringContaining(directory),
    });
  },
);
