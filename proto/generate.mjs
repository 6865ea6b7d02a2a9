// Generates static code and typings from the .proto files, into the `generated` folder of the package that uses each.
// Output newer than its source, and than what generates it, is kept, so calling this before every build costs next to nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const targets = [
  { source: 'frame', package: 'remote' },
  { source: 'log', package: 'storage' },
  { source: 'protocol', package: 'parliament' },
];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const pbjs = createRequire(import.meta.url).resolve('protobufjs-cli/bin/pbjs');
const changedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

for (const target of targets) {
  const source = path.join(root, 'proto', `${target.source}.proto`);
  const folder = path.join(root, 'packages', target.package, 'generated');
  const code = path.join(folder, `${target.source}.js`);
  const typings = path.join(folder, `${target.source}.d.ts`);
  const newestInput = Math.max(changedAt(source), changedAt(fileURLToPath(import.meta.url)), changedAt(pbjs));
  if (Math.min(changedAt(code), changedAt(typings)) > newestInput) continue;
  mkdirSync(folder, { recursive: true });
  // The root (-r) has a name of its own: a process may hold several users of protobufjs, and their default root is one.
  const options = ['--no-verify', '--no-delimited', '--no-convert', '--no-typeurl', '--no-service', '--force-number'];
  const output = ['-o', code, '-d', source];
  execFileSync(
    process.execPath,
    [pbjs, '-t', 'static-module', '-w', 'esm', '-r', `parliament_${target.source}`, ...options, ...output],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
}
