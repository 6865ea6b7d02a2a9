import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { contentsOf, directoriesOfThisFile, PATIENCE_MS } from './support.js';

const newDirectory = directoriesOfThisFile();
const APPENDER = path.join(__dirname, 'fixtures', 'appender.mjs');

/** Lets a process append, kills it once it has acknowledged `enough`, and gives what it acknowledged. */
async function appendAndKill(directory: string, from: number, enough: number): Promise<number[]> {
  const child = spawn(process.execPath, [APPENDER, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length > enough) child.kill('SIGKILL');
    });
    child.once('close', () => resolve());
  });
  return text.slice(0, text.lastIndexOf('\n')).split('\n').map(Number);
}

it(
  'kill -9 in the middle of appending loses nothing that was acknowledged, time after time',
  async () => {
    const directory = newDirectory();
    const acknowledged = new Set<number>();
    for (let round = 0; round < 6; round++) {
      const slots = await appendAndKill(directory, round * 1_000_000, 1 + round * 100);
      for (const slot of slots) acknowledged.add(slot);
      const records = await contentsOf(directory);
      const found = new Set(records.map((record) => (record.type === 'voted' ? record.slot : 0)));
      expect([...acknowledged].filter((slot) => !found.has(slot))).toEqual([]);
      for (const record of records) {
        if (record.type === 'voted') expect(record.value).toHaveLength((record.slot * 37) % 300);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(1000);
  },
  PATIENCE_MS,
);
