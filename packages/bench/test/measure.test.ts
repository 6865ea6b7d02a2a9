import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startSystem, stopSystem } from '@parliament/otp';
import { compare, isMet, median, rateOf } from '../src/measure.js';
import { chosen, parseOptions } from '../src/options.js';
import { otpComparisons, type Sizes } from '../src/otp.js';
import { plotOf, tableOf } from '../src/table.js';

describe('a comparison', () => {
  it('takes turns, also in who comes first, and counts no warm-up', async () => {
    const log: string[] = [];
    const rates = { bare: [1, 1, 10, 20, 10], here: [1, 1, 20, 20, 30] };
    const side = (name: 'bare' | 'here') => async () => {
      log.push(name);
      return rates[name].shift() as number;
    };
    const comparison = { name: 'x', about: 'y', target: 1.5, bare: side('bare'), here: side('here') };
    const outcome = await compare(comparison, 3, 2);
    expect(log.join(' ')).toBe('bare here here bare bare here here bare bare here');
    expect(outcome).toEqual({
      name: 'x',
      about: 'y',
      target: 1.5,
      bareRate: 10,
      rate: 20,
      ratio: 2,
      leastRatio: 1,
      greatestRatio: 3,
    });
    expect(isMet(outcome)).toBe(true);
    expect(isMet({ ...outcome, target: 2.1 })).toBe(false);
  });

  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('has the median of %j: %p', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  it('gives a rate', async () => {
    const rate = await rateOf(10, async () => {});
    expect(rate).toBeGreaterThan(0);
  });
});

describe('the text of outcomes', () => {
  const outcome = { about: '', bareRate: 1_234_567, rate: 1_000_000, leastRatio: 0.5, greatestRatio: 2 };
  const outcomes = [
    { ...outcome, name: 'fast', ratio: 2, target: 1 },
    { ...outcome, name: 'slow, rather', ratio: 0.5, target: 0.85 },
    { ...outcome, name: 'untold', ratio: 1 },
  ];

  it('is a table that says which target was missed', () => {
    expect(tableOf(outcomes).split('\n')).toEqual([
      'what               bare       here  ratio  (least–greatest)  target',
      'fast          1,234,567  1,000,000   2.00       (0.50–2.00)  ≥ 1.00      ok',
      'slow, rather  1,234,567  1,000,000   0.50       (0.50–2.00)  ≥ 0.85  MISSED',
      'untold        1,234,567  1,000,000   1.00       (0.50–2.00)',
    ]);
  });

  it('is a plot in which a mark says where both are equally fast', () => {
    const [fast, slow, untold] = plotOf(outcomes).split('\n');
    expect(fast).toBe(`fast          ${'#'.repeat(25)}|${'#'.repeat(24)}  2.00`);
    expect(slow).toBe(`slow, rather  ${'#'.repeat(13)}${' '.repeat(12)}|  0.50`);
    expect(untold).toBe(`untold        ${'#'.repeat(25)}|  1.00`);
  });
});

describe('the options', () => {
  it('have defaults, and are checked', () => {
    expect(parseOptions([])).toEqual({ rounds: 11, only: [], json: false, help: false });
    expect(parseOptions(['--rounds', '3', '--only', 'call,spawn', '--json'])).toEqual({
      rounds: 3,
      only: ['call', 'spawn'],
      json: true,
      help: false,
    });
    for (const rounds of ['0', 'many', '1.5']) expect(() => parseOptions(['--rounds', rounds])).toThrow(RangeError);
    expect(() => parseOptions(['--faster'])).toThrow('--faster');
    expect(() => parseOptions(['now'])).toThrow('now');
  });

  it('choose by the beginning of a name', () => {
    const all = [{ name: 'call, one' }, { name: 'call, many' }, { name: 'spawn' }];
    expect(chosen(all, [])).toEqual(all);
    expect(chosen(all, ['call'])).toEqual(all.slice(0, 2));
    expect(() => chosen(all, ['nothing'])).toThrow('--only nothing: none of call, one; call, many; spawn');
  });
});

describe('each comparison of @parliament/otp', () => {
  const system = startSystem();
  afterAll(() => stopSystem(system));
  const sizes: Sizes = { messages: 20, actors: 2, calls: 4, atOnce: 2, spawns: 3, restarts: 2 };

  it('does what it says, on both sides', async () => {
    const comparisons = await otpComparisons(system, sizes);
    expect(comparisons).toHaveLength(7);
    for (const comparison of comparisons) {
      for (const rate of [await comparison.bare(), await comparison.here(), await comparison.here()]) {
        expect([comparison.name, Number.isFinite(rate) && rate > 0]).toEqual([comparison.name, true]);
      }
    }
  });
});

describe('the program', () => {
  it('writes nothing of the crashes that it measures', async () => {
    const program = join(__dirname, '../dist/programs/otp.js');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      program,
      '--only',
      'restart',
      '--rounds',
      '1',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toContain('restart');
  });
});
