/** Schemas, where callers give commands and queries. Never where these are applied: members may run other versions of a validator. */

import { MachineError } from './errors.js';
import type { SchemaIssue, StandardSchema } from './standard-schema.js';
import { clip, kindOf } from './text.js';

const ISSUES_MAX = 5;

/** What a schema makes of fields. @throws MachineError `invalid`, which says what is wrong, and where. */
export function conform(schema: StandardSchema, fields: object, called: string): object {
  const result = schema['~standard'].validate(fields);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new MachineError(
      'invalid',
      `${called}: its schema is asynchronous: check what takes time before you propose`,
    );
  }
  if (result.issues !== undefined) throw new MachineError('invalid', `${called}: ${textOf(result.issues)}`);
  const { value } = result;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new MachineError('invalid', `${called}: its schema gave ${kindOf(value)}, and not the fields of a command`);
}

function textOf(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, ISSUES_MAX).map(({ message, path = [] }) => {
    const place = path.map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  const more = issues.length > ISSUES_MAX ? [`${issues.length - ISSUES_MAX} more`] : [];
  return clip([...shown, ...more].join('; '));
}
