import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { openLedger } from '../src/index.js';
import { directoriesOfThisFile, OWNER, PATIENCE_MS, recordsOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const OPENER = path.join(__dirname, 'fixtures', 'opener.mjs');

/** Lets a process open and close the ledger, kills it some time after it began, and gives what it acknowledged. */
async function openAndKill(directory: string, from: number, afterMs: number): Promise<number[]> {
  const child = spawn(process.execPath, [OPENER, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
      text += chunk;
    });
    child.once('close', () => resolve());
  });
  // It ends by the kill, never by an error of its own.
  expect(child.signalCode).toBe('SIGKILL');
  return text.split('\n').slice(1, -1).map(Number);
}

it(
  'kill -9 at any moment of creating, opening and closing leaves a directory that opens and has all that was acknowledged',
  async () => {
    const shared = newDirectory();
    const acknowledged = new Map<string, number[]>();
    const count = (): number => [...acknowledged.values()].flat().length;
    // A busy machine needs longer until enough of them come to an append.
    let spanMs = 40;
    for (let round = 0; round < 10 || count() <= 5; round++) {
      // Every other round creates its directory.
      const directory = round % 2 === 0 ? shared : newDirectory();
      const slots = await openAndKill(directory, round * 1_000_000, Math.random() * spanMs);
      if (slots.length === 0 && round % 2 === 0) spanMs *= 1.5;
      const all = [...(acknowledged.get(directory) ?? []), ...slots];
      acknowledged.set(directory, all);
      const ledger = await openLedger(directory, OWNER);
      const found = new Set((await recordsOf(ledger)).map((record) => (record.type === 'voted' ? record.slot : 0)));
      await ledger.close();
      expect(all.filter((slot) => !found.has(slot))).toEqual([]);
    }
  },
  PATIENCE_MS,
);
