// Mutants of cbor that change nothing which anybody could see.

module.exports = [
  {
    file: 'tokenizer.ts',
    from: '0',
    code: 'if (due.length > 0) due[due.length - 1] = (due[due.length - 1] as number) - 1;',
    why: 'Then what is due at the first level is not counted down. When it comes to nothing the message is over, and nobody asks any more.',
  },
  {
    file: 'tokenizer.ts',
    from: 'due.length > 0',
    what: '> → >=',
    why: 'With nothing due it sets a property of the array that is no element of it, which nobody reads.',
  },
  ...[
    { from: 'false', what: 'false → true', code: 'let isBusy = false;' },
    { from: 'isBusy', what: 'condition → true', code: 'if (isBusy) {' },
    { from: 'isBusy = false;', what: 'left out', code: 'isBusy = false;' },
    { from: 'false', what: 'false → true', code: 'isBusy = false;' },
  ].map((one) => ({
    file: 'writer.ts',
    ...one,
    why: 'Then all is encoded as what is encoded meanwhile: into the same bytes, in twice the time.',
  })),
];
