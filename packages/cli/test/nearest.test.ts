import { expect, it } from '@jest/globals';
import { didYouMean } from '../src/nearest.js';

const KNOWN = ['start', 'status', 'stop', 'ask', 'restore', 'backup'];

it.each([
  ['strat', 'start'],
  ['statu', 'status'],
  ['asc', 'ask'],
  ['restroe', 'restore'],
  ['bakcup', 'backup'],
  ['back', 'backup'],
  ['stopp', 'stop'],
  ['as', 'ask'],
])('who writes %s may have meant %s', (word, meant) => {
  expect(didYouMean(word, KNOWN)).toBe(`; did you mean ${meant}?`);
});

it.each(['', 'x', 'frobnicate', 'xyz', 'abc', 's'.repeat(100_000)])('who writes %.10s meant none of them', (word) => {
  expect(didYouMean(word, KNOWN)).toBe('');
});
