import { describe, expect, it } from '@jest/globals';
import { deleteRange, emptyKv, endLease, keysOfLease, put, readRange } from '../src/index.js';
import { bytes, read, refusal, shown, text, written } from './support.js';

const one = (lease: number): boolean => lease === 1;

describe('put', () => {
  it('begins at revision 1, and each put is one more', () => {
    expect(emptyKv().revision).toBe(1);
    const { state, reply } = put(emptyKv(), { key: bytes('a') });
    expect(reply).toEqual({ revision: 2 });
    expect(put(state, { key: bytes('a') }).reply).toEqual({ revision: 3 });
    expect(read(state)).toEqual(['a= 2/2/1']);
  });

  it('counts versions; a key that comes again begins anew', () => {
    expect(read(written('a=1', 'b=', 'a=2', 'a=3'))).toEqual(['a=3 2/5/3', 'b= 3/3/1']);
    expect(read(written('a=1', 'a=2', '-a', 'a=3'))).toEqual(['a=3 5/5/1']);
  });

  it('tells what was there, when it is asked', () => {
    const state = written('a=1');
    const { previous } = put(state, { key: bytes('a'), value: bytes('2'), previous: true }).reply;
    expect(previous && shown(previous)).toBe('a=1 2/2/1');
    expect(put(state, { key: bytes('b'), previous: true }).reply).toEqual({ revision: 3 });
    expect(put(state, { key: bytes('a'), previous: false }).reply).toEqual({ revision: 3 });
  });

  it('keeps the value or the lease, where the key exists', () => {
    const state = put(emptyKv(), { key: bytes('a'), value: bytes('1'), lease: 1 }, one).state;
    const put2 = (more: object) => read(put(state, { key: bytes('a'), ...more }, one).state);
    expect(put2({ ignoreValue: true })).toEqual(['a=1 2/3/2']);
    expect(put2({ ignoreLease: true, value: bytes('2') })).toEqual(['a=2 2/3/2 lease 1']);
    expect(put2({ ignoreValue: true, ignoreLease: true })).toEqual(['a=1 2/3/2 lease 1']);
    expect(put2({ value: bytes('2') })).toEqual(['a=2 2/3/2']);
  });

  it('does not see what the caller does with its bytes afterwards', () => {
    const [key, short, long] = [bytes('a'), bytes('x'), new Uint8Array(1_000).fill(120)];
    let { state } = put(emptyKv(), { key, value: short });
    state = put(state, { key: bytes('b'), value: long }).state;
    const buffer = Buffer.from(long);
    state = put(state, { key: bytes('c'), value: buffer }).state;
    for (const each of [key, short, long, buffer]) each.fill(0);
    const kept = 'x'.repeat(1_000);
    expect(read(state)).toEqual(['a=x 2/2/1', `b=${kept} 3/3/1`, `c=${kept} 4/4/1`]);
  });

  it('holds long keys', () => {
    const key = bytes('\xff\0'.repeat(20_000));
    const { state } = put(emptyKv(), { key });
    expect(readRange(state, { key }).items[0]?.key).toEqual(key);
  });

  it.each([
    ['empty-key', { key: bytes('') }],
    ['value-provided', { key: bytes('a'), value: bytes('x'), ignoreValue: true }],
    ['lease-provided', { key: bytes('a'), lease: 1, ignoreLease: true }],
    ['lease-not-found', { key: bytes('a'), lease: 2 }],
    ['lease-not-found', { key: bytes('b'), lease: 2, ignoreValue: true }],
    ['key-not-found', { key: bytes('b'), ignoreValue: true }],
    ['key-not-found', { key: bytes('b'), ignoreLease: true }],
    [undefined, { key: bytes('a'), value: bytes(''), ignoreValue: true, lease: 0, ignoreLease: true }],
    [undefined, { key: bytes('a'), lease: 1 }],
    ['bad-request', { key: bytes('a'), value: 'x' }],
    ['bad-request', { key: bytes('a'), lease: -1 }],
    ['bad-request', { key: bytes('a'), lease: 2 ** 53 }],
    ['bad-request', { key: bytes('a'), previous: 'yes' }],
  ])('refuses or not: %s, %p', (code, request) => {
    const state = written('a=');
    expect(refusal(() => Reflect.apply(put, undefined, [state, request, one]))).toBe(code);
  });
});

describe('delete', () => {
  const state = written('a=1', 'b=2', 'c=3', 'b=4');

  it('deletes a range at one revision, and tells what was there when it is asked', () => {
    const { state: next, reply } = deleteRange(state, { key: bytes('a'), rangeEnd: bytes('c'), previous: true });
    expect({ ...reply, previous: reply.previous?.map(shown) }).toEqual({
      revision: 6,
      deleted: 2,
      previous: ['a=1 2/2/1', 'b=4 3/5/2'],
    });
    expect(read(next)).toEqual(['c=3 4/4/1']);
  });

  it('that finds nothing changes nothing, and its revision is the old one', () => {
    const { state: next, reply } = deleteRange(state, { key: bytes('x') });
    expect(reply).toEqual({ revision: 5, deleted: 0 });
    expect(next).toBe(state);
  });

  it.each([
    ['empty-key', { key: bytes('') }],
    ['bad-request', { key: bytes('a'), rangeEnd: 1 }],
    ['bad-request', { key: bytes('a'), previous: 0 }],
  ])('refuses: %s, %p', (code, request) => {
    expect(refusal(() => Reflect.apply(deleteRange, undefined, [state, request]))).toBe(code);
  });
});

describe('leases on keys', () => {
  const all = (): boolean => true;
  const leased = ['b', 'a', 'a\0', 'c'].reduce(
    (state, key, i) => put(state, { key: bytes(key), lease: i === 3 ? 16 : 1 }, all).state,
    emptyKv(),
  );

  it('are known, in the order of the keys', () => {
    expect(keysOfLease(leased, 1).map(text)).toEqual(['a', 'a\0', 'b']);
    expect(keysOfLease(leased, 16).map(text)).toEqual(['c']);
    expect(keysOfLease(leased, 0)).toEqual([]);
    expect(
      keysOfLease(put(leased, { key: bytes('z'), lease: Number.MAX_SAFE_INTEGER }, all).state, 2 ** 53 - 1),
    ).toHaveLength(1);
  });

  it.each([
    ['put without it', put(leased, { key: bytes('a') }).state],
    ['put with another', put(leased, { key: bytes('a'), lease: 2 }, all).state],
    ['deleted', deleteRange(leased, { key: bytes('a') }).state],
  ])('a key is free of its lease when it is %s', (_, state) => {
    expect(keysOfLease(state, 1).map(text)).toEqual(['a\0', 'b']);
  });

  it('end with all their keys at one revision', () => {
    const { state, deleted } = endLease(leased, 1);
    expect(deleted).toBe(3);
    expect(state.revision).toBe(leased.revision + 1);
    expect(read(state)).toEqual(['c= 5/5/1 lease 16']);
    expect(keysOfLease(state, 1)).toEqual([]);
    expect(endLease(state, 1)).toEqual({ state, deleted: 0 });
  });
});
