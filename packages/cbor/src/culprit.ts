import { printable } from './errors.js';

/** Names of fields and keys are shown to so many characters. */
const NAME_MAX = 100;

/** Kinds of objects that come back as what they were, or, for plain `Object`, as their own enumerable properties. */
const KNOWN: ReadonlySet<string> = new Set([
  'Array',
  'BigInt64Array',
  'BigUint64Array',
  'Date',
  'Error',
  'Float32Array',
  'Float64Array',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Map',
  'Object',
  'Set',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
]);

/** What {@link findCulprit} needs to know. */
export interface Rules {
  isReference(value: object): boolean;
  /** Whether objects of classes are taken for plain ones. */
  readonly flattensClasses: boolean;
  readonly depthMax: number;
  readonly bigintBitsMax: number;
}

/** Finds what in a value of that name has no form in bytes, and says where: `value.items[2].done is a function`. */
export function findCulprit(value: unknown, name: string, rules: Rules): string | undefined {
  return find(value, name, [], rules);
}

/** Whether an object has no prototype, or one that has none, as `Object.prototype` of any realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function find(value: unknown, path: string, parents: readonly object[], rules: Rules): string | undefined {
  if (typeof value === 'function') return `${path} is a function`;
  if (typeof value === 'symbol') return `${path} is a symbol`;
  if (typeof value === 'bigint' && BigInt.asIntN(rules.bigintBitsMax, value) !== value) {
    return `${path} is a bigint of more than ${rules.bigintBitsMax} bits`;
  }
  if (typeof value !== 'object' || value === null || rules.isReference(value)) return undefined;
  if (parents.includes(value)) return `${path} is a cycle`;
  if (parents.length >= rules.depthMax) return `${path} is nested more than ${rules.depthMax} deep`;
  const kind = printable(Object.prototype.toString.call(value).slice(8, -1), NAME_MAX);
  if (!KNOWN.has(kind)) return `${path} is of the kind ${kind}`;
  if (kind === 'Object' && !rules.flattensClasses && !isPlain(value))
    return `${path} is an object of ${classOf(value)}`;
  if (ArrayBuffer.isView(value)) return undefined;
  for (const [place, part] of partsOf(value, path)) {
    const problem = find(part, place, [...parents, value], rules);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function classOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value).constructor?.name;
  return typeof name === 'string' && name !== '' ? `the class ${printable(name, NAME_MAX)}` : 'a class';
}

/** The name of a field, or a key: it may be anything, and the path may have many. */
function quoted(name: string): string {
  return printable(
    JSON.stringify(name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name),
    Number.POSITIVE_INFINITY,
  );
}

function* partsOf(value: object, path: string): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) yield [`${path}[${index}]`, part];
  } else if (value instanceof Map) {
    let index = 0;
    for (const [key, part] of value) {
      yield [`${path}.key(${index})`, key];
      yield [typeof key === 'string' ? `${path}.get(${quoted(key)})` : `${path}.value(${index})`, part];
      index += 1;
    }
  } else if (value instanceof Set) {
    let index = 0;
    for (const part of value) {
      yield [`${path}.element(${index})`, part];
      index += 1;
    }
  } else {
    const names = 'cause' in value && !Object.keys(value).includes('cause') ? ['cause'] : [];
    for (const name of [...Object.keys(value), ...names]) {
      yield [/^[\w$]{1,100}$/.test(name) ? `${path}.${name}` : `${path}[${quoted(name)}]`, Reflect.get(value, name)];
    }
  }
}
