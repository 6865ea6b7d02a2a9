// Mutants of machine that change nothing which anybody could see.

module.exports = [
  ...['condition → true', '> → >='].map((what) => ({
    file: 'digest.ts',
    from: 'this.#restLength > 0',
    what,
    why: 'What fills a round goes by way of the rest then, and comes to the same.',
  })),
  {
    file: 'frames.ts',
    from: 'only !== undefined',
    what: '!== → ===',
    why: 'A single chunk is copied then, as several are.',
  },
];
