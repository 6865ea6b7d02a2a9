// What an installation and a page weigh.

import { lstatSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readJson } from './packages.mjs';

/** The bytes of a package that is installed in a project, and of all that comes with it. */
export function installedBytes(project, name) {
  const seen = new Set();
  const visit = (each) => {
    if (seen.has(each)) return;
    seen.add(each);
    const { dependencies = {} } = readJson(project, 'node_modules', each, 'package.json');
    Object.keys(dependencies).forEach(visit);
  };
  visit(name);
  return [...seen].reduce((sum, each) => sum + bytesOf(join(project, 'node_modules', each)), 0);
}

function bytesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => lstatSync(join(folder, file)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

/** A page with a node and actors, as the README of @parliament/remote says it is bundled; minified, and that compressed. */
export async function pageBytes(project) {
  const { outputFiles, metafile } = await build({
    stdin: {
      resolveDir: project,
      contents: `import { call, startActor, startSystem } from '@parliament/otp';
        import { openNode } from '@parliament/remote';
        globalThis.page = { call, openNode, startActor, startSystem };`,
    },
    ...{ absWorkingDir: project, bundle: true, minify: true, write: false, metafile: true, logLevel: 'error' },
    ...{ format: 'esm', platform: 'browser', target: 'es2022' },
    alias: { assert: '@parliament/otp/browser/assert', crypto: '@parliament/otp/browser/crypto' },
  });
  const [{ contents }] = outputFiles;
  return { minified: contents.length, compressed: gzipSync(contents, { level: 9 }).length, parts: partsOf(metafile) };
}

/** What each package has in it, the largest first. */
function partsOf({ outputs }) {
  const bytes = new Map();
  for (const [file, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file.split(sep).join('/'))?.[1];
    if (name !== undefined) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return [...bytes].sort(([, one], [, other]) => other - one);
}
