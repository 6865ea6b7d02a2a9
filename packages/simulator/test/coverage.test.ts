import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Branches, branchesOf, compare, type Fork, merged } from '../programs/coverage/branches.js';
import { EXCEPTIONS } from '../programs/coverage/exceptions.js';

const place = (line: number, column: number) => ({ line, column });

/** `if (a || b) c();` in line 1: without an else. */
const built = ['if (a || b) c();'];
const span = { start: place(1, 0), end: place(1, 16) };
const forks: Record<string, Fork> = {
  0: { type: 'if', loc: span, locations: [span, { start: {}, end: {} }] },
  1: {
    type: 'binary-expr',
    loc: { start: place(1, 4), end: place(1, 10) },
    locations: [
      { start: place(1, 4), end: place(1, 5) },
      { start: place(1, 9), end: place(1, 10) },
    ],
  },
};

function found(b: Record<string, number[]>) {
  const locate = ({ line = 0 }) => ({ line: line + 10, text: 'if (a || b) c();' });
  return branchesOf('x', { branchMap: forks, b }, built, locate);
}

describe('branches', () => {
  it('are told as a reader of the source finds them, an else that nobody wrote among them', () => {
    const arms = found({ 0: [3, 0], 1: [3, 0] }).map(({ arm, line, taken }) => `${line} ${arm}: ${taken}`);
    expect(arms).toEqual(['11 is true: 3', '11 is false: 0', '11 comes to a: 3', '11 comes to b: 0']);
  });

  it('of two runs are summed up', () => {
    const run = (b: Record<string, number[]>): Branches => ({ 'x.js': { branchMap: forks, b } });
    const both = merged(merged({}, run({ 0: [1, 0], 1: [1, 0] })), run({ 0: [2, 5], 1: [7, 0] }));
    expect(both['x.js']?.b).toEqual({ 0: [3, 5], 1: [8, 0] });
  });

  it('that are not taken are missing unless excepted; an exception that is taken is stale', () => {
    const branches = found({ 0: [3, 0], 1: [3, 0] });
    const exception = { file: 'x', text: 'if (a || b) c();', arm: 'is false', why: 'a is always true' };
    const both = compare(branches, [exception]);
    expect(both.missing.map(({ arm }) => arm)).toEqual(['comes to b']);
    expect(both.excepted.map(({ arm }) => arm)).toEqual(['is false']);
    expect(both.stale).toEqual([]);
    const known = compare(branches, [{ ...exception, isOpen: true }]);
    expect(known.gaps.map(({ arm }) => arm)).toEqual(['is false']);
    expect(known.excepted).toEqual([]);
    const { arm: _, ...anyArm } = exception;
    expect(compare(branches, [anyArm]).missing).toEqual([]);
    expect(compare(found({ 0: [3, 1], 1: [3, 1] }), [exception]).stale).toEqual([exception]);
    expect(compare(branches, [{ ...exception, text: 'if (a) c();' }]).stale).toHaveLength(1);
  });

  it('are excepted once each, with a reason', () => {
    const keys = EXCEPTIONS.map(({ file, text, arm }) => `${file} ${text} ${arm}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { why } of EXCEPTIONS) expect(why.length).toBeGreaterThan(10);
  });
});

describe('npm run coverage:protocol', () => {
  it('counts the branches of the code that ships, and fails over those that nothing takes', () => {
    const program = path.join(__dirname, '../programs/dist/coverage.js');
    const args = [program, '--seeds', '2', '--states', '200', '--jobs', '2'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/^acceptor +\| +\d+ branches \| +\d+ taken/m);
    // Of so few worlds none can have taken all.
    expect(stdout).toMatch(/^not taken: [\w-]+\.ts:\d+ \| is (true|false) \| /m);
    expect(status).toBe(1);
  });
});
