/** What a user writes of an actor, after OTP's `gen_server`: how it begins, what it does with a message, how it ends. */

import type { Reference } from './nact.js';

/**
 * One life of an actor. A restarted actor is another incarnation under the same name. Whatever acts on behalf of an actor
 * (a file handle, an outgoing queue) keeps its incarnation, and refuses once that is no longer alive: a crashed actor's
 * handler may still be running.
 */
export interface Incarnation {
  /** Higher than that of any incarnation started before it in this process. */
  readonly number: number;
  readonly alive: boolean;
}

/** Why an actor ended: `normal` or `shutdown` by itself, `shutdown` by its supervisor, `crash` by an error. */
export type ExitReason = 'normal' | 'shutdown' | 'crash';

/** What an actor may do while it handles a message, and what it may hand to others that act for it. */
export interface ActorContext {
  readonly self: Reference;
  readonly name: string;
  /** Who sent the message that is being handled; undefined when nobody did, and outside a handler. */
  readonly sender: Reference | undefined;
  readonly incarnation: Incarnation;
  /** Sends a message, unless this incarnation has ended: then it does nothing, and is counted (`fencedMessages`). */
  dispatch(to: Reference, message: unknown, sender?: Reference): void;
  /** Crashes this incarnation, from anywhere and at any time: as when an asynchronous write has failed. */
  fail(error: unknown): void;
  /**
   * Ends this actor by itself; neither reason is a crash. The message at hand is finished, its result is what `terminate`
   * gets, but from here on nothing is sent. Default `normal`.
   */
  exit(reason?: 'normal' | 'shutdown'): void;
}

/** An actor, as OTP's callbacks. No two of them run at once in one incarnation, nor in two of the same actor. */
export interface Behaviour<State, Message> {
  /**
   * Gives the first state. Messages that arrive meanwhile wait, in their order. When it throws or rejects, the actor has
   * not started. It may take any time, as in OTP; a supervisor that is shut down does not wait for it longer than
   * `shutdownMs`.
   */
  init(context: ActorContext): State | Promise<State>;
  /** Handles a message, and gives the next state. When it throws or rejects, the actor crashes. */
  receive(state: State, message: Message, context: ActorContext): State | Promise<State>;
  /**
   * Cleans up, after a shutdown and after a crash alike, with the last state that the incarnation had while it was alive.
   * What it throws is reported and changes nothing. Only if a handler in flight outlasts `shutdownMs` may it run beside one.
   */
  terminate?(state: State, reason: ExitReason): void | Promise<void>;
}

/** A behaviour of some state and some messages. A supervisor never looks at either. */
export interface AnyBehaviour {
  init(context: ActorContext): unknown;
  receive(state: never, message: never, context: ActorContext): unknown;
  terminate?(state: never, reason: ExitReason): void | Promise<void>;
}
