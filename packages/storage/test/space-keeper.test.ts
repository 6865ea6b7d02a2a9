import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ImageDisk } from '../programs/image-disk.js';
import type { SpaceReport } from '../src/index.js';
import { SpaceKeeper } from '../src/space.js';
import { systemError, turn } from './support.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const SPARE = '/data/log/spare';
const RESERVE = '/data/reserve';

// No timer runs out by itself: a full disk is tried again when a test says so.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'] });
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A keeper of a disk with `room.free` bytes, for a log whose present segment is `present`. */
function keep(options: { readonly segmentBytes?: number; readonly reserveBytes?: number } = {}) {
  const disk = new ImageDisk();
  disk.makeDirectory('/data/log');
  const room = { free: Number.MAX_SAFE_INTEGER, asked: 0, syncs: 0 };
  disk.freeBytes = () => {
    room.asked += 1;
    return room.free;
  };
  const sync = disk.sync.bind(disk);
  disk.sync = (file) => {
    room.syncs += 1;
    return sync(file);
  };
  const present = { sequence: 3, bytes: 1000, left: 1000 };
  const reports: SpaceReport[] = [];
  const errors: unknown[] = [];
  const keeper = new SpaceKeeper({
    disk,
    directory: '/data',
    segmentBytes: 64 * KIB,
    reserveBytes: 0,
    ...options,
    present: () => present,
    onSpace: (report) => reports.push(report),
    onError: (error) => errors.push(error),
  });
  const sizeOf = (name: string): number | undefined =>
    disk.kindOf(name) === undefined ? undefined : disk.bytesOf(name).length;
  return { disk, room, present, reports, errors, keeper, sizeOf };
}

/** Lets what is under way come to its end. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 200; turns++) await turn();
}

describe('the next segment', () => {
  it('is prepared when less than half of the present one is left, and once', async () => {
    const { keeper, present, room, sizeOf } = keep();
    present.left = 500;
    keeper.changed();
    await settle();
    expect(room.asked).toBe(0);
    present.left = 499;
    keeper.changed();
    keeper.changed();
    await settle();
    keeper.changed();
    await settle();
    expect(room.asked).toBe(1);
    expect(sizeOf(SPARE)).toBe(64 * KIB);
    await keeper.end();
  });

  it('is prepared again when the spare was put into use', async () => {
    const { keeper, present, disk, room, sizeOf } = keep();
    present.left = 0;
    keeper.changed();
    await settle();
    disk.rename(SPARE, '/data/log/0000000004');
    keeper.taken();
    keeper.changed();
    await settle();
    expect(room.asked).toBe(2);
    expect(sizeOf(SPARE)).toBe(64 * KIB);
    await keeper.end();
  });

  it('is the spare that is there, where it has room for what comes; else it is made', async () => {
    const { keeper, room, sizeOf } = keep();
    await keeper.prepare(0);
    // What a segment has beside its header.
    await keeper.prepare(64 * KIB - 64);
    expect(room.asked).toBe(1);
    await keeper.prepare(64 * KIB - 63);
    expect(room.asked).toBe(2);
    expect(sizeOf(SPARE)).toBe(68 * KIB);
    await keeper.end();
  });

  it('is synced piece by piece, but as a whole when the log waits for it', async () => {
    const { keeper, present, room, disk } = keep({ segmentBytes: MIB });
    present.left = 0;
    keeper.changed();
    await settle();
    expect(room.syncs).toBe(8);
    disk.remove(SPARE);
    keeper.taken();
    room.syncs = 0;
    await keeper.prepare(1);
    expect(room.syncs).toBe(1);
    await keeper.end();
  });

  it('that is on its way is waited for', async () => {
    const { keeper, present, room } = keep();
    present.left = 0;
    keeper.changed();
    await keeper.prepare(100);
    expect(room.asked).toBe(1);
    await keeper.end();
  });

  it('has its usual size; where there is no room for that, the least that is needed', async () => {
    for (const [free, needed, size] of [
      [4 * MIB, 1, 4 * MIB],
      [4 * MIB - 1, 1, MIB],
      [MIB, 1, MIB],
      [3 * MIB, 2 * MIB, 2 * MIB + 4 * KIB],
      [MIB - 1, 1, undefined],
    ] as const) {
      const { keeper, room, sizeOf } = keep({ segmentBytes: 4 * MIB });
      room.free = free;
      const prepared = keeper.prepare(needed);
      if (size === undefined) await expect(prepared).rejects.toMatchObject({ code: 'ENOSPC' });
      else await prepared;
      expect(sizeOf(SPARE)).toBe(size);
      await keeper.end();
    }
  });

  it('is not tried a second time where the usual size is the least, nor after another failure', async () => {
    const { keeper, room } = keep();
    room.free = 0;
    await expect(keeper.prepare(1)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(room.asked).toBe(1);
    await keeper.end();
    const other = keep({ segmentBytes: 4 * MIB });
    let created = 0;
    other.disk.create = () => {
      created += 1;
      throw systemError('EIO');
    };
    await expect(other.keeper.prepare(1)).rejects.toMatchObject({ code: 'EIO' });
    expect(created).toBe(1);
    expect(other.reports).toEqual([]);
    await other.keeper.end();
  });

  it('that cannot be prepared for another cause than a full disk is an error that is told; not after the end', async () => {
    for (const isEnded of [false, true]) {
      const { keeper, present, disk, errors } = keep();
      let fail = (): void => {};
      disk.sync = () =>
        new Promise((_, reject) => {
          fail = () => reject(systemError('EIO'));
        });
      present.left = 0;
      keeper.changed();
      await settle();
      const ended = isEnded ? keeper.end() : undefined;
      fail();
      await settle();
      expect(errors).toEqual(isEnded ? [] : [expect.objectContaining({ code: 'EIO' })]);
      await (ended ?? keeper.end());
      expect(disk.files()).toEqual([]);
    }
  });
});

describe('a disk that is full', () => {
  it('is told of once each time, by how much is left: more than a quarter is low', async () => {
    const { keeper, present, room, reports } = keep();
    room.free = 0;
    present.left = 499;
    keeper.changed();
    await settle();
    expect(reports).toEqual([{ space: 'low', bytes: 499 }]);
    expect(keeper.space).toBe('low');
    present.left = 251;
    keeper.changed();
    expect(reports).toHaveLength(1);
    present.left = 250;
    keeper.changed();
    keeper.changed();
    expect(reports.slice(1)).toEqual([{ space: 'full', bytes: 250 }]);
    room.free = Number.MAX_SAFE_INTEGER;
    jest.runOnlyPendingTimers();
    await settle();
    expect(reports.slice(2)).toEqual([{ space: 'ok', bytes: 250 }]);
    await keeper.end();
  });

  it('with room is not told of, however little is left', async () => {
    const { keeper, present, reports } = keep();
    present.left = 0;
    keeper.changed();
    await settle();
    expect(reports).toEqual([]);
    expect(keeper.space).toBe('ok');
    await keeper.end();
  });

  it('is tried again after a second, and a second, for the most that was wanted; until then it is not asked', async () => {
    const { keeper, room, sizeOf, reports } = keep();
    room.free = 0;
    await expect(keeper.prepare(200 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(keeper.prepare(100 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    keeper.changed();
    expect(room.asked).toBe(1);
    jest.advanceTimersByTime(999);
    await settle();
    expect(room.asked).toBe(1);
    jest.advanceTimersByTime(1);
    await settle();
    expect(room.asked).toBe(2);
    room.free = 150 * KIB;
    jest.advanceTimersByTime(1000);
    await settle();
    expect(reports.map(({ space }) => space)).toEqual(['low']);
    room.free = MIB;
    jest.advanceTimersByTime(1000);
    await settle();
    expect(reports.map(({ space }) => space)).toEqual(['low', 'ok']);
    expect(sizeOf(SPARE)).toBe(204 * KIB);
    expect(jest.getTimerCount()).toBe(0);
    await keeper.end();
  });

  it('for something long counts as full while only shorter things fit, until the spare is put into use', async () => {
    const { keeper, room, reports } = keep();
    await keeper.prepare(0);
    room.free = 0;
    await expect(keeper.prepare(200 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    await keeper.prepare(100);
    expect(reports.map(({ space }) => space)).toEqual(['low']);
    keeper.taken();
    keeper.returned();
    expect(reports.map(({ space }) => space)).toEqual(['low', 'ok']);
    await keeper.end();
  });

  it('has room at once when a segment has gone: as the spare, or tried for its space', async () => {
    const { keeper, room, disk, reports, sizeOf } = keep();
    keeper.returned();
    await settle();
    expect(room.asked).toBe(0);
    room.free = 0;
    await expect(keeper.prepare(1)).rejects.toMatchObject({ code: 'ENOSPC' });
    keeper.returned();
    await settle();
    expect([room.asked, reports.length]).toEqual([2, 1]);
    room.free = 64 * KIB;
    keeper.returned();
    await settle();
    expect(reports.map(({ space }) => space)).toEqual(['low', 'ok']);
    expect(sizeOf(SPARE)).toBe(64 * KIB);
    disk.rename(SPARE, '/data/log/0000000004');
    keeper.taken();
    room.free = 0;
    await expect(keeper.prepare(1)).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.rename('/data/log/0000000004', SPARE);
    keeper.returned();
    expect(reports.map(({ space }) => space)).toEqual(['low', 'ok', 'low', 'ok']);
    await keeper.end();
  });

  it('is neither told of nor tried again after the end', async () => {
    const { keeper, room, present, reports } = keep();
    room.free = 0;
    await expect(keeper.prepare(1)).rejects.toMatchObject({ code: 'ENOSPC' });
    await keeper.end();
    expect(jest.getTimerCount()).toBe(0);
    present.left = 0;
    keeper.changed();
    keeper.returned();
    await settle();
    expect(reports.map(({ space }) => space)).toEqual(['low']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the reserve', () => {
  it('is made behind the first segment that is prepared, and stays; none where none is asked for', async () => {
    const { keeper, room, sizeOf } = keep({ reserveBytes: 300 * KIB });
    expect(sizeOf(RESERVE)).toBeUndefined();
    await keeper.prepare(1);
    expect(sizeOf(RESERVE)).toBeUndefined();
    await settle();
    expect(sizeOf(RESERVE)).toBe(300 * KIB);
    // The segment as a whole; but the reserve, for which nobody waits, in pieces.
    expect(room.syncs).toBeGreaterThan(2);
    await keeper.prepare(100 * KIB);
    await settle();
    // Two segments and one reserve.
    expect(room.asked).toBe(3);
    await keeper.end();
    const without = keep();
    await without.keeper.prepare(1);
    await settle();
    expect(without.disk.files()).toEqual([SPARE]);
    await without.keeper.end();
  });

  it('is given back when the disk is full, not when it is low; and kept again once a segment has gone and there is room', async () => {
    const { keeper, room, present, disk, sizeOf } = keep({ reserveBytes: 8 * KIB });
    await keeper.prepare(1);
    await settle();
    room.free = 0;
    present.left = 400;
    keeper.taken();
    keeper.changed();
    await settle();
    expect([keeper.space, sizeOf(RESERVE)]).toEqual(['low', 8 * KIB]);
    present.left = 100;
    keeper.changed();
    expect(sizeOf(RESERVE)).toBeUndefined();
    // There is the spare; but no room for a reserve yet.
    keeper.returned();
    await settle();
    expect(keeper.space).toBe('ok');
    expect(disk.files()).toEqual([SPARE]);
    room.free = MIB;
    keeper.returned();
    await settle();
    expect(sizeOf(RESERVE)).toBe(8 * KIB);
    // It was not given back since: nobody need see to it.
    disk.remove(RESERVE);
    keeper.returned();
    await settle();
    expect(sizeOf(RESERVE)).toBeUndefined();
    await keeper.end();
  });

  it('is given back with what the log refuses for want of room, however much is left for shorter records', async () => {
    const { keeper, room, sizeOf } = keep({ reserveBytes: 8 * KIB });
    await keeper.prepare(1);
    await settle();
    expect(sizeOf(RESERVE)).toBe(8 * KIB);
    room.free = 0;
    await expect(keeper.prepare(100 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect([keeper.space, sizeOf(RESERVE)]).toEqual(['low', undefined]);
    room.free = MIB;
    keeper.returned();
    await settle();
    expect([keeper.space, sizeOf(RESERVE)]).toEqual(['ok', 8 * KIB]);
    await keeper.end();
  });

  it('that was never there is none to give back', async () => {
    const { keeper, room, present, disk } = keep({ reserveBytes: 100 * KIB });
    room.free = 64 * KIB;
    await keeper.prepare(1);
    await settle();
    room.free = 0;
    present.left = 0;
    await expect(keeper.prepare(100 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(keeper.space).toBe('full');
    room.free = MIB;
    keeper.returned();
    await settle();
    expect(disk.files()).toEqual([SPARE]);
    await keeper.end();
  });

  it('that cannot be made for another cause than a full disk is an error that is told; not after the end', async () => {
    for (const isEnded of [false, true]) {
      const { keeper, disk, errors } = keep({ reserveBytes: 8 * KIB });
      const sync = disk.sync.bind(disk);
      let fail = (): void => {};
      // The first one is of the segment.
      disk.sync = (first) => {
        disk.sync = () =>
          new Promise((_, reject) => {
            fail = () => reject(systemError('EIO'));
          });
        return sync(first);
      };
      await keeper.prepare(1);
      await settle();
      expect(disk.files()).toEqual([SPARE, `${RESERVE}.new`]);
      const ended = isEnded ? keeper.end() : undefined;
      fail();
      await settle();
      expect(errors).toEqual(isEnded ? [] : [expect.objectContaining({ code: 'EIO' })]);
      await (ended ?? keeper.end());
    }
  });

  it('that cannot be given back is an error that is told; not after the end', async () => {
    const { keeper, room, present, disk, errors } = keep({ reserveBytes: 8 * KIB });
    await keeper.prepare(1);
    await settle();
    room.free = 0;
    disk.remove = () => {
      throw systemError('EIO');
    };
    await expect(keeper.prepare(100 * KIB)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(errors).toEqual([expect.objectContaining({ code: 'EIO' })]);
    present.left = 0;
    keeper.changed();
    expect(errors).toEqual([1, 2].map(() => expect.objectContaining({ code: 'EIO' })));
    await keeper.end();
    keeper.returned();
    expect(errors).toHaveLength(2);
  });

  it("is not begun anew after the end by who waited: the directory may be another process's by then", async () => {
    const { keeper, present, room, disk } = keep();
    room.free = 0;
    present.left = 100;
    keeper.changed();
    await settle();
    room.free = Number.MAX_SAFE_INTEGER;
    // Two segments have gone; neither is the spare.
    keeper.returned();
    keeper.returned();
    await keeper.end();
    const { operations } = disk;
    await settle();
    expect(disk.operations).toBe(operations);
    expect(disk.list('/data/log')).toEqual([]);
  });

  it('is let go of by the end, as is a segment, where they stand', async () => {
    const { keeper, disk } = keep({ reserveBytes: 4 * MIB });
    await keeper.prepare(1);
    await keeper.end();
    expect(disk.files()).toEqual([SPARE]);
    const other = keep({ segmentBytes: 4 * MIB });
    other.present.left = 0;
    other.keeper.changed();
    await other.keeper.end();
    expect(other.disk.files()).toEqual([]);
    expect(other.errors).toEqual([]);
  });
});
