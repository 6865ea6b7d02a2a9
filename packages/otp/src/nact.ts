/// <reference path="./nact-internals.d.ts" />
/**
 * All that this package relies on of nact 7.6.2, typed. nact is used for what it does well: addressing actors by path and
 * handing each of them one message at a time. What it does about faults and stopping is not used; the test suite
 * `nact-compatibility` says why, trap by trap.
 */

import nact from 'nact';
import systemMap from 'nact/lib/system-map.js';

/** A reference to an actor, as plain data: it names a path, not an incarnation. */
export interface ActorReference {
  readonly type: 'actor';
  readonly system: { readonly name: string };
  readonly path: { readonly parts: readonly string[]; readonly system: string };
}

/** The root of a system. */
export interface SystemReference {
  readonly type: 'system';
  readonly system: { readonly name: string };
  readonly path: { readonly parts: readonly string[]; readonly system: string };
}

/** Where the answer to one call is awaited. */
export interface TemporaryReference {
  readonly type: 'temp';
  readonly system: { readonly name: string };
  readonly id: number | string;
}

/** Anything that can be sent to. */
export type Reference = ActorReference | SystemReference | TemporaryReference;

/** Whoever waits behind a temporary reference. */
export interface Deferral {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** What nact (or `@parliament/remote`) keeps behind the name of a system. */
export interface ConcreteSystem {
  addTempReference(reference: TemporaryReference, deferral: Deferral): void;
  removeTempReference(reference: TemporaryReference): void;
}

/** What nact keeps behind a reference to an actor or to a system. */
export interface ConcreteActor {
  readonly stopped: boolean;
  /** Absent from a system, and from an actor that has stopped. */
  readonly parent?: ConcreteActor;
  readonly children: ReadonlyMap<string, ConcreteActor>;
  stop(): void;
}

/** What a message handler is told by nact. */
export interface HandlerContext {
  readonly sender: Reference | { readonly type: 'nobody' } | undefined;
}

/** Handles one message. Must neither throw nor reject. */
export type Handler = (message: unknown, context: HandlerContext) => undefined | Promise<undefined>;

// The typings leave out the sender.
const bareDispatch = nact.dispatch as unknown as (to: Reference, message: unknown, sender?: Reference) => void;

/**
 * Starts an actor system: nact's `start`.
 *
 * @param name must not be taken by another running system of this process: nact would hand all references over to the new
 *   one (see trap p12). Default: a random name.
 * @throws RangeError when the name is taken.
 */
export function startSystem(name?: string): SystemReference {
  if (name !== undefined && systemMap.find(name) !== undefined) {
    throw new RangeError(
      `an actor system named ${name} runs in this process already; stop it first or choose another name`,
    );
  }
  // The typings want a string here, which nact itself ignores (trap p12).
  const start = nact.start as unknown as (options: { readonly name?: string }) => SystemReference;
  return start(name === undefined ? {} : { name });
}

/** Sends a message: nact's `dispatch`. A message to nobody is dropped without a word. */
export function dispatch(to: Reference, message: unknown, sender?: Reference): void {
  bareDispatch(to, message, sender);
}

/**
 * Stops an actor or a system: nact's `stop`. It is for plain nact actors, and does not stop their children (trap p01).
 * A supervisor is stopped by its `shutdown`, a supervised actor by its supervisor.
 */
export function stop(reference: Reference): void {
  nact.stop(reference as never);
}

/**
 * Takes an actor out of the tree, after everything below it. It goes by the actor itself, as its path may be cut off or be
 * another's by now.
 */
export function stopTree(actor: ConcreteActor): void {
  for (const child of [...actor.children.values()]) stopTree(child);
  if (!actor.stopped) actor.stop();
}

/** Whether nact's `stop` was called on something above the actor, so that no message can reach it any more. */
export function isCutOff(actor: ConcreteActor): boolean {
  for (let above = actor.parent; above !== undefined; above = above.parent) if (above.stopped) return true;
  return false;
}

/** A nact actor, and what nact keeps of it. */
export interface SpawnedActor {
  readonly reference: ActorReference;
  readonly actor: ConcreteActor;
}

/**
 * Spawns a nact actor without state. Its handler never fails; should it all the same, nact stops the actor.
 *
 * @throws Error when the parent does not exist, or the name is taken or not legal.
 */
export function spawnBare(parent: Reference, name: string, handler: Handler): SpawnedActor {
  const reference = nact.spawn(
    parent as never,
    ((_: undefined, message: unknown, context: HandlerContext) => handler(message, context)) as never,
    name,
    { onCrash: ((_message: unknown, _error: unknown, context: { stop: symbol }) => context.stop) as never },
  ) as unknown as ActorReference;
  return { reference, actor: concrete(reference) as ConcreteActor };
}

/** The actor at `reference` at this moment; only of actors of this process is it more than something to send to. */
function concrete(reference: Reference): ConcreteActor | undefined {
  return systemMap.find(reference.system.name, reference) as ConcreteActor | undefined;
}

/** The system that a reference belongs to, or undefined when it has stopped. */
export function concreteSystem(reference: Reference): ConcreteSystem | undefined {
  return systemMap.find(reference.system.name) as ConcreteSystem | undefined;
}

/** Whether an actor (or a system) exists at `reference` at this moment. */
export function isAlive(reference: Reference): boolean {
  return concrete(reference) !== undefined;
}

/** The names from the root of the system to the actor. */
export function pathOf(reference: Reference): readonly string[] {
  return reference.type === 'temp' ? [] : reference.path.parts;
}

/** The system and the path of a reference, as one text. */
export function addressOf(reference: Reference): string {
  return `${reference.system.name}://${pathOf(reference).join('/')}`;
}

/** A reference to the child `name` of an actor or a system, whether it exists or not. */
export function childReference(parent: Reference, name: string): ActorReference {
  const system = parent.system.name;
  return { type: 'actor', system: { name: system }, path: { parts: [...pathOf(parent), name], system } };
}
