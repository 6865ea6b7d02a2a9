/** Measures one way to keep values, in a directory of its own, from its opening to its close. */

import fs from 'node:fs';
import path from 'node:path';
import { type Contender, type DurableLog, VALUE_BYTES } from './contender.js';
import { bytesIn, writtenToDiskOf } from './written.js';

/** What came of it. */
export interface Appends {
  readonly perSecond: number;
  /** How long an append took: half of them at most, and 99 of 100. In microseconds. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Bytes that the disk was given for each byte that was to be kept, opening and closing included. */
  readonly writtenPerByte: number;
}

/** The part of the time that is spent before, and does not count. */
const WARM_UP = 0.25;

export async function measureAppends(
  contender: Contender,
  parent: string,
  waiting: number,
  milliseconds: number,
): Promise<Appends> {
  const directory = fs.mkdtempSync(path.join(parent, 'ledger-'));
  try {
    // The garbage of the one before is not to fall on this one.
    globalThis.gc?.();
    const before = writtenToDiskOf(parent);
    const log = await contender.open(directory);
    const warmUp = await appendFor(log, 1, waiting, milliseconds * WARM_UP);
    const counted = await appendFor(log, 1 + warmUp.latencies.length, waiting, milliseconds);
    await log.close();
    const after = writtenToDiskOf(parent);
    const written = before === undefined || after === undefined ? bytesIn(directory) : after - before;
    const { latencies, elapsedMs } = counted;
    latencies.sort((one, other) => one - other);
    return {
      perSecond: (latencies.length / elapsedMs) * 1000,
      p50Us: 1000 * (latencies[Math.floor(latencies.length * 0.5)] as number),
      p99Us: 1000 * (latencies[Math.floor(latencies.length * 0.99)] as number),
      writtenPerByte: written / ((warmUp.latencies.length + latencies.length) * VALUE_BYTES),
    };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Lets appenders append for some time, each again when its last append is on the disk. Latencies are in milliseconds. */
async function appendFor(
  log: DurableLog,
  from: number,
  waiting: number,
  milliseconds: number,
): Promise<{ latencies: number[]; elapsedMs: number }> {
  const latencies: number[] = [];
  const begin = performance.now();
  let number = from;
  const appender = async (): Promise<void> => {
    // Each does it once, however short the time is.
    let start = begin;
    do {
      const mine = number;
      number += 1;
      start = performance.now();
      await log.append(mine);
      latencies.push(performance.now() - start);
    } while (performance.now() - begin < milliseconds);
  };
  await Promise.all(Array.from({ length: waiting }, appender));
  return { latencies, elapsedMs: performance.now() - begin };
}
