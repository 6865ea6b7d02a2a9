import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as otp from '../src/index.js';
import { failOnUnhandledRejection } from './support.js';

failOnUnhandledRejection();

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

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
    expect(promised).toHaveLength(3);
    expect(printed).toEqual(promised);
  });

  it('names every function and every error that the package exports', () => {
    for (const [name, value] of Object.entries(otp)) {
      expect(readme).toMatch(new RegExp(`\`${name}[(\`]`));
      expect(typeof value).toBe('function');
    }
  });

  it('names every code of a failed call', () => {
    for (const code of ['no-process', 'ended', 'timeout', 'aborted'] satisfies otp.CallErrorCode[]) {
      expect(readme).toContain(`\`${code}\``);
    }
  });
});
