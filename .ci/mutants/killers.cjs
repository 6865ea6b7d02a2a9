// Which tests are known to kill which mutants: written down for those that are tried again and again.

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const pathOf = (name) => join(__dirname, `killers-${name}.json`);

/** By what a mutant is: `{ file, tests: [[name, ms]] }`. What has changed since is no harm: who does not kill any more has been asked in vain. */
function readKillers(name) {
  return existsSync(pathOf(name)) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : {};
}

function writeKillers(name, killers) {
  writeFileSync(pathOf(name), `${JSON.stringify(killers, undefined, 2)}\n`);
}

module.exports = { readKillers, writeKillers };
