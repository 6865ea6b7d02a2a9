import { afterAll, beforeAll, expect } from '@jest/globals';

/** Fails the test file when a rejection or an exception is handled by nobody while it runs. */
export function expectNothingUnhandled(): void {
  const seen: unknown[] = [];
  const note = (error: unknown): void => void seen.push(error);
  beforeAll(() => {
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
  });
  afterAll(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    expect(seen).toEqual([]);
  });
}
