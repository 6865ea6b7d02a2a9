import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, majority } from '@parliament/synod';
import { ImageDisk } from '../programs/image-disk.js';
import { layOut } from '../src/batch.js';
import { realFileSystem } from '../src/file-system.js';
import { writeIdentity } from '../src/identity.js';
import { openLedger } from '../src/index.js';
import { type SegmentHeader, writeSegmentHeader } from '../src/log-format.js';
import {
  type EncodedRecord,
  encodeRecord,
  encodeSnapshotTaken,
  encodeTrimmed,
  SEAL_KIND,
} from '../src/record-codec.js';
import { type LogSource, type RecoveredLog, recoverLog, settleEnd } from '../src/recover-log.js';
import { writeSnapshot } from '../src/snapshot-file.js';
import { OWNER, recordsOf } from './support.js';

const ID = 'ab'.repeat(16);
const SIZE = 4096;
const FOUNDED = encodeRecord({ type: 'founded' });
const SEAL: EncodedRecord = { kind: SEAL_KIND, payload: new Uint8Array(0) };
/** What a record without a payload takes. */
const RECORD = 24;

const nameOf = (sequence: number): string => `/data/log/${String(sequence).padStart(10, '0')}`;

/** A log that is written by hand: segments of 4 KiB, in which records follow each other. */
class Log {
  readonly disk = new ImageDisk();
  end: number;
  previous = 0;
  sequence = 0;
  #start = 0;

  constructor(start = 0) {
    this.disk.makeDirectory('/data/log');
    this.end = start;
  }

  segment(header: Partial<SegmentHeader> = {}): this {
    this.sequence += 1;
    this.#start = this.end;
    const { sequence, end: start, previous } = this;
    const bytes = writeSegmentHeader({ version: 2, sequence, directory: ID, start, previous, ...header });
    const file = this.disk.create(nameOf(sequence));
    this.disk.write(file, Buffer.concat([bytes, Buffer.alloc(SIZE - bytes.length)]), 0);
    return this;
  }

  append(group: number, record: EncodedRecord, synced = this.#start): this {
    const size = RECORD + Math.ceil(record.payload.length / 8) * 8;
    const place = { position: this.end, synced, previous: this.previous };
    const { bytes, previous } = layOut([{ group, records: [record] }], size, place);
    bytes.copy(this.disk.bytesOf(nameOf(this.sequence)), 64 + this.end - this.#start);
    this.end += size;
    this.previous = previous;
    return this;
  }

  recover(options: Partial<LogSource> = {}): Promise<RecoveredLog> {
    return recoverLog({ disk: this.disk, directory: '/data', id: ID, groups: [1, 2], limitBytes: 1000, ...options });
  }
}

const corrupt = (message: string): object => ({ code: 'corrupt', message: expect.stringContaining(message) });
const damagedAt = (sequence: number, offset: number, cause: string): object =>
  corrupt(`${nameOf(sequence)} is damaged at offset ${offset} (${cause}`);

describe('a log that is opened', () => {
  it('is all that its segments have, of all groups', async () => {
    const log = new Log().segment().append(1, FOUNDED).append(2, FOUNDED).append(0, SEAL).segment().append(2, FOUNDED);
    const heard: [number, number][] = [];
    const found = await log.recover({ onProgress: (...each) => heard.push(each) });
    expect(found).toMatchObject({
      end: 4 * RECORD,
      previous: log.previous,
      synced: 3 * RECORD,
      trimmedTo: 0,
      records: 3,
      tornBytes: 0,
    });
    expect(found.segments).toEqual([
      {
        sequence: 1,
        start: 0,
        highest: new Map([
          [1, 0],
          [2, 0],
        ]),
        bytes: SIZE,
      },
      { sequence: 2, start: 3 * RECORD, highest: new Map([[2, 0]]), bytes: SIZE },
    ]);
    expect([...found.groups.values()].map(({ number, founded }) => [number, founded])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(heard).toEqual([
      [SIZE, 2 * SIZE],
      [2 * SIZE, 2 * SIZE],
    ]);
  });

  it('begins where it was trimmed, and not behind that', async () => {
    for (const [trimmed, isWhole] of [
      [[1000], true],
      [[1001], true],
      [[999], false],
      [[1000, 500], true],
      [[], false],
    ] as const) {
      const log = new Log(1000).segment();
      for (const position of trimmed) log.append(0, encodeTrimmed(position));
      if (isWhole) expect((await log.recover()).trimmedTo).toBe(Math.max(...trimmed));
      else await expect(log.recover()).rejects.toMatchObject(damagedAtLog('its first segments are missing'));
    }
  });
  const damagedAtLog = (cause: string): object => corrupt(`/data/log is damaged at offset 0 (${cause}`);

  it.each<[string, Partial<SegmentHeader>, object]>([
    ['of another directory', { directory: 'cd'.repeat(16) }, damagedAt(2, 0, 'it belongs to another directory')],
    ['under another number', { sequence: 3 }, damagedAt(2, 0, 'it is segment 3, not 2')],
    ['of a newer version', { version: 3 }, { code: 'newer-format', message: expect.stringContaining('format 3') }],
    ['that begins further on', { start: 32 }, corrupt('no record is there, but segment 2 begins at 32')],
    ['that begins before', { start: 16 }, corrupt('what was at position 24 is missing')],
    ['behind another record', { previous: 7 }, corrupt(`${nameOf(1)} is damaged (what was at position 24 is missing`)],
  ])('with a segment %s is refused', async (_, header, refusal) => {
    const log = new Log().segment().append(1, FOUNDED).segment(header);
    await expect(log.recover()).rejects.toMatchObject(refusal);
  });

  it('with a segment whose header is damaged, or not all there, is refused', async () => {
    const log = new Log().segment().segment();
    log.disk.bytesOf(nameOf(2)).writeUInt8(1, 50);
    await expect(log.recover()).rejects.toMatchObject(damagedAt(2, 0, 'its header is damaged'));
    log.disk.truncate(log.disk.open(nameOf(2)), 63);
    await expect(log.recover()).rejects.toMatchObject(damagedAt(2, 0, 'its header is damaged'));
  });

  it.each<[string, number, EncodedRecord, object]>([
    ['of a group that is not known', 3, FOUNDED, damagedAt(1, 88, 'a record of group 3')],
    ['of its own that is none', 0, FOUNDED, damagedAt(1, 88, 'a record of kind 6')],
    ['that says what none can', 1, { kind: 5, payload: Buffer.from([8, 1]) }, damagedAt(1, 88, 'a directory id')],
    [
      'of a kind to come',
      1,
      { kind: 12, payload: new Uint8Array(0) },
      { code: 'newer-format', message: expect.stringContaining(`${nameOf(1)}, at offset 88, was written by a newer`) },
    ],
  ])('with a record %s is refused', async (_, group, record, refusal) => {
    const log = new Log().segment().append(1, FOUNDED).append(group, record).append(1, FOUNDED);
    await expect(log.recover()).rejects.toMatchObject(refusal);
  });

  it('with a record of the last kind that is known is read', async () => {
    const heard = encodeRecord({ type: 'heard', member: 2, position: 5 });
    const { groups } = await new Log().segment().append(1, heard).recover();
    expect(groups.get(1)?.heard).toEqual(new Map([[2, 5]]));
  });

  it('is torn or damaged at its end, and is damaged anywhere else', async () => {
    const make = (synced: number): Log =>
      new Log().segment().append(1, FOUNDED).append(1, FOUNDED).append(1, FOUNDED, synced);
    const harm = ({ disk }: Log): void => void disk.bytesOf(nameOf(1)).writeUInt8(1, 64 + RECORD);
    const torn = make(RECORD);
    harm(torn);
    expect(await torn.recover()).toMatchObject({ end: RECORD, tornBytes: 2 * RECORD, records: 1 });
    const damaged = make(2 * RECORD);
    harm(damaged);
    const cause = `a later record, at position ${2 * RECORD}, shows that it was synced`;
    await expect(damaged.recover()).rejects.toMatchObject(damagedAt(1, 64 + RECORD, cause));
    const before = make(RECORD).segment();
    harm(before);
    await expect(before.recover()).rejects.toMatchObject(corrupt('is missing: no record is there, but segment 2'));
  });

  it('tells why its last record does not read well, and what shows that it was there', async () => {
    const log = new Log().segment().append(1, FOUNDED);
    const voted = encodeRecord({ type: 'voted', slot: 1, ballot: 1025, value: new Uint8Array(100) });
    log.append(1, voted);
    const { end } = log;
    log.append(1, FOUNDED, end);
    log.disk.bytesOf(nameOf(1)).writeUInt8(9, 64 + 2 * RECORD + 50);
    const cause = `the checksum of its payload does not fit; a later record, at position ${end}`;
    await expect(log.recover()).rejects.toMatchObject(damagedAt(1, 64 + RECORD, cause));
  });

  it('is damaged where there is none', async () => {
    const log = new Log();
    await expect(log.recover()).rejects.toMatchObject(corrupt('/data/log is damaged (it has no segments)'));
    log.disk.removeTree('/data/log');
    const cause = 'it is missing, but the directory was in use';
    await expect(log.recover()).rejects.toMatchObject(corrupt(`/data/log is damaged (${cause})`));
  });
});

describe('the records of a group', () => {
  const GROUPS = [
    { name: 'parliament', member: 1 },
    { name: 'two', member: 1 },
  ];

  /** Opens the directory that the log is of; gives what a replay shows, or the error of that. */
  async function replayed({ disk }: Log): Promise<unknown> {
    writeIdentity(disk, '/data', { cluster: 'test', directory: ID, formatVersion: 2, groups: GROUPS });
    const ledger = await openLedger('/data', { ...OWNER, disk });
    const shown: unknown[] = await recordsOf(ledger).catch((error: unknown) => [error]);
    await ledger.close();
    return shown;
  }

  it('that say what none can are told as damage, though the log could be opened', async () => {
    const wrong = { kind: 3, payload: Buffer.from([16, 1]) };
    expect(await replayed(new Log().segment().append(1, wrong))).toEqual([
      expect.objectContaining({
        code: 'corrupt',
        message: expect.stringContaining('the log in /data has a record that was never written so'),
      }),
    ]);
  });

  it('show its snapshot once, where that was first noted, and none of before', async () => {
    const history = [foundingConfiguration(majority([0]))] as const;
    const snapshots = [3, 5].map((slot) => ({ slot, history, state: new Uint8Array([slot]) }));
    const log = new Log().segment();
    const [old, taken] = await Promise.all(snapshots.map((each) => writeSnapshot(log.disk, '/data', ID, 1, each)));
    if (old === undefined || taken === undefined) throw new Error('two were written');
    log.append(1, encodeSnapshotTaken(old)).append(1, FOUNDED).append(1, encodeSnapshotTaken(taken));
    log.append(2, FOUNDED).append(1, encodeSnapshotTaken(taken)).append(0, SEAL).append(1, FOUNDED);
    expect(await replayed(log)).toEqual([
      { type: 'founded' },
      { type: 'snapshot', snapshot: snapshots[1] },
      { type: 'founded' },
    ]);
    expect(log.disk.list('/data/snapshots')).toEqual(['1-5']);
  });
});

describe('the end of a log', () => {
  /** What is written, and how often it is synced, when an end is settled of a segment that begins at 1000. */
  async function settled(
    { end = 1200, synced = 1200, tornBytes = 0 },
    most = SIZE,
  ): Promise<{ readonly written: [number, string][]; readonly syncs: number }> {
    const text = Buffer.from(Array.from({ length: SIZE }, (_, index) => 65 + (index % 26)));
    const written: [number, string][] = [];
    let syncs = 0;
    const disk = {
      ...realFileSystem,
      read: (_: number, target: Uint8Array, position: number) =>
        text.copy(target, 0, position, position + Math.min(target.length, most)),
      write: (_: number, bytes: Uint8Array, position: number) => {
        written.push([position, Buffer.from(bytes).toString()]);
        return bytes.length;
      },
      sync: async () => {
        syncs += 1;
      },
    };
    const segments = [500, 1000].map((start, index) => ({ sequence: index, start, highest: new Map(), bytes: SIZE }));
    const log = { segments, groups: new Map(), end, previous: 0, synced, trimmedTo: 0, records: 0, tornBytes };
    await settleEnd(disk, 1, log);
    for (const [position, each] of written) {
      if (each.startsWith('\0')) continue;
      expect(each).toBe(text.toString('latin1', position, position + each.length));
    }
    return { written: written.map(([position, each]) => [position, each.replaceAll(/[A-Z]+/g, 'same')]), syncs };
  }

  it('stays as it is where a later record vouches for all', async () => {
    expect(await settled({})).toEqual({ written: [], syncs: 0 });
  });

  it('is written again where none does, from there on, or from where the segment begins', async () => {
    for (const most of [SIZE, 7]) {
      expect(await settled({ synced: 1195 }, most)).toEqual({ written: [[64 + 195, 'same']], syncs: 1 });
      expect(await settled({ synced: 900 }, most)).toEqual({ written: [[64, 'same']], syncs: 1 });
    }
    await expect(settled({ synced: 1199 }, 0)).rejects.toThrow('the log ends before its own end');
  });

  it('is followed by zeros where an append was torn', async () => {
    expect(await settled({ tornBytes: 3 })).toEqual({ written: [[264, '\0\0\0']], syncs: 1 });
    expect(await settled({ synced: 1199, tornBytes: 1 })).toEqual({
      written: [
        [263, 'same'],
        [264, '\0'],
      ],
      syncs: 1,
    });
  });
});
