/** What a caller is told when nobody can read what a command was answered by: it may have been applied. */

import { describe, expect, it } from '@jest/globals';
import { fromCbor, toCbor } from '../src/codec.js';
import {
  type AnyMachine,
  decodeAnswer,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  machine,
  Rejection,
} from '../src/index.js';
import { account, bytesOf, MOMENT, numbers, thrownBy } from './support.js';

/** Bytes that tell of a failure, with something in them that is none of it. */
function tellingOf(wrong: object): [string, number[], string] {
  const reason = { code: 'handler-failed', message: 'x', ...wrong };
  return [`a failure with ${JSON.stringify(wrong)}`, [2, ...toCbor(reason, 'x')], 'unknown'];
}

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
    ...[null, 'x', {}, { name: 'E' }, { name: 'E', message: 5 }, { name: 5, message: 'x' }].map((fault) =>
      tellingOf({ fault }),
    ),
    ...[null, {}].map((code) => tellingOf({ fault: { name: 'E', message: 'x', code } })),
    ...[5, null].map((step) => tellingOf({ step })),
    ...[5, undefined].map((code) => tellingOf({ code })),
    ...[5, undefined].map((message) => tellingOf({ message })),
  ])('since it is %s: %j', (_what, bytes, outcome) => {
    expect(thrownBy(() => decodeReply(account, { type: 'deposit' }, Uint8Array.from(bytes)))).toMatchObject({
      ...{ code: 'malformed', outcome },
    });
    expect(thrownBy(() => decodeAnswer(account, { type: 'balance' }, Uint8Array.from(bytes)))).toMatchObject({
      ...{ code: 'malformed', outcome: 'not-applied' },
    });
  });
});

describe('a reply that tells of a failure', () => {
  it.each([
    ['a number for a code', { name: 'E', message: 'x', code: 5 }],
    ['a text for a code', { name: 'E', message: 'x', code: 'E_X' }],
    ['no code', { name: 'E', message: 'x' }],
  ])('has the fault as it was, with %s', (_what, fault) => {
    const bytes = Uint8Array.of(2, ...toCbor({ code: 'handler-failed', message: 'why', fault, step: 'then[1]' }, 'x'));
    expect(thrownBy(() => decodeReply(account, { type: 'deposit' }, bytes))).toMatchObject({
      ...{ code: 'handler-failed', message: 'why', outcome: 'not-applied', fault, step: 'then[1]' },
    });
  });

  it('has nothing in it that there is not', () => {
    const refusing = (data?: unknown) =>
      numbers({
        refuse: () => {
          throw new Rejection('no', 'why', data);
        },
      });
    const reasonOf = (of: AnyMachine) =>
      fromCbor(
        host(of)
          .apply(1, bytesOf(of, { type: 'refuse' }), MOMENT)
          .reply.subarray(1),
      );
    expect(Object.keys(Object(reasonOf(refusing())))).toEqual(['code', 'message']);
    expect(Object.keys(Object(reasonOf(refusing(0))))).toEqual(['code', 'message', 'data']);
  });
});
