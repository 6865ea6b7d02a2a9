import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import type { DurableRecord } from '@parliament/synod';
import { type AppendedRecord, type FileSystem, type Ledger, openLedger, realFileSystem } from '../src/index.js';

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

export const SAMPLE: readonly AppendedRecord[] = [
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
