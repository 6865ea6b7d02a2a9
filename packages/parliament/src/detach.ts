/** Work that nobody waits for. The linter sees to it that all promises that go their own way go through here. */

/** Lets a promise go its own way: what it rejects with would end the process, and is told as a warning instead. */
export function detach(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    process.emitWarning(`Something failed that nobody waits for: ${error instanceof Error ? error.stack : error}`);
  });
}
