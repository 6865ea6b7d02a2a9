// Type-checks the programs in the READMEs, as TypeScript and as strictly as the sources: what is shown there is what users
// begin with. A program is a block of JavaScript or TypeScript that imports something; other blocks are pieces of one.
// Usage: node .ci/readme-programs.mjs

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Below the packages that programs import; git ignores it.
const folder = join(root, 'node_modules/.cache/readme-programs');

const readmes = ['README.md', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)];
const programs = readmes.filter((path) => existsSync(join(root, path))).flatMap(programsIn);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { file, text } of programs) writeFileSync(join(folder, file), text);
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: join(root, 'packages/tsconfig.test.json'),
    compilerOptions: { rootDir: root, noPropertyAccessFromIndexSignature: true },
    include: ['*.mts'],
  }),
);
const { status, stdout } = spawnSync('npx', ['tsc', '--project', folder, '--pretty', 'false'], { cwd: root });
process.stdout.write(String(stdout).replaceAll(/^.*?([\w-]+)\.(\d+)\.mts\((\d+),/gm, where));
if (status === 0) console.log(`${programs.length} programs of the READMEs pass the compiler`);
process.exitCode = status ?? 1;

/** The programs of one README. Their lines stand where they stand there, so that errors tell the right ones. */
function programsIn(path) {
  const found = [];
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  for (let start = 0; start < lines.length; start += 1) {
    if (!/^```(js|ts)$/.test(lines[start])) continue;
    const end = lines.indexOf('```', start + 1);
    const text = lines.slice(start + 1, end).join('\n');
    if (/^import /m.test(text)) {
      const file = `${path.replaceAll(/[/.]/g, '-')}.${start + 1}.mts`;
      found.push({ file, text: `${'\n'.repeat(start + 1)}${text}\nexport {};\n` });
    }
    start = end;
  }
  return found;
}

/** Where an error is, in its README. */
function where(_, file, __, line) {
  return `${file.replace(/^packages-(.*)-README-md$/, 'packages/$1/README.md').replace('README-md', 'README.md')}(${line},`;
}
