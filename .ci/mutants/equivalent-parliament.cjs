// Mutants of parliament that change nothing which anybody could see.

const ABSENT =
  'what protobufjs decodes has the default of each field that was not on the wire in its prototype: a number, a text, a ' +
  'truth value or a list is never null or undefined there, and what stands behind ?? is never used';
const A_LITTLE = 'how long exactly, or how many exactly, nobody is promised';

module.exports = [
  { file: 'replica/batch.ts', from: '0', what: '0 → 1', code: 'member: command.member ?? 0,', why: ABSENT },
  { file: 'replica/batch.ts', from: 'command.member ?? 0', what: 'without ??', why: ABSENT },
  { file: 'replica/batch.ts', from: "command.key ?? ''", what: 'without ??', why: ABSENT },
  { file: 'replica/batch.ts', from: "command.value ?? ''", what: 'without ??', why: ABSENT },
  { file: 'replica/batch.ts', from: 'wire.opens ?? []', what: 'without ??', why: ABSENT },
  { file: 'replica/batch.ts', from: 'wire.expiries ?? []', what: 'without ??', why: ABSENT },
  { file: 'replica/batch.ts', from: 'wire.commands ?? []', what: 'without ??', why: ABSENT },
  ...[
    'return { yours, founded: wire.founded ?? false, members: members as Members };',
    'support: support ?? false,',
    'isPaused: wire.paused ?? false,',
  ].map((code) => ({ file: 'wire/packet-codec.ts', from: 'false', what: 'false → true', code, why: ABSENT })),
  { file: 'wire/packet-codec.ts', from: 'support ?? false', what: 'without ??', why: ABSENT },
  { file: 'wire/packet-codec.ts', from: 'wire.founded ?? false', what: 'without ??', why: ABSENT },
  { file: 'wire/packet-codec.ts', from: 'wire.paused ?? false', what: 'without ??', why: ABSENT },
  { file: 'wire/packet-codec.ts', from: 'wire.messages ?? []', what: 'without ??', why: ABSENT },
  { file: 'wire/packet-codec.ts', from: 'items ?? []', what: 'without ??', why: ABSENT },
  {
    file: 'wire/packet-codec.ts',
    from: 'bytes',
    what: 'condition → true',
    code: 'return bytes ? new Uint8Array(bytes) : NO_OP;',
    why: 'a copy of nothing is empty, and what is empty is no operation, whichever array it is',
  },
  { file: 'registers/registers-codec.ts', from: 'wire.sessions ?? []', what: 'without ??', why: ABSENT },
  { file: 'registers/registers-codec.ts', from: 'registers ?? []', what: 'without ??', why: ABSENT },
  { file: 'registers/registers-codec.ts', from: 'replies ?? []', what: 'without ??', why: ABSENT },
  { file: 'registers/registers-codec.ts', from: "key ?? ''", what: 'without ??', why: ABSENT },
  { file: 'registers/registers-codec.ts', from: "value ?? ''", what: 'without ??', times: 2, why: ABSENT },
  { file: 'registers/words.ts', from: "key ?? ''", what: 'without ??', times: 2, why: ABSENT },
  { file: 'registers/words.ts', from: "value ?? ''", what: 'without ??', times: 2, why: ABSENT },
  { file: 'registers/words.ts', from: 'registers ?? []', what: 'without ??', why: ABSENT },
  {
    file: 'registers/words.ts',
    from: "query.get ?? ''",
    what: 'without ??',
    why: 'for the compiler: a query that is of this kind has a key',
  },
  { file: 'actors/report.ts', from: '500', what: '500 → 501', why: A_LITTLE },
  { file: 'start/gen-paxos.ts', from: '60_000', what: '60000 → 60001', why: A_LITTLE },
  { file: 'actors/parliament-actor.ts', from: '1024', what: '1024 → 1025', why: A_LITTLE },
  {
    file: 'start/spawn-parliament.ts',
    from: '47',
    what: '47 → 48',
    why: 'a life is a random number of which only that it is new matters; one of 48 bits is as exact',
  },
  ...['&& → ||', 'condition → true'].map((what) => ({
    file: 'actors/desk.ts',
    from: 'firstAt !== undefined && sentAt !== undefined',
    what,
    why: 'of an answer to what is not out just now notePatience learns nothing: no time is later than undefined',
  })),
];
