/** Where callers stand: what is refused there, before anything is proposed, and in which words. */

import { describe, expect, it, jest } from '@jest/globals';
import {
  type Codec,
  decodeAnswer,
  decodeCommand,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  MachineError,
  machine,
  type SchemaResult,
  type StandardSchema,
} from '../src/index.js';
import { account, MOMENT, thrownBy } from './support.js';

describe('the border', () => {
  it('takes machines', () => {
    for (const take of [encodeCommand, encodeQuery, decodeCommand, decodeReply, decodeAnswer]) {
      expect(() => (take as (machine: unknown) => unknown)(undefined)).toThrow(
        `${take.name}: nothing is no machine: give what machine or compose of this package has given`,
      );
    }
  });
});

describe('a command at the border', () => {
  it.each<[string, unknown, string]>([
    ['without a handler', { type: 'steal' }, 'account has no command "steal"; it has: deposit, withdraw'],
    ['without a type', { amount: 5 }, 'account has no command an object without a type'],
    ['that is nothing', undefined, 'account has no command nothing without a type'],
    ['of a type as objects have', { type: 'constructor' }, 'account has no command "constructor"'],
  ])('is refused %s', (_what, command, message) => {
    const error = thrownBy(() => encodeCommand(account, command as never));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'unknown-command', message: expect.stringContaining(message) });
  });

  it('is refused with the path to what has no form as bytes', () => {
    const bad = { type: 'deposit', amount: { of: [1, () => 2] } } as never;
    expect(thrownBy(() => encodeCommand(account, bad))).toMatchObject({
      code: 'unencodable',
      message:
        'account: a command has no form as bytes: command.amount.of[1] is a function, which cannot be encoded: use plain data',
    });
  });

  it('is refused when it is too large, with both sizes', () => {
    const bytes = encodeCommand(account, { type: 'deposit', amount: 5 }, { bytesMax: 100 });
    expect(thrownBy(() => encodeCommand(account, { type: 'deposit', amount: 5 }, { bytesMax: 10 }))).toMatchObject({
      code: 'too-large',
      message: `account: a command has ${bytes.length} bytes, where there may be 10: send it in parts`,
    });
    expect(() => encodeQuery(account, { type: 'balance' }, { bytesMax: 3 })).toThrow('account: a query has 14 bytes');
    expect(bytes).toEqual(encodeCommand(account, { type: 'deposit', amount: 5 }, { bytesMax: bytes.length }));
  });

  it('comes back as what was proposed', () => {
    expect(decodeCommand(account, encodeCommand(account, { type: 'deposit', amount: 5 }))).toEqual({
      ...{ type: 'deposit', amount: 5 },
    });
  });

  it('keeps a query apart', () => {
    expect(() => encodeQuery(account, { type: 'deposit' } as never)).toThrow(
      'account has no query "deposit"; it has: balance',
    );
  });
});

/** A schema as of another library, which does what it is told. */
function schemaOf<Output>(
  validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>,
): StandardSchema<{ amount: string }, Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

const withSchema = (schema: StandardSchema<{ amount: string }, { amount: number }>) =>
  machine({
    name: 'checked',
    version: 1,
    initial: () => 0,
    commands: { deposit: (state, { amount }) => ({ state: state + amount }), clear: () => ({ state: 0 }) },
    queries: { above: (state, { amount }) => state > amount },
    schema: { commands: { deposit: schema }, queries: { above: schema } },
  });

describe('a schema', () => {
  const seen: unknown[] = [];
  const converting = withSchema(
    schemaOf((value) => {
      seen.push(value);
      return { value: { amount: Number((value as { amount: string }).amount) } };
    }),
  );

  it('sees the fields, and what it gives is proposed', () => {
    const bytes = encodeCommand(converting, { type: 'deposit', amount: '5' });
    expect(seen).toEqual([{ amount: '5' }]);
    expect(decodeCommand(converting, bytes)).toEqual({ type: 'deposit', amount: 5 });
    expect(decodeCommand(converting, encodeCommand(converting, { type: 'clear' }))).toEqual({ type: 'clear' });
  });

  it('looks at queries, too', () => {
    const answer = host(converting).query(6, encodeQuery(converting, { type: 'above', amount: '5' }));
    expect(decodeAnswer(converting, { type: 'above' }, answer)).toBe(true);
  });

  it('does not run where commands are applied', () => {
    const validate = jest.fn((value: unknown) => ({ value: value as { amount: number } }));
    const checked = withSchema(schemaOf(validate));
    const bytes = encodeCommand(checked, { type: 'deposit', amount: '5' });
    expect(validate).toHaveBeenCalledTimes(1);
    host(checked).apply(0, bytes, MOMENT);
    host(checked, { development: true }).apply(0, bytes, MOMENT);
    expect(validate).toHaveBeenCalledTimes(1);
  });

  const issues = Array.from({ length: 7 }, (_, index) => ({ message: `wrong ${index}`, path: ['a', { key: index }] }));
  it.each<[string, Parameters<typeof schemaOf<{ amount: number }>>[0], string]>([
    ['that finds an issue', () => ({ issues: [{ message: 'no number' }] }), 'checked.deposit: no number'],
    [
      'that finds many',
      () => ({ issues }),
      'checked.deposit: a.0: wrong 0; a.1: wrong 1; a.2: wrong 2; a.3: wrong 3; a.4: wrong 4; 2 more',
    ],
    [
      'that gives a promise',
      async () => ({ value: { amount: 1 } }),
      'checked.deposit: its schema gave a promise: check what takes time before you propose',
    ],
    [
      'that gives a promise which rejects',
      () => Promise.reject(new Error('late')),
      'checked.deposit: its schema gave a promise: check what takes time before you propose',
    ],
    [
      'that gives no fields',
      () => ({ value: 5 as never }),
      'checked.deposit: its schema gave a number, and no object of fields',
    ],
    [
      'that gives no list of fields',
      () => ({ value: new Map() as never }),
      'checked.deposit: its schema gave an object of another kind, and no object of fields',
    ],
    ['that gives nothing', () => undefined as never, 'checked.deposit: its schema threw: '],
    ['that gives issues that are none', () => ({ issues: {} as never }), 'checked.deposit: its schema threw: '],
    [
      'that throws',
      () => {
        throw new Error('broken');
      },
      'checked.deposit: its schema threw: broken',
    ],
  ])('%s refuses', (_what, validate, message) => {
    const error = thrownBy(() => encodeCommand(withSchema(schemaOf(validate)), { type: 'deposit', amount: '5' }));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(message) });
  });
});

const json: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown,
};
const withCodec = (codec: Codec) =>
  machine({
    name: 'coded',
    version: 1,
    initial: () => new Map([['a', 1]]),
    commands: {
      set: (state, { to }: { to: number }) => ({ state: new Map([...state, ['a', to]]), reply: { to } }),
      clear: () => ({ state: new Map<string, number>() }),
    },
    queries: { a: (state) => state.get('a') },
    codec,
  });

describe('a codec', () => {
  const coded = withCodec(json);
  const hosted = host(coded);

  it('makes the bytes of commands, queries and replies', () => {
    const bytes = encodeCommand(coded, { type: 'set', to: 5 });
    expect(Buffer.from(bytes).toString()).toBe('{"type":"set","to":5}');
    const { state, reply } = hosted.apply(hosted.initial(), bytes, MOMENT);
    expect(Buffer.from(reply).toString()).toContain('{"to":5}');
    expect(decodeReply(coded, { type: 'set' }, reply)).toEqual({ to: 5 });
    expect(decodeAnswer(coded, { type: 'a' }, hosted.query(state, encodeQuery(coded, { type: 'a' })))).toBe(5);
  });

  it('need not know undefined, which is the reply of those that give none', () => {
    const { state, reply } = hosted.apply(hosted.initial(), encodeCommand(coded, { type: 'clear' }), MOMENT);
    expect(decodeReply(coded, { type: 'clear' }, reply)).toBeUndefined();
    const answer = hosted.query(state, encodeQuery(coded, { type: 'a' }));
    expect(decodeAnswer(coded, { type: 'a' }, answer)).toBeUndefined();
  });

  it('does not make the snapshot: that is what it was made for', () => {
    expect(hosted.restore(hosted.snapshot(hosted.initial()))).toEqual(new Map([['a', 1]]));
  });

  it.each<[string, Codec['encode'], string]>([
    [
      'throws',
      () => {
        throw new Error('out of ink');
      },
      'coded: a command has no form as bytes: out of ink',
    ],
    ['gives a text', () => 'x' as never, 'coded: for a command its codec gave a string, and no Uint8Array'],
    ['gives nothing', () => undefined as never, 'coded: for a command its codec gave nothing, and no Uint8Array'],
  ])('that %s is one clear error', (_what, encode, message) => {
    const error = thrownBy(() => encodeCommand(withCodec({ ...json, encode }), { type: 'clear' }));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'unencodable', message });
  });

  it('may use its memory again for the next value', () => {
    const memory = new Uint8Array(100);
    const frugal = withCodec({
      ...json,
      encode: (value) => memory.subarray(0, new TextEncoder().encodeInto(JSON.stringify(value), memory).written),
    });
    const [one, two] = [1, 2].map((to) => encodeCommand(frugal, { type: 'set', to }));
    const apply = (bytes: Uint8Array | undefined) =>
      host(frugal)
        .apply(new Map(), bytes ?? memory, MOMENT)
        .state.get('a');
    expect([apply(one), apply(two)]).toEqual([1, 2]);
  });

  it('may keep what it is given, whatever becomes of the bytes of a command', () => {
    const raw = machine({
      name: 'raw',
      version: 1,
      initial: (): Uint8Array => Uint8Array.of(),
      commands: { keep: (_state, { content }: { content: Uint8Array }) => ({ state: content }) },
      codec: {
        encode: (value) => (value as { content?: Uint8Array } | undefined)?.content ?? Uint8Array.of(),
        decode: (content) => ({ type: 'keep', content }),
      },
    });
    const bytes = Buffer.from([1, 2, 3]);
    const { state } = host(raw).apply(Uint8Array.of(), bytes, MOMENT);
    bytes.fill(0);
    expect(state).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('may give the bytes of a Buffer', () => {
    const buffers = withCodec({ ...json, encode: (value) => Buffer.from(JSON.stringify(value)) });
    expect(
      host(buffers)
        .apply(new Map(), encodeCommand(buffers, { type: 'set', to: 1 }), MOMENT)
        .state.get('a'),
    ).toBe(1);
  });
});
