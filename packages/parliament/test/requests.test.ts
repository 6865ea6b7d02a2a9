import { describe, expect, it } from '@jest/globals';
import { objectionTo, parseRegisterRequest, parseRequest } from '../src/client/requests.js';

describe('what comes in is a request', () => {
  it.each([{ type: 'status' }, { type: 'refusal', message: 'go' }, { type: 'refusal', message: 'go', directory: 'd' }])(
    'to the parliament when it is a whole one: %j',
    (message) => {
      expect(parseRequest({ ...message, more: 1 })).toEqual(message);
      expect(parseRegisterRequest(message)).toBeUndefined();
    },
  );

  it.each([
    { type: 'ask', key: 'k', timeoutMs: 1 },
    { type: 'ask', key: '', value: '', timeoutMs: 86_400_000 },
    { type: 'list', after: 0 },
    { type: 'clear' },
  ])('to registers when it is a whole one: %j', (message) => {
    expect(parseRegisterRequest({ ...message, more: 1 })).toEqual(message);
    expect(parseRequest(message)).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    'ask',
    7,
    {},
    { type: 'other' },
    { type: 'ask', key: 7, timeoutMs: 1 },
    { type: 'ask', key: 'k', value: null, timeoutMs: 1 },
    { type: 'ask', key: 'k', timeoutMs: 0 },
    { type: 'ask', key: 'k', timeoutMs: '1' },
    { type: 'ask', key: 'k', timeoutMs: Number.NaN },
    { type: 'ask', key: 'k', timeoutMs: 86_400_001 },
    { type: 'ask', key: 'k' },
    { type: 'refusal' },
    { type: 'list' },
    { type: 'list', after: -1 },
    { type: 'list', after: 1.5 },
    { type: 'refusal', message: 7 },
  ])('and none otherwise: %j', (message) => {
    expect(parseRequest(message)).toBeUndefined();
    expect(parseRegisterRequest(message)).toBeUndefined();
  });

  it('whose text is cut, when it is a refusal of any length', () => {
    expect(parseRequest({ type: 'refusal', message: 'm'.repeat(5000) })).toEqual({
      type: 'refusal',
      message: 'm'.repeat(1000),
    });
  });
});

it('a key or a value is objected to from the first byte over its limit', () => {
  expect(objectionTo('k'.repeat(1024), 'é'.repeat(5), 10)).toBeUndefined();
  expect(objectionTo('k'.repeat(1025), undefined, 10)).toMatch(/1025 bytes; the limit is 1024/);
  expect(objectionTo('é'.repeat(513), undefined, 10)).toMatch(/1026 bytes/);
  expect(objectionTo('k', 'é'.repeat(6), 10)).toMatch(/12 bytes; the limit is 10/);
  expect(objectionTo('', undefined, 10)).toMatch(/key is empty/);
  expect(objectionTo('k', '', 10)).toMatch(/value is empty; leave it out to read/);
  for (const text of ['\ud800', '\udc00', 'a\ud800b', '\udc00\ud800']) {
    expect(objectionTo(text, undefined, 10)).toMatch(/key .* surrogate/);
    expect(objectionTo('k', text, 100)).toMatch(/value .* surrogate/);
  }
  expect(objectionTo('\u{1F600}', '\u{1F600}', 10)).toBeUndefined();
});
