import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll } from '@jest/globals';
import type { DurableRecord } from '@parliament/synod';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger, realFileSystem } from '../src/index.js';
import type { EncodedRecord } from '../src/record-codec.js';
import { checksum } from '../src/version-1/log-format.js';

export const OWNER = { cluster: 'test', member: 1 } as const;

/** For tests that start processes, or wait for many syncs: a busy machine takes its time, and this is for what hangs. */
export const PATIENCE_MS = 300_000;

/** Directories of one test file; removed when it is done. Nothing else of it may be left then, either: Jest does not look. */
export function directoriesOfThisFile(): () => string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ledger-test-'));
  let count = 0;
  const before = process.getActiveResourcesInfo().sort();
  afterAll(async () => {
    fs.rmSync(root, { recursive: true, force: true });
    let left: string[] = [];
    for (let turns = 0; turns < 200; turns++) {
      left = process.getActiveResourcesInfo().sort();
      for (const known of before) if (left.includes(known)) left.splice(left.indexOf(known), 1);
      for (const own of OF_JEST) if (left.includes(own)) left.splice(left.indexOf(own), 1);
      if (left.length === 0) return;
      await turn();
    }
    throw new Error(`something of this file goes on: ${left.join(', ')}`);
  });
  return () => {
    count += 1;
    return path.join(root, String(count));
  };
}

/** What the runner has going itself: it waits for the end of this, with a limit. */
const OF_JEST = ['Timeout', 'Immediate'] as const;

/** All records of a ledger. */
export async function recordsOf(ledger: Ledger): Promise<DurableRecord[]> {
  const records: DurableRecord[] = [];
  await ledger.replay((record) => records.push(record));
  return records;
}

/** Opens a directory, reads it and closes it. */
export async function contentsOf(directory: string): Promise<DurableRecord[]> {
  const ledger = await openLedger(directory, OWNER);
  const records = await recordsOf(ledger);
  await ledger.close();
  return records;
}

/** Records with all their fields: the compiler misses a new one, that may be absent, too. */
export const SAMPLE: readonly Required<AppendedRecord>[] = [
  { type: 'introduced', member: 0, directory: '00112233445566778899aabbccddeeff' },
  { type: 'founded' },
  { type: 'promised', ballot: 1025 },
  { type: 'voted', slot: 1, ballot: 1025, value: new Uint8Array([1, 2, 3]) },
  { type: 'decided', slot: 1, ballot: 1025 },
  { type: 'voted', slot: 2, ballot: 1025, value: new Uint8Array(0) },
  { type: 'learned', slot: 2, value: new Uint8Array(40).fill(7) },
  { type: 'promised', ballot: 2 ** 50 + 1025 },
  { type: 'heard', member: 2, position: 2 ** 40 },
];

/** The first segment of a directory's log, as far as records can be in it. */
export function firstSegment(directory: string): string {
  return path.join(directory, 'log', '0000000001');
}

/** A directory with a closed ledger that holds `records`, each appended by itself. */
export async function writeSample(directory: string, records: readonly AppendedRecord[] = SAMPLE): Promise<void> {
  const ledger = await openLedger(directory, OWNER);
  for (const record of records) await ledger.append([record]);
  await ledger.close();
}

/** A disk whose writes and syncs can be made to fail, be short, or wait; it counts them. */
export interface FaultyDisk extends FileSystem {
  writes: number;
  syncs: number;
  /** Decides over each write: how many bytes are taken, or an error. */
  onWrite: (bytes: number) => number;
  /** Runs before each sync. */
  beforeSync: () => Promise<void>;
}

export function faultyDisk(): FaultyDisk {
  const disk: FaultyDisk = {
    ...realFileSystem,
    writes: 0,
    syncs: 0,
    onWrite: (bytes) => bytes,
    beforeSync: async () => {},
    write(file, bytes, position) {
      disk.writes += 1;
      const taken = disk.onWrite(bytes.length);
      return realFileSystem.write(file, bytes.subarray(0, taken), position);
    },
    async sync(file) {
      disk.syncs += 1;
      await disk.beforeSync();
      await realFileSystem.sync(file);
    },
  };
  return disk;
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}

/** Lets the event loop turn, so that whatever is ready happens. */
export async function turn(): Promise<void> {
  for (let times = 0; times < 2; times++) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes a disk's syncs wait until the function that this gives is called. */
export function stopSyncs(disk: FaultyDisk): () => void {
  let resume = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    resume = resolve;
  });
  disk.beforeSync = () => stopped;
  return () => {
    disk.beforeSync = async () => {};
    resume();
  };
}

/** A vote for a value of so many bytes, which tell the slot. */
export function voteOf(slot: number, bytes: number): AppendedRecord {
  return { type: 'voted', slot, ballot: 1025, value: new Uint8Array(bytes).fill(slot) };
}

/** The id of every directory that {@link writeVersion1} makes. */
const ID_OF_VERSION_1: string = 'ab'.repeat(16);

/** A directory as version 1 left it. Gives where each record of its log begins, and the end of the last. */
export function writeVersion1(directory: string, records: readonly EncodedRecord[]): number[] {
  fs.mkdirSync(directory);
  const identity = JSON.stringify({
    cluster: 'test/parliament',
    member: 1,
    directory: ID_OF_VERSION_1,
    formatVersion: 1,
  });
  const sum = crc32(identity).toString(16).padStart(8, '0');
  fs.writeFileSync(path.join(directory, 'identity'), `${identity}\n${sum}\n`);
  const header = Buffer.alloc(32);
  header.write('PARLLOG\n', 'latin1');
  header.writeUInt32LE(1, 8);
  header.write(ID_OF_VERSION_1, 12, 'hex');
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  const parts: Uint8Array[] = [header];
  const borders = [header.length];
  for (const { kind, payload } of records) {
    const position = borders.at(-1) as number;
    const head = Buffer.alloc(9);
    head.writeUInt32LE(payload.length, 0);
    head.writeUInt32LE(checksum(position, kind, payload), 4);
    head.writeUInt8(kind, 8);
    parts.push(head, payload);
    borders.push(position + head.length + payload.length);
  }
  fs.writeFileSync(path.join(directory, 'log'), Buffer.concat(parts));
  return borders;
}
