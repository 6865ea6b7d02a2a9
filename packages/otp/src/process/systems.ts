/** Systems of actors, from their start to their end. */

import { type AnyReference, type ConcreteSystem, type SystemReference, startBare, stop, systemOf } from '../nact.js';
import { writeLeftOut } from './crash-reports.js';
import { officeOf } from './dead-letters.js';
import { haltBelow } from './process.js';

/**
 * Starts an actor system: nact's `start`.
 *
 * @param name must not be taken by another running system of this process. Default: a random name.
 * @throws RangeError when the name is taken.
 * @example
 * ```ts
 * import { startSystem, stopSystem } from '@parliament/otp';
 *
 * const system = startSystem('shop');
 * console.log(system.system.name); // shop
 * await stopSystem(system);
 * ```
 */
export function startSystem(name?: string): SystemReference {
  const system = startBare(name);
  officeOf(system);
  return system.reference;
}

const stopping = new WeakSet<ConcreteSystem>();

/** @throws Error when the system of a reference is being stopped: then nothing new is started in it, but by supervisors. */
export function checkOpen(reference: AnyReference): void {
  const system = systemOf(reference);
  if (system !== undefined && stopping.has(system)) throw new Error(`the system ${system.name} is being stopped`);
}

/**
 * Stops a system and everything in it, in order: what was started last ends first, what is below ends before what is above.
 * Supervisors and their children end as when shut down. Once it has resolved, nothing of them is left. From the beginning on
 * `startActor` and `startSupervisor` are refused in it.
 */
export async function stopSystem(system: AnyReference): Promise<void> {
  const concrete = systemOf(system);
  if (concrete === undefined) return;
  stopping.add(concrete);
  // A plain nact actor may still spawn others while it is stopped.
  while (concrete.children.size > 0) await haltBelow(concrete);
  stop(concrete.reference);
  // No actor of it is left to crash. The program may be about to end.
  writeLeftOut();
}
