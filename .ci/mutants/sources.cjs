// The sources of a package, and which numbers their mutants have.

const { readdirSync, readFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { mutantsOf } = require('./mutants.cjs');
const packages = require('./packages.cjs');

const root = join(__dirname, '../..');

/** By path from the root: `{ text, first, mutants }`. */
function sourcesOf(name) {
  const folder = join(root, 'packages', name, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !packages[name].skip.some((pattern) => pattern.test(file)))
    .sort();
  const sources = new Map();
  let first = 1;
  for (const file of files) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const mutants = mutantsOf(text);
    sources.set(relative(root, path), { text, first, mutants });
    first += mutants.length;
  }
  return sources;
}

module.exports = { root, sourcesOf };
