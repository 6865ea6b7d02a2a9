// What a user of the pure functions calls: checks first, then the state as it becomes, and what the caller is told.

import { checkDelete, checkPut, checkRange, checkTxn } from './check.js';
import { sweep } from './compact.js';
import { Draft } from './draft.js';
import { KvError } from './errors.js';
import { checkOverlap } from './overlap.js';
import { range } from './range.js';
import type {
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

/** Reads keys. */
export function readRange(state: KvState, request: RangeRequest): RangeReply {
  checkRange(request);
  return range(state, request);
}

/** Puts a key. */
export function put(state: KvState, request: PutRequest, leaseExists: LeaseExists = noLease): Written<PutReply> {
  checkPut(request);
  checkLease(request.lease, leaseExists);
  checkKept(state, request);
  return written(state, (draft) => putIn(draft, request));
}

/** Deletes keys. */
export function deleteRange(state: KvState, request: DeleteRequest): Written<DeleteReply> {
  checkDelete(request);
  return written(state, (draft) => deleteIn(draft, request));
}

/** Compares, and does what stands in one branch: all of it, at one revision. */
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
