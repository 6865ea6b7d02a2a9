/** What is asked of a key space: by the command, by a line to `client`, or by a transaction in JSON. */

import type { CompactRequest, Compare, DeleteRequest, PutRequest, RangeRequest } from '@parliament/machines';
import type { ReadOptions } from 'parliament';

/** What a read may be content with. */
export type Level = NonNullable<ReadOptions['level']>;

export const LEVELS: readonly Level[] = ['linearizable', 'lease', 'local'];

/** A step of a transaction. `get` is a range of one key, with a shorter answer. */
export type Step =
  | { readonly op: 'get'; readonly request: RangeRequest }
  | { readonly op: 'range'; readonly request: RangeRequest }
  | { readonly op: 'put'; readonly request: PutRequest }
  | { readonly op: 'delete'; readonly request: DeleteRequest }
  | { readonly op: 'txn'; readonly request: Transaction };

/** Compares; the steps that are taken when all hold; and those for else. */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly then: readonly Step[];
  readonly else: readonly Step[];
}

/** A put that is done only where the key has that version. A key that is not there has 0. */
export interface Cas {
  readonly key: Uint8Array;
  readonly version: number;
  readonly value: Uint8Array;
}

export type Call =
  | Exclude<Step, { op: 'get' | 'range' }>
  | { readonly op: 'get' | 'range'; readonly request: RangeRequest; readonly level: Level }
  | { readonly op: 'cas'; readonly request: Cas }
  | { readonly op: 'compact'; readonly request: CompactRequest };

/** Whether it may have an effect, so that it must not be done twice. */
export function isWrite(call: Call): boolean {
  switch (call.op) {
    case 'get':
    case 'range':
      return false;
    case 'txn':
      return !isReading(call.request);
    default:
      return true;
  }
}

/** Whether none of its steps writes. */
export function isReading(transaction: Transaction): boolean {
  return [...transaction.then, ...transaction.else].every(
    (step) => step.op === 'get' || step.op === 'range' || (step.op === 'txn' && isReading(step.request)),
  );
}
