/** The types of requests, and of references to whoever answers them. Nothing of this exists when the program runs. */

import type { AnyReference, Reference } from '../nact.js';

/** How long a caller waits. */
export interface CallSettings {
  /** Milliseconds, above 0, at most 2^31 - 1 (about 24 days). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

declare const replyType: unique symbol;
declare const serverType: unique symbol;

/** Something that is told apart by its `type`. */
export interface Typed {
  readonly type: string;
}

/**
 * A request: an object with a `type` and further fields, which is answered by a `Reply`.
 *
 * `type CounterCalls = Request<'read', object, number> | Request<'add', { by: number }, number>`
 */
export type Request<Type extends string, Fields extends object = object, Reply = undefined> = Readonly<Fields> & {
  readonly type: Type;
  /** Never there; it carries the type of the reply. */
  readonly [replyType]?: Reply;
};

/** Any request. */
export type Requests = Typed & { readonly [replyType]?: unknown };

/** The requests of a type. What is asked for must not decide what can be asked for: hence NoInfer. */
export type RequestOf<Calls extends Requests, Type extends Calls['type']> = { readonly type: Type } & NoInfer<
  Extract<Calls, { readonly type: Type }>
>;

/** What a request of a type is answered by. */
export type ReplyOf<Calls extends Requests, Type extends Calls['type']> =
  Extract<Calls, { readonly type: Type }> extends { readonly [replyType]?: infer Reply } ? Reply : never;

/** What a gen-server takes: requests that are answered, and messages that are not. */
interface Protocol<Calls, Casts> {
  readonly calls: (calls: Calls) => void;
  readonly casts: (casts: Casts) => void;
}

/** What `serves` and `genServer` give: something that says what it takes. */
export interface Serving<Calls extends Requests, Casts extends Typed = never> {
  readonly [serverType]?: Protocol<Calls, Casts>;
}

/** A reference to a gen-server, to which only what it takes can be sent with `call` and `cast`. */
export type ServerReference<Calls extends Requests, Casts extends Typed = never> = Reference & {
  readonly [serverType]: Protocol<Calls, Casts>;
};

declare const untyped: unique symbol;

/** What `genServer` gives when no requests are declared: the compiler lets anything be sent to it. */
export interface Untyped {
  readonly [untyped]?: true;
}

/** A reference of which nothing is known: anything can be sent there. */
export type PlainReference = AnyReference & { readonly [serverType]?: never };

/** Says of a reference which gen-server is behind it. Nothing is checked; it is a word between you and the compiler. */
export function serverAt(reference: AnyReference, server: Untyped): PlainReference;
export function serverAt<Calls extends Requests, Casts extends Typed>(
  reference: AnyReference,
  server: Serving<Calls, Casts>,
): ServerReference<Calls, Casts>;
export function serverAt(reference: AnyReference, _server: object): AnyReference {
  return reference;
}
