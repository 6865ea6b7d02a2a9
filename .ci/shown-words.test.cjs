const { expect, it } = require('@jest/globals');
const { sayable, unknownWords } = require('./shown-words.mjs');

const texts = sayable([
  'is damaged at offset',
  'What it promised is lost. It must not vote',
  'belongs to another cluster: give both nodes the same',
  'the other',
  'request',
  'DAMAGED:',
]);

it.each([
  'DAMAGED: c/log/0000000001 is damaged at offset 288',
  'What it promised is lost',
  'It must not vote',
  '127.0.0.1:7001: the other belongs to another cluster',
  '3 requests',
])('what the code says: %s', (line) => {
  expect(unknownWords(line, texts)).toEqual([]);
});

it.each([
  ['one word is another', 'What it voted is lost', ['What', 'voted', 'lost']],
  ['one word is too many', 'It must really not vote', ['must', 'really', 'vote']],
  ['one word is missing', 'is damaged offset 288', ['offset']],
  ['one word is new', 'It must not vote again', ['again']],
])('what it does not say: %s', (_, line, words) => {
  expect(unknownWords(line, texts)).toEqual(words);
});
