/**
 * A directory that version 0.1 wrote before decrees had payloads: a log with a snapshot, and what followed it. `key 0` to `key 29` have
 * `value 0 é` to `value 29 é` in it.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readEntries } from '@parliament/storage/tools';
import { readDecree } from '@parliament/synod';
import {
  ask,
  kv,
  listRegisters,
  type ParliamentOf,
  type ParliamentOptions,
  propose,
  type Reference,
  read,
  spawnParliament,
  startSystem,
  status,
  stopParliament,
  stopSystem,
  summarizeDecree,
} from '../src/index.js';
import { until } from './support/chamber.js';

const FIXTURE = path.join(import.meta.dirname, 'fixtures/old-directory.json');
const PATIENCE = { timeoutMs: 120_000 };
const OLD = Array.from({ length: 30 }, (_, index) => ({ key: `key ${index}`, value: `value ${index} é` }));

let directory: string;
let system: Reference;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-old-'));
  const files: unknown = JSON.parse(fs.readFileSync(FIXTURE, 'utf8'));
  for (const [name, { length, base64 }] of Object.entries(
    files as Record<string, { length: number; base64: string }>,
  )) {
    const bytes = Buffer.alloc(length);
    Buffer.from(base64, 'base64').copy(bytes);
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), bytes);
  }
  system = startSystem('a');
});
afterEach(async () => {
  await stopSystem(system);
  fs.rmSync(directory, { recursive: true, force: true });
});

const ALONE = { member: 0, members: { 0: 'a' } };

function open(options: Partial<ParliamentOptions> = {}): Promise<ParliamentOf<typeof kv>> {
  return spawnParliament(system, 'registers', { ...ALONE, directory, ...options });
}

async function listOf(parliament: Reference): Promise<{ key: string; value: string }[]> {
  const found: { key: string; value: string }[] = [];
  for await (const entry of listRegisters(parliament, PATIENCE)) found.push(entry);
  return found;
}

/** Of each decree of the log that has commands: its first byte, and its keys. */
async function decreesOf(): Promise<{ first: number | undefined; keys: readonly string[] }[]> {
  const found: { first: number | undefined; keys: readonly string[] }[] = [];
  for await (const { record } of readEntries(directory)) {
    if (record === undefined || !('value' in record) || readDecree(record.value).type !== 'commands') continue;
    const { keys } = summarizeDecree(record.value);
    if (keys.length > 0) found.push({ first: record.value[0], keys });
  }
  return found;
}

it('opens and keeps its values, and its log goes on in the new form', async () => {
  // What is in it: without a snapshot, and commands behind it, this would prove nothing.
  const before = await decreesOf();
  expect(before.length).toBeGreaterThan(0);
  expect(new Set(before.map(({ first }) => first))).toEqual(new Set([1]));

  const parliament = await open();
  const { learner, storage } = await status(parliament);
  expect([learner.registers, storage.snapshotSlot]).toEqual([30, 17]);
  expect(await listOf(parliament)).toEqual(OLD);
  for (const { key, value } of [OLD[0], OLD[29]] as typeof OLD) {
    expect(await ask(parliament, key, 'another', PATIENCE)).toBe(value);
  }
  expect(await ask(parliament, 'new', 'w', PATIENCE)).toBe('w');
  await stopParliament(parliament);

  const after = await decreesOf();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after.slice(before.length).map(({ first }) => first))).toEqual(new Set([3]));
  expect(after.at(-1)?.keys).toEqual(['new']);
  // Old and new form, one behind the other.
  const again = await open();
  expect(await listOf(again)).toEqual([...OLD, { key: 'new', value: 'w' }]);
  await stopParliament(again);
});

it('opens with kv beside its registers, which is written down before anything of it can be; with a machine alone it does not', async () => {
  const files = (name: string): string => fs.readFileSync(path.join(directory, name), 'utf8');
  const before = files('identity');
  await expect(spawnParliament(system, 'registers', { ...ALONE, directory, machine: kv })).rejects.toMatchObject({
    code: 'wrong-identity',
    message: expect.stringContaining('was founded with the members 0 a, not with 0 a, running kv 1'),
  });
  expect(files('identity')).toBe(before);
  // With a log that has an end it stays what it was.
  await stopParliament(await open({ lastSlot: 1_000_000 }));
  expect(files('identity')).toBe(before);

  const both = await open();
  expect(files('identity')).toContain('"founders":"0 a, running registers 1 and kv 1"');
  const key = Buffer.from('k');
  expect(await propose(both, { type: 'put', key, value: key }, PATIENCE)).toEqual({ revision: 2 });
  expect(await ask(both, 'key 0', 'other', PATIENCE)).toBe('value 0 é');
  await stopParliament(both);
  const again = await open();
  const { items } = await read(again, { type: 'range', key }, PATIENCE);
  expect(items.map(({ value }) => Buffer.from(value).toString())).toEqual(['k']);
  expect(await listOf(again)).toEqual(OLD);
  await stopParliament(again);
});

it('has snapshots of the new form in place of the old one, and opens with them', async () => {
  const parliament = await open({ snapshots: { logBytes: 500, tailSlots: 0 } });
  await until(async () => {
    const slot = (await status(parliament)).storage.snapshotSlot;
    if (slot > 17) return true;
    await ask(parliament, `more ${(await status(parliament)).learner.decidedUpTo}`, 'v'.repeat(100), PATIENCE);
    return false;
  });
  const found = await listOf(parliament);
  expect(found.slice(0, 30)).toEqual(OLD);
  await stopParliament(parliament);
  const again = await open();
  expect((await status(again)).storage.snapshotSlot).toBeGreaterThan(17);
  expect(await listOf(again)).toEqual(found);
  await stopParliament(again);
});
