/** Calls on a key space, out of JSON. What is not right is told, and nothing is sent. */

import { type Compare, OPERATIONS_MAX, type RangeRequest } from '@parliament/machines';
import { type Call, LEVELS, type Step, type Transaction } from './calls.js';
import {
  bytesField,
  type Fields,
  FieldError,
  flagField,
  keyField,
  keysField,
  listField,
  refuseUnknown,
  requiredField,
  wholeField,
  wordField,
} from './fields.js';

type StepOp = Step['op'];
export type CallOp = Call['op'];

/** What each may have as a step, besides `op`. */
const STEP_FIELDS: Readonly<Record<StepOp, readonly string[]>> = {
  put: ['key', 'value'],
  get: ['key', 'revision'],
  range: ['key', 'rangeEnd', 'prefix', 'revision', 'limit', 'order', 'target', 'keysOnly', 'countOnly'],
  delete: ['key', 'rangeEnd', 'prefix'],
  txn: ['compare', 'then', 'else'],
};

/** What each may have as a call. */
const CALL_FIELDS: Readonly<Record<CallOp, readonly string[]>> = {
  ...STEP_FIELDS,
  get: [...STEP_FIELDS.get, 'level'],
  range: [...STEP_FIELDS.range, 'level'],
  cas: ['key', 'version', 'value'],
  compact: ['revision'],
};

const STEP_OPS = ['put', 'get', 'range', 'delete', 'txn'] as const satisfies readonly StepOp[];

export const CALL_OPS: readonly CallOp[] = [...STEP_OPS, 'cas', 'compact'];

const COMPARE_FIELDS = ['key', 'rangeEnd', 'prefix', 'target', 'result', 'value'];
const TARGETS = ['version', 'create', 'mod', 'value'] as const;
const ORDERS = ['none', 'ascend', 'descend'] as const;
const SORTED = ['key', 'version', 'create', 'mod', 'value'] as const;
const RESULTS = ['equal', 'not-equal', 'greater', 'less'] as const;

/**
 * @param others the fields that are looked at elsewhere; they come first in messages.
 * @throws FieldError
 */
export function parseCall(op: CallOp, fields: Fields, others: readonly string[]): Call {
  refuseUnknown(fields, [...others, ...CALL_FIELDS[op]], `"${op}"`);
  switch (op) {
    case 'cas': {
      const version = requiredField(fields, 'version', wholeField(fields, 'version', 0));
      return { op, request: { key: keyField(fields, 'key'), version, value: bytesField(fields, 'value') } };
    }
    case 'compact':
      return { op, request: { revision: requiredField(fields, 'revision', wholeField(fields, 'revision', 1)) } };
    default: {
      const step = parseStep(op, fields, 0);
      if (step.op !== 'get' && step.op !== 'range') return step;
      return { ...step, level: wordField(fields, 'level', LEVELS) ?? 'linearizable' };
    }
  }
}

/** A transaction alone. @throws FieldError */
export function parseTransaction(fields: Fields): Transaction {
  refuseUnknown(fields, STEP_FIELDS.txn, 'a transaction');
  return transactionOf(fields, 0);
}

function parseStep(op: StepOp, fields: Fields, depth: number): Step {
  switch (op) {
    case 'put':
      return { op, request: { key: keyField(fields, 'key'), value: bytesField(fields, 'value') } };
    case 'get':
      return { op, request: { key: keyField(fields, 'key'), ...revisionOf(fields) } };
    case 'range':
      return { op, request: { ...keysField(fields), ...revisionOf(fields), ...choiceOf(fields) } };
    case 'delete':
      return { op, request: keysField(fields) };
    case 'txn':
      return { op, request: transactionOf(fields, depth) };
  }
}

function transactionOf(fields: Fields, depth: number): Transaction {
  // Each level needs a step of the one above, and of those there are so many.
  if (depth > OPERATIONS_MAX) throw new FieldError(`transactions in one another, more than ${OPERATIONS_MAX}`);
  const stepsOf = (name: string): Step[] =>
    listField(fields, name).map((each) => {
      const op = requiredField(each, 'op', wordField(each, 'op', STEP_OPS));
      refuseUnknown(each, ['op', ...STEP_FIELDS[op]], `"${op}"`);
      return parseStep(op, each, depth + 1);
    });
  return { compare: listField(fields, 'compare').map(compareOf), then: stepsOf('then'), else: stepsOf('else') };
}

function compareOf(fields: Fields): Compare {
  refuseUnknown(fields, COMPARE_FIELDS, 'a compare');
  const keys = keysField(fields);
  const target = requiredField(fields, 'target', wordField(fields, 'target', TARGETS));
  const result = requiredField(fields, 'result', wordField(fields, 'result', RESULTS));
  if (target === 'value') return { ...keys, target, result, value: bytesField(fields, 'value') };
  return { ...keys, target, result, value: requiredField(fields, 'value', wholeField(fields, 'value', 0)) };
}

function revisionOf(fields: Fields): { revision?: number } {
  const revision = wholeField(fields, 'revision', 1);
  return revision === undefined ? {} : { revision };
}

function choiceOf(fields: Fields): Partial<RangeRequest> {
  const limit = wholeField(fields, 'limit', 1);
  const order = wordField(fields, 'order', ORDERS);
  const target = wordField(fields, 'target', SORTED);
  const keysOnly = flagField(fields, 'keysOnly');
  const countOnly = flagField(fields, 'countOnly');
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(order === undefined ? {} : { order }),
    ...(target === undefined ? {} : { target }),
    ...(keysOnly === undefined ? {} : { keysOnly }),
    ...(countOnly === undefined ? {} : { countOnly }),
  };
}
