/** Where in the program of a user something is, by the stack: `/home/ada/account.ts:12:30`. */

/** An error with the stack as it is below a function that is running now. Not every engine can. */
export function withStackBelow<E extends Error>(called: (...all: never) => unknown, error: E): E {
  if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(error, called);
  return error;
}

/** The uppermost place in a stack. */
export function placeIn(stack: unknown): string {
  for (const line of typeof stack === 'string' ? stack.split('\n') : []) {
    const [, place] = /(?:^|[\s(@])((?:[a-z]+:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/.exec(line) ?? [];
    if (place !== undefined) return place.replace(/^file:\/\//, '');
  }
  return 'a place that this engine does not tell';
}
