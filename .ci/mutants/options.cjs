// What the command line of run.cjs says. A number that is none would try no mutant, and all of none are noticed.

const { parseArgs } = require('node:util');
const packages = require('./packages.cjs');

const USAGE = `usage: npm run mutants:shells -- ${Object.keys(packages).join('|')} [options]
  --sample N     so many of them, taken by chance; without it, all
  --seed S       what chance goes by; default: the number of the day
  --only TEXT    those of the sources whose path has TEXT in it, as src/link
  --number N     this one (see --list)
  --list         tells which they are, and tries none
  --workers N    processes; default: 1
  --again        tries even those that were killed before
  --least PART   of all of them, this part must be noticed; default: 0.9
  --remember     writes down, for those that are tried, which test kills each: it is asked first from then on
What was killed is remembered as long as its source and the file of tests that killed it stay as they are; what lives, as long
as no test changes, either.
Exit status: 0 enough were noticed; 1 they were not, or something is argued of a mutant that is no more; 2 called wrongly.`;

/** @throws RangeError or TypeError with what is wrong. */
function parse(args) {
  const string = { type: 'string' };
  const boolean = { type: 'boolean', default: false };
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{
        sample: string,
        only: string,
        number: string,
        list: boolean,
        again: boolean,
        remember: boolean,
        help: boolean,
      },
      seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
      workers: { type: 'string', default: '1' },
      least: { type: 'string', default: '0.9' },
    },
  });
  const [name, ...more] = positionals;
  if (!values.help && packages[name] === undefined)
    throw new RangeError(`${name}: one of ${Object.keys(packages).join(', ')}`);
  if (more.length > 0) throw new RangeError(`${more.join(' ')}: one package at a time`);
  const least = Number(values.least);
  if (!(least > 0 && least <= 1)) throw new RangeError(`--least ${values.least}: a part, from above 0 to 1`);
  return {
    ...values,
    ...{ name, least },
    sample: whole(values, 'sample'),
    number: whole(values, 'number'),
    workers: whole(values, 'workers'),
  };
}

function whole(values, option) {
  const text = values[option];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`--${option} ${text}: a whole number from 1`);
  return number;
}

module.exports = { USAGE, parse };
