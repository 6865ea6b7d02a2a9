import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as otp from '@parliament/otp';
import * as remote from '../src/index.js';
import { DEFAULT_LIMITS } from '../src/limits.js';

const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');

/** A function made of text, which may wait for promises. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

describe('the README', () => {
  it('has an example that runs and prints what its comments say', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const printed: string[] = [];
    const print = { log: (...words: unknown[]) => void printed.push(words.join(' ')) };
    const body = example.replace(/import (\{.*?\}) from '(?:@parliament\/)?(\w+)';/g, 'const $1 = $2;');
    await new AsyncFunction('otp', 'remote', 'console', body)(otp, remote, print);
    const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, text]) => text);
    expect(printed).toEqual(promised);
    expect(promised).toHaveLength(2);
  });

  it('names every function that the package exports, every method of a node, every limit and option', async () => {
    const system = otp.startSystem();
    const node = await remote.openNode(system, { name: 'a' });
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(node)).filter(
      (name) => !['constructor', 'open'].includes(name),
    );
    await node.close();
    await otp.stopSystem(system);
    const functions = Object.keys(remote).filter((name) => name !== 'DEFAULT_LIMITS');
    for (const name of [...functions, ...methods, ...Object.keys(DEFAULT_LIMITS)]) {
      expect([name, new RegExp(`\`${name}[(\`]`).test(readme)]).toEqual([name, true]);
    }
  });

  it('has every default of a limit', () => {
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
      const row =
        readme
          .slice(readme.indexOf('`limits`:'))
          .split('\n')
          .find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
      const mebibytes = `${value / 1024 / 1024} MiB`;
      expect([name, row.includes(mebibytes) || row.replaceAll(',', '').includes(String(value))]).toEqual([name, true]);
    }
  });
});
