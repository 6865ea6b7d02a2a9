import { getEventListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { endable } from '../src/client/endable.js';

const OVER = { done: true, value: undefined };

/** Counts to `last`, and then waits for its end. */
function counting(signal?: AbortSignal, last = 2) {
  let cleaned = 0;
  const items = endable(signal, async function* (ending) {
    try {
      for (let count = 1; count <= last; count++) yield count;
      await new Promise((_, reject) => ending.addEventListener('abort', () => reject(new Error('ended'))));
    } finally {
      cleaned += 1;
    }
  });
  return { items, cleaned: () => cleaned };
}

it('what its end breaks off is no error; nothing of it is left at the signal, neither then nor between two items', async () => {
  const ending = new AbortController();
  const { items, cleaned } = counting(ending.signal);
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  expect(await items.next()).toEqual({ done: false, value: 1 });
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  const waiting = [items.next(), items.next(), items.next()];
  expect(await waiting[0]).toEqual({ done: false, value: 2 });
  expect(getEventListeners(ending.signal, 'abort').length).toBe(1);
  ending.abort();
  expect(await Promise.all(waiting.slice(1))).toEqual([OVER, OVER]);
  expect(cleaned()).toBe(1);
  expect(await items.next()).toEqual(OVER);
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
});

it('after its end there are no items that were there already', async () => {
  const ending = new AbortController();
  const { items, cleaned } = counting(ending.signal);
  await items.next();
  ending.abort();
  expect(await items.next()).toEqual(OVER);
  expect(cleaned()).toBe(1);
});

it('a loop that is left ends it', async () => {
  const { items, cleaned } = counting();
  for await (const item of items) if (item === 2) break;
  expect(cleaned()).toBe(1);
  expect(await items.next()).toEqual(OVER);
});

it('a signal that has fired before it begins leaves nothing to do', async () => {
  const { items, cleaned } = counting(AbortSignal.abort());
  expect(await items.next()).toEqual(OVER);
  expect(cleaned()).toBe(0);
});

it('an error is an error, and the end', async () => {
  const items = endable(undefined, async function* () {
    yield 1;
    throw new Error('at two');
  });
  expect(await items.next()).toEqual({ done: false, value: 1 });
  await expect(items.next()).rejects.toThrow('at two');
  expect(await items.next()).toEqual(OVER);
});
