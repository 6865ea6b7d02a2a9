// Sees to it that what the papers and READMEs name is there: files, links to other papers and to parts of them, and commands
// (`npm run …`). A file may be named by the end of its path, such as actors/desk.ts. In diagrams, what an arrow carries is a class when it begins with a capital, and a
// word with a capital inside is a name in the sources.
// Usage: node .ci/doc-files.mjs

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const SKIPPED = ['node_modules', 'dist', '.git', 'generated'];
const FILE = /[\w@.*-]+(?:\/[\w@.*-]+)*\.(?:ts|mjs|cjs|js|md|json|proto|grit)\b/g;
/** What looks like a file, and is none of this repository's. */
const NO_FILE = /^Node\.js$|\bNAME\b|^page\.js$/;

const files = filesIn('');
const sources = files
  .filter((path) => /^\/packages\/[^/]+\/src\/.*\.ts$/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');
const papers = files.filter((path) => /\.md$/.test(path) && !/\/api\.md$/.test(path));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const faults = papers.flatMap((paper) => [...faultsIn(paper), ...faultsInDiagrams(paper)]);
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${papers.length} papers name only what is there`);
process.exitCode = faults.length === 0 && papers.length > 0 ? 0 : 1;

/** What one paper names and is not there, with its line. */
function faultsIn(paper) {
  const hasPart = (path, part) => partsOf(path === '' ? paper : join(dirname(paper), path)).has(part);
  return readFileSync(join(root, paper), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const where = `${paper.slice(1)}:${index + 1}`;
      // Addresses are not looked into.
      const text = line.replaceAll(/\b(https?|file):\S+/g, '');
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path]) => path);
      const parts = [...text.matchAll(/\]\(([^)#]*)#([^)]+)\)/g)].map(([, path, part]) => [path, part]);
      const named = [...text.replaceAll(/\]\([^)]*\)/g, ']').matchAll(FILE)].map(([path]) =>
        path.replace(/^(\.\/)+/, ''),
      );
      const commands = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
      return [
        ...links.filter((path) => !isThere(join(dirname(paper), path))).map((path) => `${where}: no ${path}`),
        ...parts.filter(([path, part]) => !hasPart(path, part)).map(([path, part]) => `${where}: no ${path}#${part}`),
        ...named.filter((path) => !isFile(path)).map((path) => `${where}: no file ${path}`),
        ...commands.filter((name) => !(name in scripts)).map((name) => `${where}: no command ${name}`),
      ];
    });
}

/** What the diagrams of a paper name and no source has. */
function faultsInDiagrams(paper) {
  const diagrams = readFileSync(join(root, paper), 'utf8').matchAll(/^```mermaid\n(.*?)^```/gms);
  return [...diagrams].flatMap(([, diagram]) => {
    const carried = [...diagram.matchAll(/^\s*\w+-?->>\w+: ([A-Z]\w+)/gm)].map(([, name]) => name);
    const inside = [...diagram.matchAll(/\b\w*[a-z][A-Z]\w*\b/g)].map(([name]) => name);
    return [
      ...carried.filter((name) => !new RegExp(`\\b(class|interface) ${name}\\b`).test(sources)),
      ...inside.filter(
        (name) => !/^(sequence|state)Diagram$|^[KM]iB$/.test(name) && !new RegExp(`\\b${name}\\b`).test(sources),
      ),
    ].map((name) => `${paper.slice(1)}: no ${name} in the sources, which a diagram names`);
  });
}

function isThere(path) {
  return statSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
}

/** Stars stand for a part of a name. */
function isFile(path) {
  const end = new RegExp(`/${path.replaceAll(/[.+^$()|[\]]/g, '\\$&').replaceAll(/\*+/g, '[^/]*')}$`);
  return NO_FILE.test(path) || files.some((each) => end.test(each)) || isThere(path);
}

/** What a link may name of a paper: its headings, in small letters, with a line for each space and without marks. */
function partsOf(path) {
  const text = isThere(path) ? readFileSync(join(root, path), 'utf8') : '';
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** All files of the repository, by their paths from its root, with a slash before. */
function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.includes(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
