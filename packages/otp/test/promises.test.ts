import { afterEach, expect, it, jest } from '@jest/globals';
import { detach, guard } from '../src/promises.js';
import { until } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it.each([new Error('on purpose'), undefined, Object.create(null)])(
  'what fails that nobody waits for is told, and ends nothing: %p',
  async (thrown) => {
    const warnings: unknown[] = [];
    jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(warning));
    detach(Promise.reject(thrown));
    detach(Promise.resolve(1));
    guard(
      () => Promise.reject(new Error('of the callback')),
      () => {
        throw thrown;
      },
    );
    await until(() => warnings.length >= 2);
    expect(warnings).toEqual(new Array(2).fill('Something failed that nobody waits for'));
  },
);
