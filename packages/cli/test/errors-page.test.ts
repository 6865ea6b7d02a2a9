/** The page on errors and the code, each against the other: of all packages, since one word has one meaning in all of them. */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as cbor from '../../cbor/src/errors.js';
import * as machine from '../../machine/src/errors.js';
import * as otp from '../../otp/src/errors.js';
import { EXIT_WORDS } from '../../otp/src/exit-reason.js';
import { DEAD_LETTER_REASONS } from '../../otp/src/process/dead-letters.js';
import * as machines from '../../machines/src/kv/errors.js';
import * as parliament from '../../parliament/src/errors.js';
import * as remote from '../../remote/src/errors.js';
import * as storage from '../../storage/src/errors.js';
import { PoolError } from '../src/pool.js';

const root = path.join(__dirname, '../../..');
const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');

/** What each class of error may say. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  CborError: cbor.CBOR_ERROR_CODES,
  MachineError: machine.MACHINE_ERROR_CODES,
  // Its codes are those of the machine that throws it.
  Rejection: [],
  CallError: otp.CALL_ERROR_CODES,
  FencedError: [new otp.FencedError().code],
  NameError: otp.NAME_ERROR_CODES,
  StartError: [new otp.StartError('a', 'why').code],
  SupervisorError: otp.SUPERVISOR_ERROR_CODES,
  NodeError: [...remote.NODE_ERROR_CODES, ...remote.REFUSAL_CODES],
  LedgerError: storage.LEDGER_ERROR_CODES,
  KvError: machines.KV_ERROR_CODES,
  AskError: parliament.ASK_ERROR_CODES,
  ParliamentError: parliament.PARLIAMENT_ERROR_CODES,
  PoolError: [new PoolError('unknown', 'why').code],
};

/** The cells of the tables below a headline, without their heads. */
function rowsBelow(headline: string): string[][] {
  const [, section = ''] = page.split(`\n## ${headline}\n`);
  const lines = section.split('\n## ')[0]?.match(/^\| .*\|$/gm) ?? [];
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
}

const wordsOf = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

const LISTS = ['Exit reasons', 'Dead letters'];
const headlines = [...page.matchAll(/^## (.*)$/gm)].map(([, headline = '']) => headline);
const rows = headlines.filter((headline) => !LISTS.includes(headline)).flatMap(rowsBelow);

const sources = ['cbor', 'machine', 'machines', 'otp', 'remote', 'storage', 'parliament', 'cli'].flatMap((name) => {
  const folder = path.join(root, 'packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
});

describe('docs/errors.md', () => {
  it('has each code that an error of a class may have, and no other', () => {
    const told = rows.flatMap(([code, classes]) => wordsOf(classes).map((name) => `${name} ${wordsOf(code).join()}`));
    const given = Object.entries(CODES).flatMap(([name, codes]) => codes.map((code) => `${name} ${code}`));
    expect(told.sort()).toEqual(given.sort());
  });

  it('has each code once: it means the same wherever it is given', () => {
    const codes = rows.map(([code]) => code);
    expect(codes).toEqual([...new Set(codes)]);
  });

  it('tells of each what it means, whether something was applied, and what to do', () => {
    for (const [code, , meaning, outcome, remedy, ...more] of rows) {
      expect([code, meaning, remedy]).toEqual(Array(3).fill(expect.stringMatching(/\S{3}/)));
      expect(['`not-applied`', '`unknown`', '`error.outcome`', '–']).toContain(outcome);
      expect(more).toEqual([]);
    }
  });

  it.each([
    ['Exit reasons', EXIT_WORDS],
    ['Dead letters', DEAD_LETTER_REASONS],
  ])('has all words of the list: %s', (headline, words) => {
    expect(rowsBelow(headline).map(([word]) => wordsOf(word).join())).toEqual([...words]);
  });
});

describe('the sources', () => {
  it('have no class of errors with codes that is not looked at here', () => {
    const classes = sources.flatMap((text) => [...text.matchAll(/class (\w+) extends Error \{\n.*?\n\}/gs)]);
    const coded = classes.filter(([text]) => /\breadonly code\b/.test(text)).map(([, name]) => name);
    expect(coded.sort()).toEqual(Object.keys(CODES).sort());
  });

  it('give each code somewhere: what nobody gives is no code', () => {
    const given = sources.map((text) => text.replaceAll(/ = \[[^\]]*\] as const/g, '')).join('\n');
    const unused = Object.values(CODES)
      .flat()
      .filter((code) => !given.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });
});
