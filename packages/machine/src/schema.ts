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
  if (result.issues !== undefined) throw new MachineError('invalid', `${name}: ${textOf(result.issues)}`);
  const { value } = result;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new MachineError('invalid', `${name}: its schema gave ${kindOf(value)}, and no object of fields`);
}

function validated(
  schema: StandardSchema,
  fields: object,
  name: string,
): ReturnType<StandardSchema['~standard']['validate']> {
  try {
    return schema['~standard'].validate(fields);
  } catch (error) {
    throw new MachineError('invalid', `${name}: its schema threw: ${messageOf(error)}`, { cause: error });
  }
}

function textOf(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, ISSUES_MAX).map(({ message, path = [] }) => {
    const place = path.map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  const more = issues.length > ISSUES_MAX ? [`${issues.length - ISSUES_MAX} more`] : [];
  return clip([...shown, ...more].join('; '));
}
