import { describe, expect, it } from '@jest/globals';
import { compact, readRange } from '../src/index.js';
import { bytes, keysOf, read, refusal, written } from './support.js';

const some = written('b=2', 'a=3', 'a\xff=', 'c=1', 'b=0', '\xff=', '\0=');

describe('which keys a range takes', () => {
  it.each([
    ['one key', 'a', '', ['a']],
    ['one key that is not there', 'aa', '', []],
    ['from a key on, without the end', 'a', 'c', ['a', 'a\xff', 'b']],
    ['by a prefix: the end is the prefix with its last byte one higher', 'a', 'b', ['a', 'a\xff']],
    ['bytes are not signed', 'b', '\xff', ['b', 'c']],
    ['all keys from one on: the end is a zero byte', 'b', '\0', ['b', 'c', '\xff']],
    ['all keys: both are a zero byte', '\0', '\0', ['\0', 'a', 'a\xff', 'b', 'c', '\xff']],
    ['none where the end is below', 'c', 'a', []],
    ['none where the end is the key', 'a', 'a', []],
    ['a key and the one with a zero byte behind', 'a', 'a\0', ['a']],
  ])('%s', (_, key, end, keys) => {
    expect(keysOf(some, key, end)).toEqual(keys);
    const { count } = readRange(some, { key: bytes(key), rangeEnd: bytes(end), countOnly: true });
    expect(count).toBe(keys.length);
    // The same as of an old revision.
    const later = written('b=2', 'a=3', 'a\xff=', 'c=1', 'b=0', '\xff=', '\0=', 'a=', '-b', 'aaa=');
    const old = readRange(later, { key: bytes(key), rangeEnd: bytes(end), revision: 8 });
    expect(old.items).toEqual(readRange(some, { key: bytes(key), rangeEnd: bytes(end) }).items);
    expect(old.count).toBe(keys.length);
  });
});

describe('limit, order, filters', () => {
  const state = written('b=2', 'a=3', 'c=1', 'b=0');
  const [a, b, c] = ['a=3 3/3/1', 'b=0 2/5/2', 'c=1 4/4/1'];
  it.each([
    ['by key when nobody says', {}, [a, b, c], false],
    ['by key, the highest first', { order: 'descend' }, [c, b, a], false],
    ['the limit cuts, and more says so', { limit: 2 }, [a, b], true],
    ['a limit that is just enough does not', { limit: 3 }, [a, b, c], false],
    ['a limit of 0 is none', { limit: 0 }, [a, b, c], false],
    ['a limit below 0 is none', { limit: -1 }, [a, b, c], false],
    ['the highest first, then the limit', { order: 'descend', limit: 1 }, [c], true],
    ['by value', { target: 'value' }, [b, c, a], false],
    ['by creation', { target: 'create', order: 'descend' }, [c, a, b], false],
    ['by the last put', { target: 'mod', order: 'ascend' }, [a, c, b], false],
    ['by version, equal ones by key', { target: 'version', order: 'ascend' }, [a, c, b], false],
    ['by version downwards, equal ones still by key', { target: 'version', order: 'descend' }, [b, a, c], false],
    ['an order sorts before the limit cuts', { target: 'value', order: 'ascend', limit: 1 }, [b], true],
    [
      'a target alone: the limit cuts by key, with one more, then it is sorted',
      { target: 'value', limit: 1 },
      [b],
      true,
    ],
    ['so the key that is created first is not sought', { target: 'create', order: 'none', limit: 1 }, [b], true],
    ['nor the one that was put last', { target: 'mod', limit: 1 }, [a], true],
    ['with a filter, a target alone sorts all', { target: 'value', minModRevision: 1, limit: 1 }, [b], true],
    ['from a revision on', { minModRevision: 4 }, [b, c], false],
    ['to a revision', { maxModRevision: 4 }, [a, c], false],
    ['created from one on', { minCreateRevision: 3 }, [a, c], false],
    ['created up to one', { maxCreateRevision: 3 }, [a, b], false],
    ['filters come before the limit', { minModRevision: 4, limit: 1 }, [b], true],
    ['a filter of 0 is none', { minModRevision: 0, maxModRevision: 0 }, [a, b, c], false],
  ] as const)('%s', (_, request, items, more) => {
    expect(read(state, request)).toEqual(items);
    const reply = readRange(state, { key: bytes('\0'), rangeEnd: bytes('\0'), ...request });
    expect(reply.more).toBe(more);
    // The count knows neither limit nor filters.
    expect(reply.count).toBe(3);
  });

  it('sorts by target only what the limit left, where neither order nor filter is asked for', () => {
    const four = written('a=4', 'b=3', 'c=2', 'd=1');
    expect(read(four, { target: 'value', limit: 1 })).toEqual(['b=3 3/3/1']);
    expect(read(four, { target: 'value', limit: 1, minModRevision: 1 })).toEqual(['d=1 5/5/1']);
  });

  it('gives keys without values, and counts without keys', () => {
    expect(read(state, { keysOnly: true })).toEqual(['a= 3/3/1', 'b= 2/5/2', 'c= 4/4/1']);
    expect(read(state, { keysOnly: true, target: 'value' })).toEqual(['b= 2/5/2', 'c= 4/4/1', 'a= 3/3/1']);
    const counted = readRange(state, { key: bytes('a'), rangeEnd: bytes('c'), countOnly: true, limit: 1 });
    expect(counted).toEqual({ revision: 5, items: [], more: false, count: 2 });
  });
});

describe('at a revision', () => {
  const state = written('a=1', 'b=1', 'a=2', '-a', 'a=3', '-b');
  it.each([
    [1, []],
    [2, ['a=1 2/2/1']],
    [3, ['a=1 2/2/1', 'b=1 3/3/1']],
    [4, ['a=2 2/4/2', 'b=1 3/3/1']],
    [5, ['b=1 3/3/1']],
    [6, ['a=3 6/6/1', 'b=1 3/3/1']],
    [7, ['a=3 6/6/1']],
    [0, ['a=3 6/6/1']],
    [-3, ['a=3 6/6/1']],
  ])('%d, and it tells the newest one', (revision, items) => {
    expect(read(state, { revision })).toEqual(items);
    expect(readRange(state, { key: bytes('a'), revision }).revision).toBe(7);
  });

  it('refuses one that is not there yet, and one that is compacted; the compacted one itself is readable', () => {
    expect(refusal(() => read(state, { revision: 8 }))).toBe('future-revision');
    const later = compact(state, { revision: 4 }).state;
    expect(refusal(() => read(later, { revision: 3 }))).toBe('compacted');
    expect(read(later, { revision: 4 })).toEqual(['a=2 2/4/2', 'b=1 3/3/1']);
  });
});

describe('a range that is not as it should be', () => {
  const key = bytes('a');
  it.each([
    ['empty-key', { key: bytes('') }],
    ['empty-key', {}],
    ['bad-request', { key: 'a' }],
    ['bad-request', { key, rangeEnd: 'b' }],
    ['bad-request', { key, limit: 1.5 }],
    ['bad-request', { key, limit: -0 }],
    ['bad-request', { key, limit: '1' }],
    ['bad-request', { key, revision: Number.NaN }],
    ['bad-request', { key, minModRevision: 1n }],
    ['bad-request', { key, keysOnly: 1 }],
    ['invalid-sort', { key, order: 'up' }],
    ['invalid-sort', { key, target: 'lease' }],
  ])('%s: %p', (code, request) => {
    expect(refusal(() => Reflect.apply(readRange, undefined, [some, request]))).toBe(code);
  });
});

it('what was read can be changed without harm', () => {
  const state = written(`a=${'long'.repeat(100)}`);
  const [item] = readRange(state, { key: bytes('a') }).items;
  item?.value.fill(0);
  item?.key.fill(0);
  expect(read(state)).toEqual([`a=${'long'.repeat(100)} 2/2/1`]);
});
