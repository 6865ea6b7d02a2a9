/** The handlers of a machine: who takes a command or a query, and what it gives. */

import type { Given, Watch } from './core.js';
import { MachineError } from './errors.js';
import { settled } from './promises.js';
import { conform } from './schema.js';
import { named } from './thrown.js';
import { kindOf, listOf, quoted } from './text.js';
import type { Schemas } from './types.js';

/** The handlers of commands, or of queries. */
export interface Table<Handler> {
  readonly machine: string;
  readonly kind: 'command' | 'query';
  /** A map, so that no type finds what every object has. */
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** The definition is checked: what it has are functions. */
export function tableOf<Handler>(machine: string, kind: Table<Handler>['kind'], handlers: object = {}): Table<Handler> {
  return { machine, kind, handlers: new Map<string, Handler>(Object.entries(handlers)) };
}

/** The handler of a command, or of a query, and what it is called in errors. @throws MachineError `unknown-command` */
export function find<Handler>(table: Table<Handler>, value: unknown): [handler: Handler, name: string] {
  const type = typeOf(value);
  const handler = type === undefined ? undefined : table.handlers.get(type);
  if (handler !== undefined) return [handler, `${table.machine}.${type}`];
  const { machine, kind, handlers } = table;
  const asked = type === undefined ? `${kindOf(value)} without a type` : quoted(type);
  throw new MachineError('unknown-command', `${machine} has no ${kind} ${asked}; it has: ${listOf(handlers.keys())}`);
}

/** What is proposed, or asked, for what a caller gives: what its schema makes of it. */
export function admit(table: Table<unknown>, schemas: Schemas | undefined, value: unknown): unknown {
  const [, name] = find(table, value);
  const { type, ...fields } = value as { readonly type: string };
  const schema = schemas !== undefined && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  return schema === undefined ? value : { ...conform(schema, fields, name), type };
}

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type } = value as { readonly type?: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** Makes a call as it is. */
export const plainly: Watch = ({ called, state, input, run }) => named(called, () => run(state, input));

/** What a handler of commands gave. @throws MachineError `handler-failed` when that is no result. */
export function resultOf<State>(result: unknown, name: string): Given<State> {
  const checked = settled(result, name);
  if (typeof checked === 'object' && checked !== null && 'state' in checked) return checked as Given<State>;
  const gave = typeof checked === 'object' && checked !== null ? 'an object without a state' : kindOf(checked);
  throw new MachineError('handler-failed', `${name} gave ${gave}: a handler of commands gives { state, reply }`);
}
