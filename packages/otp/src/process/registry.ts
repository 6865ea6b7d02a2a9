/** Names for processes, one table for each system. After `erlang:register/2`. */

import { NameError } from '../errors.js';
import { type AnyReference, addressOf, type ConcreteSystem, type Reference, systemOf } from '../nact.js';
import { type EndListener, type Process, processAt } from './process.js';

/** Who has a name, and what takes it away at the end. */
interface Entry {
  readonly process: Process;
  readonly listener: EndListener;
}

const tables = new WeakMap<ConcreteSystem, Map<string, Entry>>();

function tableOf(system: ConcreteSystem): Map<string, Entry> {
  const known = tables.get(system);
  if (known !== undefined) return known;
  const table = new Map<string, Entry>();
  tables.set(system, table);
  return table;
}

/**
 * Gives the process at `reference` a name in its system, until it ends. One process may have several names.
 *
 * @param name any text but the empty one.
 * @throws NameError `name-taken` when another process has the name, or the same one has it already; `noproc` when no actor
 *   of this process of Node.js is at the reference.
 * @throws RangeError when the name is empty.
 * @example
 * ```ts
 * import { addressOf, genServer, register, startActor, startSystem, whereis } from '@parliament/otp';
 *
 * const system = startSystem('shop');
 * const till = await startActor(system, 'till', genServer({ init: () => ({ state: 0 }) }));
 * register('cash', till);
 * const found = whereis(system, 'cash');
 * if (found !== undefined) console.log(addressOf(found)); // shop://till
 * ```
 */
export function register(name: string, reference: AnyReference): void {
  const process = processAt(reference);
  if (process === undefined)
    throw new NameError('noproc', `no actor is at ${addressOf(reference)} to be named ${name}`);
  registerProcess(name, process);
}

/** @throws NameError, RangeError; see {@link register}. */
export function registerProcess(name: string, process: Process): void {
  if (name === '') throw new RangeError('name: the empty text is no name');
  const table = tableOf(process.actor.system);
  const holder = table.get(name);
  if (holder !== undefined) {
    throw new NameError(
      'name-taken',
      `the name ${name} is taken by ${addressOf(holder.process.reference)}; unregister it first`,
    );
  }
  const listener = {
    ended: (): void => {
      table.delete(name);
    },
  };
  table.set(name, { process, listener });
  process.names ??= new Set();
  process.names.add(name);
  process.listen(listener);
}

/** The actor of that name, if there is one. `system`: the system, or any actor in it. */
export function whereis(system: AnyReference, name: string): Reference | undefined {
  const concrete = systemOf(system);
  return concrete === undefined ? undefined : tables.get(concrete)?.get(name)?.process.reference;
}

/** Takes a name away. Says whether it was anybody's. */
export function unregister(system: AnyReference, name: string): boolean {
  const concrete = systemOf(system);
  const table = concrete === undefined ? undefined : tables.get(concrete);
  const entry = table?.get(name);
  if (entry === undefined) return false;
  entry.process.names?.delete(name);
  entry.process.unlisten(entry.listener);
  return table?.delete(name) ?? false;
}

/** Whether the process that lives at a reference of this process of Node.js has a name. */
export function isRegistered(reference: AnyReference): boolean {
  return (processAt(reference)?.names?.size ?? 0) > 0;
}

/** All names of a system, in the order in which they were given. */
export function registered(system: AnyReference): readonly string[] {
  const concrete = systemOf(system);
  return concrete === undefined ? [] : [...(tables.get(concrete)?.keys() ?? [])];
}

/** The names of one process. One that has ended has none. */
export function namesOf({ alive, names }: Process): readonly string[] {
  return alive ? [...(names ?? [])] : [];
}
