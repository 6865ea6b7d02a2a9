const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, relative } = require('node:path');
const { describe, expect, it } = require('@jest/globals');
const { allMutants } = require('./all.cjs');
const { staleIn } = require('./argued.cjs');
const { parse } = require('./options.cjs');
const packages = require('./packages.cjs');
const { holds, killedBy } = require('./results.cjs');
const { root } = require('./sources.cjs');

describe('what tries no mutant is refused', () => {
  it.each([
    ['--workers 0: a whole number from 1', 'otp --workers 0'],
    ['--workers two: a whole number from 1', 'otp --workers two'],
    ['--sample 0: a whole number from 1', 'otp --sample 0'],
    ['--sample ten: a whole number from 1', 'otp --sample ten'],
    ['--number 0: a whole number from 1', 'otp --number 0'],
    ['--least 0: a part, from above 0 to 1', 'otp --least 0'],
    ['--least 90: a part, from above 0 to 1', 'otp --least 90'],
    [`synod: one of ${Object.keys(packages).join(', ')}`, 'synod'],
    ['remote: one package at a time', 'otp remote'],
  ])('%s', (message, line) => {
    expect(() => parse(line.split(' '))).toThrow(message);
  });

  it('but not what tries some', () => {
    expect(parse(['otp', '--sample', '10', '--least', '0.8'])).toMatchObject({
      name: 'otp',
      sample: 10,
      least: 0.8,
      workers: 1,
    });
  });
});

describe('an argument', () => {
  it.each(Object.keys(packages))('of %s is of mutants that there are, and of no others', (name) => {
    expect(staleIn(require(packages[name].equivalent), allMutants(name))).toEqual([]);
  });

  const [one] = allMutants('otp');
  const own = { file: one.file.replace('packages/otp/src/', ''), from: one.from, what: one.what };

  it('of what is no more is told', () => {
    expect(staleIn([own], [])).toEqual([`no such mutant any more: ${own.file}: ${own.from} (${own.what})`]);
  });

  it('is not of what is written later', () => {
    expect(staleIn([own], [one])).toEqual([]);
    expect(staleIn([own], [one, one])).toEqual([
      `argued of 1, and there are 2: ${own.file}: ${own.from} (${own.what})`,
    ]);
    expect(staleIn([{ ...own, times: 2 }], [one, one])).toEqual([]);
  });
});

describe('what came of a mutant', () => {
  it('that was killed holds as long as the file of tests that killed it stays as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mutants-test-'));
    try {
      const path = join(folder, 'some.test.ts');
      writeFileSync(path, 'it("notices")');
      const result = killedBy({ by: 'some.test.ts: notices', file: relative(root, path) });
      expect(holds(result, 'tests')).toBe(true);
      writeFileSync(path, 'it("notices nothing")');
      expect(holds(result, 'tests')).toBe(false);
      rmSync(path);
      expect(holds(result, 'tests')).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that lives holds as long as no test changes, and of one that nobody has tried nothing is known', () => {
    expect(holds({ livesWith: 'tests' }, 'tests')).toBe(true);
    expect(holds({ livesWith: 'tests' }, 'others')).toBe(false);
    expect(holds({ by: 'a test of before' }, 'tests')).toBe(false);
    expect(holds(undefined, 'tests')).toBe(false);
  });
});
