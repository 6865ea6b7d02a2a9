// Sees to it that what docs/operating shows of messages is what the code says: of each line that is shown, the words must stand in
// texts of the sources, as they stand there. What is left are values: numbers, names, ids, places.
// Usage: node .ci/doc-messages.mjs

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';
import { sayable, unknownWords } from './shown-words.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs/operating');
const COMMAND = /^parliament [a-z]+ [^:]*$|^\$ /;

const texts = textsOfSources();
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const shown = pages.flatMap((page) => shownIn(page));
const faults = shown
  .map(({ where, line }) => ({ where, words: unknownWords(line, texts) }))
  .filter(({ words }) => words.length > 0)
  .map(({ where, words }) => `${where}: the code does not say: ${words.join(' … ')}`);
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${shown.length} lines that are shown are what the code says`);
process.exitCode = faults.length === 0 && shown.length > 0 ? 0 : 1;

/** All literal texts, and the parts of those with values in them. */
function textsOfSources() {
  const found = new Set();
  for (const name of ['cli', 'parliament', 'storage', 'remote', 'synod']) {
    const source = join(root, 'packages', name, 'src');
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const options = { sourceType: 'module', plugins: ['typescript'] };
      collect(parse(readFileSync(join(source, file), 'utf8'), options).program, found);
    }
  }
  return sayable(found);
}

function collect(node, found) {
  if (node === null || typeof node !== 'object') return;
  if (node.type === 'StringLiteral') found.add(node.value.trim());
  else if (node.type === 'TemplateElement') found.add(node.value.cooked.trim());
  for (const [key, value] of Object.entries(node)) if (key !== 'loc') collect(value, found);
}

/** The lines of output in blocks, and what is quoted in sentences and tables. */
function shownIn(page) {
  const lines = readFileSync(join(folder, page), 'utf8').split('\n');
  let isBlock = false;
  return lines.flatMap((text, index) => {
    const where = `docs/operating/${page}:${index + 1}`;
    if (/^\s*```/.test(text)) {
      isBlock = !isBlock;
      return [];
    }
    const quoted = isBlock ? [text.trim()] : [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
    return quoted
      .filter((line) => !COMMAND.test(line) && (isBlock ? line !== '' : line.split(' ').length > 4))
      .map((line) => ({ where, line }));
  });
}
