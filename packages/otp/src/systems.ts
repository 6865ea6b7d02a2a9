/** Systems of actors, from their start to their end. */

import { officeOf } from './dead-letters.js';
import { type Reference, type SystemReference, startBare, stop, systemOf } from './nact.js';
import { haltBelow } from './process.js';

/**
 * Starts an actor system: nact's `start`.
 *
 * @param name must not be taken by another running system of this process. Default: a random name.
 * @throws RangeError when the name is taken.
 */
export function startSystem(name?: string): SystemReference {
  const system = startBare(name);
  officeOf(system);
  return system.reference;
}

/**
 * Stops a system and everything in it, in order: what was started last ends first, what is below ends before what is above.
 * Supervisors and their children end as when shut down. Once it has resolved, nothing of them is left.
 */
export async function stopSystem(system: Reference): Promise<void> {
  const concrete = systemOf(system);
  if (concrete === undefined) return;
  await haltBelow(concrete);
  stop(concrete.reference);
}
