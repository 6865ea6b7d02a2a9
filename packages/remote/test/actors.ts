import { dispatch as nactDispatch, query as nactQuery, spawn as nactSpawn, stop as nactStop, type Ref } from 'nact';
import type { Reference, SystemReference } from '../src/index.js';

/** nact's own functions, which is what users call, with the sender that its typings leave out. */
export const dispatch = nactDispatch as unknown as (to: Reference, message: unknown, sender?: Reference) => void;
export const query = nactQuery as unknown as (
  to: Reference,
  message: unknown | ((reply: Reference) => unknown),
  timeoutMs: number,
) => Promise<unknown>;

export const stopAt = nactStop as unknown as (reference: Reference) => void;

interface Context {
  readonly self: Reference;
  readonly sender: Reference;
}

export function spawn(
  parent: SystemReference | Reference,
  name: string,
  handle: (message: never, context: Context) => unknown,
): Reference {
  const handler = (_state: undefined, message: never, context: Context): Promise<undefined> =>
    Promise.resolve(handle(message, context)).then(() => undefined);
  return nactSpawn(parent as unknown as Ref<never>, handler as never, name) as unknown as Reference;
}

/** An actor that keeps what it is sent. */
export function spawnInbox<T = unknown>(
  system: SystemReference,
  name: string,
): { reference: Reference; messages: T[] } {
  const messages: T[] = [];
  return { messages, reference: spawn(system, name, (message) => messages.push(message)) };
}

/** An actor that answers every message with it. */
export function spawnEcho(system: SystemReference): Reference {
  return spawn(system, 'echo', (message, { sender, self }) => dispatch(sender, message, self));
}
