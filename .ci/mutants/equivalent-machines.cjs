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
    code: "this.#past = set(this.#past, key, set(history, mod, { value: '', create: 0, mod, version: 0, lease: 0 }));",
    from: '0',
    what: '0 → 1',
    why: 'Of a deletion only the revision and the version, which is 0, are looked at.',
  },
  {
    file: 'kv/draft.ts',
    code: 'if (before.lease !== 0) this.#leases = remove(this.#leases, leaseEntry(before.lease, key));',
    from: 'before.lease !== 0',
    what: 'condition → true',
    why: 'No key is among those of no lease: nothing is removed.',
  },
];
