/// <reference path="./nact-internals.d.ts" />
/**
 * All that this package needs of nact 7.6.2, typed.
 *
 * nact resolves every reference through a process-wide table of systems, by `reference.system.name`. A remote node is
 * entered there as a system of its own whose `find` gives forwarders: that is the whole bridge.
 */

import {
  type ActorReference,
  mayBeAlive,
  type Reference,
  type SystemReference,
  type TemporaryReference,
} from '@parliament/otp';
import nact from 'nact';
import paths from 'nact/lib/paths.js';
import references from 'nact/lib/references.js';
import systemMap from 'nact/lib/system-map.js';

export type { ActorReference, Reference, SystemReference, TemporaryReference };

/** Swallows whatever it is sent: the sender of a message that no actor sent. */
export interface NobodyReference {
  readonly type: 'nobody';
  readonly system: { readonly name: undefined };
}

/** What nact hands a handler as the sender. */
export type Sender = Reference | NobodyReference;

/** What stands behind a temporary reference. */
export interface Deferral {
  resolve(message: unknown, sender?: Sender): void;
  reject?(error: Error): void;
}

/** Any reference, of nact itself or as plain data: it names its system. */
export interface InSystem {
  readonly system: { readonly name: string };
}

/** What nact's `dispatch` and `query` ask of an actor. */
export interface Recipient {
  /** Of some, false says that the message was not taken. */
  dispatch(message: unknown, sender?: Sender): unknown;
  query?(message: unknown, timeoutMs: number): Promise<unknown>;
}

/** An entry of nact's table of systems. */
export interface ActorSystem {
  readonly name: string;
  readonly reference: SystemReference;
  readonly tempReferences: Map<number | string, Deferral>;
  addTempReference(reference: TemporaryReference, deferral: Deferral): void;
  removeTempReference(reference: TemporaryReference): void;
  find(reference: Reference): unknown;
  stop(): void;
  assertNotStopped(): boolean;
}

const ReferenceClasses = [
  references.ActorReference,
  references.ActorSystemReference,
  references.TemporaryReference,
  references.Nobody,
] as const;

/** The system of that name in nact's table. */
export function findSystem(name: string): ActorSystem | undefined {
  return systemMap.find(name) as ActorSystem | undefined;
}

/** Enters a system into nact's table. `extend` may replace its methods. */
export function enterSystem(name: string, extend: (system: ActorSystem) => void): { leave: () => void } {
  const start = nact.start as unknown as (first: { name: string }, extension: (system: ActorSystem) => void) => void;
  let leave = (): void => {};
  start({ name }, (system) => {
    const stop = system.stop.bind(system);
    leave = () => {
      if (systemMap.find(name) === system) stop();
    };
    extend(system);
  });
  return { leave: () => leave() };
}

/** The local actor or temporary reference behind `reference`; undefined when it does not exist. */
export function findRecipient(system: ActorSystem, reference: Reference): Recipient | undefined {
  // What stands in the place of an actor that is not there takes messages, too: to count them.
  if (!mayBeAlive(reference)) return undefined;
  const found = system.find(reference) as Partial<Recipient> | undefined;
  return typeof found?.dispatch === 'function' ? (found as Recipient) : undefined;
}

/** The reference of an actor by its path, whether or not the actor exists. */
export function actorReference(systemName: string, parts: readonly string[]): ActorReference {
  return { type: 'actor', system: { name: systemName }, path: actorPath(systemName, parts) };
}

/** nact's own reference to the actor at a path of this process, if there is one; else one to whoever comes to be there. */
export function ownReference(system: ActorSystem, parts: readonly string[]): ActorReference {
  const reference = actorReference(system.name, parts);
  const found = findRecipient(system, reference) as { readonly reference?: ActorReference } | undefined;
  return found?.reference ?? reference;
}

/** nact's form of a path. */
export function actorPath(systemName: string, parts: readonly string[]): ActorReference['path'] {
  return new paths.ActorPath(parts, systemName) as ActorReference['path'];
}

/** The root of the system of that name. */
export function systemReference(systemName: string): SystemReference {
  return new references.ActorSystemReference(systemName, paths.ActorPath.root(systemName)) as SystemReference;
}

export function nobody(): NobodyReference {
  return new references.Nobody() as NobodyReference;
}

/** Whether nact itself made this object as a reference. */
export function isNactReference(value: object): value is Sender {
  return ReferenceClasses.some((Class) => value instanceof Class);
}
