import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as machine from '../src/index.js';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');
const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program = '']) => program);

/** Runs a program; gives what it printed, and what its comments say that it prints. */
function run(program: string): { printed: string[]; promised: (string | undefined)[] } {
  const parser = { syntax: 'typescript' } as const;
  const { code } = transformSync(program, { jsc: { parser }, module: { type: 'commonjs' } });
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
  };
  const require = (name: string): typeof machine => {
    expect(name).toBe('@parliament/machine');
    return machine;
  };
  new Function('require', 'exports', 'console', code)(require, {}, { log });
  return { printed, promised: [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, text]) => text) };
}

describe('the README', () => {
  it.each(programs.filter((program) => !program.includes('declare const')).map((program) => [program]))(
    'has a program that prints what its comments say: %#',
    (program) => {
      const { printed, promised } = run(program);
      expect(printed).toEqual(promised);
    },
  );

  it('has programs that print', () => {
    expect(programs).toHaveLength(4);
    expect(readme.match(/console\.log/g)).toHaveLength(7);
  });

  it('names each code of an error', () => {
    for (const code of machine.MACHINE_ERROR_CODES) expect(readme).toContain(`\`${code}\``);
  });

  it('names all that the package exports', () => {
    const names = Object.keys(machine).filter((name) => name !== 'MACHINE_ERROR_CODES');
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
  });
});
