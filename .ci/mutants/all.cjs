// All mutants of a package, each with what tells it from the others.

const { createHash } = require('node:crypto');
const { sourcesOf } = require('./sources.cjs');

/** `key`: as long as its source stays as it is; `id`: as long as what is changed does. */
function allMutants(name) {
  const found = [];
  for (const [file, { text, first, mutants }] of sourcesOf(name)) {
    const lines = text.split('\n');
    const hash = hashOf(text);
    const times = new Map();
    mutants.forEach(({ line, what, start, end }, index) => {
      const from = text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 100);
      const code = lines[line - 1].trim();
      const kind = `${file}: ${from} (${what})`;
      times.set(kind, (times.get(kind) ?? 0) + 1);
      const id = `${kind} ${times.get(kind)}`;
      found.push({ file, line, what, from, code, number: first + index, key: `${hash}-${index}`, id });
    });
  }
  return found;
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

module.exports = { allMutants, hashOf };
