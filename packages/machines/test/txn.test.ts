import { describe, expect, it } from '@jest/globals';
import {
  type Compare,
  compact,
  emptyKv,
  type Operation,
  OPERATIONS_MAX,
  put,
  readTxn,
  type TxnRequest,
  txn,
} from '../src/index.js';
import { after, bytes, deleting, putting, read, refusal, shown, whether, written } from './support.js';

describe('a compare', () => {
  const state = put(written('a=1', 'b=2', 'b=2'), { key: bytes('l'), lease: 7 }, () => true).state;
  const number = (
    target: 'version' | 'create' | 'mod' | 'lease',
    result: Compare['result'],
    key: string,
    value: number,
  ) => whether(state, [{ key: bytes(key), target, result, value }]);

  it.each([
    ['version', 'b', 2],
    ['create', 'b', 3],
    ['mod', 'b', 4],
    ['lease', 'l', 7],
    ['version', 'x', 0],
    ['create', 'x', 0],
    ['mod', 'x', 0],
    ['lease', 'x', 0],
  ] as const)('of %s of %s finds %d', (target, key, value) => {
    expect(number(target, 'equal', key, value)).toBe(true);
    expect(number(target, 'equal', key, value + 1)).toBe(false);
    expect(number(target, 'not-equal', key, value)).toBe(false);
    expect(number(target, 'not-equal', key, value + 1)).toBe(true);
    expect(number(target, 'greater', key, value - 1)).toBe(true);
    expect(number(target, 'greater', key, value)).toBe(false);
    expect(number(target, 'less', key, value + 1)).toBe(true);
    expect(number(target, 'less', key, value)).toBe(false);
  });

  it.each([
    ['equal', 'b', '2', true],
    ['equal', 'b', '', false],
    ['not-equal', 'b', '', true],
    ['greater', 'b', '1\xff', true],
    ['greater', 'b', '2\0', false],
    ['less', 'b', '2\0', true],
    ['less', 'b', '2', false],
    ['equal', 'l', '', true],
  ] as const)('of a value: %s, %s, %p', (result, key, value, holds) => {
    expect(whether(state, [{ key: bytes(key), target: 'value', result, value: bytes(value) }])).toBe(holds);
  });

  it.each(['equal', 'not-equal', 'greater', 'less'] as const)('of the value of no key never holds: %s', (result) => {
    expect(whether(state, [{ key: bytes('x'), target: 'value', result, value: bytes('') }])).toBe(false);
    expect(whether(state, [{ key: bytes('x'), rangeEnd: bytes('z'), target: 'value', result, value: bytes('') }])).toBe(
      false,
    );
  });

  it('of a range holds when it holds of every key in it', () => {
    const version = (value: number, rangeEnd: string) =>
      whether(state, [{ key: bytes('a'), rangeEnd: bytes(rangeEnd), target: 'version', result: 'less', value }]);
    expect(version(3, 'c')).toBe(true);
    expect(version(2, 'c')).toBe(false);
    expect(version(2, 'b')).toBe(true);
    expect(version(3, '\0')).toBe(true);
  });

  it.each([
    ['equal', [false, true, false, false]],
    ['not-equal', [true, false, true, true]],
    ['greater', [true, false, false, false]],
    ['less', [false, false, true, true]],
  ] as const)('of a long value: %s', (result, expected) => {
    const long = 'x'.repeat(1_000);
    const kept = written(`a=${long}`);
    const holds = (value: string): boolean =>
      whether(kept, [{ key: bytes('a'), target: 'value', result, value: bytes(value) }]);
    expect([long.slice(1), long, `${long}y`, `${long.slice(1)}y`].map(holds)).toEqual(expected);
    const short = written('a=x');
    const compare = { key: bytes('a'), target: 'value', result, value: bytes(long) } as const;
    expect(whether(short, [compare])).toBe(expected[2]);
    // Beside a short one.
    expect([holds('x'), holds('y')]).toEqual([expected[0], expected[3]]);
  });

  it('holds with all others, or not at all', () => {
    const yes: Compare = { key: bytes('x'), target: 'version', result: 'equal', value: 0 };
    const no: Compare = { ...yes, result: 'greater' };
    expect(whether(state, [])).toBe(true);
    expect(whether(state, [yes, yes])).toBe(true);
    expect(whether(state, [yes, no])).toBe(false);
  });
});

describe('a transaction', () => {
  it('has one revision for all its writes, in order, and answers for each step', () => {
    const then: Operation[] = [
      putting('a', '1'),
      { type: 'range', key: bytes('a') },
      deleting('b'),
      { type: 'range', key: bytes('\0'), rangeEnd: bytes('\0') },
    ];
    const { state, reply } = txn(written('b=1', 'c=1'), { then });
    expect(reply.revision).toBe(4);
    expect(reply.replies.map(({ type, revision }) => [type, revision])).toEqual([
      ['put', 4],
      ['range', 4],
      ['delete', 4],
      ['range', 4],
    ]);
    const [, one, , all] = reply.replies;
    expect(one?.type === 'range' && one.items.map(shown)).toEqual(['a=1 4/4/1']);
    expect(all?.type === 'range' && all.items.map(shown)).toEqual(['a=1 4/4/1', 'c=1 3/3/1']);
    expect(read(state)).toEqual(['a=1 4/4/1', 'c=1 3/3/1']);
  });

  it('that changes nothing keeps the revision', () => {
    const before = written('a=1');
    for (const then of [[], [deleting('x')], [{ type: 'range', key: bytes('a') } as const]]) {
      const { state, reply } = txn(before, { then });
      expect(state).toBe(before);
      expect(reply.revision).toBe(2);
    }
    expect(txn(emptyKv(), {}).reply).toEqual({ revision: 1, holds: true, replies: [] });
  });

  it('takes one branch', () => {
    const compare: Compare[] = [{ key: bytes('a'), target: 'version', result: 'equal', value: 0 }];
    const request: TxnRequest = { compare, then: [putting('a', 'then')], else: [putting('b', 'else')] };
    const first = txn(emptyKv(), request);
    const second = txn(first.state, request);
    expect([first.reply.holds, second.reply.holds]).toEqual([true, false]);
    expect(read(second.state)).toEqual(['a=then 2/2/1', 'b=else 3/3/1']);
  });

  it('settles the branches inside before anything is done', () => {
    const inner: Operation = {
      type: 'txn',
      compare: [{ key: bytes('a'), target: 'version', result: 'equal', value: 0 }],
      then: [putting('b', 'a was not there')],
      else: [putting('b', 'a was there')],
    };
    const { state, reply } = txn(emptyKv(), { then: [putting('a'), inner] });
    expect(read(state)).toEqual(['a= 2/2/1', 'b=a was not there 2/2/1']);
    expect(reply.replies[1]).toEqual({
      type: 'txn',
      revision: 2,
      holds: true,
      replies: [{ type: 'put', revision: 2 }],
    });
  });

  it('tells of later steps what earlier ones have left', () => {
    const then: Operation[] = [
      deleting('a', 'c'),
      { ...deleting('a', '\0'), type: 'delete', key: bytes('a'), rangeEnd: bytes('\0'), previous: true },
    ];
    const { replies } = txn(written('a=', 'b=', 'c='), { then }).reply;
    expect(replies.map((reply) => reply.type === 'delete' && reply.deleted)).toEqual([2, 1]);
  });

  it('reads old revisions as they were, also after its own writes', () => {
    const range: Operation = { type: 'range', key: bytes('\0'), rangeEnd: bytes('\0'), revision: 3 };
    const { replies } = txn(written('a=1', 'b=1', 'c=1'), { then: [putting('a', '2'), deleting('b'), range] }).reply;
    const reply = replies[2];
    expect(reply?.type === 'range' && reply.items.map(shown)).toEqual(['a=1 2/2/1', 'b=1 3/3/1']);
    expect(reply?.type === 'range' && [reply.count, reply.revision]).toEqual([2, 5]);
  });
});

describe('a transaction is refused as a whole', () => {
  const base = compact(written('a=1', 'a=2', 'a=3'), { revision: 3 }).state;
  const inside = (...then: Operation[]): Operation => ({ type: 'txn', then });
  const range = (revision: number): Operation => ({ type: 'range', key: bytes('a'), revision });
  const kept = (key: string): Operation => ({ type: 'put', key: bytes(key), ignoreValue: true });
  const leased: Operation = { type: 'put', key: bytes('b'), lease: 9 };

  it.each<[string | undefined, string, Operation[]]>([
    ['empty-key', 'a key is missing', [putting('a'), putting('')]],
    ['empty-key', 'inside, too', [inside(deleting(''))]],
    ['value-provided', 'as a put alone', [{ ...putting('a', 'x'), type: 'put', key: bytes('a'), ignoreValue: true }]],
    ['key-not-found', 'nothing to keep', [kept('x')]],
    ['key-not-found', 'what an earlier step puts was not there before', [putting('x'), inside(kept('xx'))]],
    [undefined, 'something to keep', [kept('a')]],
    ['lease-not-found', 'no such lease', [leased]],
    ['lease-not-found', 'puts are looked at before ranges', [range(99), leased]],
    ['future-revision', 'a range of the future', [putting('b'), range(5)]],
    ['compacted', 'a range of the compacted past', [putting('b'), range(2)]],
    [undefined, 'the compacted revision itself', [range(3)]],
    ['duplicate-key', 'two puts', [putting('b'), putting('b')]],
    ['duplicate-key', 'a put and a deletion', [putting('b'), deleting('b')]],
    ['duplicate-key', 'a deletion and a put', [deleting('a', 'c'), putting('b')]],
    ['duplicate-key', 'a put where all to the end is deleted', [deleting('a', '\0'), putting('b')]],
    [undefined, 'a put beside what is deleted', [deleting('a', 'b'), putting('b')]],
    [undefined, 'deletions that overlap', [deleting('a', 'c'), deleting('b', 'd')]],
    ['duplicate-key', 'one of both inside', [putting('b'), inside(putting('b'))]],
    ['duplicate-key', 'a put inside, a deletion outside', [inside(putting('b')), deleting('b')]],
    ['duplicate-key', 'two insides', [inside(putting('b')), inside(putting('b'))]],
    ['duplicate-key', 'two insides, deleted in the second', [inside(putting('b')), inside(deleting('a', 'c'))]],
    ['duplicate-key', 'twice in what is not taken', [{ type: 'txn', else: [putting('b'), putting('b')] }]],
    [undefined, 'in both branches of one', [{ type: 'txn', then: [putting('b')], else: [putting('b')] }]],
    [
      undefined,
      'put in one branch, deleted in the other',
      [{ type: 'txn', then: [putting('b')], else: [deleting('b')] }],
    ],
    ['duplicate-key', 'in one branch of one, and beside it', [{ type: 'txn', else: [putting('b')] }, putting('b')]],
    ['duplicate-key', 'within two deletions that touch', [deleting('b', 'c'), deleting('a', 'b'), putting('a')]],
    [
      'duplicate-key',
      'in the end of two deletions that overlap',
      [deleting('a', 'c'), deleting('b', 'd'), putting('ca')],
    ],
    [
      'duplicate-key',
      'in the one deletion around others',
      [deleting('b', 'c'), deleting('d', 'e'), deleting('a', 'f'), putting('e')],
    ],
    [
      'duplicate-key',
      'in the wider of two that begin together',
      [deleting('b', 'e'), deleting('b', 'c'), putting('d')],
    ],
    ['duplicate-key', 'behind one within another', [deleting('a', '\0'), deleting('b', 'c'), putting('d')]],
    [undefined, 'between two deletions', [deleting('a', 'b'), deleting('c', 'd'), putting('b')]],
    [undefined, 'where a deletion means nothing', [deleting('c', 'a'), putting('b'), putting('c')]],
  ])('%s: %s', (code, _, then) => {
    expect(refusal(() => txn(base, { then }))).toBe(code);
    // In the branch that is not taken the keys count, and what is there does not.
    const isOfShape = ['empty-key', 'bad-request', 'value-provided', 'duplicate-key'].includes(code ?? '');
    expect(refusal(() => txn(base, { else: then }))).toBe(isOfShape ? code : undefined);
    if (code !== undefined) expect(read(base)).toEqual(['a=3 2/4/3']);
  });

  const many = (count: number): Operation[] => Array.from({ length: count }, (_, i) => putting(`${i}`));
  const compares = (count: number): Compare[] =>
    Array.from({ length: count }, () => ({ key: bytes('a'), target: 'mod', result: 'equal', value: 0 }));

  it.each<[boolean, string, TxnRequest]>([
    [true, '128 steps', { then: many(OPERATIONS_MAX) }],
    [false, '129 steps', { then: many(OPERATIONS_MAX + 1) }],
    [false, '129 steps that are not taken', { else: many(OPERATIONS_MAX + 1) }],
    [true, '128 compares', { compare: compares(OPERATIONS_MAX) }],
    [false, '129 compares', { compare: compares(OPERATIONS_MAX + 1) }],
    [true, '1 step with 127 inside', { then: [inside(...many(127))] }],
    [false, '1 step with 128 inside', { then: [inside(...many(128))] }],
    [true, '100 compares, 28 inside a step', { compare: compares(100), else: [inside(...many(28))] }],
    [false, '100 compares, 29 inside a step', { compare: compares(100), else: [inside(...many(29))] }],
  ])('%p: %s', (isFine, _, request) => {
    expect(refusal(() => txn(base, request))).toBe(isFine ? undefined : 'too-many-operations');
  });

  it.each([
    ['bad-request', { compare: {} }],
    ['bad-request', { compare: [{ key: bytes('a'), target: 'mod', result: 'equal', value: -0 }] }],
    ['bad-request', { then: putting('a') }],
    ['bad-request', { else: 'x' }],
    ['bad-request', { then: [{ type: 'watch', key: bytes('a') }] }],
    ['bad-request', { else: [null] }],
    ['bad-request', { then: [7] }],
    ['bad-request', { compare: [7] }],
    ['empty-key', { compare: [{ key: bytes(''), target: 'mod', result: 'equal', value: 0 }] }],
    ['bad-request', { compare: [{ key: bytes('a'), target: 'age', result: 'equal', value: 0 }] }],
    ['bad-request', { compare: [{ key: bytes('a'), target: 'mod', result: 'same', value: 0 }] }],
    ['bad-request', { compare: [{ key: bytes('a'), target: 'mod', result: 'equal', value: bytes('') }] }],
    ['bad-request', { compare: [{ key: bytes('a'), target: 'value', result: 'equal', value: 0 }] }],
  ])('%s: %p', (code, request) => {
    expect(refusal(() => Reflect.apply(txn, undefined, [base, request]))).toBe(code);
  });
});

describe('a transaction as a question', () => {
  const reading: TxnRequest = {
    then: [
      { type: 'range', key: bytes('a') },
      { type: 'txn', then: [{ type: 'range', key: bytes('a') }] },
    ],
  };
  it('gives what it read', () => {
    expect(readTxn(written('a=1'), reading)).toEqual(txn(written('a=1'), reading).reply);
  });

  it.each([
    { then: [putting('a')] },
    { else: [deleting('a')] },
    { then: [{ type: 'txn', else: [putting('a')] }] },
  ] as const)('is refused when it could write: %p', (request) => {
    expect(refusal(() => readTxn(emptyKv(), request))).toBe('bad-request');
  });
});

it('very many steps inside others are checked in a moment', () => {
  const inside = (then: Operation[]): Operation => ({ type: 'txn', then });
  const deletes = Array.from({ length: 400 }, (_, i) => deleting(`a${i}`));
  const puts = Array.from({ length: 400 }, (_, i) => putting(`b${i}`));
  const split = (all: Operation[]): Operation[] =>
    Array.from({ length: 20 }, (_, i) => inside(all.slice(i * 20, i * 20 + 20)));
  const { reply } = txn(emptyKv(), { then: [inside(split(deletes)), inside(split(puts))] });
  expect(reply.revision).toBe(2);
  expect(refusal(() => txn(emptyKv(), { then: [inside(split(puts)), deleting('b7', 'b8')] }))).toBe('duplicate-key');
});

it('many transactions later all revisions are as they were', () => {
  const states = Array.from({ length: 25 }, (_, i) =>
    Array.from({ length: i }, (_, j) => [putting(`${j % 7}`, `${j}`), deleting(`${(j + 3) % 7}`)]),
  ).map((all) => after(all));
  const last = states.at(-1) ?? emptyKv();
  for (const state of states) expect(read(last, { revision: state.revision })).toEqual(read(state));
});
