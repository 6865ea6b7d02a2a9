import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bareWays } from '../src/ledgers/bare.js';
import { compareLedgers } from '../src/ledgers/compare-ledgers.js';
import { type Contender, valueNumbered } from '../src/ledgers/contender.js';
import { goalLine, goalsOf, isGoalMet } from '../src/ledgers/goals.js';
import { parliament } from '../src/ledgers/parliament.js';
import { measureRecovery } from '../src/ledgers/recovery.js';
import { reportOf } from '../src/ledgers/report.js';
import { expectMeasured } from './measured.js';

let parent: string;
beforeAll(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-test-'));
});
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

const APPENDS = { perSecond: 10, p50Us: 3, p99Us: 4, writtenPerByte: 2 };

describe('each log', () => {
  it('is measured in each way to use it, and leaves nothing', async () => {
    await expectMeasured([parliament, ...bareWays], parent);
    expect(fs.readdirSync(parent)).toEqual([]);
  });

  it('is given values of 200 bytes, that differ', () => {
    expect([valueNumbered(1).length, valueNumbered(4999).length]).toEqual([200, 200]);
    expect(valueNumbered(1).equals(valueNumbered(2))).toBe(false);
  });
});

it('a ledger is read again in another process', async () => {
  const found = await measureRecovery(parent, 300, 2);
  expect(found.map(({ records }) => records)).toEqual([300, 300]);
  expect(fs.readdirSync(parent)).toEqual([]);
});

describe('a comparison of logs', () => {
  const log: string[] = [];
  // Time passes with the appends, and not by the machine's clock: which way is the fastest is for the test to say.
  let now = 0;
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const contender = (name: string, way: string, mostWaiting = 1000): Contender => ({
    ...{ name, way, mostWaiting },
    async open() {
      log.push(`${name} ${way}`);
      return {
        async append() {
          now += way === 'slow' ? 5 : 1;
        },
        close: async () => {},
      };
    },
  });

  it('takes turns, and tells the best way of each', async () => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const contenders = [contender('parliament', 'fast'), contender('bare', 'fast', 1), contender('bare', 'slow', 1)];
    const plan = { contenders, waiting: [1, 2], rounds: 2, milliseconds: 20, parent, progress: () => {} };
    const { figures, latency } = await compareLedgers(plan);
    expect(log.join(', ')).toBe(
      'parliament fast, bare fast, bare slow, bare fast, bare slow, parliament fast, parliament fast, parliament fast',
    );
    expect(figures.map(({ name, way, waiting }) => `${name} ${way} ${waiting}`)).toEqual([
      'parliament fast 1',
      'bare fast 1',
      'parliament fast 2',
    ]);
    expect(latency).toEqual({ ratio: 1, least: 1, greatest: 1 });
  });

  it('is held against the goals', () => {
    const figures = [
      { ...APPENDS, name: 'parliament', way: '', waiting: 256 },
      { ...APPENDS, name: 'lmdb', way: 'flushed', waiting: 256, perSecond: 8 },
    ];
    const comparison = { figures, latency: { ratio: 1.2, least: 1, greatest: 2 } };
    const recoveries = new Map([[1_000_000, [{ records: 1_000_000, openMs: 2000, replayMs: 3500 }]]]);
    const goals = goalsOf(comparison, recoveries);
    expect(goals.map(goalLine)).toEqual([
      'latency with 1 waiting, by the bare cost: 1.20 (≤ 1.3: ok)',
      'rate with 256 waiting, by lmdb: 1.25 (≥ 2: MISSED)',
      'seconds to open and replay 1,000,000 records: 5.50 (≤ 5: MISSED)',
    ]);
    expect(goals.map(isGoalMet)).toEqual([true, false, false]);
    const report = reportOf(comparison, recoveries, goals);
    expect(report).toContain('lmdb        p50 3 µs, p99 4 µs, 2.0 bytes written per byte kept (flushed)');
    expect(report).toContain('1,000,000 records: open 2,000 ms, replay 3,500 ms');
  });
});
