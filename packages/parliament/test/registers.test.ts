import { describe, expect, it } from '@jest/globals';
import { parliament } from '#proto';
import { joinChunks } from '@parliament/synod';
import fc from 'fast-check';
import { DecidedCache } from '../src/registers/decided-cache.js';
import { pageOf, registers } from '../src/registers/registers.js';
import {
  decodeCount,
  decodeFound,
  decodePage,
  decodeQuestion,
  decodeValue,
  encodePut,
  encodeQuestion,
  type RegisterQuestion,
  recognizePut,
} from '../src/registers/words.js';

const AT = { slot: 1, index: 0, time: 0 };

function put(state: Map<string, string>, key: string, value: string): string {
  return decodeValue(registers.apply(state, encodePut({ key, value }), AT));
}

function ask(state: Map<string, string>, question: RegisterQuestion): Uint8Array {
  return registers.query(state, encodeQuestion(question));
}

describe('the registers', () => {
  it('take their first value only, and reply with the value that there is', () => {
    const state = registers.initial();
    expect([put(state, 'k', 'first'), put(state, 'k', 'second'), put(state, 'l', 'é')]).toEqual([
      'first',
      'first',
      'é',
    ]);
    expect([...state]).toEqual([
      ['k', 'first'],
      ['l', 'é'],
    ]);
  });

  it('tell a value, some of them, and how many there are', () => {
    const state = registers.initial();
    put(state, 'k', 'v');
    put(state, 'l', '');
    expect(['k', 'l', 'none'].map((key) => decodeFound(ask(state, { type: 'get', key })))).toEqual([
      'v',
      '',
      undefined,
    ]);
    expect(decodePage(ask(state, { type: 'list', after: 1 }))).toEqual({ entries: [['l', '']] });
    expect(decodeCount(ask(state, { type: 'count' }))).toBe(2);
    expect(decodeCount(ask(registers.initial(), { type: 'count' }))).toBe(0);
  });

  it('are not changed by what is no command, and answer nothing to what is no question: all of them alike', () => {
    const state = registers.initial();
    // Nothing throws.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        registers.apply(registers.initial(), bytes, AT);
        registers.query(state, bytes);
      }),
    );
    const cut = encodePut({ key: 'whole', value: 'value' }).subarray(0, -1);
    expect(registers.apply(state, cut, AT)).toHaveLength(0);
    expect(state.size).toBe(0);
    for (const bytes of [[], [255], [10, 5]]) expect(registers.query(state, Uint8Array.from(bytes))).toHaveLength(0);
  });

  it('have replies that weigh two bytes for each unit of text', () => {
    expect(['', 'v', 'é', '\u{1F600}'].map((text) => registers.weighReply?.(Buffer.from(text)))).toEqual([0, 2, 2, 4]);
  });
});

describe('what is said to the registers', () => {
  it('is recognized where it is a command, and nothing else is', () => {
    expect(recognizePut(encodePut({ key: 'k', value: 'v' }))).toEqual({ key: 'k', value: 'v' });
    const other = [...encodePut({ key: 'k', value: 'v' }), 24, 1];
    for (const bytes of [[], [0xa1, 0x61, 0x78, 1], other])
      expect(recognizePut(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('comes through its bytes as it was', () => {
    const questions: RegisterQuestion[] = [
      { type: 'get', key: '' },
      { type: 'get', key: 'k' },
      { type: 'list', after: 0 },
      { type: 'list', after: 2 ** 40 },
      { type: 'count' },
    ];
    expect(questions.map((question) => decodeQuestion(encodeQuestion(question)))).toEqual(questions);
  });
});

describe('a page of the registers', () => {
  it('goes on where the last one ended, in the order in which they got their values, until there is no more', () => {
    const all = Array.from({ length: 2500 }, (_, index) => [`key ${2500 - index}`, `${index}`] as const);
    const state = new Map(all);
    const pages = [0, 1000, 2000].map((after) => decodePage(ask(state, { type: 'list', after })));
    expect(pages.map(({ next }) => next)).toEqual([1000, 2000, undefined]);
    expect(pages.flatMap(({ entries }) => entries)).toEqual(all);
    expect(pageOf(state, 2500)).toEqual({ entries: [] });
    expect(pageOf(registers.initial(), 0)).toEqual({ entries: [] });
  });

  it('has one register at least, however long it is', () => {
    const state = new Map(['k', 'l'].map((key) => [key, 'v'.repeat(2 ** 20)]));
    expect(pageOf(state, 0)).toMatchObject({ entries: [['k', expect.any(String)]], next: 1 });
    expect(pageOf(state, 1)).toEqual({ entries: [['l', expect.any(String)]] });
  });
});

describe('a snapshot of the registers', () => {
  it('gives the same registers back in the same order, the same bytes for the same state', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 30 }), (entries) => {
        const state = new Map(entries);
        const bytes = joinChunks(registers.snapshot(state));
        const read = registers.restore([bytes.subarray(0, 3), bytes.subarray(3)]);
        expect([...read]).toEqual([...state]);
        expect(joinChunks(registers.snapshot(read))).toEqual(bytes);
      }),
    );
  });

  it('comes in chunks of some thousand registers, and holds what they were when it was asked for', () => {
    const state = registers.initial();
    for (let index = 0; index < 20_000; index++) state.set(`key ${index}`, 'v'.repeat(100));
    const expected = joinChunks(registers.snapshot(state));
    const chunks: Uint8Array[] = [];
    const taken = registers.snapshot(state);
    state.set('before the first chunk', 'w');
    for (const chunk of taken) {
      chunks.push(chunk);
      // What is written meanwhile is not part of it.
      state.set(`later ${chunks.length}`, 'w');
    }
    // Jest would compare millions of bytes one by one.
    expect(Buffer.compare(joinChunks(chunks), expected)).toBe(0);
    expect(chunks.length).toBeGreaterThan(10);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(256 * 1024);
    expect(registers.restore(chunks).size).toBe(20_000);
  });

  it('of the form that there was before has the sessions in it', () => {
    const { RegistersState } = parliament.protocol;
    const replies = [{ number: 3, value: 'é' }];
    const sessions = [{ session: 4, token: 2 ** 47, usedAt: 9, acknowledged: 2, replies }];
    const bytes = RegistersState.encode({ registers: [{ key: 'k', value: 'v' }], opened: 5, sessions }).finish();
    expect(registers.readOldSnapshot?.(bytes)).toEqual({
      state: new Map([['k', 'v']]),
      opened: 5,
      sessions: [[4, { token: 2 ** 47, usedAt: 9, acknowledged: 2, replies: [[3, Buffer.from('é')]] }]],
    });
    expect(() => registers.readOldSnapshot?.(bytes.subarray(0, -1))).toThrow(RangeError);
  });
});

describe('the cache of decided values', () => {
  it('remembers the last five thousand at least, also those that were asked for again, and ten thousand at most', () => {
    const cache = new DecidedCache();
    for (let index = 0; index < 5000; index++) cache.set(`key ${index}`, 'v');
    cache.set('key 5000', 'v');
    expect([cache.get('key 0'), cache.get('key 4999')]).toEqual(['v', 'v']);
    for (let index = 5001; index < 10_000; index++) cache.set(`key ${index}`, 'v');
    const known = Array.from({ length: 10_000 }, (_, index) => index).filter((index) => cache.get(`key ${index}`));
    expect(known.slice(0, 3)).toEqual([0, 4999, 5000]);
    expect(known.at(-1)).toBe(9999);
  });

  it('is bounded by what it holds, too', () => {
    const cache = new DecidedCache();
    const long = 'v'.repeat(32 * 1024 * 1024);
    for (const key of ['a', 'b', 'c']) cache.set(key, long);
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.length)).toEqual([undefined, long.length, long.length]);
  });

  it('forgets everything when it is told to', () => {
    const cache = new DecidedCache();
    for (let index = 0; index <= 5000; index++) cache.set(`key ${index}`, 'v');
    cache.clear();
    expect([cache.get('key 0'), cache.get('key 5000')]).toEqual([undefined, undefined]);
  });
});
