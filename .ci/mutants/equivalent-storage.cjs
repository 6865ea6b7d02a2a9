// Mutants of storage that change nothing which anybody could see.

const A_LITTLE = 'how long exactly, or how often, nobody is promised';
const AT_A_TIME = 'how much is read or written at a time; what comes of it is the same';

module.exports = [
  ...[
    ['lock.ts', '9'],
    ['lock.ts', '20'],
    ['space.ts', '1000'],
    ['write-ahead-log.ts', '100'],
    ['tools/entries.ts', '4'],
    ['tools/entries.ts', '100'],
    ['tools/backup.ts', '5'],
    ['tools/verify.ts', '100'],
  ].map(([file, from]) => ({ file, from, what: `${from} → ${Number(from) + 1}`, why: A_LITTLE })),
  ...[
    ['segment-reader.ts', '1024'],
    ['segment-scan.ts', '1024'],
    ['segment-scan.ts', '4'],
    ['segment-scan.ts', '64'],
    ['append-queue.ts', '1024'],
    ['append-queue.ts', '8'],
    ['tools/content.ts', '1000'],
    ['tools/content.ts', '1024'],
    ['tools/content.ts', '4'],
    ['segments.ts', '128'],
  ].map(([file, from]) => ({ file, from, what: `${from} → ${Number(from) + 1}`, why: AT_A_TIME })),
  {
    file: 'tools/verify.ts',
    from: '0',
    code: 'for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {',
    why: A_LITTLE,
  },
  {
    file: 'tools/backup.ts',
    from: '1',
    code: 'for (let attempt = 1; ; attempt += 1) {',
    what: '1 → 2',
    why: A_LITTLE,
  },
  {
    file: 'tools/backup.ts',
    from: '0',
    code: 'if (snapshot !== undefined) await ledger.saveSnapshot(snapshot, 0);',
    why: 'the ledger is new: there are no records below the snapshot that could go, or stay',
  },
  {
    file: 'record-codec.ts',
    from: 'bytes && bytes.length > 0',
    what: '&& → ||',
    why: 'bytes that were not on the wire are decoded as an empty array, and any empty value is a no-op',
  },
  {
    file: 'version-1/scan.ts',
    from: 'end + 1',
    what: '+ → -',
    why: 'nothing intact begins at `end`, nor a byte before it: a checksum covers the position',
  },
];
