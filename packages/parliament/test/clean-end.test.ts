import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

it('the end of a system is the end of its parliament: no timer, socket or file is left, and nobody waits', async () => {
  const program = join(__dirname, 'fixtures/clean-end.mjs');
  // It ends by itself, or not at all.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 25_000 });
  const { decided, outcomes, after } = JSON.parse(stdout);
  expect(decided).toBe('value');
  expect(outcomes).toContain('exit');
  expect(outcomes.filter((outcome: string) => !['decided', 'exit'].includes(outcome))).toEqual([]);
  // Its output is not of the parliament.
  expect(after.filter((resource: string) => !/^(TTY|Pipe)Wrap$/.test(resource))).toEqual([]);
  expect(stderr).toBe('');
});
