/** What a key space has answered, as JSON. Keys and values are text where they are text, else bytes in base64. */

import type {
  CompactReply,
  DeleteReply,
  KeyValue,
  OperationReply,
  PutReply,
  RangeReply,
  TxnReply,
} from '@parliament/machines';
import { propose } from 'parliament';
import { cas, type Found, get, type KeySpace, type Swap, transact } from './asking.js';
import type { Call, Step, Transaction } from './calls.js';
import { bytesAsField } from './fields.js';
import { readRange } from './pages.js';

/** Has a call done, and gives the fields of its answer. */
export async function serveCall(space: KeySpace, call: Call, timeoutMs: number): Promise<object> {
  const options = { timeoutMs };
  switch (call.op) {
    case 'get':
      return answerToGet(await get(space, call.request, call.level, options));
    case 'range': {
      const { level, request } = call;
      return answerToRange(request, await readRange(space, request, level, timeoutMs));
    }
    case 'put':
      return answerToPut(await propose(space, { type: 'put', ...call.request }, options));
    case 'cas':
      return answerToCas(await cas(space, call.request, options));
    case 'delete':
      return answerToDelete(await propose(space, { type: 'delete', ...call.request }, options));
    case 'txn':
      return answerToTxn(call.request, await transact(space, call.request, options));
    case 'compact':
      return answerToCompact(await propose(space, { type: 'compact', ...call.request }, options));
  }
}

export function answerToGet({ item, revision }: Found): object {
  return { value: item === undefined ? null : bytesAsField(item.value), revision, version: item?.version ?? 0 };
}

export function answerToRange({ keysOnly = false }: { keysOnly?: boolean }, reply: RangeReply): object {
  const { items, count, more, revision } = reply;
  return { items: items.map((item) => itemOf(item, keysOnly)), count, more, revision };
}

function itemOf({ key, value, version, createRevision, modRevision }: KeyValue, keysOnly: boolean): object {
  const known = keysOnly ? {} : { value: bytesAsField(value) };
  return { key: bytesAsField(key), ...known, version, createRevision, modRevision };
}

export function answerToPut({ revision }: PutReply): object {
  return { revision };
}

export function answerToCas({ swapped, revision }: Swap): object {
  return { swapped, revision };
}

export function answerToDelete({ deleted, revision }: DeleteReply): object {
  return { deleted, revision };
}

export function answerToCompact({ compacted, revision }: CompactReply): object {
  return { compacted, revision };
}

/** Each step is answered as it would be alone. */
export function answerToTxn(transaction: Transaction, { holds, replies, revision }: TxnReply): object {
  const steps = holds ? transaction.then : transaction.else;
  const answers = steps.map((step, index) => answerToStep(step, replies[index]));
  return { holds, replies: answers, revision };
}

function answerToStep(step: Step, reply: OperationReply | undefined): object {
  if (reply?.type === 'put' && step.op === 'put') return answerToPut(reply);
  if (reply?.type === 'delete' && step.op === 'delete') return answerToDelete(reply);
  if (reply?.type === 'txn' && step.op === 'txn') return answerToTxn(step.request, reply);
  if (reply?.type === 'range' && step.op === 'range') return answerToRange(step.request, reply);
  if (reply?.type === 'range' && step.op === 'get') return answerToGet({ ...reply, item: reply.items[0] });
  throw new Error(`a step of the kind ${step.op} was answered as one of the kind ${reply?.type}`);
}
