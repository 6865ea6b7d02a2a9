/** When nodes are looked for, and what is over when nobody looks any more: by a clock of the test's own. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type Discovery, NodeError, type NodeErrorCode } from '../src/index.js';
import { Discoverer } from '../src/node/discoverer.js';

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
const refusals: [address: string, code: NodeErrorCode, admission: boolean][] = [];
/** Who is at an address: a node, with its life, or why there will be no link. */
let there: Record<string, { name: string; incarnation: string } | NodeErrorCode> = {};
const lives = new Map<string, string>();

function discover(discovery: Discovery, lookupMs?: number): Discoverer {
  dialled.length = 0;
  failures.length = 0;
  refusals.length = 0;
  lives.clear();
  const discoverer = new Discoverer(discovery, {
    connect: (address, onRefused) => {
      dialled.push(address);
      const who = there[address] ?? 'unreachable';
      if (typeof who === 'object') {
        lives.set(who.name, who.incarnation);
        return Promise.resolve(who.name);
      }
      if (who === 'name-taken') onRefused();
      return Promise.reject(new NodeError(who, 'no link'));
    },
    incarnationOf: (peer) => lives.get(peer),
    onFailed: (reason) => void failures.push(reason),
    onRefused: (address, { code }, admission) => void refusals.push([address, code, admission]),
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

it('who is refused is told of, once for each cause, until there is a link or the address is gone', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  let found = ['a:1', 'b:1', 'c:1'];
  there = { 'a:1': 'wrong-secret', 'b:1': 'name-taken', 'c:1': 'self' };
  const discoverer = discover({ lookup: () => Promise.resolve(found), everyMs: 1000 });
  await jest.advanceTimersByTimeAsync(2500);
  expect(refusals.splice(0)).toEqual([
    ['a:1', 'wrong-secret', false],
    ['b:1', 'name-taken', true],
  ]);
  there['a:1'] = 'unreachable';
  await jest.advanceTimersByTimeAsync(1000);
  there['a:1'] = 'wrong-secret';
  await jest.advanceTimersByTimeAsync(1000);
  expect(refusals.splice(0)).toEqual([]);
  there['a:1'] = 'wrong-cluster';
  found = ['a:1'];
  await jest.advanceTimersByTimeAsync(1000);
  expect(refusals.splice(0)).toEqual([['a:1', 'wrong-cluster', false]]);
  there['a:1'] = { name: 'a', incarnation: '1' };
  found = ['a:1', 'b:1'];
  await jest.advanceTimersByTimeAsync(1000);
  expect(refusals.splice(0)).toEqual([['b:1', 'name-taken', true]]);
  lives.clear();
  there['a:1'] = 'wrong-cluster';
  await jest.advanceTimersByTimeAsync(1000);
  expect(refusals).toEqual([['a:1', 'wrong-cluster', false]]);
  discoverer.stop();
});

it('an address is dialled again when the node that was found there is linked in another life', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  there = { 'a:1': { name: 'a', incarnation: '1' } };
  const discoverer = discover({ addresses: ['a:1'], everyMs: 1000 });
  await jest.advanceTimersByTimeAsync(1500);
  expect(dialled.splice(0)).toEqual(['a:1']);
  // It was restarted elsewhere, and dialled by itself; another node is where it was.
  lives.set('a', '2');
  there = { 'a:1': { name: 'b', incarnation: '3' } };
  await jest.advanceTimersByTimeAsync(2000);
  expect(dialled).toEqual(['a:1']);
  expect(lives.get('b')).toBe('3');
  discoverer.stop();
});
