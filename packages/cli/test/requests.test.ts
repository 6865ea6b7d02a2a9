import { describe, expect, it } from '@jest/globals';
import { isWrite } from '../src/kv/calls.js';
import { parseRequest } from '../src/requests.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (request: object) => parseRequest({ text: JSON.stringify({ id: 1, ...request }) });

function callOf(request: object) {
  const parsed = parse(request);
  if ('refusal' in parsed || parsed.asked.op !== 'kv') throw new Error(JSON.stringify(parsed));
  return parsed.asked.call;
}

function refusalOf(request: object): string {
  const parsed = parse(request);
  if (!('refusal' in parsed)) throw new Error('it is taken');
  expect(parsed.id).toBe(1);
  return parsed.refusal;
}

describe('a request', () => {
  it('has text, or bytes in base64', () => {
    const put = { op: 'put', key: { base64: '/wA=' }, value: 'ä' };
    expect(callOf(put)).toEqual({ op: 'put', request: { key: Buffer.of(255, 0), value: bytes('ä') } });
  });

  it('is of a key, of a range, or of a prefix, whose end is the prefix with its last byte one higher', () => {
    expect(callOf({ op: 'delete', key: 'a' })).toMatchObject({ request: { key: bytes('a') } });
    const ranged = { request: { key: bytes('a'), rangeEnd: bytes('c') } };
    expect(callOf({ op: 'range', key: 'a', rangeEnd: 'c' })).toMatchObject(ranged);
    expect(callOf({ op: 'delete', prefix: 'a/' })).toEqual({
      op: 'delete',
      request: { key: bytes('a/'), rangeEnd: bytes('a0') },
    });
  });

  it('of a read is linearizable, unless it says otherwise', () => {
    expect(callOf({ op: 'get', key: 'a' })).toMatchObject({ level: 'linearizable' });
    expect(callOf({ op: 'get', key: 'a', level: 'local', revision: 3 })).toMatchObject({
      level: 'local',
      request: { revision: 3 },
    });
  });

  it('may have a deadline of its own', () => {
    expect(parse({ op: 'get', key: 'a', timeoutMs: 7 })).toMatchObject({ timeoutMs: 7 });
  });

  it.each([
    [
      'a misspelt field',
      { op: 'put', key: 'k', vale: 'v' },
      /^unknown field "vale"; known with "put" are id, op, timeoutMs, key, value; did you mean value\?$/,
    ],
    ['a field of another', { op: 'get', key: 'k', value: 'v' }, /^unknown field "value"; known with "get" are/],
    ['an op with a slip', { op: 'gett', key: 'k' }, /^op: one of ask, status, put, .*; did you mean get\?$/],
    ['no op', { key: 'k' }, /^op: it is missing; one of ask, status/],
    ['no key', { op: 'get' }, /^key: it is missing; a string, or \{"base64":"…"\} for bytes$/],
    ['no value', { op: 'put', key: 'k' }, /^value: it is missing; a string, or/],
    ['a value that is a number', { op: 'put', key: 'k', value: 7 }, /^value: a string, or/],
    ['an empty key', { op: 'put', key: '', value: 'v' }, /^key: it is empty: a key has one byte or more$/],
    ['an empty key in base64', { op: 'get', key: { base64: '' } }, /^key: it is empty/],
    ['no base64', { op: 'get', key: { base64: 'a' } }, /^key\.base64: bytes in base64, as "aGVsbG8="$/],
    ['base64 with a tail', { op: 'get', key: { base64: 'aGVsbG8=\n' } }, /^key\.base64: bytes in base64/],
    ['base64 of URLs', { op: 'get', key: { base64: '_w==' } }, /^key\.base64: bytes in base64/],
    [
      'bytes by another name',
      { op: 'get', key: { bas64: 'YQ==' } },
      /^key: unknown field "bas64"; .*; did you mean base64\?$/,
    ],
    ['bytes as a list', { op: 'get', key: [1] }, /^key: a string, or/],
    ['a lone surrogate', { op: 'get', key: '\ud800' }, /^key: it has a lone surrogate/],
    ['an end that is empty', { op: 'delete', key: 'a', rangeEnd: '' }, /^rangeEnd: it is empty/],
    ['an empty prefix', { op: 'delete', prefix: '' }, /^prefix: it is empty/],
    ['a prefix beside a key', { op: 'delete', prefix: 'a', key: 'b' }, /^prefix: it stands alone/],
    ['no keys', { op: 'delete' }, /^key: it is missing; .*or a prefix/],
    [
      'a level that is none',
      { op: 'get', key: 'k', level: 'locl' },
      /^level: one of linearizable, lease, local; did you mean local\?$/,
    ],
    [
      'a revision of nothing',
      { op: 'get', key: 'k', revision: 0 },
      /^revision: a whole number from 1 on, below 2\^53$/,
    ],
    ['a revision that is no whole number', { op: 'get', key: 'k', revision: 1.5 }, /^revision: a whole number/],
    ['a version as text', { op: 'cas', key: 'k', version: '1', value: 'v' }, /^version: a whole number from 0 on/],
    ['no version', { op: 'cas', key: 'k', value: 'v' }, /^version: it is missing$/],
    ['no revision', { op: 'compact' }, /^revision: it is missing$/],
    ['a flag as text', { op: 'range', key: 'k', keysOnly: 'yes' }, /^keysOnly: true or false$/],
    ['a deadline of nothing', { op: 'get', key: 'k', timeoutMs: 0 }, /^timeoutMs: milliseconds above 0/],
    ['a compare that is none', { op: 'txn', compare: [7] }, /^compare\[0\]: an object$/],
    ['compares that are no list', { op: 'txn', compare: {} }, /^compare: a list$/],
    [
      'a compare without a result',
      { op: 'txn', compare: [{ key: 'k', target: 'mod', value: 1 }] },
      /^compare\[0\]\.result: it is missing$/,
    ],
    [
      'a version compared with text',
      { op: 'txn', compare: [{ key: 'k', target: 'mod', result: 'less', value: '1' }] },
      /^compare\[0\]\.value: a whole number/,
    ],
    [
      'a misspelt field of a compare',
      { op: 'txn', compare: [{ kee: 'k' }] },
      /^compare\[0\]: unknown field "kee"; known with a compare are/,
    ],
    ['a step without an op', { op: 'txn', then: [{ key: 'k' }] }, /^then\[0\]\.op: it is missing$/],
    ['a step with an id', { op: 'txn', else: [{ id: 1, op: 'get', key: 'k' }] }, /^else\[0\]: unknown field "id"/],
    [
      'a step within a step',
      { op: 'txn', then: [{ op: 'txn', else: [{ op: 'put', key: 'k' }] }] },
      /^then\[0\]\.else\[0\]\.value: it is missing/,
    ],
  ])('with %s is refused, by one clear line', (_, request, message) => {
    expect(refusalOf(request)).toMatch(message);
  });

  it('with transactions in one another without end is refused', () => {
    const deep = (levels: number): object => (levels === 0 ? {} : { then: [{ op: 'txn', ...deep(levels - 1) }] });
    expect(callOf({ op: 'txn', ...deep(128) })).toMatchObject({ op: 'txn' });
    expect(refusalOf({ op: 'txn', ...deep(129) })).toMatch(/^transactions in one another, more than 128$/);
    const endless = `{"id":1,"op":"txn","then":[${'{"op":"txn","then":['.repeat(50_000)}${']}'.repeat(50_000)}]}`;
    expect(parseRequest({ text: endless })).toMatchObject({ refusal: expect.stringMatching(/in one another/) });
  });
});

describe('only what changes nothing may be sent to another node when it is not known what became of it', () => {
  it.each([
    [false, { op: 'get', key: 'k' }],
    [false, { op: 'range', prefix: 'k' }],
    [false, { op: 'txn', compare: [], then: [{ op: 'get', key: 'k' }], else: [{ op: 'txn' }] }],
    [true, { op: 'put', key: 'k', value: 'v' }],
    [true, { op: 'cas', key: 'k', version: 0, value: 'v' }],
    [true, { op: 'delete', key: 'k' }],
    [true, { op: 'compact', revision: 5 }],
    [true, { op: 'txn', else: [{ op: 'txn', then: [{ op: 'delete', key: 'k' }] }] }],
  ])('%s: %j', (writes, request) => {
    expect(isWrite(callOf(request))).toBe(writes);
  });
});
