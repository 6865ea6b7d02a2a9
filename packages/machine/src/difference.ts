/** Where two values of plain data differ, by what they hold: names of objects in any order, maps and sets in theirs. */

/** The path to the first difference, `state.items[2]`; undefined when there is none. */
export function difference(one: unknown, other: unknown, path: string): string | undefined {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return undefined;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return path;
  const kind = Object.prototype.toString.call(one);
  if (kind !== Object.prototype.toString.call(other)) return path;
  if (ArrayBuffer.isView(one)) return sameBytes(one, other as ArrayBufferView) ? undefined : path;
  if (one instanceof Date) return difference(one.getTime(), (other as Date).getTime(), path);
  if (Array.isArray(one)) return inOrder(one, other as unknown[], (index) => `${path}[${index}]`);
  if (one instanceof Set)
    return inOrder([...one], [...(other as Set<unknown>)], (index) => `${path}.element(${index})`);
  if (one instanceof Map) return inMaps(one, other as Map<unknown, unknown>, path);
  return inObjects(one, other, path);
}

/** Whether two views have the same bytes. */
export function sameBytes(one: ArrayBufferView, other: ArrayBufferView): boolean {
  if (one.byteLength !== other.byteLength) return false;
  const left = new Uint8Array(one.buffer, one.byteOffset, one.byteLength);
  const right = new Uint8Array(other.buffer, other.byteOffset, other.byteLength);
  return left.every((byte, index) => byte === right[index]);
}

function inOrder(
  one: readonly unknown[],
  other: readonly unknown[],
  placeOf: (index: number) => string,
): string | undefined {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    if (index >= one.length || index >= other.length) return placeOf(index);
    const found = difference(one[index], other[index], placeOf(index));
    if (found !== undefined) return found;
  }
  return undefined;
}

function inMaps(one: Map<unknown, unknown>, other: Map<unknown, unknown>, path: string): string | undefined {
  const keys = [...one.keys()];
  const key = inOrder(keys, [...other.keys()], (index) => `${path}.key(${index})`);
  if (key !== undefined) return key;
  const named = (index: number): string => {
    const name = keys[index];
    return typeof name === 'string' ? `${path}.get(${JSON.stringify(name)})` : `${path}.value(${index})`;
  };
  return inOrder([...one.values()], [...other.values()], named);
}

function inObjects(one: object, other: object, path: string): string | undefined {
  // An error has its message where no enumeration finds it.
  for (const name of new Set([...namesOf(one), ...namesOf(other)])) {
    const place = /^[\w$]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    if (!Object.hasOwn(one, name) || !Object.hasOwn(other, name)) return place;
    const found = difference(Reflect.get(one, name), Reflect.get(other, name), place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesOf(value: object): string[] {
  const hidden = ['name', 'message', 'cause'].filter((name) => value instanceof Error && Object.hasOwn(value, name));
  return [...Object.keys(value), ...hidden];
}
