/** By itself in a file, since what it does to its surroundings cannot be undone. */

import { expect, it } from '@jest/globals';
import { host } from '../src/index.js';
import { bytesOf, MOMENT, numbers, refusalOf } from './support.js';

it('says where it cannot watch, and leaves all as it was', () => {
  Object.freeze(Math);
  const { now } = performance;
  const OriginalDate = Date;
  const adding = numbers({ add: () => ({ state: 2 }) });
  const { state, reply } = host(adding, { development: true }).apply(1, bytesOf(adding, { type: 'add' }), MOMENT);
  expect(state).toBe(1);
  expect(refusalOf(adding, reply)).toMatchObject({
    ...{ code: 'bad-machine', message: expect.stringContaining('development mode cannot watch what is called here: ') },
  });
  expect([performance.now, Date]).toEqual([now, OriginalDate]);
});
