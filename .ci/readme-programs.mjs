// Type-checks the programs in the READMEs and the examples in the docstrings, as TypeScript and as strictly as the sources: what is
// shown there is what users begin with. A program is a block of JavaScript or TypeScript that imports something; other blocks of a
// README are pieces of one.
// Usage: node .ci/readme-programs.mjs

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docExamples } from './doc-examples.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Below the packages that programs import; git ignores it.
const folder = join(root, 'node_modules/.cache/readme-programs');

const readmes = ['README.md', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)];
const programs = readmes.filter((path) => existsSync(join(root, path))).flatMap(programsIn);

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
const { status, stdout } = spawnSync('npx', ['tsc', '--project', folder, '--pretty', 'false'], { cwd: root });
process.stdout.write(String(stdout).replaceAll(/^.*?([\w-]+\.\d+\.mts)(?=\()/gm, (_, file) => files.get(file).path));
for (const fault of examples.faults) console.error(fault);
const isRight = status === 0 && examples.faults.length === 0;
if (isRight)
  console.log(`${programs.length} programs of the READMEs and ${examples.programs.length} examples pass the compiler`);
process.exitCode = isRight ? 0 : 1;

/** The programs of one README. */
function programsIn(path) {
  const found = [];
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  for (let start = 0; start < lines.length; start += 1) {
    if (!/^```(js|ts)$/.test(lines[start])) continue;
    const end = lines.indexOf('```', start + 1);
    const text = lines.slice(start + 1, end).join('\n');
    if (/^import /m.test(text)) found.push({ path, line: start + 1, text });
    start = end;
  }
  return found;
}
