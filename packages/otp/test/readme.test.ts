import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as otp from '../src/index.js';
import { failOnUnhandledRejection } from './support.js';

failOnUnhandledRejection();

describe('the README', () => {
  const text = readFileSync(join(__dirname, '../README.md'), 'utf8');

  it('has an example that prints what it says', async () => {
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
    const [, promised = ''] = /It prints (.*)\./.exec(text) ?? [];
    const body = example.replace(/^import (\{.*\}) from '@parliament\/otp';$/m, 'const $1 = otp;');
    const printed: string[] = [];
    const console = { log: (...words: readonly unknown[]) => void printed.push(words.join(' ')) };
    const AsyncFunction = (async () => {}).constructor as new (
      ...parameters: string[]
    ) => (...given: unknown[]) => unknown;
    await new AsyncFunction('otp', 'console', body)(otp, console);
    expect(printed).toEqual([...promised.matchAll(/`([^`]*)`/g)].map(([, line]) => line));
    expect(printed).toHaveLength(6);
  });

  it('names every code of an error', () => {
    for (const code of ['no-process', 'ended', 'timeout', 'aborted'] satisfies otp.CallErrorCode[]) {
      expect(text).toContain(`\`${code}\``);
    }
  });
});
