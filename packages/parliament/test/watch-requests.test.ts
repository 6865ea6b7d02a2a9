import { describe, expect, it } from '@jest/globals';
import { parseWatchRequest } from '../src/client/watch-requests.js';

const QUERY = Uint8Array.of(1);

describe('what comes in is a question of a watcher', () => {
  it.each([
    { type: 'watch', timeoutMs: 1 },
    { type: 'watch', place: { slot: 1, skip: 0 }, timeoutMs: 86_400_000 },
    { type: 'watch', place: { slot: Number.MAX_SAFE_INTEGER, skip: 7 }, query: QUERY, timeoutMs: 1 },
    { type: 'watch', query: QUERY, timeoutMs: 0.5 },
  ])('when it is a whole one: %j', (message) => {
    expect(parseWatchRequest({ ...message, more: 1 })).toEqual(message);
  });

  it.each([
    undefined,
    null,
    'watch',
    {},
    { type: 'read', timeoutMs: 1 },
    { type: 'watch' },
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', 86_400_001].map((timeoutMs) => ({
      type: 'watch',
      timeoutMs,
    })),
    ...[null, 1, 'x', [], {}].map((place) => ({ type: 'watch', place, timeoutMs: 1 })),
    ...[0, -1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, '1', 1n, null].map((slot) => ({
      type: 'watch',
      place: { slot, skip: 0 },
      timeoutMs: 1,
    })),
    ...[-1, 1.5, Number.NaN, '0', undefined].map((skip) => ({
      type: 'watch',
      place: { slot: 1, skip },
      timeoutMs: 1,
    })),
    ...['text', [1], {}, null].map((query) => ({ type: 'watch', query, timeoutMs: 1 })),
  ])('and not when it is none', (message) => {
    expect(parseWatchRequest(message)).toBeUndefined();
  });
});
