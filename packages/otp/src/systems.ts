/** Systems of actors, from their start to their end. */

import { officeOf } from './dead-letters.js';
import { type ConcreteActor, type Reference, type SystemReference, startBare, stop, systemOf } from './nact.js';
import { knownProcess } from './process.js';
import { supervisorOf } from './supervisor.js';
import { workerOf } from './worker.js';

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
  await stopChildren(concrete);
  stop(concrete.reference);
}

async function stopChildren({ children }: { readonly children: ReadonlyMap<string, ConcreteActor> }): Promise<void> {
  for (const child of [...children.values()].reverse()) await stopOne(child);
}

async function stopOne(actor: ConcreteActor): Promise<void> {
  const process = knownProcess(actor);
  const supervisor = process && supervisorOf(process);
  // It sees to those below itself: they have an order.
  if (supervisor !== undefined) {
    await supervisor.shutdown();
    return;
  }
  await stopChildren(actor);
  const worker = process && workerOf(process);
  if (worker !== undefined) await worker.halt(worker.shutdown);
  else if (!actor.stopped) actor.stop();
}
