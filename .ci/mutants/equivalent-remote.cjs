// Mutants of remote that change nothing which anybody could see.

module.exports = [
  {
    file: 'look-alikes.ts',
    from: 'Array.isArray(value)',
    what: 'condition → false',
    why: 'The loop over `Object.entries` at the end does the same to the elements of an array; this branch only takes less time.',
  },
  {
    file: 'inbound.ts',
    from: '0',
    code: '#handled = 0;',
    why: 'It says how many of the items of the frame at hand were handled. There are none at first, and it is set with each frame.',
  },
];
