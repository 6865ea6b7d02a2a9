import { describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, type History, majority, type Slot } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger } from '../src/index.js';
import { OWNER, recordsOf } from './support.js';

const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];
/** Longer than what a save takes, in turns of the event loop: it is read a MiB a turn. */
const LONG = 16 * 1024 * 1024;

function vote(slot: Slot, bytes = 6000): AppendedRecord {
  return { type: 'voted', slot, ballot: 1025, value: new Uint8Array(bytes).fill(slot) };
}

function open(disk: FileSystem, group = 'one', segmentBytes = 64 * 1024): Promise<Ledger> {
  return openLedger('/data', { ...OWNER, group, disk, segmentBytes, reserveBytes: 0 });
}

function save(ledger: Ledger, slot: Slot, tailSlots: Slot, bytes = 10): Promise<void> {
  return ledger.saveSnapshot({ slot, history: HISTORY, state: new Uint8Array(bytes) }, tailSlots);
}

/** The numbers of the segments there are. */
function segmentsOf(disk: FileSystem): number[] {
  const names = disk.list('/data/log').filter((name) => /^\d+$/.test(name));
  return names.map(Number).sort((one, other) => one - other);
}

/** Appends votes until so many segments are full, and one more is begun. Gives the last slot of each full one. */
async function fillSegments(disk: FileSystem, ledger: Ledger, count: number): Promise<Slot[]> {
  const last: Slot[] = [];
  for (let slot = 1; ; slot += 1) {
    await ledger.append([vote(slot)]);
    const segment = segmentsOf(disk).at(-1) as number;
    if (segment > count) return last;
    last[segment - 1] = slot;
  }
}

async function slotsOf(ledger: Ledger): Promise<Slot[]> {
  return (await recordsOf(ledger)).flatMap((record) => (record.type === 'voted' ? [record.slot] : []));
}

describe('a snapshot takes out of the log', () => {
  it.each([0, 1, 30])('all segments up to the tail of %i slots, and none with a slot of it', async (tail) => {
    for (const beyond of [0, 1]) {
      const disk = new ImageDisk();
      const ledger = await open(disk);
      const last = await fillSegments(disk, ledger, 8);
      const end = (last.at(-1) as Slot) + 1;
      // The tail begins behind the third segment; or with its last slot.
      const kept = (last[2] as Slot) + 1 - beyond;
      await save(ledger, kept + tail - 1, tail);
      expect(segmentsOf(disk)[0]).toBe(4 - beyond);
      for (const read of [ledger, undefined]) {
        const opened = read ?? (await open(disk));
        const slots = await slotsOf(opened);
        expect(slots).toEqual(Array.from({ length: slots.length }, (_, index) => end + 1 - slots.length + index));
        expect(slots[0]).toBeLessThanOrEqual(kept);
        await opened.close();
      }
    }
  });

  it('its tail as well, when that is asked for later; nothing before there is a snapshot, and never more than was asked for', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 8);
    await ledger.trim(0);
    expect(segmentsOf(disk)[0]).toBe(1);
    const end = last.at(-1) as Slot;
    await save(ledger, end, 10_000);
    expect(segmentsOf(disk)[0]).toBe(1);
    const { operations } = disk;
    await ledger.trim(10_000);
    expect(disk.operations).toBe(operations);
    // All up to the end of the third.
    await ledger.trim(end - (last[2] as Slot));
    expect(segmentsOf(disk)[0]).toBe(4);
    await ledger.trim(end);
    expect(segmentsOf(disk)[0]).toBe(4);
    await ledger.trim(0);
    expect(segmentsOf(disk)).toHaveLength(1);
    await expect(ledger.trim(-1)).rejects.toThrow('tailSlots: -1 is not a whole number from 0');
    await ledger.close();
    await expect(ledger.trim(0)).rejects.toMatchObject({ code: 'closed' });
    const again = await open(disk);
    expect((await recordsOf(again)).map(({ type }) => type)).toEqual(expect.arrayContaining(['snapshot', 'promised']));
    await again.close();
  });

  it('all but the last segment, when nothing else is needed', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 4);
    await save(ledger, (last.at(-1) as Slot) + 1, 0);
    expect(segmentsOf(disk)).toHaveLength(1);
    await ledger.close();
    const again = await open(disk);
    expect((await recordsOf(again)).map(({ type }) => type)).toEqual(expect.arrayContaining(['snapshot', 'promised']));
    await again.close();
  });

  it('every segment before the one that what stands has begun', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await fillSegments(disk, ledger, 2);
    // What stands takes 72 bytes: the note of the snapshot, and the promise.
    for (let slot = 1000; ledger.space.bytes >= 72; slot += 1) await ledger.append([vote(slot, 1)]);
    const before = segmentsOf(disk).at(-1) as number;
    await save(ledger, 10_000, 0);
    expect(segmentsOf(disk)).toEqual([before + 1]);
    await ledger.close();
  });

  it('nothing that is all that another group has: its promise, and whom it knows', async () => {
    const disk = new ImageDisk();
    const standing: AppendedRecord[] = [
      { type: 'promised', ballot: 3073 },
      { type: 'introduced', member: 2, directory: 'ab'.repeat(16) },
      { type: 'heard', member: 2, position: 77 },
      { type: 'founded' },
    ];
    const [busy, idle] = [await open(disk), await open(disk, 'idle')];
    await fillSegments(disk, busy, 1);
    // In a segment that the busy group has something in, too, and that is not the first.
    await idle.append(standing);
    for (let slot = 100; segmentsOf(disk).length < 6; slot += 1) await busy.append([vote(slot)]);
    await save(busy, 1000, 0);
    expect(segmentsOf(disk)[0]).toBe(2);
    expect(await recordsOf(idle)).toEqual(standing);
    const left = disk.survivor();
    // Its own snapshot has it written again.
    await save(idle, 5, 0);
    expect(segmentsOf(disk)).toHaveLength(1);
    await busy.close();
    await idle.close();
    const again = await open(left, 'idle');
    expect(await recordsOf(again)).toEqual(standing);
    await again.close();
    const last = await open(disk, 'idle');
    const records = await recordsOf(last);
    expect(records).toHaveLength(1 + standing.length);
    expect(records).toEqual(expect.arrayContaining(standing));
    await last.close();
  });

  it('nothing of what stands of another group, in the segment in which its snapshot was noted', async () => {
    const disk = new ImageDisk();
    const [busy, idle] = [await open(disk), await open(disk, 'idle')];
    await busy.append([vote(1)]);
    await idle.append([vote(1, 1), { type: 'promised', ballot: 3073 }]);
    await save(idle, 9, 0);
    const last = await fillSegments(disk, busy, 3);
    await save(busy, (last.at(-1) as Slot) + 1, 0);
    expect(segmentsOf(disk)[0]).toBe(1);
    await busy.close();
    await idle.close();
    const again = await open(disk, 'idle');
    const records = await recordsOf(again);
    expect(records.map(({ type }) => type)).toContain('snapshot');
    expect(records).toContainEqual({ type: 'promised', ballot: 3073 });
    await again.close();
  });

  it('votes, but not the promises that they are', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 3);
    await save(ledger, (last.at(-1) as Slot) + 1, 0);
    expect(segmentsOf(disk)).toHaveLength(1);
    const promise = (await recordsOf(ledger)).filter(({ type }) => type === 'promised');
    expect(promise).toEqual([{ type: 'promised', ballot: 1025 }]);
    await ledger.close();
  });
});

describe('segments that are not needed any more', () => {
  it('stay under a replay, go with its end, and with the next opening when there is no such end', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 4);
    await save(ledger, 1, 0, LONG);
    const before = segmentsOf(disk);
    let isRead = false;
    const replay = recordsOf(ledger).then(() => {
      isRead = true;
    });
    await save(ledger, last.at(-1) as Slot, 0);
    // Else this shows nothing.
    expect(isRead).toBe(false);
    expect(segmentsOf(disk)).toEqual(before);
    const ended = disk.survivor();
    expect(disk.list('/data/snapshots')).toHaveLength(2);
    await replay;
    expect(segmentsOf(disk)).toHaveLength(1);
    expect(disk.list('/data/snapshots')).toHaveLength(1);
    await ledger.close();
    const again = await open(ended);
    expect(segmentsOf(ended)).toHaveLength(1);
    expect((await recordsOf(again)).map(({ type }) => type)).toContain('snapshot');
    await again.close();
  });

  it('are the next spare: one of them, where there is none', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 4);
    expect(disk.list('/data/log')).not.toContain('spare');
    await save(ledger, (last.at(-1) as Slot) + 1, 0);
    expect(disk.list('/data/log').sort()).toEqual([expect.stringMatching(/^\d+$/), 'spare']);
    // What it held is not taken for records of the log.
    for (let slot = 100; segmentsOf(disk).length < 3; slot += 1) await ledger.append([vote(slot)]);
    await ledger.close();
    const again = await open(disk);
    expect((await slotsOf(again)).slice(0, 2)).toEqual([(last.at(-1) as Slot) + 1, 100]);
    await again.close();
  });

  it('are the next spare also while the one before gets its header, and then no other is made', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const last = await fillSegments(disk, ledger, 4);
    await save(ledger, 1, 0, LONG);
    let isRead = false;
    const replay = recordsOf(ledger).then(() => {
      isRead = true;
    });
    await save(ledger, last.at(-1) as Slot, 0);
    const wasRead: boolean[] = [];
    const created = jest.spyOn(disk, 'create');
    const { sync } = disk;
    disk.sync = async (file) => {
      if (disk.kindOf('/data/log/taken') !== undefined) {
        wasRead.push(isRead);
        created.mockClear();
        await replay;
      }
      await sync.call(disk, file);
    };
    await ledger.append([vote(100, 60_000)]);
    // Else this shows nothing.
    expect(wasRead).toEqual([false]);
    expect(disk.list('/data/log')).toContain('spare');
    await ledger.append([vote(101, 10)]);
    await ledger.close();
    expect(created).not.toHaveBeenCalled();
  });
});

describe('a segment that is shorter than those of now', () => {
  it('is no spare: what is longer need not be made anew for it', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk, 'one', 4 * 1024 * 1024);
    // The first one has a MiB, the second one two.
    for (let slot = 1; segmentsOf(disk).length < 2; slot += 1) await ledger.append([vote(slot, 100_000)]);
    await save(ledger, 1000, 0);
    expect(segmentsOf(disk)).toEqual([2]);
    expect(disk.list('/data/log')).not.toContain('spare');
    await ledger.close();
  });
});

describe('a replay', () => {
  it('shows nothing that gets its place in the log after it was asked for', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    await save(ledger, 1, 0, 3 * 1024 * 1024);
    const appends = [ledger.append([vote(2)])];
    const replay = slotsOf(ledger);
    // The batch of both is on its way; what comes now goes with the next one.
    for (let step = 0; step < 5; step += 1) await null;
    appends.push(ledger.append([vote(3)]));
    expect(await replay).toEqual([2]);
    await Promise.all(appends);
    expect(await slotsOf(ledger)).toEqual([2, 3]);
    await ledger.close();
  });
});

describe('snapshot files that a process has left behind', () => {
  it('are removed by the next opening: other ones of the group, and what was not written to its end', async () => {
    const disk = new ImageDisk();
    const ledger = await open(disk);
    const other = await open(disk, 'other');
    await save(ledger, 5, 0);
    await save(other, 7, 0);
    await ledger.close();
    await other.close();
    for (const name of ['1-3', '1-9', '1-5.new']) disk.close(disk.create(`/data/snapshots/${name}`));
    const again = await open(disk);
    expect(disk.list('/data/snapshots').sort()).toEqual(['1-5', '2-7']);
    await again.close();
  });
});
