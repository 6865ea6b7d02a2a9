/// <reference path="./nact-internals.d.ts" />
/**
 * All that this package relies on of nact 7.6.2, typed. nact is used for what it does well: addressing actors by path and
 * handing each of them one message at a time. What it does about faults and stopping is not used; the test suite
 * `nact-compatibility` says why, trap by trap.
 *
 * nact has no hooks. Where something must be known that it does not tell (an actor of the user's was stopped, a message
 * found nobody), a method of one actor or one system is replaced by one that does the same and tells.
 */

import nact from 'nact';
import systemMap from 'nact/lib/system-map.js';
import { textOf } from './text-of.js';

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

/**
 * What functions take that want a reference: one of this package's or one of nact's own, whatever it leads to.
 */
export interface AnyReference {
  readonly type: Reference['type'];
  readonly system: { readonly name: string };
}

declare module 'nact' {
  // What every reference of nact's has, and its typings leave out: without it anything would pass for a `Ref`, and a `Ref`
  // for nothing.
  interface Ref<T> extends AnyReference {}
}

/** The same, with all that belongs to its type: what nact's typings hide. */
export function own(reference: AnyReference): Reference {
  return reference as Reference;
}

/** What nact hands a handler as the sender. */
export type Sender = Reference | { readonly type: 'nobody' } | undefined;

/** Whoever waits behind a temporary reference. */
export interface Deferral {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** What nact (or `@parliament/remote`) keeps behind the name of a system. */
export interface ConcreteSystem {
  readonly name: string;
  readonly reference: SystemReference;
  readonly children: ReadonlyMap<string, ConcreteActor>;
  readonly tempReferences: ReadonlyMap<number | string, Partial<Deferral>>;
  addTempReference(reference: TemporaryReference, deferral: Deferral): void;
  removeTempReference(reference: TemporaryReference): void;
  find(reference: Reference | undefined): unknown;
  stop(): void;
}

/** A message that waits in a mailbox. */
interface Waiting {
  readonly message: unknown;
  readonly sender: Sender;
}

/** nact's mailbox: a queue of the library denque. */
interface Mailbox {
  readonly length: number;
  peekAt(index: number): Waiting | undefined;
  removeOne(index: number): Waiting | undefined;
  shift(): Waiting | undefined;
  toArray(): readonly Waiting[];
  clear(): void;
}

/** What nact keeps behind a reference to an actor. */
export interface ConcreteActor {
  readonly name: string;
  readonly reference: ActorReference;
  readonly system: ConcreteSystem;
  readonly stopped: boolean;
  /** A message is being handled, or about to be. */
  readonly busy: boolean;
  readonly mailbox: Mailbox;
  /** Absent from an actor that has stopped. */
  readonly parent?: ConcreteActor | ConcreteSystem;
  readonly children: ReadonlyMap<string, ConcreteActor>;
  stop(): void;
  /** Replaced by some actors: false tells that the message was refused. */
  dispatch(message: unknown, sender?: Sender): undefined | boolean;
  handleFault(message: unknown, sender: unknown, error: unknown, child?: unknown): Promise<void>;
}

/** What a message handler is told by nact. */
export interface HandlerContext {
  readonly sender: Sender;
}

/** Handles one message. Must neither throw nor reject. */
export type Handler = (message: unknown, context: HandlerContext) => undefined | Promise<undefined>;

const COUNTER: unique symbol = Symbol.for('@parliament/otp calls');

/**
 * Under which number the next one waits in nact's table. nact draws the numbers of its queries at random from 32 bits, so that
 * one caller may get another's reply (trap p08). A counter does not repeat below 2^53, and from 2^32 on it does not meet
 * nact's either. Several copies of this package beside one nact count together.
 */
export function nextNumber(): number {
  counter.last += 1;
  return counter.last;
}

interface Counter {
  last: number;
}

function sharedCounter(): Counter {
  const shared = systemMap as typeof systemMap & { [COUNTER]?: Counter };
  shared[COUNTER] ??= { last: 2 ** 32 };
  return shared[COUNTER];
}

const counter = sharedCounter();

/** What is found in the place of an actor that is not there; it takes messages to the dead. */
export abstract class Nowhere {
  abstract dispatch(message: unknown, sender?: Sender): boolean;

  /** What nact's `spawn` asks of a parent. */
  assertNotStopped(): never {
    throw new Error('Actor has stopped or never even existed');
  }
}

/**
 * nact's `start`. A name that is taken would take all references over to the new system (trap p12).
 *
 * @throws RangeError when the name is taken.
 */
export function startBare(name?: string): ConcreteSystem {
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new RangeError(`the name of a system is a text, as in startSystem('a'); this is none: ${textOf(name)}`);
  }
  if (name !== undefined && systemMap.find(name) !== undefined) {
    throw new RangeError(
      `an actor system named ${name} runs in this process already; stop it first or choose another name`,
    );
  }
  // The typings want a string here, which nact itself ignores (trap p12).
  const start = nact.start as unknown as (options: { readonly name?: string }) => SystemReference;
  return systemOf(start(name === undefined ? {} : { name })) as ConcreteSystem;
}

/**
 * Sends a message, as nact's `dispatch` does.
 *
 * @returns whether it is on its way: false when nobody is there, or the mailbox refused it; then it is a dead letter. To an
 *   actor of another node it is on its way once it was handed to the link.
 * @throws TypeError when something in it cannot travel to another node; within a process any value can be sent.
 * @example
 * ```ts
 * import { type Behaviour, childReference, dispatch, startActor, startSystem } from '@parliament/otp';
 *
 * const printer: Behaviour<null, string> = {
 *   init: () => null,
 *   receive(state, text) {
 *     console.log(text);
 *     return state;
 *   },
 * };
 * const system = startSystem();
 * const actor = await startActor(system, 'printer', printer);
 * console.log(dispatch(actor, 'hello')); // true, and then: hello
 * console.log(dispatch(childReference(system, 'nobody'), 'hello')); // false
 * ```
 */
export function dispatch(to: AnyReference, message: unknown, sender?: AnyReference): boolean {
  const found = systemMap.find(systemNameOf(to), to) as Partial<ConcreteActor> | undefined;
  if (found?.dispatch === undefined) return false;
  return found.dispatch(message, sender && own(sender)) !== false;
}

/**
 * Stops an actor or a system: nact's `stop`. It is for plain nact actors, and does not stop their children (trap p01).
 * A supervisor is stopped by its `shutdown`, a supervised actor by its supervisor, a whole system by `stopSystem`.
 */
export function stop(reference: AnyReference): void {
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

/**
 * Spawns a nact actor without state. Its handler never fails; should it all the same, nact stops the actor.
 *
 * @throws Error when the parent does not exist, or the name is taken or not legal.
 */
export function spawnBare(parent: AnyReference, name: string, handler: Handler): ConcreteActor {
  const reference = nact.spawn(
    parent as never,
    ((_: undefined, message: unknown, context: HandlerContext) => handler(message, context)) as never,
    name,
    { onCrash: ((_message: unknown, _error: unknown, context: { stop: symbol }) => context.stop) as never },
  ) as unknown as ActorReference;
  return actorAt(reference) as ConcreteActor;
}

/** Whether something can be sent to at `reference`. Of another node that is not known: true. */
export function isFound(reference: AnyReference): boolean {
  const found: unknown = systemMap.find(systemNameOf(reference), reference);
  return found !== undefined && !(found instanceof Nowhere);
}

/** The actor of this process at `reference`, at this moment. */
export function actorAt(reference: AnyReference): ConcreteActor | undefined {
  const system = systemOf(reference);
  return system === undefined ? undefined : actorIn(system, reference);
}

/** The same, in the system that the reference belongs to. */
export function actorIn(system: ConcreteSystem, reference: AnyReference): ConcreteActor | undefined {
  if (reference.type !== 'actor') return undefined;
  // Where nobody is, and where another node's actor is, there is no mailbox.
  const found = system.find(own(reference)) as Partial<ConcreteActor> | undefined;
  return found?.mailbox === undefined ? undefined : (found as ConcreteActor);
}

/** Whether a value has the form of a reference; whatever it is a reference to. */
export function isReference(value: unknown): value is AnyReference {
  const { system } = (value ?? {}) as { readonly system?: { readonly name?: unknown } | null };
  return typeof system?.name === 'string';
}

/** @throws RangeError when it is no reference: code without types may give anything. */
function systemNameOf(reference: AnyReference): string {
  if (isReference(reference)) return reference.system.name;
  throw new RangeError(`this is no reference to an actor or a system: ${textOf(reference)}`);
}

/** The system that a reference belongs to, or undefined when it has stopped. */
export function systemOf(reference: AnyReference): ConcreteSystem | undefined {
  return systemMap.find(systemNameOf(reference)) as ConcreteSystem | undefined;
}

/** `remote:`, 32 hexadecimal digits, a slash, and the name of the node: no system of a user's has such a name. */
const FAR_SYSTEM = /^remote:[0-9a-f]{32}\//;

/**
 * Whether a reference leads to another node that nact's table does not have: one that was never connected, or was forgotten
 * since. Nothing is known of who is there.
 */
export function isUnconnected(reference: AnyReference): boolean {
  return systemOf(reference) === undefined && FAR_SYSTEM.test(reference.system.name);
}

/** The names from the root of the system to the actor. */
export function pathOf(reference: AnyReference): readonly string[] {
  const known = own(reference);
  // Of a forged one, anything may be missing.
  return known.type === 'temp' ? [] : (known.path?.parts ?? []);
}

/** The system and the path of a reference, as one text. */
export function addressOf(reference: AnyReference): string {
  return `${systemNameOf(reference)}://${pathOf(reference).join('/')}`;
}

/** A reference to the child `name` of an actor or a system, whether it exists or not. */
export function childReference(parent: AnyReference, name: string): ActorReference {
  const system = systemNameOf(parent);
  return { type: 'actor', system: { name: system }, path: { parts: [...pathOf(parent), name], system } };
}
