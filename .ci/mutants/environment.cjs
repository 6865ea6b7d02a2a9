// Before each file of tests: which mutant is in force; and in the run without one, which are met.

const { appendFileSync } = require('node:fs');

const { MUTANT, MUTANTS_MET } = process.env;
if (MUTANTS_MET === undefined) {
  const inForce = Number(MUTANT);
  globalThis.__mutant = (number) => number === inForce;
} else {
  const met = new Set();
  globalThis.__mutant = (number) => {
    if (!met.has(number)) {
      met.add(number);
      globalThis.__mutantsNew = true;
    }
    return false;
  };
  globalThis.__mutantsTell = (file) => {
    appendFileSync(MUTANTS_MET, `${JSON.stringify({ file, met: [...met] })}\n`);
  };
}
