/** Promises where a value is due at once: refused, and left to nobody, so that what becomes of them does not end the process. */

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { encodeCommand, host, machine } from '../src/index.js';
import { toStream } from '../src/frames.js';
import { toCbor } from '../src/codec.js';
import { bytesOf, MOMENT } from './support.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

const late = (): Promise<never> => Promise.reject(new Error('late'));

const eager = machine({
  name: 'eager',
  version: 1,
  initial: () => 1,
  commands: { act: () => late() as never, check: (state) => ({ state }) },
  queries: { ask: late },
  schema: { commands: { check: { '~standard': { version: 1, vendor: 'test', validate: late } } } },
  snapshot: () => [],
  restore: () => late() as never,
});

const slow = machine({
  name: 'slow',
  version: 2,
  initial: late,
  commands: {},
  previous: machine({ name: 'slow', version: 1, initial: () => 1, commands: {} }),
  migrate: () => late() as never,
});

it.each<[string, () => unknown]>([
  ['a handler', () => host(eager).apply(1, bytesOf(eager, { type: 'act' }), MOMENT)],
  ['a query', () => host(eager).query(1, bytesOf(eager, { type: 'ask' }))],
  ['a schema', () => expect(() => encodeCommand(eager, { type: 'check' })).toThrow('its schema gave a promise')],
  ['initial', () => expect(() => host(slow).initial()).toThrow('slow.initial gave a promise: it is synchronous')],
  ['migrate', () => expect(() => host(slow).migrate(1, 1)).toThrow('slow.migrate gave a promise: it is synchronous')],
  [
    'restore',
    () => {
      const stream = toStream([toCbor([1, 'eager', 1], 'head')], 'eager');
      expect(() => host(eager).restore(stream)).toThrow('its restore gave a promise');
    },
  ],
])('of %s', async (_what, run) => {
  run();
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
