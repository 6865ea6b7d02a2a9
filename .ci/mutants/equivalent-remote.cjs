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
  {
    file: 'batch-writer.ts',
    from: 'this.#expected = Math.max(SMALLEST_BYTES, Math.min(this.#bytes.length, end * 2));',
    why: 'It says how much room the next frame begins with. There is more as soon as that is needed; it only takes time.',
  },
  {
    file: 'batch-writer.ts',
    from: '0',
    code: "return number >= 0 || to.kind === 'waiting' ? undefined : encodeReference(to as WireReference);",
    why: 'What is under a number is written as the number, whether it was also encoded or not.',
  },
  {
    file: 'lobby.ts',
    from: '0',
    code: 'for (const { host } of low) counts.set(host, (counts.get(host) ?? 0) + 1);',
    why: 'All counts are higher by as much: which is the highest does not change.',
  },
  {
    file: 'peer-system.ts',
    from: '48',
    code: 'let queries = 2 ** 48;',
    why: 'Any beginning will do that neither the queries of nact nor the calls of otp come to.',
  },
  {
    file: 'delivery.ts',
    from: 'system === undefined || reference === undefined',
    what: '|| → &&',
    why: 'Without either there is no `deferral`, which is asked for beside it; they are named for the types.',
  },
  {
    file: 'handshake.ts',
    from: 'error instanceof RefusedLocally',
    what: 'condition → true',
    code: 'return error instanceof RefusedLocally ? error.claimed : undefined;',
    why: 'No other error has a `claimed`.',
  },
  {
    file: 'lobby.ts',
    from: '2',
    code: 'seat.rank = 2;',
    why: 'Ranks are only compared: any above 1 is the highest.',
  },
  {
    file: 'reach.ts',
    from: '32',
    code: 'readonly #secret: Uint8Array = platform.randomBytes(32);',
    why: 'A secret that is a byte longer can be guessed no better.',
  },
  {
    file: 'cbor.ts',
    from: '0',
    code: 'if (due.length > 0) due[due.length - 1] = (due[due.length - 1] as number) - 1;',
    why: 'Then what is due at the first level is not counted down. When it comes to nothing the message is over, and nobody asks any more.',
  },
];
