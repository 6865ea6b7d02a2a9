/** The requests that `parliament client` takes: lines of JSON, of which each field is looked at. */

import { oneLine } from './errors.js';
import type { Call } from './kv/calls.js';
import { FieldError, type Fields, fieldsOf, refuseUnknown, wordField } from './kv/fields.js';
import { CALL_OPS, parseCall } from './kv/parse.js';
import type { Line } from './lines.js';

/** What a register is asked. Without a value it is a read. */
interface Asking {
  readonly op: 'ask';
  readonly key: string;
  readonly value: string | undefined;
}

/** A request that can be served. */
export interface Request {
  readonly id: number | string;
  readonly timeoutMs: number | undefined;
  readonly asked: Asking | { readonly op: 'status' } | { readonly op: 'kv'; readonly call: Call };
}

/** One that cannot. The id is null where none could be read. */
export interface Refused {
  readonly id: number | string | null;
  readonly refusal: string;
}

const OPS = ['ask', 'status', ...CALL_OPS] as const;

export function parseRequest(line: Line): Request | Refused {
  if (!('text' in line)) return { id: null, refusal: line.fault };
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.text);
  } catch (error) {
    return { id: null, refusal: `not a line of JSON: ${oneLine(error)}` };
  }
  let id: Refused['id'] = null;
  try {
    const fields = fieldsOf(parsed, '');
    id = idOf(fields);
    return { id, ...readRequest(fields) };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { id, refusal: error.message };
  }
}

function readRequest(fields: Fields): Omit<Request, 'id'> {
  const op = wordField(fields, 'op', OPS);
  switch (op) {
    case undefined:
      throw new FieldError(`op: it is missing; one of ${OPS.join(', ')}`);
    case 'ask':
      refuseUnknown(fields, ['id', 'op', 'key', 'value', 'timeoutMs'], '"ask"');
      return { asked: askingOf(fields), timeoutMs: timeoutOf(fields) };
    case 'status':
      refuseUnknown(fields, ['id', 'op', 'timeoutMs'], '"status"');
      return { asked: { op }, timeoutMs: timeoutOf(fields) };
    default: {
      const call = parseCall(op, fields, ['id', 'op', 'timeoutMs']);
      return { asked: { op: 'kv', call }, timeoutMs: timeoutOf(fields) };
    }
  }
}

function askingOf({ values: { key, value } }: Fields): Asking {
  if (typeof key !== 'string') throw new FieldError('key: a string');
  if (value !== undefined && typeof value !== 'string') throw new FieldError('value: a string, or none for a read');
  return { op: 'ask', key, value };
}

function timeoutOf({ values: { timeoutMs } }: Fields): number | undefined {
  if (timeoutMs === undefined) return undefined;
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= 86_400_000) return timeoutMs;
  throw new FieldError('timeoutMs: milliseconds above 0, at most a day');
}

/** What the answer can repeat as it was given: a larger whole number would be another one. */
function idOf({ values: { id } }: Fields): Request['id'] {
  if (typeof id === 'string') return id;
  if (typeof id === 'number' && Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id))) return id;
  throw new FieldError('id: give a string, or a number below 2^53: the answer has it, too');
}
