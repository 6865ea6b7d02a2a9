/** What a snapshot leaves out: then that of the restored state is the same, and only the state itself tells. */

/**
 * The path to what is another in a restored state, as far as that is sure: the state itself, its fields, and how much is in the maps and
 * sets there. How what is deeper is laid out is the business of the machine: a tree may be of another shape, and hold the same.
 */
export function lossIn(state: unknown, restored: unknown, path: string): string | undefined {
  if (isLost(state, restored)) return path;
  if (!hasFields(state) || !hasFields(restored)) return undefined;
  for (const name of new Set([...Object.keys(state), ...Object.keys(restored)])) {
    const isThere = Object.hasOwn(state, name) && Object.hasOwn(restored, name);
    if (!isThere || isLost(Reflect.get(state, name), Reflect.get(restored, name))) return `${path}.${name}`;
  }
  return undefined;
}

function isLost(value: unknown, restored: unknown): boolean {
  if (value instanceof Map || value instanceof Set) return Object(restored).size !== value.size;
  const isWhole = (each: unknown): boolean => typeof each !== 'object' || each === null;
  return (isWhole(value) || isWhole(restored)) && !Object.is(value, restored);
}

/** Objects of classes may keep caches. */
function hasFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
