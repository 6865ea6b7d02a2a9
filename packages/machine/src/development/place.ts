/** Where in the program of a user something is, by the stack: `/home/ada/account.ts:12:30`. */

/** The place from which a function was called that is running now. */
export function placeBelow(from: (...all: never) => unknown): string {
  const holder: { stack?: string } = {};
  // Not every engine has it.
  if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(holder, from);
  return placeIn(holder.stack);
}

/** The uppermost place in a stack. */
export function placeIn(stack: unknown): string {
  for (const line of typeof stack === 'string' ? stack.split('\n') : []) {
    const [, place] = /(?:^|[\s(@])((?:[a-z]+:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/.exec(line) ?? [];
    if (place !== undefined) return place.replace(/^file:\/\//, '');
  }
  return 'a place that this engine does not tell';
}
