/** Freezes plain data, so that whoever changes it in place is found where it does so. */

import { withStackBelow } from './place.js';

/** What is frozen to its depth: a state has most in common with the one before it. */
const frozen = new WeakSet<object>();

/** Freezes objects and arrays, and what is in them, in maps and in sets. Objects of classes are let alone: they may keep caches. */
export function freeze<Value>(value: Value): Value {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null || frozen.has(each) || !isPlain(each)) continue;
    frozen.add(each);
    open.push(...partsOf(each));
    Object.freeze(each);
  }
  return value;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set || value instanceof Date) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function* partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) for (const [key, part] of value) yield* [key, part];
  else if (value instanceof Set) yield* value;
  yield* Object.values(value);
}

/** Methods that change what cannot be frozen. */
const CHANGING: readonly (readonly [kind: { readonly prototype: object }, names: readonly string[]])[] = [
  [Map, ['set', 'delete', 'clear']],
  [Set, ['add', 'delete', 'clear']],
  [Date, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
];

/** Freezes a copy, whose maps, sets and dates throw as well when they are to change. Only a copy: their methods stay like that. */
export function freezeCopy<Value>(copy: Value): Value {
  const open: unknown[] = [copy];
  const seen = new Set<unknown>();
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null || seen.has(each) || !isPlain(each)) continue;
    seen.add(each);
    open.push(...partsOf(each));
    for (const name of CHANGING.find(([kind]) => Object.getPrototypeOf(each) === kind.prototype)?.[1] ?? []) {
      const refuse = (): never => {
        throw withStackBelow(refuse, new TypeError(`cannot ${name} what is frozen`));
      };
      Object.defineProperty(each, name, { value: refuse });
    }
    Object.freeze(each);
  }
  return copy;
}
