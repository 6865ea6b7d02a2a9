// Mutants of the machines that change nothing which anybody could see.

module.exports = [
  {
    file: 'kv/bytes.ts',
    code: "if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : Number(one > other);",
    from: "typeof one === 'string' && typeof other === 'string'",
    what: 'condition → false',
    why: 'It is the quicker way to what comparing the bytes gives.',
  },
  {
    file: 'kv/draft.ts',
    code: 'if (before.lease !== 0) this.#leases = remove(this.#leases, leaseEntry(before.lease, key));',
    from: 'before.lease !== 0',
    what: 'condition → true',
    why: 'No key is among those of no lease: nothing is removed.',
  },
  {
    file: 'kv/octets.ts',
    code: 'const larger = new Uint8Array(Math.max(length + more, length * 2));',
    from: '2',
    what: '2 → 3',
    why: 'There is room in advance, so or so much.',
  },
  {
    file: 'kv/range.ts',
    code: 'const cut = limit > 0 && isCutFirst(request);',
    from: '0',
    what: '0 → 1',
    why: 'Where there is a limit, one more than it is fetched: two or more.',
  },
];
