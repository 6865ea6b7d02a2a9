// Jest's transformer: as swc's, with the mutants put into the sources of the package.

const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { createTransformer } = require('@swc/jest');
const { withMutants } = require('./mutants.cjs');
const { root, sourcesOf } = require('./sources.cjs');

const swc = createTransformer({
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
});
const sources = sourcesOf(process.env.MUTANTS_OF);
const everything =
  [...sources.values()].map(({ text }) => text).join('') + readFileSync(join(__dirname, 'mutants.cjs'), 'utf8');

module.exports = {
  ...swc,
  process(text, path, options) {
    const source = sources.get(relative(root, path));
    return swc.process(source === undefined ? text : withMutants(text, source.first), path, options);
  },
  // Numbers go through all files: a change of one is a change of all; so is one of these programs.
  getCacheKey: (text, path) => createHash('sha256').update(everything).update(path).update(text).digest('hex'),
};
