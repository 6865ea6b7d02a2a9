import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as machines from '../src/index.js';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');

it('the README begins with a program that prints what is shown below it', () => {
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const { code } = transformSync(program, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  const lines: string[] = [];
  const print = (...words: unknown[]): void => void lines.push(words.join(' '));
  new Function('require', 'exports', 'console', code)(() => machines, {}, { log: print });
  const [, shown = ''] = /```\n(now:[\s\S]*?)```/.exec(readme) ?? [];
  expect(`${lines.join('\n')}\n`).toBe(shown);
});
