import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, type History, majority, type Snapshot } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger } from '../src/index.js';
import { recordBytes } from '../src/log-format.js';
import { encodeRecord, TRIMMED_KIND } from '../src/record-codec.js';
import { OWNER, recordsOf, systemError, turn, voteOf } from './support.js';

const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];
/** What a segment of 64 KiB has for records. */
const ROOM = 64 * 1024 - 64;

const snapshotAt = (slot: number): Snapshot => ({ slot, history: HISTORY, state: new Uint8Array([7]) });

function open(disk: FileSystem, group = 'one'): Promise<Ledger> {
  return openLedger('/data', { ...OWNER, group, disk, segmentBytes: 64 * 1024, reserveBytes: 0 });
}

/** A record that takes so many bytes of a log. */
function recordOf(bytes: number): AppendedRecord {
  for (let length = bytes - 24; ; length -= 1) {
    const record: AppendedRecord = { type: 'learned', slot: 1, value: new Uint8Array(length) };
    if (encodeRecord(record).payload.length <= bytes - 24) return record;
  }
}

const segmentsOf = (disk: ImageDisk): number[] =>
  disk
    .list('/data/log')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);

/** The kinds of the records in the last segment. */
function kindsOf(disk: ImageDisk): number[] {
  const bytes = disk.bytesOf(`/data/log/${String(segmentsOf(disk).at(-1)).padStart(10, '0')}`);
  const kinds: number[] = [];
  for (let at = 64; bytes[at + 22] !== 0; at += recordBytes(bytes.readUInt32LE(at + 8)))
    kinds.push(bytes.readUInt8(at + 22));
  return kinds;
}

/** Gives what makes a disk fail from then on where the log is written, or synced. For a log that is opened afterwards. */
function failing(disk: ImageDisk, what: 'write' | 'sync', code: string): () => void {
  const logs = new Set<number>();
  const open = disk.open.bind(disk);
  disk.open = (name) => {
    const file = open(name);
    if (name.includes('/log/')) logs.add(file);
    return file;
  };
  const [write, sync] = [disk.write.bind(disk), disk.sync.bind(disk)];
  const isOurs = (kind: string, file: number): boolean => kind === what && logs.has(file) && isFailing;
  let isFailing = false;
  disk.write = (file, bytes, position) => {
    if (isOurs('write', file)) throw systemError(code);
    return write(file, bytes, position);
  };
  disk.sync = (file) => (isOurs('sync', file) ? Promise.reject(systemError(code)) : sync(file));
  return () => {
    isFailing = true;
  };
}

afterEach(() => {
  jest.useRealTimers();
});

describe('a log that is written', () => {
  it('is sealed when nothing more comes, not between appends of which each waits for the one before', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const write = jest.spyOn(disk, 'write');
    const appendOne = async (slot: number): Promise<void> => {
      await ledger.append([voteOf(slot, 10)]);
    };
    for (let slot = 1; slot <= 10; slot++) await appendOne(slot);
    await turn();
    expect(write).toHaveBeenCalledTimes(11);
    // What writes nothing is not sealed.
    await ledger.append([]);
    await recordsOf(ledger);
    await turn();
    expect(write).toHaveBeenCalledTimes(11);
    await ledger.close();
  });

  it.each([
    [24, 0],
    [16, 16],
    [0, 0],
    [32, 8],
  ])('is sealed where there is room for it: of %i bytes, %i are left', async (room, left) => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.append([recordOf(ROOM - room)]);
    expect(segmentsOf(disk)).toEqual([1]);
    await turn();
    expect(ledger.space.bytes).toBe(left);
    await ledger.append([recordOf(100)]);
    expect(segmentsOf(disk)).toEqual([1, 2]);
    await ledger.close();
    const again = await open(disk);
    expect(await recordsOf(again)).toHaveLength(2);
    await again.close();
  });

  it('waits for no timer but for what may come later, and leaves none', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'] });
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.append([voteOf(1, 10)]);
    const urgent = ledger.append([voteOf(2, 10)]);
    await ledger.append([], { sync: 'later' });
    await urgent;
    expect(jest.getTimerCount()).toBe(0);
    const first = ledger.append([voteOf(3, 10)], { sync: 'later' });
    const second = ledger.append([voteOf(4, 10)], { sync: 'later' });
    expect(jest.getTimerCount()).toBe(1);
    jest.runOnlyPendingTimers();
    await Promise.all([first, second]);
    expect(jest.getTimerCount()).toBe(0);
    const third = ledger.append([voteOf(5, 10)], { sync: 'later' });
    await ledger.append([voteOf(6, 10)]);
    await third;
    expect(jest.getTimerCount()).toBe(0);
    // Snapshots and replays are waited for.
    for (const slot of [7, 8, 9]) await ledger.append([voteOf(slot, 60_000)]);
    await ledger.saveSnapshot(snapshotAt(9), 0);
    expect(segmentsOf(disk)).toHaveLength(1);
    await recordsOf(ledger);
    await ledger.close();
  });

  it('makes who asks for nothing wait for what is urgent, and for nothing else', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'] });
    const ledger = await open(new ImageDisk());
    const order: string[] = [];
    const note = (what: string) => () => void order.push(what);
    const later = ledger.append([voteOf(1, 10)], { sync: 'later' }).then(note('later'));
    const urgent = ledger.append([voteOf(2, 10)]).then(note('urgent'));
    // They are on their way to the disk, together.
    for (let step = 0; step < 5; step += 1) await null;
    await Promise.all([later, urgent, ledger.append([]).then(note('nothing'))]);
    expect(order).toEqual(['later', 'urgent', 'nothing']);
    const last = ledger.append([voteOf(3, 10)], { sync: 'later' });
    await ledger.append([]);
    expect(jest.getTimerCount()).toBe(1);
    await ledger.close();
    await last;
  });

  it('is not synced where all of it is', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.append([recordOf(ROOM)]);
    while (disk.kindOf('/data/log/spare') === undefined) await turn();
    const sync = jest.spyOn(disk, 'sync');
    // The header of the next segment, and the record.
    await ledger.append([recordOf(100)]);
    expect(sync).toHaveBeenCalledTimes(2);
    await turn();
    await ledger.close();
    // The seal.
    expect(sync).toHaveBeenCalledTimes(3);
    const again = await open(disk);
    sync.mockClear();
    await again.close();
    expect(sync).not.toHaveBeenCalled();
  });

  it('that fails leaves no timer behind its close, though something may have come later', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'] });
    const disk = new ImageDisk();
    const fail = failing(disk, 'sync', 'EIO');
    const ledger = await open(disk);
    fail();
    const outcomes = [ledger.append([voteOf(1, 10)])];
    await null;
    await null;
    outcomes.push(ledger.append([voteOf(2, 10)], { sync: 'later' }));
    for (const { status } of await Promise.allSettled(outcomes)) expect(status).toBe('rejected');
    await ledger.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['EIO', 'EIO: as told; check the disk'],
    ['ENOSPC', 'ENOSPC: as told; the disk is full: free space on it'],
  ])('and fails with %s says what to do, to all groups, whatever they ask for', async (code, remedy) => {
    const disk = new ImageDisk();
    const fail = failing(disk, 'write', code);
    const [one, two] = [await open(disk), await open(disk, 'two')];
    fail();
    const failed = { code: 'failed', message: `the log in /data cannot be written: ${remedy}`, cause: { code } };
    await expect(one.append([voteOf(1, 10)])).rejects.toMatchObject(failed);
    await expect(two.append([])).rejects.toMatchObject(failed);
    await expect(two.append([voteOf(1, 10)], { sync: 'later' })).rejects.toMatchObject(failed);
    await expect(recordsOf(two)).rejects.toMatchObject(failed);
    await expect(two.saveSnapshot(snapshotAt(3), 0)).rejects.toMatchObject(failed);
    await one.close();
    await two.close();
  });
});

describe('a snapshot', () => {
  it('that the log does not know of, as that has failed, takes the one before from nobody', async () => {
    const disk = new ImageDisk();
    const fail = failing(disk, 'sync', 'EIO');
    const ledger = await open(disk);
    await ledger.saveSnapshot(snapshotAt(5), 0);
    const before = disk.image(() => 0);
    fail();
    await expect(ledger.saveSnapshot(snapshotAt(9), 0)).rejects.toMatchObject({ code: 'failed' });
    expect(disk.list('/data/snapshots').sort()).toEqual(['1-5', '1-9']);
    await ledger.close();
    expect(disk.list('/data/snapshots').sort()).toEqual(['1-5', '1-9']);
    for (const each of [before, disk.image(() => 0)]) {
      const again = await open(each);
      expect(await recordsOf(again)).toEqual([{ type: 'snapshot', snapshot: snapshotAt(5) }]);
      await again.close();
    }
  });

  it('whose tail begins before the first slot lets nothing go', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    for (const slot of [1, 2, 3]) await ledger.append([voteOf(slot, 60_000)]);
    for (const [slot, tail] of [
      [2, 2],
      [3, 7],
    ] as const) {
      await ledger.saveSnapshot(snapshotAt(slot), tail);
      expect(segmentsOf(disk)).toEqual([1, 2, 3]);
    }
    expect(kindsOf(disk)).not.toContain(TRIMMED_KIND);
    await ledger.saveSnapshot(snapshotAt(4), 3);
    expect(segmentsOf(disk)).toEqual([2, 3]);
    // What has gone does not come back: its file may be the next segment.
    expect(segmentsOf(disk.image(() => 0))).toEqual([2, 3]);
    expect(kindsOf(disk)).toContain(TRIMMED_KIND);
    await ledger.close();
  });

  it('with a longer tail than the one before brings nothing back', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.append([voteOf(10, 100)]);
    await ledger.saveSnapshot(snapshotAt(10), 0);
    while (segmentsOf(disk).length < 2) await ledger.append([{ type: 'heard', member: 2, position: 7 }]);
    await ledger.saveSnapshot(snapshotAt(11), 11);
    expect(segmentsOf(disk)).toEqual([2]);
    await ledger.close();
  });

  it('at slot 0, or not further than the one before, is none; of several at once the furthest stays', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.saveSnapshot(snapshotAt(0), 0);
    expect(disk.kindOf('/data/snapshots')).toBeUndefined();
    await Promise.all([3, 1, 2].map((slot) => ledger.saveSnapshot(snapshotAt(slot), 0)));
    expect(disk.list('/data/snapshots')).toEqual(['1-3']);
    const create = jest.spyOn(disk, 'create');
    await ledger.saveSnapshot({ ...snapshotAt(3), state: new Uint8Array(9) }, 0);
    expect(create).not.toHaveBeenCalled();
    expect(await recordsOf(ledger)).toEqual([{ type: 'snapshot', snapshot: snapshotAt(3) }]);
    await ledger.close();
    await expect(ledger.saveSnapshot(snapshotAt(8), 0)).rejects.toMatchObject({ code: 'closed' });
  });

  it('that cannot be written for another cause than a full disk is told, and the ledger goes on', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const create = disk.create.bind(disk);
    disk.create = () => {
      throw systemError('EIO');
    };
    await expect(ledger.saveSnapshot(snapshotAt(3), 0)).rejects.toMatchObject({
      code: 'failed',
      message: 'no snapshot could be saved in /data: EIO: as told',
    });
    disk.create = create;
    await ledger.saveSnapshot(snapshotAt(3), 0);
    expect(await recordsOf(ledger)).toEqual([{ type: 'snapshot', snapshot: snapshotAt(3) }]);
    await ledger.close();
  });

  it('that cannot be removed is removed by what comes next', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await ledger.saveSnapshot(snapshotAt(3), 0);
    const remove = disk.remove.bind(disk);
    disk.remove = (name) => {
      if (name.includes('/snapshots/')) throw systemError('EIO');
      remove(name);
    };
    await ledger.saveSnapshot(snapshotAt(4), 0);
    disk.remove = remove;
    expect(disk.list('/data/snapshots').sort()).toEqual(['1-3', '1-4']);
    await recordsOf(ledger);
    expect(disk.list('/data/snapshots')).toEqual(['1-4']);
    await ledger.close();
  });
});

describe('a directory whose segments cannot be taken away', () => {
  it('is not opened, and left to whoever opens it next', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    for (const slot of [1, 2, 3]) await ledger.append([voteOf(slot, 60_000)]);
    const remove = disk.remove.bind(disk);
    const rename = disk.rename.bind(disk);
    disk.remove = (name) => {
      if (/\/\d+$/.test(name)) throw systemError('EIO');
      remove(name);
    };
    disk.rename = (from, to) => {
      if (/\/\d+$/.test(from)) throw systemError('EIO');
      rename(from, to);
    };
    const failed = { code: 'failed', cause: { code: 'EIO' } };
    // The snapshot counts, and what is trimmed is on record.
    await ledger.saveSnapshot(snapshotAt(3), 0).catch((error: unknown) => expect(error).toMatchObject(failed));
    await ledger.close();
    const [opened, closed] = [jest.spyOn(disk, 'open'), jest.spyOn(disk, 'close')];
    await expect(open(disk)).rejects.toMatchObject(failed);
    for (const { value } of opened.mock.results) expect(closed.mock.calls).toContainEqual([value]);
    Object.assign(disk, { remove, rename });
    const again = await open(disk);
    expect(segmentsOf(disk)).toEqual([3]);
    expect((await recordsOf(again)).map(({ type }) => type)).toContain('snapshot');
    await again.close();
  });
});
