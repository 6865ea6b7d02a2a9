/** Calls on a key space, as a node is asked them. */

import type { KeyValue, kv, Operation, OperationReply, RangeRequest, TxnReply } from '@parliament/machines';
import { type CallOptions, type ParliamentOf, propose, read } from 'parliament';
import { type Cas, isReading, type Level, type Step, type Transaction } from './calls.js';

/** A parliament that holds a key space. */
export type KeySpace = ParliamentOf<typeof kv>;

/** What a key has. */
export interface Found {
  /** Undefined where there is no such key. */
  readonly item: KeyValue | undefined;
  /** The newest revision. */
  readonly revision: number;
}

/** What became of a put on a condition. */
export interface Swap {
  readonly swapped: boolean;
  readonly revision: number;
  /** The version that the key had; 0 where it was not there. */
  readonly version: number;
}

/** Reads one key. */
export async function get(space: KeySpace, request: RangeRequest, level: Level, options: CallOptions): Promise<Found> {
  const { items, revision } = await read(space, { type: 'range', ...request }, { ...options, level });
  return { item: items[0], revision };
}

/** Puts a key where it has that version. */
export async function cas(space: KeySpace, { key, version, value }: Cas, options: CallOptions): Promise<Swap> {
  const { holds, replies, revision } = await propose(
    space,
    {
      type: 'txn',
      compare: [{ key, target: 'version', result: 'equal', value: version }],
      then: [{ type: 'put', key, value }],
      else: [{ type: 'range', key, keysOnly: true }],
    },
    options,
  );
  return { swapped: holds, revision, version: holds ? version : versionIn(replies[0]) };
}

function versionIn(reply: OperationReply | undefined): number {
  return reply?.type === 'range' ? (reply.items[0]?.version ?? 0) : 0;
}

/** Carries out a transaction. One that only reads is a read: no slot is taken for it, and it may be asked for again. */
export function transact(space: KeySpace, transaction: Transaction, options: CallOptions): Promise<TxnReply> {
  const request = txnOf(transaction);
  return isReading(transaction) ? read(space, request, options) : propose(space, request, options);
}

function txnOf({ compare, then: yes, else: no }: Transaction): Extract<Operation, { type: 'txn' }> {
  return { type: 'txn', compare, then: yes.map(operationOf), else: no.map(operationOf) };
}

function operationOf(step: Step): Operation {
  switch (step.op) {
    case 'get':
    case 'range':
      return { type: 'range', ...step.request };
    case 'put':
      return { type: 'put', ...step.request };
    case 'delete':
      return { type: 'delete', ...step.request };
    case 'txn':
      return txnOf(step.request);
  }
}
