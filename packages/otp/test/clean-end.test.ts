import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

describe('the end of a system', () => {
  it('leaves no actor, no timer and no handle of a tree with everything in it, under load', async () => {
    const program = join(__dirname, 'fixtures/clean-end.mjs');
    // It ends by itself, or not at all.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 25_000 });
    const { after, ends, left, letters } = JSON.parse(stdout);
    // Its output is not of the tree.
    expect(after.filter((resource: string) => !/^(TTY|Pipe)Wrap$/.test(resource))).toEqual([]);
    expect(left).toBeNull();
    expect(ends).toEqual(['exit', 'overloaded']);
    expect(letters.overloaded).toBeGreaterThan(0);
    expect(stderr).toBe('');
  });
});
