import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import { CONFIGURATIONS } from '../programs/checker/catalogue.js';
import { MUTANTS } from '../programs/mutants/hunt.js';
import * as simulator from '../src/index.js';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');

describe('the README', () => {
  it('has an example that runs: a machine of a user, in worlds', () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const lines: string[] = [];
    const options = { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } } as const;
    const { code } = transformSync(example, options);
    new Function('require', 'exports', 'console', code)(
      () => simulator,
      {},
      { log: (line: string) => lines.push(line) },
    );
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line).toMatch(/^seed \d+: \d+ slots decided, [1-9]\d* operations linearizable$/);
    // About twenty lines, without the machine's own.
    expect(example.split('\n').length).toBeLessThan(30);
  });

  it('tells how many mutants there are, and names the models', () => {
    expect(readme).toContain(`${MUTANTS.length} mutants`);
    for (const { name } of CONFIGURATIONS) expect(readme).toContain(name.split(',')[0]);
    const list = [...readme.matchAll(/^\| ([\d, ]+) \| /gm)].flatMap(([, numbers = '']) => numbers.split(', '));
    for (const { pitfalls } of MUTANTS) expect(list).toEqual(expect.arrayContaining(pitfalls.split(', ')));
  });
});
