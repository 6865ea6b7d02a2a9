/** Something to do for a ledger while its disk crashes, and what must be there afterwards. */

import { type DurableRecord, foundingConfiguration, type History, majority } from '@parliament/synod';
import type { AppendedRecord, FileSystem, Ledger, LedgerOptions } from '#src/index.js';
import { LedgerError, openLedger } from '#src/index.js';

export const DIRECTORY = '/data';
export const GROUPS: readonly string[] = ['one', 'two'];
const TAIL_SLOTS = 40;
/** The second group holds up the trimming of the log now and then. */
const SNAPSHOT_SHARES = [0.15, 0.05] as const;
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

export function optionsFor(group: string, disk: FileSystem, reserveBytes = 0): LedgerOptions {
  return { cluster: 'images', group, member: 1, disk, segmentBytes: 64 * 1024, reserveBytes };
}

/** What one group was told to keep. */
export interface Expectation {
  /** Everything that was appended, in order. */
  readonly appended: { readonly text: string; readonly slot: number }[];
  /** So many of them were acknowledged. */
  acknowledged: number;
  /** The highest ballot that was acknowledged, by promise or vote. */
  promised: number;
  /** The slot of the latest snapshot that was acknowledged, and of the latest that was begun. */
  snapshot: number;
  begun: number;
}

export function newExpectation(): Expectation {
  return { appended: [], acknowledged: 0, promised: 0, snapshot: 0, begun: 0 };
}

/** What must be there from now on, when this is what a group finds when it is opened. */
export async function expectationOf(ledger: Ledger): Promise<Expectation> {
  const expected = newExpectation();
  await ledger.replay((record) => {
    if (record.type === 'snapshot') expected.snapshot = record.snapshot.slot;
    else expected.appended.push({ text: lineOf(record), slot: 'slot' in record ? record.slot : 0 });
    if (record.type === 'promised' || record.type === 'voted')
      expected.promised = Math.max(expected.promised, record.ballot);
  });
  return { ...expected, acknowledged: expected.appended.length, begun: expected.snapshot };
}

export function lineOf(record: DurableRecord): string {
  return JSON.stringify(record, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}

/** How much there is to do. */
export interface Size {
  readonly steps: number;
  /** The longest value. */
  readonly valueBytes: number;
  /** How often each group takes a snapshot after a step. */
  readonly snapshotShares?: readonly [number, number];
}

export const USUAL_SIZE: Size = { steps: 12, valueBytes: 6000 };

export interface WorkSettings {
  readonly size?: Size;
  readonly reserveBytes?: number;
  /** Sees the ledgers first. */
  onOpened?(ledgers: readonly Ledger[]): Promise<void>;
}

/**
 * Opens the ledgers of a disk, appends from the slot after `after` on, takes snapshots, and closes them. What follows from
 * that goes into `expected`. Gives the last slot; or rejects with the first error, once all has ended and is closed.
 */
export async function work(
  disk: FileSystem,
  expected: ReadonlyMap<string, Expectation>,
  after: number,
  chance: () => number,
  { size = USUAL_SIZE, reserveBytes = 0, onOpened }: WorkSettings = {},
): Promise<number> {
  const { steps, valueBytes, snapshotShares = SNAPSHOT_SHARES } = size;
  let slot = after;
  const ledgers: Ledger[] = [];
  try {
    for (const group of GROUPS) ledgers.push(await openLedger(DIRECTORY, optionsFor(group, disk, reserveBytes)));
    await onOpened?.(ledgers);
    for (let step = 0; step < steps; step += 1) {
      const tasks = ledgers.map(async (ledger, index) => {
        const group = expected.get(GROUPS[index] as string) as Expectation;
        const appends = Array.from({ length: 1 + Math.floor(chance() * 3) }, () => {
          slot += 1;
          return append(ledger, group, recordsFor(slot, valueBytes, chance));
        });
        await all(appends);
        if (chance() < (snapshotShares[index] as number)) await snapshot(ledger, group, slot, chance);
      });
      await all(tasks);
    }
  } finally {
    await all(ledgers.map((ledger) => ledger.close()));
  }
  return slot;
}

/** Waits for all, whatever becomes of them; then rejects with the first error there is. */
async function all(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

async function append(ledger: Ledger, expected: Expectation, records: readonly AppendedRecord[]): Promise<void> {
  for (const record of records)
    expected.appended.push({ text: lineOf(record), slot: 'slot' in record ? record.slot : 0 });
  const upTo = expected.appended.length;
  try {
    await ledger.append(records);
  } catch (error) {
    // Nothing of it was written, and what comes behind it goes on: it must never be found.
    if (error instanceof LedgerError && error.code === 'no-space') {
      expected.appended.fill({ text: '', slot: 0 }, upTo - records.length, upTo);
    }
    throw error;
  }
  expected.acknowledged = Math.max(expected.acknowledged, upTo);
  for (const record of records) {
    if ('ballot' in record && record.type !== 'decided') expected.promised = Math.max(expected.promised, record.ballot);
  }
}

async function snapshot(ledger: Ledger, expected: Expectation, slot: number, chance: () => number): Promise<void> {
  expected.begun = slot;
  const state = new Uint8Array(Math.floor(chance() * 3000)).fill(slot % 256);
  await ledger.saveSnapshot({ slot, history: HISTORY, state }, TAIL_SLOTS);
  expected.snapshot = slot;
}

function recordsFor(slot: number, valueBytes: number, chance: () => number): AppendedRecord[] {
  const ballot = 2048 * Math.floor(slot / 10) + 1025;
  const value = new Uint8Array(Math.floor(chance() ** 3 * valueBytes)).fill(slot % 251);
  const vote: AppendedRecord = { type: 'voted', slot, ballot, value };
  return chance() < 0.2 ? [{ type: 'promised', ballot }, vote] : [vote, { type: 'decided', slot, ballot }];
}

/** What is wrong with what a group finds on a disk; undefined when nothing is. */
export function objection(expected: Expectation, found: readonly DurableRecord[]): string | undefined {
  const snapshots = found.flatMap((record) => (record.type === 'snapshot' ? [record.snapshot] : []));
  const [latest] = snapshots;
  if (snapshots.length > 1) return 'there are two snapshots';
  const slot = latest?.slot ?? 0;
  if (slot < expected.snapshot) return `the snapshot of slot ${expected.snapshot} is missing: there is ${slot}`;
  if (slot > expected.begun) return `a snapshot of slot ${slot} was never taken`;
  if (latest?.state.some((byte) => byte !== slot % 256)) return `the snapshot of slot ${slot} is not what it was`;
  const texts = found.filter(({ type }) => type !== 'snapshot').map(lineOf);
  let promised = 0;
  for (const record of found) {
    if (record.type === 'promised' || record.type === 'voted') promised = Math.max(promised, record.ballot);
  }
  if (promised < expected.promised) return `promised ${expected.promised}, and found ${promised}`;
  return missing(expected, texts, Math.max(0, slot - TAIL_SLOTS));
}

/** All that is found was appended, in that order, but for promises, which are written again; and what counts is there. */
function missing(expected: Expectation, texts: readonly string[], trimmedUpTo: number): string | undefined {
  const present = new Set(texts);
  for (const { text, slot } of expected.appended.slice(0, expected.acknowledged)) {
    if (text !== '' && slot > trimmedUpTo && !present.has(text))
      return `acknowledged, and missing: ${text.slice(0, 80)}`;
  }
  const places = new Map(expected.appended.map(({ text }, index) => [text, index]));
  let before = -1;
  for (const text of texts) {
    if (text.includes('"promised"')) continue;
    const place = places.get(text);
    if (place === undefined) return `never appended: ${text.slice(0, 80)}`;
    if (place <= before) return `out of order: ${text.slice(0, 80)}`;
    before = place;
  }
  return undefined;
}
