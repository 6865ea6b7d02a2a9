/** A counter-example as a chart of messages: who did what, in order. */

import type { Message } from '@parliament/synod';
import type { Exploration, PathStep } from './findings.js';

/** The chart of a violation, line by line; nothing when there is none. */
export function chartOf({ violation, model }: Exploration): string[] {
  if (violation === undefined) return [];
  const lines = violation.path.map((step, index) => `${String(index + 1).padStart(4)}  ${describe(step)}`);
  return [`${model}: ${violation.message}, in ${violation.path.length} steps`, ...lines];
}

function describe({ component, cause, effects }: PathStep): string {
  const made = effects.flatMap((effect) => {
    if (effect.type !== 'input' || effect.input.type !== 'message') return [];
    return [`${summary(effect.input.message)} to ${effect.to}`];
  });
  const what =
    'action' in cause
      ? cause.action
      : cause.input.type === 'message'
        ? `gets ${summary(cause.input.message)} from ${cause.from}`
        : 'hears from its learner';
  const then = made.length === 0 ? '' : `, sends ${[...new Set(made)].join('; ')}`;
  return `${component} ${what}${then}`;
}

function summary(message: Message): string {
  const { type, ...rest } = message;
  const fields = Object.entries(rest).map(([name, value]) => `${name} ${plain(value)}`);
  return `${type} (${fields.join(', ')})`;
}

function plain(value: unknown): string {
  if (value instanceof Uint8Array) return `<${value.join(' ')}>`;
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, field]) => `${name} ${plain(field)}`)
    .join(', ')}}`;
}
