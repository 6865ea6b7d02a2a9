import { textOf } from '@parliament/otp';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { NodeError } from '../src/errors.js';
import { after, attempt, detach, every, soon } from '../src/platform/unattended.js';
import { until } from './support.js';

const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
  jest.spyOn(process, 'emitWarning').mockImplementation(((message: string) => void warnings.push(message)) as never);
});

afterEach(() => {
  jest.restoreAllMocks();
});

it.each([new Error('on purpose'), Object.create(null), undefined, { message: Symbol('s') }])(
  'what fails that nobody waits for is told, and ends nothing: %p',
  async (thrown) => {
    const fail = (): never => {
      throw thrown;
    };
    attempt(fail);
    soon(fail);
    after(0, fail);
    const timer = every(1, fail);
    detach(Promise.reject(thrown));
    detach(Promise.resolve(1), fail);
    await until(() => warnings.length >= 7);
    clearInterval(timer);
    expect(warnings.every((text) => text.startsWith('Something failed that nobody waits for: '))).toBe(true);
  },
);

it('a promise that goes its own way is told of when it fails, or what was to follow it, and else not', async () => {
  const fail = (): never => {
    throw new Error('afterwards');
  };
  const done: unknown[] = [];
  detach(Promise.reject(new Error('itself')), (value) => done.push(value));
  detach(Promise.resolve(1), fail);
  detach(Promise.resolve(2), (value) => done.push(value));
  detach(Promise.resolve(3));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings.sort()).toEqual([
    'Something failed that nobody waits for: afterwards',
    'Something failed that nobody waits for: itself',
  ]);
  expect(done).toEqual([2]);
});

it('a text from elsewhere is one line without orders to a terminal, of bounded length, wherever it is told', () => {
  const hostile = 'a\n2026-11-27 all is well\u001b[2J\u009b1m\u2028\u007f';
  const shown = 'a\\u000a2026-11-27 all is well\\u001b[2J\\u009b1m\\u2028\\u007f';
  expect([new NodeError('bad-frame', hostile).message, textOf(new Error(hostile))]).toEqual([shown, shown]);
  expect(new NodeError('bad-frame', 'x'.repeat(1e6)).message).toHaveLength(2001);
});
