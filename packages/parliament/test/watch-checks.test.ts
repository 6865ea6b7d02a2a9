/** That each check of a watch notices what it is there for. */

import { describe, expect, it } from '@jest/globals';
import { broken, type Happening, type Seen, type WatchCheck } from './support/watch-checks.js';

const HAPPENED: readonly Happening[] = [
  { at: 2, events: ['a', 'b'] },
  { at: 3, events: ['c'] },
  { at: 6, events: ['d'] },
];
const stateAt = (at: number): string =>
  HAPPENED.filter((each) => each.at <= at)
    .flatMap(({ events }) => events)
    .join('');
const batch = (at: number, events: readonly string[], next = at + 1): Seen => ({ type: 'batch', at, events, next });
const snapshot = (at: number, state: string, isReset: boolean): Seen => ({
  type: 'snapshot',
  at,
  state,
  isReset,
  next: at + 1,
});
const ALL = [batch(2, ['a', 'b']), batch(3, ['c']), batch(6, ['d'])];

it.each<readonly [string, readonly Seen[], number | undefined]>([
  ['all of it', ALL, 1],
  ['from the middle on', ALL.slice(1), 3],
  ['from the first that comes', ALL.slice(1), undefined],
  ['with progress', [batch(2, ['a', 'b']), batch(3, ['c']), batch(4, [], 5), batch(5, [], 6), batch(6, ['d'])], 1],
  ['nothing yet', [batch(0, [], 1)], 1],
  ['after a snapshot', [snapshot(3, 'abc', false), batch(6, ['d'])], undefined],
  ['over what was lost', [batch(2, ['a', 'b']), snapshot(5, 'abc', true), batch(6, ['d'])], 1],
])('what is as it should be: %s', (_, seen, from) => {
  expect(broken(HAPPENED, seen, from, stateAt)).toEqual([]);
});

describe('a fault is noticed', () => {
  it.each<readonly [WatchCheck, string, readonly Seen[], number | undefined]>([
    ['true', 'another event', [batch(2, ['a', 'x'])], 1],
    ['true', 'at another place', [batch(2, ['a', 'b']), batch(4, ['c'])], 1],
    ['ordered', 'back in time', [batch(2, ['a', 'b']), batch(6, ['d']), batch(3, ['c'])], 1],
    ['ordered', 'a snapshot of before', [batch(2, ['a', 'b']), batch(3, ['c']), snapshot(2, 'ab', true)], 1],
    ['unique', 'a slot again', [batch(2, ['a', 'b']), batch(2, ['a', 'b'])], 1],
    ['unique', 'an event again', [batch(2, ['a', 'b', 'a'])], 1],
    ['atomic', 'a part of a slot', [batch(2, ['a']), batch(3, ['c'])], 1],
    ['atomic', 'in another order', [batch(2, ['b', 'a'])], 1],
    ['reliable', 'a slot is left out', [batch(2, ['a', 'b']), batch(6, ['d'])], 1],
    ['reliable', 'the first is left out', [batch(3, ['c'])], 1],
    ['resumable', 'too early', [batch(2, ['a', 'b'])], 3],
    ['bookmarkable', 'progress beyond what was told', [batch(2, ['a', 'b']), batch(3, [], 4)], 1],
    ['bookmarkable', 'a next that leaves out', [batch(2, ['a', 'b'], 4)], 1],
    ['bookmarkable', 'a next that comes again', [batch(2, ['a', 'b'], 2)], 1],
    ['snapshot', 'of another state', [snapshot(3, 'ab', false)], undefined],
    ['reset', 'that does not say so', [batch(2, ['a', 'b']), snapshot(5, 'abc', false)], 1],
    ['reset', 'that says so without need', [snapshot(5, 'abc', true)], undefined],
  ])('%s: %s', (check, _, seen, from) => {
    expect(broken(HAPPENED, seen, from, stateAt)).toContain(check);
  });
});
