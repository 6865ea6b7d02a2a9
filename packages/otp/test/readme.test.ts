import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as otp from '../src/index.js';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

/** Complete, or the compiler says so. */
const CODES: Record<otp.CallErrorCode | otp.SupervisorErrorCode | otp.DeadLetterReason, true> = {
  noproc: true,
  exit: true,
  noconnection: true,
  timeout: true,
  aborted: true,
  overloaded: true,
  'too-large': true,
  unsendable: true,
  'unknown-request': true,
  'calling-self': true,
  fenced: true,
  'already-present': true,
  'already-started': true,
  'not-found': true,
  running: true,
  restarting: true,
  'simple-one-for-one': true,
  'shutting-down': true,
  ended: true,
  'not-understood': true,
};

/** A function made of text, which may wait for promises. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

describe('the README', () => {
  it('has an example that runs and prints what its comments say', async () => {
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const printed: string[] = [];
    const print = { log: (...words: unknown[]) => void printed.push(words.join(' ')) };
    const body = example.replace(/import (\{.*?\}) from '@parliament\/otp';/, 'const $1 = otp;');
    await new AsyncFunction('otp', 'console', body)(otp, print);
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

  it('names every code of an error, and every reason of a dead letter', () => {
    for (const code of Object.keys(CODES)) expect(readme).toContain(`\`${code}\``);
  });
});
