/** A definition is checked where it is given. A name that is mistyped is refused, not passed over. */

import { type Core, core } from './core.js';
import { MachineError } from './errors.js';
import { clip, kindOf, quoted } from './text.js';

const PARTS = [
  'name',
  'version',
  'initial',
  'commands',
  'queries',
  'schema',
  'codec',
  'snapshot',
  'restore',
  'previous',
  'migrate',
];
const KINDS = ['commands', 'queries'] as const;
const NAME = /^[\w.+-]{1,100}$/;

/** @throws MachineError `bad-machine` */
export function checkDefinition(definition: object): void {
  if (typeof definition !== 'object' || definition === null) throw bad('machine: give its definition as an object');
  const given = definition as Readonly<Record<string, unknown>>;
  const { name, version, initial, commands, schema = {}, codec, snapshot, restore } = given;
  const whose = checkName(name);
  checkNames(whose, given, PARTS);
  checkVersion(whose, version);
  if (typeof initial !== 'function') throw bad(`${whose}: initial is no function that gives the first state`);
  if (commands === undefined) throw bad(`${whose}: commands are missing: a handler for each type of command`);
  for (const kind of KINDS) checkHandlers(`${whose}: ${kind}`, given[kind] ?? {});
  checkNames(`${whose}: schema`, asObject(`${whose}: schema`, schema), KINDS);
  for (const kind of KINDS) {
    const schemas = (schema as Readonly<Record<string, unknown>>)[kind] ?? {};
    checkSchemas(`${whose}: schema.${kind}`, schemas, given[kind] ?? {});
  }
  if (codec !== undefined) checkFunctions(`${whose}: codec`, codec, ['encode', 'decode']);
  if (snapshot !== undefined || restore !== undefined) checkFunctions(whose, given, ['snapshot', 'restore']);
  const { previous, migrate } = given;
  if (previous === undefined && migrate === undefined) return;
  if (typeof migrate !== 'function') throw bad(`${whose}: migrate is no function: it goes with previous`);
  checkPrevious(whose, { name: whose, version: Number(version) }, previous);
}

/** @throws MachineError `bad-machine` when it is not an earlier version of the same machine. */
export function checkPrevious(
  whose: string,
  now: { readonly name: string; readonly version: number },
  previous: unknown,
): void {
  const before = coreIn(previous);
  if (before === undefined) throw bad(`${whose}: previous is no machine: it goes with migrate`);
  if (before.name !== now.name)
    throw bad(`${whose}: previous is the machine ${before.name}, and no version of this one`);
  if (before.version >= now.version) {
    throw bad(`${whose}: previous has version ${before.version}, which must be below ${now.version}`);
  }
}

/** What is in a machine; undefined of anything else. */
function coreIn(value: unknown): Core<unknown> | undefined {
  // What has the symbol was made here.
  return typeof value === 'object' && value !== null && core in value ? (value[core] as Core<unknown>) : undefined;
}

/** What is in a machine. @throws MachineError `bad-machine` */
export function coreOf(machine: unknown, asking: string): Core<unknown> {
  const inner = coreIn(machine);
  if (inner !== undefined) return inner;
  throw bad(`${asking}: ${kindOf(machine)} is no machine: give what machine or compose of this package has given`);
}

/** It goes into names of compositions, and into errors. */
export function checkName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  const is = typeof name === 'string' ? quoted(name) : kindOf(name);
  throw bad(`machine: its name must match ${NAME}, but is ${is}`);
}

export function checkVersion(whose: string, version: unknown): void {
  if (typeof version === 'number' && Number.isSafeInteger(version) && version >= 1) return;
  throw bad(
    `${whose}: its version is an integer from 1, but is ${typeof version === 'number' ? version : kindOf(version)}`,
  );
}

export function checkNames(whose: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(`${whose}: there is no ${clip(unknown)}; there are: ${known.join(', ')}`);
}

function checkHandlers(whose: string, handlers: unknown): void {
  for (const [type, handler] of Object.entries(asObject(whose, handlers))) {
    if (typeof handler !== 'function') throw bad(`${whose}.${clip(type)} is no function`);
  }
}

function checkSchemas(whose: string, schemas: unknown, handlers: object): void {
  for (const [type, schema] of Object.entries(asObject(whose, schemas))) {
    const standard = (
      schema as { readonly '~standard'?: { readonly version?: unknown; readonly validate?: unknown } } | null
    )?.['~standard'];
    if (standard?.version !== 1 || typeof standard.validate !== 'function') {
      throw bad(`${whose}.${clip(type)} is no Standard Schema of version 1: those of zod, valibot and arktype are`);
    }
    if (!Object.hasOwn(handlers, type)) throw bad(`${whose}.${clip(type)} is for what has no handler`);
  }
}

function checkFunctions(whose: string, value: unknown, names: readonly string[]): void {
  const given = asObject(whose, value) as Readonly<Record<string, unknown>>;
  const missing = names.find((name) => typeof given[name] !== 'function');
  if (missing !== undefined) throw bad(`${whose}: ${missing} is no function: there must be ${names.join(' and ')}`);
}

function asObject(whose: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw bad(`${whose}: an object is needed, not ${kindOf(value)}`);
}

export function bad(message: string): MachineError {
  return new MachineError('bad-machine', message);
}
