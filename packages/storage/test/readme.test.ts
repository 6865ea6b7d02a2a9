import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LEDGER_ERROR_CODES } from '../src/errors.js';
import * as storage from '../src/index.js';
import { contentsOf, directoriesOfThisFile } from './support.js';

const newDirectory = directoriesOfThisFile();
const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');

/** A function made of text, which may wait for promises. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

describe('the README', () => {
  it('has an example that runs, prints what it appended, and founds the directory of its member', async () => {
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const printed: unknown[] = [];
    const directory = newDirectory();
    const body = example
      .replace(/import (\{.*?\}) from '@parliament\/storage';/, 'const $1 = storage;')
      .replace("'./data'", 'directory');
    const run = new AsyncFunction('storage', 'console', 'directory', body);
    await run(storage, { log: (word: unknown) => printed.push(word) }, directory);
    expect(printed).toEqual([{ type: 'promised', ballot: 1024 }]);
    await expect(contentsOf(directory)).rejects.toMatchObject({ code: 'wrong-identity' });
  });

  it('names every code of an error', () => {
    for (const code of LEDGER_ERROR_CODES) expect(readme).toContain(`| \`${code}\` |`);
  });

  it('tells the default limit of a record', () => {
    expect(storage.DEFAULT_RECORD_LIMIT_BYTES).toBe(8 * 1024 * 1024);
    expect(readme).toMatch(/`recordLimitBytes` \| bytes \| 8 MiB/);
  });
});
