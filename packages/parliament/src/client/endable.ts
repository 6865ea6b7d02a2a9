/** Iterations without end, which somebody ends. */

/**
 * An iterator over `items` that ends, without an error, as soon as `signal` fires or `return` is called, whatever it waits for then. While
 * nobody waits for an item there is nothing of it anywhere: no timer, no listener.
 *
 * @param items given a signal of their own, they give up with an error when it fires.
 */
export function endable<Item>(
  signal: AbortSignal | undefined,
  items: (ending: AbortSignal) => AsyncGenerator<Item, void>,
): AsyncIterableIterator<Item, undefined> {
  const ending = new AbortController();
  const inner = items(ending.signal);
  const end = (): void => ending.abort();
  let waiting = 0;

  async function finish(): Promise<IteratorResult<Item, undefined>> {
    end();
    await inner.return();
    return { done: true, value: undefined };
  }

  return {
    async next() {
      if (signal?.aborted === true || ending.signal.aborted) return finish();
      signal?.addEventListener('abort', end, { once: true });
      waiting += 1;
      try {
        const { done, value } = await inner.next();
        return done === true ? { done, value: undefined } : { done: false, value };
      } catch (error) {
        if (ending.signal.aborted) return { done: true, value: undefined };
        throw error;
      } finally {
        waiting -= 1;
        if (waiting === 0) signal?.removeEventListener('abort', end);
      }
    },
    return: finish,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
