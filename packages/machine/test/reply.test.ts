/** What a caller is told when nobody can read what a command was answered by: it may have been applied. */

import { describe, expect, it } from '@jest/globals';
import { toCbor } from '../src/codec.js';
import { decodeAnswer, decodeReply, encodeCommand, encodeQuery, host, machine } from '../src/index.js';
import { account, MOMENT, thrownBy } from './support.js';

describe('a reply that cannot be read', () => {
  const forgetful = machine({
    name: 'forgetful',
    version: 1,
    initial: () => 0,
    commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
    queries: { sum: (sum) => sum },
    codec: {
      encode: (value) => Buffer.from(JSON.stringify(value)),
      decode(bytes) {
        const value: unknown = JSON.parse(Buffer.from(bytes).toString());
        if (typeof value === 'number') throw new Error('forgotten');
        return value;
      },
    },
  });
  const hosted = host(forgetful);
  const { state, reply } = hosted.apply(0, encodeCommand(forgetful, { type: 'add', by: 5 }), MOMENT);

  it('is no word that nothing was applied', () => {
    expect(state).toBe(5);
    expect(thrownBy(() => decodeReply(forgetful, { type: 'add' }, reply))).toMatchObject({
      ...{ name: 'MachineError', code: 'malformed', outcome: 'unknown' },
      message: expect.stringContaining('forgetful: a command was applied, but its reply cannot be read: '),
    });
    const bytes = hosted.query(state, encodeQuery(forgetful, { type: 'sum' }));
    expect(thrownBy(() => decodeAnswer(forgetful, { type: 'sum' }, bytes))).toMatchObject({
      ...{ name: 'MachineError', code: 'malformed', outcome: 'not-applied' },
      message: expect.stringContaining('forgetful: a query was answered, but what it was answered by cannot be read: '),
    });
  });

  it.each([
    ['no bytes', [], 'unknown'],
    ['an outcome of a later version', [3, 1], 'unknown'],
    ['a failure that tells nothing', [2, 0xff], 'unknown'],
    [
      'a fault that is none',
      [2, ...toCbor({ code: 'handler-failed', message: 'x', fault: { name: 5 } }, 'x')],
      'unknown',
    ],
  ])('since it is %s: %j', (_what, bytes, outcome) => {
    expect(thrownBy(() => decodeReply(account, { type: 'deposit' }, Uint8Array.from(bytes)))).toMatchObject({
      ...{ code: 'malformed', outcome },
    });
    expect(thrownBy(() => decodeAnswer(account, { type: 'balance' }, Uint8Array.from(bytes)))).toMatchObject({
      ...{ code: 'malformed', outcome: 'not-applied' },
    });
  });
});
