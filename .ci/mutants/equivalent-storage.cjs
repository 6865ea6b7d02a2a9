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
    ['file-window.ts', '1024'],
    ['scan-segment.ts', '1024'],
    ['scan-segment.ts', '4'],
    ['scan-segment.ts', '64'],
    ['append-queue.ts', '1024'],
    ['append-queue.ts', '8'],
    ['tools/content.ts', '1000'],
    ['tools/content.ts', '1024'],
    ['tools/content.ts', '4'],
    ['log-files.ts', '128'],
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
  ...['1 → 2', '2 → 3', '- → +'].map((what) => ({
    file: 'lock.ts',
    from: what === '- → +' ? 'attempt - 1' : what.slice(0, 1),
    what,
    code: 'await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)));',
    why: A_LITTLE,
  })),
  { file: 'tools/directory.ts', from: '1024', what: '1024 → 1025', why: 'no record comes near a GiB' },
  {
    file: 'tools/content.ts',
    from: '0',
    code: 'const learner = createLearner(0, [foundingConfiguration(majority([0]))], 0);',
    why: 'who it is, with whom, and what it keeps for others: this one is never asked, and nothing that it gives tells of it',
  },
  {
    file: 'tools/content.ts',
    from: '0',
    code: "stepLearner(learner, { type: 'snapshotted', snapshot: { slot, history, state: new Uint8Array(0) } }, 0);",
    why: 'nobody asks for the state of that snapshot, nor when it was',
  },
  ...['recovered.segments.at(-1)?.sequence ?? 0', '0'].map((from) => ({
    file: 'data-directory.ts',
    from,
    code: 'const last = segmentPath(directory, recovered.segments.at(-1)?.sequence ?? 0);',
    why: 'a log that was recovered has a segment',
  })),
  {
    file: 'data-directory.ts',
    from: '64',
    what: '64 → 65',
    why: 'a segment has at least a block of bytes, and what is looked at is the first header in it',
  },
  {
    file: 'open-ledger.ts',
    from: 'segments[0]?.start ?? bytes',
    why: 'a log that was recovered has a segment',
  },
  {
    file: 'read-group.ts',
    from: 'window.at(0, SEGMENT_HEADER_BYTES)?.readUInt32LE(40) ?? 0',
    why: 'a segment that is shorter than its header has no record that this could be held against',
  },
  ...[
    ['file-window.ts', 'Math.max(WINDOW_BYTES, length)', 'max → min'],
    ['file-window.ts', 'Math.min(size, WINDOW_BYTES)', 'min → max'],
    ['file-window.ts', 'space.length < wanted', 'condition → true'],
    ['file-window.ts', 'space.length < wanted', '< → <='],
    ['file-window.ts', 'offset < start || offset + length > start + window.length', 'condition → true'],
  ].map(([file, from, what]) => ({ file, from, what, why: AT_A_TIME })),
  {
    file: 'file-window.ts',
    from: '0',
    code: 'let start = 0;',
    why: 'the first window is empty: whatever is asked for lies outside of it, wherever it begins',
  },
  ...['this.#isSpareReady = this.#hasSpare(0);', 'this.#isSpareReady ||= this.#hasSpare(0);'].map((code) => ({
    file: 'space.ts',
    from: '0',
    code,
    why: 'a spare that is there has at least a block, and so room for a byte',
  })),
  {
    file: 'space.ts',
    from: 'neededBytes === 0',
    what: 'condition → false',
    why: 'a spare that is there has at least a block, and that is enough for nothing',
  },
  ...['0', '1'].map((from) => ({
    file: 'space.ts',
    from,
    code: 'return disk.size(file) >= segmentSize(1, 0, neededBytes);',
    why: 'what is needed has a header at least: more than the usual size, which is 0 here, or a byte',
  })),
  ...[
    ['turns.get(place) === turn', 'condition → false'],
    ['turns.delete(place);', 'left out'],
  ].map(([from, what]) => ({
    file: 'open-ledger.ts',
    from,
    what,
    why: 'a turn that is over lets the next one go on at once, as if it were not there',
  })),
  ...[
    ['count += 1', '+= → -='],
    ['1', '1 → 2'],
  ].map(([from, what]) => ({
    file: 'write-ahead-log.ts',
    from,
    what,
    code: 'count += 1;',
    why: 'all that is asked of it is whether it is 0',
  })),
  {
    file: 'tools/entries.ts',
    from: 'true',
    what: 'true → false',
    code: 'if (disk.read(file, header, offset) < header.length) return true;',
    why: 'a segment without room for a record is read again then, and says the same',
  },
];
