/** Where in a program something was, by the stacks of several engines. */

import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { placeIn, withStackBelow } from '../src/development/place.js';

const NOT_TOLD = 'a place that this engine does not tell';

it.each<[string, unknown, string]>([
  [
    'Node.js',
    'Error: x\n    at act (file:///home/ada/bank.mjs:3:14)\n    at run (file:///b.mjs:1:1)',
    '/home/ada/bank.mjs:3:14',
  ],
  ['Node.js, without a name', 'Error\n    at file:///home/ada/bank.mjs:3:14', '/home/ada/bank.mjs:3:14'],
  ['Node.js, CommonJS', 'Error\n    at Object.act (/home/ada/bank.js:3:14)', '/home/ada/bank.js:3:14'],
  ['Node.js, on Windows', 'Error\n    at act (C:\\ada\\bank.js:3:14)', 'C:\\ada\\bank.js:3:14'],
  ['Chromium', 'Error\n    at act (https://bank.example/a.js:3:14)', 'https://bank.example/a.js:3:14'],
  [
    'Firefox',
    'act@https://bank.example/a.js:3:14\nrun@https://bank.example/a.js:9:1',
    'https://bank.example/a.js:3:14',
  ],
  ['built into the engine first', 'Error\n    at Array.map (<anonymous>)\n    at act (/a.js:3:14)', '/a.js:3:14'],
  ['nowhere', 'Error: see /a.js for more\n    at <anonymous>', NOT_TOLD],
  ['without a stack', undefined, NOT_TOLD],
])('%s', (_engine, stack, place) => expect(placeIn(stack)).toBe(place));

it('is that of the caller of a function', () => {
  const inner = (): Error => withStackBelow(inner, new Error('x'));
  const outer = (): Error => inner();
  const line =
    readFileSync(__filename, 'utf8')
      .split('\n')
      .findIndex((each) => each.includes('const outer =')) + 1;
  expect(placeIn(outer().stack)).toMatch(`${__filename}:${line}:`);
});

it('is that of the error itself where an engine can do no more', () => {
  const { captureStackTrace } = Error;
  const error = new Error('x');
  const { stack } = error;
  Reflect.deleteProperty(Error, 'captureStackTrace');
  try {
    expect(withStackBelow(() => undefined, error).stack).toBe(stack);
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
});
