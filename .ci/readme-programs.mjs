// Type-checks the programs in the papers and the examples in the docstrings, as TypeScript and as strictly as the sources: what is
// shown there is what users begin with.// Usage: node .ci/readme-programs.mjs

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docExamples } from './doc-examples.mjs';
import { programsIn } from './paper-programs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Below the packages that programs import; git ignores it.
const folder = join(root, 'node_modules/.cache/readme-programs');

const papers = ['', 'docs', 'examples', 'packages'].flatMap((part) =>
  readdirSync(join(root, part), { recursive: part !== '' })
    .filter((path) => path.endsWith('.md') && !/(^|\/)(node_modules|dist)\/|(^|\/)api\.md$/.test(path))
    .map((path) => join(part, path)),
);
const shown = papers.map((path) => programsIn(path, readFileSync(join(root, path), 'utf8')));
const programs = shown.flatMap((each) => each.programs);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const examples = docExamples(root);
/** By the names of the files that the compiler sees. */
const files = new Map(
  [...programs, ...examples.programs].map((each) => [`${each.path.replaceAll(/[/.]/g, '-')}.${each.line}.mts`, each]),
);
for (const [file, { line, text }] of files) {
  // Its lines stand where they stand in its source, so that errors tell the right ones.
  writeFileSync(join(folder, file), `${'\n'.repeat(line)}${text}\nexport {};\n`);
}
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: join(root, 'packages/tsconfig.test.json'),
    compilerOptions: { rootDir: root, noPropertyAccessFromIndexSignature: true },
    include: ['*.mts'],
  }),
);
const { status, stdout, error } = spawnSync('npx', ['tsc', '--project', folder, '--pretty', 'false'], { cwd: root });
process.stdout.write(String(stdout).replaceAll(/^.*?([\w-]+\.\d+\.mts)(?=\()/gm, (_, file) => files.get(file).path));
const faults = [...shown.flatMap((each) => each.faults), ...examples.faults];
if (programs.length === 0) faults.push('no paper shows a program');
for (const fault of faults) console.error(fault);
if (error !== undefined) throw error;
const isRight = status === 0 && faults.length === 0;
if (isRight)
  console.log(`${programs.length} programs of the papers and ${examples.programs.length} examples pass the compiler`);
process.exitCode = isRight ? 0 : 1;
