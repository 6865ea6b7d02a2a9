// What came of mutants before: beside what npm has installed, by package and by kind.

const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { hashOf } = require('./all.cjs');
const { root } = require('./sources.cjs');

function storeOf(name) {
  const folder = join(root, 'node_modules/.cache/mutants');
  mkdirSync(folder, { recursive: true });
  const path = (kind) => join(folder, `${name}-${kind}.json`);
  return {
    read: (kind) => (existsSync(path(kind)) ? JSON.parse(readFileSync(path(kind), 'utf8')) : {}),
    write: (kind, value) => writeFileSync(path(kind), JSON.stringify(value)),
  };
}

/** A file of tests as it is now; undefined: it is gone. */
function testsIn(file) {
  const path = join(root, file);
  return existsSync(path) ? hashOf(readFileSync(path, 'utf8')) : undefined;
}

/** Of a mutant that a test kills: its file is remembered as it was then, since a test that is gone kills nothing. */
function killedBy({ by, file }) {
  return { by, file, killedWith: testsIn(file) };
}

/** Whether what came of a mutant holds still, with all tests as they are now. */
function holds(result, tests) {
  if (result?.by === undefined) return result?.livesWith === tests;
  return result.killedWith !== undefined && result.killedWith === testsIn(result.file);
}

module.exports = { holds, killedBy, storeOf };
