import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as synod from '../src/index.js';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');

it('the README begins with a duel that runs, and prints the chart that is shown below it', () => {
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const { code } = transformSync(program, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  const lines: string[] = [];
  const required: string[] = [];
  const require = (name: string): typeof synod => {
    required.push(name);
    return synod;
  };
  new Function('require', 'exports', 'console', code)(require, {}, { log: (line: string) => lines.push(line) });
  expect(required).toEqual(['@parliament/synod']);
  const [, chart = ''] = /```mermaid\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(`${lines.join('\n')}\n`).toBe(chart);
  expect(lines.filter((line) => line.endsWith('decided, the apple'))).toHaveLength(2);
});
