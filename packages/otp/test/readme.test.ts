import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CALL_ERROR_CODES, NAME_ERROR_CODES, SUPERVISOR_ERROR_CODES } from '../src/errors.js';
import { EXIT_WORDS } from '../src/exit-reason.js';
import * as otp from '../src/index.js';
import { DEAD_LETTER_REASONS } from '../src/process/dead-letters.js';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

/** A function made of text, which may wait for promises. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

describe('the README', () => {
  it('has an example that runs and prints what its comments say', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const printed: string[] = [];
    const print = { log: (...words: unknown[]) => void printed.push(words.join(' ')) };
    const body = example.replace(/import (\{.*?\}) from '@parliament\/otp';/, 'const $1 = otp;');
    const reports: otp.CrashReport[] = [];
    const stop = otp.onCrash((report) => reports.push(report));
    await new AsyncFunction('otp', 'console', body)(otp, print);
    stop();
    // What the README shows of it.
    const { reason, messageType, restarts } = reports[0] as otp.CrashReport;
    expect(readme).toContain(`crashed: ${reason}; its message was of type ${messageType}; ${restarts?.counted} of `);
    const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, text]) => text);
    expect(promised).toHaveLength(4);
    expect(printed).toEqual(promised);
  });

  it('names every function and every error that the package exports', () => {
    for (const [name, value] of Object.entries(otp)) {
      const found = readme.match(new RegExp(`\`${name}[(\`]`));
      expect([name, found !== null]).toEqual([name, true]);
      expect(['function', 'symbol']).toContain(typeof value);
    }
  });

  it('names every code of an error, and every reason of a dead letter and of an end', () => {
    const codes = [...CALL_ERROR_CODES, ...SUPERVISOR_ERROR_CODES, ...NAME_ERROR_CODES];
    for (const code of [...codes, ...DEAD_LETTER_REASONS, ...EXIT_WORDS]) expect(readme).toContain(`\`${code}\``);
  });
});
