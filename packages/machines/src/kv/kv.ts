// What a user of the pure functions calls: checks first, then the state as it becomes, and what the caller is told.

import { checkDelete, checkPut, checkRange, checkTxn } from './check.js';
import { sweep } from './compact.js';
import { Draft } from './draft.js';
import { KvError } from './errors.js';
import { checkOverlap } from './overlap.js';
import { range } from './range.js';
import type {
  CompareRequest,
  DeleteReply,
  DeleteRequest,
  Operation,
  PutReply,
  PutRequest,
  RangeReply,
  RangeRequest,
  TxnReply,
  TxnRequest,
} from './requests.js';
import type { KvState } from './state.js';
import { transact } from './txn.js';
import { checkKept, checkLease, deleteIn, type LeaseExists, putIn } from './write.js';

/** A key space as it becomes, and what the caller is told. */
export interface Written<Reply> {
  readonly state: KvState;
  readonly reply: Reply;
}

/** How many changes each write sweeps out: what is compacted does not grow by writing, so that this comes to an end. */
const SWEPT_BY_WRITE = 32;

/**
 * Reads keys, as they are or as they were.
 *
 * @throws KvError `empty-key`, `bad-request`, `invalid-sort`, `future-revision`, `compacted`
 * @example
 * ```ts
 * import { emptyKv, readRange } from '@parliament/machines';
 *
 * const all = Uint8Array.of(0);
 * const { items, count, revision } = readRange(emptyKv(), { key: all, rangeEnd: all, limit: 100 });
 * console.log(items, count, revision); // [] 0 1
 * ```
 */
export function readRange(state: KvState, request: RangeRequest): RangeReply {
  checkRange(request);
  return range(state, request);
}

/**
 * Puts a key.
 *
 * @throws KvError `empty-key`, `bad-request`, `value-provided`, `lease-provided`, `lease-not-found`, `key-not-found`
 * @example
 * ```ts
 * import { emptyKv, put } from '@parliament/machines';
 *
 * const { state, reply } = put(emptyKv(), { key: Uint8Array.of(97), value: Uint8Array.of(1) });
 * console.log(state.revision, reply); // 2 { revision: 2 }
 * ```
 */
export function put(state: KvState, request: PutRequest, leaseExists: LeaseExists = noLease): Written<PutReply> {
  checkPut(request);
  checkLease(request.lease, leaseExists);
  checkKept(state, request);
  return written(state, (draft) => putIn(draft, request));
}

/**
 * Deletes keys, all at one revision.
 *
 * @throws KvError `empty-key`, `bad-request`
 * @example
 * ```ts
 * import { deleteRange, emptyKv } from '@parliament/machines';
 *
 * const { reply } = deleteRange(emptyKv(), { key: Uint8Array.of(97) });
 * console.log(reply); // { revision: 1, deleted: 0 }
 * ```
 */
export function deleteRange(state: KvState, request: DeleteRequest): Written<DeleteReply> {
  checkDelete(request);
  return written(state, (draft) => deleteIn(draft, request));
}

/**
 * Compares, and does what stands in one branch: all of it, at one revision.
 *
 * @throws KvError `too-many-operations`, `duplicate-key`, and what its steps may throw
 * @example
 * ```ts
 * import { emptyKv, txn } from '@parliament/machines';
 *
 * const key = Uint8Array.of(97);
 * // Puts it only where it is not there.
 * const { reply } = txn(emptyKv(), {
 *   compare: [{ key, target: 'version', result: 'equal', value: 0 }],
 *   then: [{ type: 'put', key, value: Uint8Array.of(1) }],
 *   else: [{ type: 'range', key }],
 * });
 * console.log(reply.holds, reply.revision); // true 2
 * ```
 */
export function txn(state: KvState, request: TxnRequest, leaseExists: LeaseExists = noLease): Written<TxnReply> {
  checkWholeTxn(request);
  const { state: next, reply } = transact(state, request, leaseExists);
  return { state: next === state ? state : sweep(next, SWEPT_BY_WRITE), reply };
}

/** Carries out a transaction that writes nothing. */
export function readTxn(state: KvState, request: TxnRequest): TxnReply {
  checkWholeTxn(request);
  if (!isReadOnly(request)) throw new KvError('bad-request', 'a transaction that writes is a command, not a query');
  return transact(state, request, noLease).reply;
}

/** Tells whether all compares hold. */
export function holds(state: KvState, { compare }: CompareRequest): boolean {
  return readTxn(state, { compare }).holds;
}

function written<Reply>(state: KvState, write: (draft: Draft) => Reply): Written<Reply> {
  const draft = new Draft(state);
  const reply = write(draft);
  const next = draft.state();
  return { state: next === state ? state : sweep(next, SWEPT_BY_WRITE), reply };
}

function checkWholeTxn(request: TxnRequest): void {
  checkTxn(request);
  checkOverlap(request.then ?? []);
  checkOverlap(request.else ?? []);
}

function isReadOnly({ then: yes = [], else: no = [] }: TxnRequest): boolean {
  const reads = (operation: Operation): boolean =>
    operation.type === 'range' || (operation.type === 'txn' && isReadOnly(operation));
  return [...yes, ...no].every(reads);
}

function noLease(): boolean {
  return false;
}
