/**
 * Whether two decoded things mean the same. Not `isDeepStrictEqual`, to which a Buffer is no Uint8Array, and which looks at
 * the stack of an error.
 */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Number.isNaN(one) && Number.isNaN(other);
  }
  if (ArrayBuffer.isView(one)) {
    return ArrayBuffer.isView(other) && one.byteLength === other.byteLength && bytesOf(one).equals(bytesOf(other));
  }
  if (Array.isArray(one)) return Array.isArray(other) && sameAll(one, other);
  if (one instanceof Map) return other instanceof Map && sameAll([...one].flat(), [...other].flat());
  if (one instanceof Set) return other instanceof Set && sameAll([...one], [...other]);
  if (one instanceof Date) return other instanceof Date && same(one.getTime(), other.getTime());
  if (one instanceof Error) {
    return other instanceof Error && one.name === other.name && one.message === other.message && sameFields(one, other);
  }
  return sameFields(one, other);
}

function sameAll(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => same(each, other[index]));
}

function sameFields(one: object, other: object): boolean {
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && same(Reflect.get(one, key), Reflect.get(other, key)));
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
