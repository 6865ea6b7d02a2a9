/** Schemas, where callers give commands and queries. Never where these are applied: members may run other versions of a validator. */

import { MachineError } from './errors.js';
import { forget, isPromise } from './promises.js';
import type { SchemaIssue, StandardSchema } from './standard-schema.js';
import { clip, kindOf, messageOf } from './text.js';

const ISSUES_MAX = 5;

/** What a schema makes of fields. @throws MachineError `invalid`, which says what is wrong, and where. */
export function conform(schema: StandardSchema, fields: object, name: string): object {
  const result = validated(schema, fields, name);
  if (isPromise(result)) {
    forget(result);
    throw new MachineError('invalid', `${name}: its schema gave a promise: check what takes time before you propose`);
  }
  if ('issues' in result) throw new MachineError('invalid', `${name}: ${result.issues}`);
  const { value } = result;
  if (hasFields(value)) return value;
  const gave = Array.isArray(value) || typeof value !== 'object' ? kindOf(value) : 'an object of another kind';
  throw new MachineError('invalid', `${name}: its schema gave ${gave}, and no object of fields`);
}

/** What it gave, with its issues in one text. What is not of the standard is a fault of the schema, as is what it throws. */
function validated(
  schema: StandardSchema,
  fields: object,
  name: string,
): PromiseLike<unknown> | { readonly value: unknown } | { readonly issues: string } {
  try {
    const result = schema['~standard'].validate(fields);
    if (isPromise(result)) return result;
    return result.issues === undefined ? { value: result.value } : { issues: textOf(result.issues) };
  } catch (error) {
    throw new MachineError('invalid', `${name}: its schema threw: ${messageOf(error)}`, { cause: error });
  }
}

/** A map, a date, bytes have what is in them elsewhere than in fields, and would lose it. */
function hasFields(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function textOf(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, ISSUES_MAX).map(({ message, path = [] }) => {
    const place = path.map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  const more = issues.length > ISSUES_MAX ? [`${issues.length - ISSUES_MAX} more`] : [];
  return clip([...shown, ...more].join('; '));
}
