import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as Otp from '../src/index.js';

/** A copy of the package of which nobody has silenced anything yet, as a new program has it. */
let otp: typeof Otp;
let system: Otp.SystemReference;
let supervisor: Otp.Supervisor;
let restarted: () => void;
let written: string[];
let exitListeners: number;

beforeEach(async () => {
  // The time stands still unless a test lets it go on.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  jest.resetModules();
  exitListeners = process.listenerCount('exit');
  otp = await import('../src/index.js');
  written = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text: string | Uint8Array, ...more: readonly unknown[]) => {
    written.push(String(text).trimEnd());
    for (const done of more) if (typeof done === 'function') done();
    return true;
  });
  system = otp.startSystem('shop');
  supervisor = await otp.startSupervisor(system, 'tills', {
    strategy: 'one_for_one',
    intensity: Number.MAX_SAFE_INTEGER,
    children: [
      {
        id: 'a',
        start: {
          init: () => 0,
          receive() {
            throw new Error('boom');
          },
        },
      },
    ],
    onEvent: ({ type }) => type === 'restarted' && restarted(),
  });
});

afterEach(async () => {
  await otp.stopSystem(system);
  expect(jest.getTimerCount()).toBe(0);
  expect(process.listenerCount('exit')).toBe(exitListeners);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** The child crashes so often, and is restarted each time. */
async function crash(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    const isBack = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    otp.dispatch(supervisor.child('a'), 'boom');
    await isBack;
  }
}

/** What is written: how many crashes one by one, and each other line as it is. */
function summary(): readonly (number | string)[] {
  const parts: (number | string)[] = [];
  for (const text of written) {
    const last = parts.at(-1);
    if (!text.startsWith('shop://tills/a (')) parts.push(text);
    else if (typeof last === 'number') parts[parts.length - 1] = last + 1;
    else parts.push(1);
  }
  return parts;
}

const leftOut = (count: number): string =>
  `${count} more crash reports were left out: at most 100 are written within 1000 ms; onCrash(listener) gets all`;
const ONE_LEFT_OUT = leftOut(1).replace('reports were', 'report was');

describe('of many crashes within a second', () => {
  it('100 are written, and how many there were besides when the second is over', async () => {
    await crash(100);
    jest.advanceTimersByTime(400);
    await crash(150);
    expect(supervisor.status().restarts).toBe(250);
    expect(summary()).toEqual([100]);
    jest.advanceTimersByTime(599);
    expect(summary()).toEqual([100]);
    jest.advanceTimersByTime(1);
    expect(summary()).toEqual([100, leftOut(150)]);
    await crash(101);
    expect(summary()).toEqual([100, leftOut(150), 100]);
    jest.advanceTimersByTime(1000);
    expect(summary()).toEqual([100, leftOut(150), 100, ONE_LEFT_OUT]);
    jest.advanceTimersByTime(60_000);
    expect(written).toHaveLength(202);
  });

  it('as many are written as the README says', () => {
    expect(readFileSync(join(__dirname, '../README.md'), 'utf8')).toContain(`    ${leftOut(412)}\n`);
  });

  it('nothing is said where none was left out', async () => {
    await crash(100);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1000);
    await crash(100);
    expect(summary()).toEqual([200]);
  });

  it('the first that is left out starts the only timer, for which no process stays alive', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const idle = (): number => timers.mock.results.filter(({ value }) => !(value as NodeJS.Timeout).hasRef()).length;
    await crash(100);
    expect(idle()).toBe(0);
    await crash(10);
    expect([idle(), jest.getTimerCount()]).toEqual([1, 1]);
  });

  it('how many were left out is written before the next one, when the timer is late', async () => {
    await crash(101);
    // The clock has gone on and no timer has fired yet, as when a handler has computed for long.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now + 1000);
    await crash(2);
    clock.mockRestore();
    expect(summary()).toEqual([100, ONE_LEFT_OUT, 2]);
    jest.advanceTimersByTime(60_000);
    expect(summary()).toEqual([100, ONE_LEFT_OUT, 2]);
  });

  it('how many were left out is written when a system stops, and those that come later in the same second are counted anew', async () => {
    await crash(105);
    const other = otp.startSystem('other');
    await otp.stopSystem(other);
    expect(summary()).toEqual([100, leftOut(5)]);
    await crash(2);
    expect(summary()).toEqual([100, leftOut(5)]);
    await otp.stopSystem(system);
    expect(summary()).toEqual([100, leftOut(5), leftOut(2)]);
  });

  it('a listener gets every one, and how many were left out is written before it takes over', async () => {
    await crash(104);
    const reports: Otp.CrashReport[] = [];
    const stop = otp.onCrash((report) => reports.push(report));
    expect(summary()).toEqual([100, leftOut(4)]);
    await crash(250);
    expect(reports).toHaveLength(250);
    jest.advanceTimersByTime(60_000);
    expect(summary()).toEqual([100, leftOut(4)]);
    stop();
    await crash(1);
    expect(summary()).toEqual([100, leftOut(4), 1]);
  });
});

describe('a program that ends in the middle of a burst', () => {
  it.each<[string, number]>([
    ['by itself', 0],
    ['exit', 0],
    ['throw', 1],
  ])('writes how many were left out (%s), and waits for nothing', async (how, status) => {
    const program = spawn(process.execPath, [join(__dirname, 'fixtures/crash-burst.mjs'), how]);
    let [output, errors] = ['', ''];
    program.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    program.stderr.on('data', (data: Buffer) => {
      errors += data.toString();
    });
    const [code] = await once(program, 'close');
    const lines = errors.split('\n');
    expect(lines.filter((line) => line.startsWith('shop://tills/a ('))).toHaveLength(100);
    // On a very busy machine the timer comes before the end, and the rest follows.
    const counts = lines.map((line) => Number(/^(\d+) more crash reports? w\w+ left out: /.exec(line)?.[1] ?? 0));
    expect(counts.reduce((sum, count) => sum + count)).toBe(150);
    expect(output).toBe('0\n');
    expect(code).toBe(status);
  });
});
