import { describe, expect, it } from '@jest/globals';
import {
  type AnswerOf,
  type CommandOf,
  compose,
  decodeAnswer,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  machine,
  MachineError,
  type QueryOf,
  Rejection,
  type ReplyOf,
} from '@parliament/machine';
import { expectTypeOf } from 'expect-type';
import {
  type Compare,
  emptyKv,
  kv,
  put,
  type PutReply,
  type RangeReply,
  snapshot,
  type TxnReply,
} from '../src/index.js';
import { bytes, shown } from './support.js';

type Command = CommandOf<typeof kv>;
type Query = QueryOf<typeof kv>;

/** A key space of its own, past bytes: in development mode, which finds what would make members differ. */
function opened() {
  const hosted = host(kv, { development: true });
  let state = hosted.initial();
  let slot = 0;
  return {
    propose<C extends Command>(command: C): ReplyOf<typeof kv, C> {
      slot += 1;
      const applied = hosted.apply(state, encodeCommand(kv, command), { slot, index: 0, time: slot });
      state = applied.state;
      return decodeReply(kv, command, applied.reply);
    },
    read<Q extends Query>(query: Q): AnswerOf<typeof kv, Q> {
      return decodeAnswer(kv, query, hosted.query(state, encodeQuery(kv, query)));
    },
    restart() {
      state = hosted.restore([...hosted.snapshot(state)]);
    },
  };
}

/** What is thrown. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('kv as a machine', () => {
  it('takes commands, answers queries, and is the same after its snapshot', () => {
    const { propose, read, restart } = opened();
    const [a, b, all] = [bytes('a'), bytes('b'), bytes('\0')];
    expect(propose({ type: 'put', key: a, value: bytes('1') })).toEqual({ revision: 2 });
    const then = [{ type: 'put', key: b, value: bytes('x'.repeat(1_000)) } as const];
    const { holds } = propose({
      type: 'txn',
      compare: [{ key: a, target: 'value', result: 'equal', value: bytes('1') }],
      then,
    });
    expect(holds).toBe(true);
    expect(propose({ type: 'delete', key: a, previous: true }).previous?.map(shown)).toEqual(['a=1 2/2/1']);
    restart();
    const { items } = read({ type: 'range', key: all, rangeEnd: all });
    expect(items.map(({ key, modRevision, value }) => [key, modRevision, value.length])).toEqual([[b, 3, 1_000]]);
    expect(read({ type: 'range', key: all, rangeEnd: all, revision: 2 }).items.map(shown)).toEqual(['a=1 2/2/1']);
    expect(read({ type: 'events', from: 2 }).batches.map(({ revision }) => revision)).toEqual([2, 3, 4]);
    expect(read({ type: 'txn', then: [{ type: 'range', key: b }] }).replies).toHaveLength(1);
    expect(propose({ type: 'compact', revision: 4 })).toEqual({ revision: 4, compacted: 4, unswept: 0 });
    expect(read({ type: 'status' })).toEqual({ revision: 4, compacted: 4, keys: 1, unswept: 0 });
    expect(propose({ type: 'sweep', changes: 10 })).toEqual({ unswept: 0 });
  });

  it('tells whether compares hold, and refuses what are none', () => {
    const { propose, read } = opened();
    const key = bytes('a');
    const is = (value: number): Compare => ({ key, target: 'version', result: 'equal', value });
    propose({ type: 'put', key });
    expect([[is(1)], [is(0)], [is(1), is(0)], []].map((compare) => read({ type: 'compare', compare }))).toEqual([
      ...[true, false, false, true],
    ]);
    expect(thrownBy(() => read({ type: 'compare', compare: 7 as never }))).toMatchObject({ code: 'bad-request' });
    const many = Array.from({ length: 129 }, () => is(1));
    expect(thrownBy(() => read({ type: 'compare', compare: many }))).toMatchObject({ code: 'too-many-operations' });
  });

  it.each<[string, Command]>([
    ['empty-key', { type: 'put', key: bytes('') }],
    ['lease-not-found', { type: 'put', key: bytes('a'), lease: 5 }],
    ['future-revision', { type: 'compact', revision: 7 }],
    ['bad-request', { type: 'sweep', changes: 0 }],
    ['bad-request', { type: 'sweep', changes: 1.5 }],
  ])('rejects with the code of the refusal: %s', (code, command) => {
    const { propose, read } = opened();
    const error = thrownBy(() => propose(command));
    expect(error).toBeInstanceOf(Rejection);
    expect(error).toMatchObject({ code });
    expect(read({ type: 'status' }).revision).toBe(1);
  });

  it('tells with a refusal where history begins', () => {
    const { propose, read } = opened();
    for (let i = 0; i < 3; i += 1) propose({ type: 'put', key: bytes('a') });
    propose({ type: 'compact', revision: 3 });
    expect(thrownBy(() => read({ type: 'events', from: 2 }))).toMatchObject({
      code: 'compacted',
      data: { compacted: 3, revision: 4 },
    });
    expect(thrownBy(() => read({ type: 'txn', then: [{ type: 'put', key: bytes('a') }] }))).toMatchObject({
      code: 'bad-request',
    });
  });

  it.each([
    [{ type: 'put' }],
    [{ type: 'put', key: 'a' }],
    [{ type: 'txn', then: [{ type: 'put', key: 7 }] }],
    [{ type: 'txn', compare: 7 }],
    [{ type: 'compact' }],
    [{ type: 'sweep' }],
    [{ type: 'delete', key: bytes('a'), rangeEnd: null }],
  ])('rejects what the compiler would not have let through: %p', (command) => {
    // Bytes as another program may have made them.
    const hosted = host(kv);
    const encoded = Reflect.apply(encodeCommand, undefined, [kv, command]);
    const { reply, state } = hosted.apply(hosted.initial(), encoded, { slot: 1, index: 0, time: 1 });
    expect(thrownBy(() => decodeReply(kv, { type: 'put', key: bytes('a') }, reply))).toBeInstanceOf(Rejection);
    expect(state.revision).toBe(1);
  });

  it.each<[Command, Command]>([
    [
      { type: 'put', key: bytes('a'), lease: -0 },
      { type: 'put', key: bytes('a'), lease: 0 },
    ],
    [
      { type: 'compact', revision: -0 },
      { type: 'compact', revision: 0 },
    ],
  ])('takes no number that a snapshot would change: %p', (command, sound) => {
    // What was restored would answer with 0, and members would differ.
    const { propose } = opened();
    expect(thrownBy(() => propose(command))).toMatchObject({ code: 'bad-request' });
    expect(propose(sound)).toMatchObject({ revision: expect.any(Number) });
  });

  it('answers, replies, and tells events, however many keys they are about', () => {
    const hosted = host(kv);
    const all = { key: bytes('\0'), rangeEnd: bytes('\0') };
    let state = emptyKv();
    for (let i = 0; i < 7_000; i += 1) state = put(state, { key: bytes(`${i}`) }).state;
    const read = <Q extends Query>(query: Q): AnswerOf<typeof kv, Q> =>
      decodeAnswer(kv, query, hosted.query(state, encodeQuery(kv, query)));
    expect(read({ type: 'range', ...all }).items).toHaveLength(7_000);
    const command = { type: 'delete', ...all, previous: true } as const;
    const gone = hosted.apply(state, encodeCommand(kv, command), { slot: 1, index: 0, time: 1 });
    expect(decodeReply(kv, command, gone.reply)).toMatchObject({ deleted: 7_000 });
    state = gone.state;
    const [batch] = read({ type: 'events', from: 7_002, previous: true }).batches;
    expect(batch?.events).toHaveLength(7_000);
  });

  it('a damaged snapshot is refused by name', () => {
    const hosted = host(kv);
    const whole = Buffer.concat([...hosted.snapshot(hosted.initial())]);
    const own = Buffer.concat([...snapshot(emptyKv())]);
    // The last byte is the number of revisions at which something changed.
    whole[whole.indexOf(own) + own.length - 1] = 5;
    expect(() => hosted.restore([whole])).toThrow(MachineError);
    expect(() => hosted.restore([whole])).toThrow('the snapshot of the key space is damaged: its end is missing');
  });

  it('is part of a composition: what it holds guards what others do', () => {
    const counter = machine({
      name: 'counter',
      version: 1,
      initial: () => 0,
      commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
    });
    const both = compose({ kv, counter });
    const hosted = host(both, { development: true });
    const key = bytes('owner');
    const command = {
      type: 'multi',
      guards: [
        {
          type: 'kv',
          query: { type: 'compare', compare: [{ key, target: 'version', result: 'equal', value: 0 }] },
          equals: true,
        },
      ],
      then: [
        { type: 'kv', command: { type: 'put', key } },
        { type: 'counter', command: { type: 'add', by: 2 } },
      ],
      else: [],
    } as const;
    const encoded = encodeCommand(both, command);
    const other = encodeCommand(both, { type: 'kv', command: { type: 'put', key: bytes('other') } });
    const before = hosted.apply(hosted.initial(), other, { slot: 1, index: 0, time: 1 });
    const first = hosted.apply(before.state, encoded, { slot: 1, index: 1, time: 1 });
    expect(decodeReply(both, command, first.reply)).toEqual({ holds: true, replies: [{ revision: 3 }, 2] });
    const second = hosted.apply(first.state, encoded, { slot: 2, index: 0, time: 2 });
    expect(decodeReply(both, command, second.reply)).toEqual({ holds: false, replies: [] });
    expect(hosted.restore([...hosted.snapshot(first.state)])).toEqual(first.state);
  });

  it('its types are inferred', () => {
    expectTypeOf<ReplyOf<typeof kv, { type: 'put'; key: Uint8Array }>>().toEqualTypeOf<PutReply>();
    expectTypeOf<ReplyOf<typeof kv, { type: 'txn' }>>().toEqualTypeOf<TxnReply>();
    expectTypeOf<AnswerOf<typeof kv, { type: 'range'; key: Uint8Array }>>().toEqualTypeOf<RangeReply>();
    expectTypeOf<Command['type']>().toEqualTypeOf<'put' | 'delete' | 'txn' | 'compact' | 'sweep'>();
    expectTypeOf<Query['type']>().toEqualTypeOf<'range' | 'txn' | 'compare' | 'events' | 'status'>();
  });
});
