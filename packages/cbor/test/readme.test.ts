import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as cbor from '../src/index.js';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');

describe('the README', () => {
  it('begins with a program that runs, and prints what its comments say', () => {
    const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const parser = { syntax: 'typescript' } as const;
    const { code } = transformSync(program, { jsc: { parser }, module: { type: 'commonjs' } });
    const printed: string[] = [];
    const log = (value: unknown): void =>
      void printed.push(typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY }));
    const require = (name: string): typeof cbor => {
      expect(name).toBe('@parliament/cbor');
      return cbor;
    };
    new Function('require', 'exports', 'console', code)(require, {}, { log });
    const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, text]) => text);
    expect(printed).toEqual(promised);
    expect(promised).toHaveLength(3);
  });

  it('names all that the package exports, each code and each option', () => {
    const options = ['references', 'flattensClasses', 'depthMax', 'workMax'];
    const names = [...Object.keys(cbor), 'unencodable', 'too-large', 'malformed', ...options];
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
  });
});
