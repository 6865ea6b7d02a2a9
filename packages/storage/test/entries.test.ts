import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, majority, type Snapshot } from '@parliament/synod';
import { type AppendedRecord, openLedger } from '../src/index.js';
import { decodeSnapshotTaken } from '../src/record-codec.js';
import { type LogEntry, type ReadOptions, readEntries } from '../src/tools/index.js';
import { directoriesOfThisFile, firstSegment, OWNER, SAMPLE, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };
const SNAPSHOT: Snapshot = {
  slot: 1,
  history: [foundingConfiguration(majority([0, 1, 2]))],
  state: new Uint8Array([7]),
};

/** Reads all there is; with the error that ended it. */
async function read(directory: string, options?: ReadOptions): Promise<{ entries: LogEntry[]; error: unknown }> {
  const entries: LogEntry[] = [];
  try {
    for await (const entry of readEntries(directory, options)) entries.push(entry);
  } catch (error) {
    return { entries, error };
  }
  return { entries, error: undefined };
}

async function make(directory: string, slots: number): Promise<void> {
  const ledger = await openLedger(directory, SMALL);
  for (let slot = 1; slot <= slots; slot++) await ledger.append([voteOf(slot, 4000)]);
  await ledger.close();
}

const slotsOf = (entries: readonly LogEntry[]): number[] =>
  entries.flatMap(({ record }) => (record?.type === 'voted' ? [record.slot] : []));

function change(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  fs.writeFileSync(file, bytes);
}

describe('the entries of a log', () => {
  it('tell of each record where it is, whose, what it says, and how long it is', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    await ledger.append(SAMPLE);
    const other = await openLedger(directory, { ...OWNER, group: 'other' });
    await other.append([{ type: 'founded' }]);
    await ledger.saveSnapshot(SNAPSHOT, 0);
    await other.close();
    await ledger.close();
    const { entries, error } = await read(directory);
    expect(error).toBeUndefined();
    expect(entries.filter(({ group }) => group === 'parliament').slice(0, SAMPLE.length)).toMatchObject(
      SAMPLE.map((record) => ({ kind: record.type, record, payload: undefined })),
    );
    expect(entries.filter(({ group }) => group === 'other')).toMatchObject([{ kind: 'founded' }]);
    expect(entries.filter(({ group }) => group === '-').map(({ kind, record }) => [kind, record])).toEqual(
      entries.filter(({ kind }) => kind === 'sealed').map(() => ['sealed', undefined]),
    );
    expect(entries.at(-1)?.kind).toBe('sealed');
    const taken = entries.filter(({ payload }) => payload !== undefined);
    expect(taken).toMatchObject([{ kind: 'snapshot-taken', group: 'parliament', record: undefined }]);
    expect(decodeSnapshotTaken(taken[0]?.payload ?? new Uint8Array(0))).toMatchObject({ slot: 1 });
    let position = 0;
    for (const entry of entries) {
      expect(entry).toMatchObject({ position, offset: 64 + position, file: firstSegment(directory) });
      position += entry.bytes;
    }
    expect(position).toBe(endOf(directory));
  });

  it('go on from one segment to the next, each in its own file', async () => {
    const directory = newDirectory();
    await make(directory, 60);
    const { entries, error } = await read(directory);
    expect(error).toBeUndefined();
    expect(slotsOf(entries)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    const firsts = entries.filter(({ file }, index) => file !== entries[index - 1]?.file);
    expect(firsts.map(({ file }) => path.basename(file)).slice(0, 2)).toEqual(['0000000001', '0000000002']);
    for (const { offset } of firsts) expect(offset).toBe(64);
    for (const [index, { position }] of entries.entries()) {
      const before = entries[index - 1];
      expect(position).toBe(before === undefined ? 0 : before.position + before.bytes);
    }
  });

  it.each([
    ['the last segment', 0],
    ['an earlier one', 1],
  ])('end where %s is damaged, with an error that says where', async (_, back) => {
    const directory = newDirectory();
    await make(directory, 60);
    const whole = (await read(directory)).entries;
    const files = [...new Set(whole.map(({ file }) => file))];
    const file = files.at(-1 - back) ?? '';
    const { offset, position } = whole.filter(
      (entry) => entry.file === file && entry.record !== undefined,
    )[1] as LogEntry;
    change(file, offset + 30);
    const { entries, error } = await read(directory);
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining(`${file}, at offset ${offset},`) });
    expect(entries).toEqual(whole.filter((entry) => entry.position < position));
  });

  it('leave out an append that was torn', async () => {
    const directory = newDirectory();
    await make(directory, 3);
    const { entries: whole } = await read(directory);
    const [last, seal] = whole.slice(-2) as [LogEntry, LogEntry];
    expect(seal.kind).toBe('sealed');
    const bytes = fs.readFileSync(firstSegment(directory));
    bytes.fill(0, last.offset + 100);
    fs.writeFileSync(firstSegment(directory), bytes);
    expect(await read(directory)).toEqual({ entries: whole.slice(0, -2), error: undefined });
  });

  it.each<[string, string, (header: Buffer) => void]>([
    ['is damaged', 'corrupt', (header) => header.writeUInt8(0, 3)],
    ['is of a newer version', 'newer-format', (header) => header.writeUInt32LE(3, 8)],
  ])('are not shown of a segment whose header %s', async (_, code, spoil) => {
    const directory = newDirectory();
    await make(directory, 3);
    const bytes = fs.readFileSync(firstSegment(directory));
    spoil(bytes);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
    fs.writeFileSync(firstSegment(directory), bytes);
    const { entries, error } = await read(directory);
    expect(entries).toEqual([]);
    expect(error).toMatchObject({ code, message: expect.stringContaining(firstSegment(directory)) });
  });
});

/** Where the records of a log of one segment end: the first header that is all zeros. */
function endOf(directory: string): number {
  const bytes = fs.readFileSync(firstSegment(directory));
  let end = 64;
  while (bytes.readUInt32LE(end) !== 0) end += 24 + Math.ceil(bytes.readUInt32LE(end + 8) / 8) * 8;
  return end - 64;
}

describe('a log that is followed', () => {
  it('shows all there is and then what comes, over segments, until it is told to stop', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    const more = (from: number): AppendedRecord[] => [0, 1, 2, 3, 4].map((each) => voteOf(from + each, 4000));
    await ledger.append(more(1));
    const stop = new AbortController();
    const slots: number[] = [];
    for await (const { record } of readEntries(directory, { follow: stop.signal })) {
      if (record?.type !== 'voted') continue;
      slots.push(record.slot);
      if (record.slot === 20) stop.abort();
      else if (record.slot % 5 === 0) await ledger.append(more(record.slot + 1));
    }
    expect(slots).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(fs.readdirSync(path.join(directory, 'log'))).toContain('0000000002');
    await ledger.close();
  });

  it('from its end shows only what comes', async () => {
    const directory = newDirectory();
    await make(directory, 40);
    const ledger = await openLedger(directory, SMALL);
    const stop = new AbortController();
    const entries = readEntries(directory, { follow: stop.signal, fromEnd: true });
    const first = entries.next();
    await ledger.append([voteOf(41, 10)]);
    expect((await first).value).toMatchObject({ record: { slot: 41 } });
    stop.abort();
    const more: LogEntry[] = [];
    for await (const entry of entries) more.push(entry);
    expect(slotsOf(more)).toEqual([]);
    await ledger.close();
  });
});
