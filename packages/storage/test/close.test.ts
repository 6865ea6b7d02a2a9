import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, type History, majority } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger } from '../src/index.js';
import {
  directoriesOfThisFile,
  type FaultyDisk,
  faultyDisk,
  OWNER,
  recordsOf,
  stopSyncs,
  systemError,
  turn,
} from './support.js';

const newDirectory = directoriesOfThisFile();
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function vote(slot: number, bytes = 3): AppendedRecord {
  return { type: 'voted', slot, ballot: 1025, value: new Uint8Array(bytes).fill(0xee) };
}

function openInMemory(disk: FileSystem): Promise<Ledger> {
  return openLedger('/data', { ...OWNER, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
}

/** The same directory of another disk, beside that which is open. */
function openInMemoryAlone(disk: ImageDisk): Promise<Ledger> {
  disk.rename('/data', '/other');
  return openLedger('/other', { ...OWNER, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
}

/** What is left of a disk when nothing remains that is not certain. */
function leastOf(disk: ImageDisk): ImageDisk {
  return disk.image(() => 0);
}

/** A disk that knows which files are open. */
function watched(): { readonly disk: FaultyDisk; readonly files: ReadonlyMap<number, string> } {
  const disk = faultyDisk();
  const files = new Map<number, string>();
  for (const name of ['open', 'openToRead', 'create'] as const) {
    const open = disk[name];
    disk[name] = (path) => {
      const file = open(path);
      files.set(file, path);
      return file;
    };
  }
  const { close } = disk;
  disk.close = (file) => {
    // Twice would be another file's by then.
    expect(files.delete(file)).toBe(true);
    close(file);
  };
  return { disk, files };
}

describe('the seal behind the last record', () => {
  it('is on the disk once the ledger is closed: damage to that record is told', async () => {
    const disk = new ImageDisk();
    const ledger = await openInMemory(disk);
    await ledger.append([vote(1)]);
    await ledger.append([vote(2)]);
    await turn();
    await ledger.close();
    const image = leastOf(disk);
    const bytes = image.bytesOf('/data/log/0000000001');
    const at = bytes.lastIndexOf(0xee);
    bytes[at] = 0;
    await expect(openInMemory(image)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('is on the disk before the next segment, which begins behind it', async () => {
    const disk = new ImageDisk();
    const ledger = await openInMemory(disk);
    const votes: AppendedRecord[] = [];
    for (let slot = 1; disk.kindOf('/data/log/0000000003') === undefined; slot += 1) {
      votes.push(vote(slot, 5000));
      await ledger.append(votes.slice(-1));
      await turn();
    }
    const image = leastOf(disk);
    await ledger.close();
    const again = await openInMemory(image);
    expect(await recordsOf(again)).toHaveLength(votes.length);
    await again.close();
  });
});

describe('a close', () => {
  it('leaves no file open, whatever the ledger has done', async () => {
    const { disk, files } = watched();
    const directory = newDirectory();
    const options = { ...OWNER, disk, segmentBytes: 64 * 1024, reserveBytes: 4096 };
    for (let life = 0; life < 2; life++) {
      const ledger = await openLedger(directory, options);
      for (let slot = life * 10 + 1; slot <= life * 10 + 10; slot++) await ledger.append([vote(slot, 20_000)]);
      await ledger.saveSnapshot({ slot: life * 10 + 8, history: HISTORY, state: new Uint8Array(100) }, 1);
      await recordsOf(ledger);
      await ledger.close();
      expect([...files.values()]).toEqual([]);
    }
  });

  it('leaves no file open of a ledger that failed, nor of one that could not be opened', async () => {
    const { disk, files } = watched();
    const directory = newDirectory();
    const ledger = await openLedger(directory, { ...OWNER, disk });
    await ledger.append([vote(1)]);
    disk.onWrite = () => {
      throw systemError('EIO');
    };
    await expect(ledger.append([vote(2)])).rejects.toMatchObject({ code: 'failed' });
    await expect(ledger.saveSnapshot({ slot: 1, history: HISTORY, state: new Uint8Array(1) }, 0)).rejects.toMatchObject(
      { code: 'failed' },
    );
    await ledger.close();
    expect([...files.values()]).toEqual([]);
    // What no later record vouches for an opening writes again.
    await expect(openLedger(directory, { ...OWNER, disk })).rejects.toMatchObject({ code: 'unusable' });
    expect([...files.values()]).toEqual([]);
    disk.onWrite = (bytes) => bytes;
    disk.read = () => {
      throw systemError('EIO');
    };
    await expect(openLedger(directory, { ...OWNER, disk })).rejects.toMatchObject({ code: 'unusable' });
    expect([...files.values()]).toEqual([]);
  });

  it('has what may come later on the disk, though another group goes on', async () => {
    const disk = new ImageDisk();
    const ledger = await openInMemory(disk);
    const other = await openLedger('/data', { ...OWNER, group: 'other', disk });
    const appended = ledger.append([vote(1)], { sync: 'later' });
    await ledger.close();
    const again = await openInMemoryAlone(leastOf(disk));
    expect(await recordsOf(again)).toEqual([vote(1)]);
    await again.close();
    await appended;
    await other.close();
  });

  it('that takes its time is waited for by who opens the same anew, and by nobody else', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    const options = { ...OWNER, disk, reserveBytes: 0 };
    const ledger = await openLedger(directory, options);
    const resume = stopSyncs(disk);
    const saved = ledger.saveSnapshot({ slot: 1, history: HISTORY, state: new Uint8Array(9) }, 0);
    await turn();
    const closed = ledger.close();
    const again = openLedger(directory, options);
    await turn();
    resume();
    const opened = await again;
    expect((await recordsOf(opened)).map(({ type }) => type)).toEqual(['snapshot']);
    await expect(openLedger(directory, options)).rejects.toMatchObject({ code: 'locked' });
    await Promise.all([saved, closed]);
    await opened.close();
  });

  it('waits for the replays and the snapshot that are under way', async () => {
    const ledger = await openInMemory(new ImageDisk());
    await ledger.append([vote(1), vote(2), vote(3)]);
    await ledger.saveSnapshot({ slot: 1, history: HISTORY, state: new Uint8Array(5 * 1024 * 1024) }, 0);
    const order: string[] = [];
    const note = (what: string) => () => void order.push(what);
    const replay = recordsOf(ledger).then(note('replay'));
    const save = ledger.saveSnapshot({ slot: 2, history: HISTORY, state: new Uint8Array(10) }, 0).then(note('save'));
    const close = ledger.close().then(note('close'));
    await Promise.all([replay, save, close]);
    expect(order.at(-1)).toBe('close');
    expect(order).toHaveLength(3);
  });
});

describe('an append', () => {
  it('that comes as the batch before it ends is never left behind', async () => {
    const ledger = await openInMemory(new ImageDisk());
    for (let steps = 0; steps < 12; steps++) {
      await ledger.append([vote(steps + 1)]);
      for (let step = 0; step < steps; step++) await null;
      await ledger.append([vote(steps + 100)]);
    }
    expect(await recordsOf(ledger)).toHaveLength(24);
    await ledger.close();
  });

  it('of no records does not wait for those that may come later, though they are being synced', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    disk.syncs = 0;
    const resume = stopSyncs(disk);
    const later = ledger.append([vote(1)], { sync: 'later' });
    while (disk.syncs === 0) await turn();
    await ledger.append([]);
    resume();
    await later;
    await ledger.close();
  });

  it('that may come later is not put off by others that may', async () => {
    const disk = faultyDisk();
    const ledger = await openLedger(newDirectory(), { ...OWNER, disk });
    let isSynced = false;
    const first = ledger.append([vote(1)], { sync: 'later' }).then(() => {
      isSynced = true;
    });
    const more: Promise<void>[] = [];
    for (let slot = 2; !isSynced && slot < 5000; slot++) {
      more.push(ledger.append([vote(slot)], { sync: 'later' }));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(isSynced).toBe(true);
    await Promise.all([first, ...more]);
    await ledger.close();
  });
});

describe('a directory whose log has failed', () => {
  it('is read again for whoever opens it next; those of before learn the first cause, and keep nobody out', async () => {
    const { disk, files } = watched();
    const directory = newDirectory();
    const one = await openLedger(directory, { ...OWNER, group: 'one', disk });
    await one.append([vote(1)]);
    disk.beforeSync = () => Promise.reject(systemError('EIO'));
    await expect(one.append([vote(2)])).rejects.toMatchObject({ code: 'failed', cause: { code: 'EIO' } });
    disk.beforeSync = async () => {};
    const two = await openLedger(directory, { ...OWNER, group: 'two', disk });
    await two.append([vote(3)]);
    expect(await recordsOf(two)).toEqual([vote(3)]);
    await expect(one.append([vote(4)])).rejects.toMatchObject({ code: 'failed', cause: { code: 'EIO' } });
    await one.close();
    const again = await openLedger(directory, { ...OWNER, group: 'one', disk });
    const found = await recordsOf(again);
    expect(found[0]).toEqual(vote(1));
    await again.append([vote(5)]);
    await two.close();
    await again.close();
    expect([...files.values()]).toEqual([]);
  });
});
