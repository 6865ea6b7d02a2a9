// What every member refuses in the same way before it does anything. Nothing here depends on what is stored.

import { KvError } from './errors.js';
import type {
  Compare,
  CompactRequest,
  DeleteRequest,
  EventsRequest,
  Keys,
  Operation,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from './requests.js';

/** The most compares, and the most steps of a branch; those of nested transactions count to what is left. */
export const OPERATIONS_MAX = 128;

const ORDERS: ReadonlySet<unknown> = new Set(['none', 'ascend', 'descend']);
const TARGETS: ReadonlySet<unknown> = new Set(['key', 'version', 'create', 'mod', 'value']);
const COMPARED: ReadonlySet<unknown> = new Set(['version', 'create', 'mod', 'lease', 'value']);
const RESULTS: ReadonlySet<unknown> = new Set(['equal', 'not-equal', 'greater', 'less']);

/** Refuses a range that is not as it should be. */
export function checkRange(request: RangeRequest): void {
  checkKeys(request);
  const { revision, limit, order, target, keysOnly, countOnly } = request;
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  checkNumbers({ revision, limit, minModRevision, maxModRevision, minCreateRevision, maxCreateRevision });
  checkFlags({ keysOnly, countOnly });
  if (order !== undefined && !ORDERS.has(order)) throw new KvError('invalid-sort', oneOf('order', ORDERS));
  if (target !== undefined && !TARGETS.has(target)) throw new KvError('invalid-sort', oneOf('target', TARGETS));
}

/** Refuses a put that is not as it should be. */
export function checkPut({ key, value, lease, previous, ignoreValue, ignoreLease }: PutRequest): void {
  checkKey(key);
  if (value !== undefined) checkBytes('value', value);
  checkNumbers({ lease });
  if (lease !== undefined && lease < 0) throw new KvError('bad-request', 'lease must not be below 0');
  checkFlags({ previous, ignoreValue, ignoreLease });
  if (ignoreValue === true && value !== undefined && value.length > 0) {
    throw new KvError('value-provided', 'a value is given, and is to be ignored: leave one of both away');
  }
  if (ignoreLease === true && lease !== undefined && lease !== 0) {
    throw new KvError('lease-provided', 'a lease is given, and is to be ignored: leave one of both away');
  }
}

/** Refuses a deletion that is not as it should be. */
export function checkDelete(request: DeleteRequest): void {
  checkKeys(request);
  checkFlags({ previous: request.previous });
}

/** Refuses a compaction that is not as it should be. */
export function checkCompact({ revision }: CompactRequest): void {
  if (!isWhole(revision)) throw new KvError('bad-request', 'revision must be a whole number');
}

/** Refuses a question for events that is not as it should be. */
export function checkEvents({ key, rangeEnd, from, limit, bytes, previous, noPuts, noDeletes }: EventsRequest): void {
  // A watch of the empty key is one of all keys in etcd.
  if (key !== undefined) checkBytes('key', key);
  if (rangeEnd !== undefined) checkBytes('rangeEnd', rangeEnd);
  if (!isWhole(from)) throw new KvError('bad-request', 'from must be a whole number');
  checkNumbers({ limit, bytes });
  if (limit !== undefined && limit < 1) throw new KvError('bad-request', 'limit must be 1 or more');
  if (bytes !== undefined && bytes < 1) throw new KvError('bad-request', 'bytes must be 1 or more');
  checkFlags({ previous, noPuts, noDeletes });
}

/** Refuses a transaction of which a part is not as it should be, or that is too large. */
export function checkTxn(request: TxnRequest, most: number = OPERATIONS_MAX): void {
  const { compare = [], then: yes = [], else: no = [] } = request;
  for (const [name, list] of Object.entries({ compare, then: yes, else: no })) {
    if (!Array.isArray(list)) throw new KvError('bad-request', `${name} of a transaction must be a list`);
  }
  const largest = Math.max(compare.length, yes.length, no.length);
  if (largest > most) {
    throw new KvError(
      'too-many-operations',
      `a transaction may have ${OPERATIONS_MAX} compares or steps, with those inside`,
    );
  }
  compare.forEach(checkCompare);
  for (const operation of [...yes, ...no]) checkOperation(operation, most - largest);
}

function checkCompare(compare: Compare): void {
  checkObject('a compare', compare);
  checkKeys(compare);
  const { target, result, value } = compare;
  if (!COMPARED.has(target)) throw new KvError('bad-request', oneOf('target of a compare', COMPARED));
  if (!RESULTS.has(result)) throw new KvError('bad-request', oneOf('result of a compare', RESULTS));
  if (target === 'value') checkBytes('value of a compare', value);
  else if (!isWhole(value)) {
    throw new KvError('bad-request', `value of a compare must be a whole number, as its target is ${target}`);
  }
}

function checkOperation(operation: Operation, most: number): void {
  checkObject('a step', operation);
  switch (operation.type) {
    case 'range':
      checkRange(operation);
      break;
    case 'put':
      checkPut(operation);
      break;
    case 'delete':
      checkDelete(operation);
      break;
    case 'txn':
      checkTxn(operation, most);
      break;
    default:
      throw new KvError('bad-request', 'type of a step must be range, put, delete or txn');
  }
}

function checkKeys({ key, rangeEnd }: Keys): void {
  checkKey(key);
  if (rangeEnd !== undefined) checkBytes('rangeEnd', rangeEnd);
}

function checkKey(key: unknown): void {
  // Absent is empty, as on etcd's wire.
  if (key === undefined) throw new KvError('empty-key', 'a key must be given');
  if (checkBytes('key', key).length === 0) throw new KvError('empty-key', 'a key must have one byte or more');
}

function checkBytes(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new KvError('bad-request', `${name} must be a Uint8Array`);
}

function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new KvError('bad-request', `${name} must be an object`);
}

function checkNumbers(numbers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && !isWhole(value)) {
      throw new KvError('bad-request', `${name} must be a whole number below 2^53`);
    }
  }
}

/** Not -0: a snapshot has no form for it, so those that were restored would answer with another number. */
function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function checkFlags(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new KvError('bad-request', `${name} must be true or false`);
    }
  }
}

function oneOf(name: string, values: ReadonlySet<unknown>): string {
  return `${name} must be one of ${[...values].join(', ')}`;
}
