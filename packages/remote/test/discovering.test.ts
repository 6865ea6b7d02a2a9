/** When nodes are looked for, and what is over when nobody looks any more: by a clock of the test's own. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Discoverer } from '../src/discoverer.js';
import type { Discovery } from '../src/index.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const dialled: string[] = [];
const failures: string[] = [];

function discover(discovery: Discovery, lookupMs?: number): Discoverer {
  dialled.length = 0;
  failures.length = 0;
  const discoverer = new Discoverer(discovery, {
    connect: (address) => {
      dialled.push(address);
      return Promise.reject(new Error('nobody'));
    },
    isLinked: () => false,
    onFailed: (reason) => void failures.push(reason),
    ...(lookupMs === undefined ? {} : { lookupMs }),
  });
  discoverer.start();
  return discoverer;
}

it.each([
  [0, 750],
  [0.5, 1000],
  [0.75, 1125],
])('the next round is after what the interval says, give or take a quarter: %p', async (random, pause) => {
  jest.spyOn(Math, 'random').mockReturnValue(random);
  const discoverer = discover({ addresses: ['a:1'], everyMs: 1000 });
  await jest.advanceTimersByTimeAsync(0);
  expect(dialled).toEqual(['a:1']);
  await jest.advanceTimersByTimeAsync(pause - 1);
  expect(dialled).toEqual(['a:1']);
  await jest.advanceTimersByTimeAsync(1);
  expect(dialled).toEqual(['a:1', 'a:1']);
  discoverer.stop();
});

it.each<[string, (settle: (found: string[]) => void, fail: (error: Error) => void) => void]>([
  ['finds somebody', (settle) => settle(['a:1'])],
  ['fails', (_, fail) => fail(new Error('no name server'))],
])('a lookup that %s when nobody looks any more is nothing to anybody', async (_what, end) => {
  let finish = (): void => {};
  const lookup = (): Promise<string[]> =>
    new Promise((resolve, reject) => {
      finish = () => end(resolve, reject);
    });
  const discoverer = discover({ lookup, everyMs: 10 });
  await jest.advanceTimersByTimeAsync(5);
  discoverer.stop();
  expect(jest.getTimerCount()).toBe(0);
  finish();
  await jest.advanceTimersByTimeAsync(60_000);
  expect([dialled, failures]).toEqual([[], []]);
});

it('a lookup has half a minute, and is given up then', async () => {
  const discoverer = discover({ lookup: () => new Promise(() => {}), everyMs: 1000 });
  await jest.advanceTimersByTimeAsync(29_999);
  expect(failures).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(failures).toEqual(['Looking for nodes failed (it took longer than 30000 ms): see the option discover']);
  discoverer.stop();
});

it('a failure is told again when all was well since', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const rounds = [['x'], ['x'], [], ['x'], ['y'], ['y']];
  const discoverer = discover({ lookup: () => Promise.resolve(rounds.shift() ?? []), everyMs: 1000 }, 100);
  await jest.advanceTimersByTimeAsync(5500);
  discoverer.stop();
  expect(rounds).toEqual([]);
  const told = ['x', 'x', 'y'].map((address) => `Looking for nodes failed (${address} is not of the form host:port)`);
  expect(failures).toEqual(told.map((text) => `${text}: see the option discover`));
});
