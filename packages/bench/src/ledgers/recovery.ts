/** How long a member reads its log when it starts again: in a new process, that has nothing warm but the disk's cache. */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parliament } from './parliament.js';

// The same path from `src`, where tests import this, and from `dist`: a process runs compiled code.
const PROGRAM: string = fileURLToPath(new URL('../../dist/programs/ledger-reader.js', import.meta.url));
const TIME_LIMIT_MS = 120_000;
const APPENDERS = 1000;

/** What the other process tells. */
export interface Recovery {
  readonly records: number;
  readonly openMs: number;
  readonly replayMs: number;
}

/** Writes a log of so many records, lets it be read `rounds` times, and gives how long that took each time. */
export async function measureRecovery(parent: string, records: number, rounds: number): Promise<Recovery[]> {
  const directory = fs.mkdtempSync(path.join(parent, 'recovery-'));
  try {
    await fill(directory, records);
    const found: Recovery[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, directory], { timeout: TIME_LIMIT_MS });
      const recovery = JSON.parse(stdout) as Recovery;
      if (recovery.records !== records) throw new Error(`${recovery.records} records of ${records} were read again`);
      found.push(recovery);
    }
    return found;
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function fill(directory: string, records: number): Promise<void> {
  const log = await parliament.open(directory);
  let number = 0;
  const appender = async (): Promise<void> => {
    while (number < records) {
      number += 1;
      await log.append(number);
    }
  };
  await Promise.all(Array.from({ length: APPENDERS }, appender));
  await log.close();
}
