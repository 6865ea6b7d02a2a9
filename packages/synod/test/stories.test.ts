/**
 * Stories of the protocol: `stories/*.txt`, each played by the shipped steps, and held against what it says.
 *
 * After a change that is meant to change them, write their transcripts anew, look at the difference, and keep it only if you understand it:
 *
 *     REWRITE_STORIES=1 npx jest packages/synod/test/stories
 *
 * What a story claims (`expect …`) is not written anew: it must hold. The commands are in `story/commands.ts`, the claims in
 * `story/claims.ts`, and both in `stories/README.md`.
 */

import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIM_FORMS } from './story/claims.js';
import { checkTranscripts, FORMS, play } from './story/play.js';
import { parseScript, writeScript } from './story/script.js';

const DIRECTORY = join(__dirname, 'stories');
const NAMES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.txt'));
const isRewriting = process.env.REWRITE_STORIES === '1';

describe('a story', () => {
  it.each(NAMES)('is as it says: %s', (name) => {
    const path = join(DIRECTORY, name);
    const script = parseScript(`packages/synod/test/stories/${name}`, readFileSync(path, 'utf8'));
    const transcripts = play(script);
    if (isRewriting) writeFileSync(path, writeScript(script, transcripts));
    else checkTranscripts(script, transcripts);
  });

  it('is not written anew where nobody looks at the difference', () => {
    expect(isRewriting && process.env.CI !== undefined).toBe(false);
  });
});

describe('the page about the stories', () => {
  const page = readFileSync(join(DIRECTORY, 'README.md'), 'utf8');
  const rowsOf = (heading: string): string[] => {
    const [, section = ''] = page.split(`## ${heading}\n`);
    const [rows = ''] = section.split('\n## ');
    return rows.split('\n').filter((row) => row.startsWith('| `'));
  };

  it('names every story, and no other', () => {
    const named = [...page.matchAll(/\(([a-z-]+\.txt)\)/g)].map(([, name = '']) => name);
    expect(named.sort()).toEqual([...NAMES].sort());
  });

  it('has every command, and no other', () => {
    expect(rowsOf('Commands')).toEqual(FORMS.map(({ form, about }) => `| \`${form}\` | ${about} |`));
  });

  it('has every claim, and no other', () => {
    expect(rowsOf('Claims')).toEqual(CLAIM_FORMS.map((form) => `| \`${form}\` |`));
  });
});
