/** Several machines as one: one log, one snapshot, and commands that hold steps for several of them. */

import type { Composition, Parts } from './compose-types.js';
import {
  type ComposedCommand,
  type ComposedQuery,
  type CoreParts,
  formsOf,
  isMulti,
  MULTI,
  type PartReply,
  partOf,
  type Step,
} from './composed.js';
import { composedRestore, composedSnapshot } from './composed-snapshot.js';
import { type Core, core, type Previous } from './core.js';
import { bad, checkName, checkNames, checkPrevious, checkVersion, coreOf } from './definition.js';
import { admitMulti, applyMulti, type ComposedState } from './multi.js';
import type { AnyMachine } from './types.js';
import { upFrom, versionOf } from './versions.js';

/** What {@link compose} may be given beside the parts. */
export interface CompositionOptions {
  /** What the composition is called. Default: the names of the parts, `accounts+orders`. */
  readonly name?: string;
  /** Default: the sum of the versions of the parts, which rises with each of them. */
  readonly version?: number;
  /**
   * The composition as it was in the version before this one. A part that is in both comes from its own previous version, one that is
   * new from its initial state, and one that is left out is dropped.
   */
  readonly previous?: AnyMachine;
}

/**
 * Makes one machine of several. A command of a part is `{ type: 'accounts', command }`, a query `{ type: 'accounts', query }`; and
 * `{ type: 'multi', guards, then, else }` holds steps for several parts, which take effect together or not at all. Parts keep their
 * codecs and their snapshots. A composition is a machine, and can be a part itself.
 *
 * @throws MachineError `bad-machine`
 * @example
 * ```ts
 * import { compose, encodeCommand, machine } from '@parliament/machine';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
 *   queries: { sum: (sum) => sum },
 * });
 * const both = compose({ apples: counter, pears: counter });
 * // A pear is had for two apples, when there are two.
 * const command = encodeCommand(both, {
 *   type: 'multi',
 *   guards: [{ type: 'apples', query: { type: 'sum' }, equals: 2 }],
 *   then: [
 *     { type: 'apples', command: { type: 'add', by: -2 } },
 *     { type: 'pears', command: { type: 'add', by: 1 } },
 *   ],
 * });
 * console.log(both.name, command.length);
 * ```
 */
export function compose<P extends Parts>(
  parts: P & { readonly multi?: never },
  options: CompositionOptions = {},
): Composition<P> {
  const cores = coresIn(parts);
  checkNames('compose', options, ['name', 'version', 'previous']);
  const name = checkName(options.name ?? [...cores.keys()].join('+'));
  const version = options.version ?? [...cores.values()].reduce((sum, part) => sum + part.version, 0);
  checkVersion(name, version);
  const inner = { ...composedCore(name, version, cores), ...previousOf(name, version, cores, options.previous) };
  return { name, version, [core]: inner };
}

function coresIn(parts: Parts): CoreParts {
  if (typeof parts !== 'object' || parts === null)
    throw bad('compose: give the machines as an object, each by its name');
  const cores = new Map<string, Core<unknown>>();
  for (const [type, part] of Object.entries(parts)) {
    checkName(type);
    if (type === MULTI)
      throw bad(`compose: no part may be called ${MULTI}: that is the command with steps for several`);
    cores.set(type, coreOf(part, `compose: ${type}`));
  }
  if (cores.size === 0) throw bad('compose: there is no machine');
  return cores;
}

function composedCore(name: string, version: number, parts: CoreParts): Core<ComposedState> {
  /** A value that a caller gives may be anything. */
  const find = (value: unknown): readonly [type: string, part: Core<unknown>] => {
    const { type } = (value ?? {}) as { readonly type?: unknown };
    const part = partOf(parts, type, name);
    return [String(type), part];
  };
  return {
    name,
    version,
    parts,
    ...formsOf(name, parts),
    initial: () => Object.fromEntries([...parts].map(([type, part]) => [type, part.initial()])),
    admitCommand(value): ComposedCommand {
      if (typeof value === 'object' && value !== null && (value as ComposedCommand).type === MULTI) {
        return admitMulti(parts, name, value);
      }
      const [type, part] = find(value);
      return { type, command: part.admitCommand((value as Step).command) };
    },
    admitQuery(value): ComposedQuery {
      const [type, part] = find(value);
      return { type, query: part.admitQuery((value as ComposedQuery).query) };
    },
    apply(state, value, place, watch) {
      const command = value as ComposedCommand;
      if (isMulti(command)) return applyMulti(parts, name, state, command, place, watch);
      const { type } = command;
      const given = partOf(parts, type, name).apply(state[type], command.command, place, watch);
      const reply: PartReply = { part: type, reply: given.reply };
      return { state: { ...state, [type]: given.state }, reply };
    },
    ask(state, value, watch): PartReply {
      const { type, query } = value as ComposedQuery;
      return { part: type, reply: partOf(parts, type, name).ask(state[type], query, watch) };
    },
    snapshot: (state) => composedSnapshot(parts, state),
    restore: (chunks) => composedRestore(parts, name, chunks),
  };
}

/** What makes a state of this composition of one of the version before. */
function previousOf(
  name: string,
  version: number,
  parts: CoreParts,
  previous: AnyMachine | undefined,
): { readonly previous?: Previous<ComposedState> } {
  if (previous === undefined) return {};
  checkPrevious(name, { name, version }, previous);
  const before = coreOf(previous, name);
  const { parts: older } = before;
  if (older === undefined) throw bad(`${name}: previous is no composition`);
  for (const [type, part] of parts) {
    const old = older.get(type);
    if (old === undefined) continue;
    if (old.name !== part.name) throw bad(`${name}: ${type} was the machine ${old.name}, and is ${part.name} now`);
    if (versionOf(part, old.version) === undefined) {
      throw bad(
        `${name}: ${type} has version ${part.version}, and does not know how to come from ${old.version}: give its definition the previous one`,
      );
    }
  }
  const migrate = (state: unknown): ComposedState => {
    const from = state as ComposedState;
    return Object.fromEntries(
      [...parts].map(([type, part]) => {
        const old = older.get(type);
        return [type, old === undefined ? part.initial() : upFrom(part, from[type], old.version)];
      }),
    );
  };
  return { previous: { core: before, migrate } };
}
