/** What a user writes of an actor: how it begins, what it does with a message, how it ends. A gen-server is made of one. */

import type { CallSettings, PlainReference, ReplyOf, RequestOf, Requests, ServerReference } from '../call/protocol.js';
import type { ExitReason } from '../exit-reason.js';
import type { AnyReference, Reference } from '../nact.js';
import type { Monitor } from '../process/monitor.js';

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

/** A message to oneself that is still to come. */
export interface Timer {
  /** Says whether it was still to come. */
  cancel(): boolean;
}

/**
 * What an actor may do, and what it may hand to others that act for it. All of it ends with the incarnation: afterwards
 * nothing is sent, and what is asked for is refused.
 */
export interface ActorContext {
  readonly self: Reference;
  readonly name: string;
  /** Who sent the message that is being handled; undefined when nobody did, and outside a handler. */
  readonly sender: Reference | undefined;
  readonly incarnation: Incarnation;
  /**
   * Sends a message; see `dispatch`. Of an incarnation that has ended it does nothing, gives false, and is counted
   * (`fencedMessages`).
   */
  dispatch(to: AnyReference, message: unknown, sender?: AnyReference): boolean;
  /**
   * Asks, and waits for the reply; see `call`. Fails at once as `calling-self` when it is the actor itself that is asked,
   * and as `fenced` when the incarnation has ended, before it or meanwhile.
   */
  call<Calls extends Requests, Type extends Calls['type']>(
    to: ServerReference<Calls>,
    request: RequestOf<Calls, Type>,
    settings: CallSettings,
  ): Promise<ReplyOf<Calls, Type>>;
  call<Reply>(to: PlainReference, request: unknown, settings: CallSettings): Promise<Reply>;
  /** Crashes this incarnation, from anywhere and at any time: as when an asynchronous write has failed. */
  fail(error: unknown): void;
  /**
   * Ends this actor by itself, once the message at hand is handled; then `terminate` runs, and may still send. No reason
   * but a `crash` is one. Default `normal`. What is no exit reason is a crash with it.
   */
  exit(reason?: ExitReason): void;
  /**
   * Makes of a function one that acts for this incarnation only: when that has ended it throws a FencedError instead, and
   * one that is still at work then rejects with a FencedError whatever it comes to. For handles that write.
   */
  fenced<Parameters extends readonly unknown[], Result>(
    act: (...parameters: Parameters) => Result,
  ): (...parameters: Parameters) => Result;
  /** Sends a message to this actor after `delayMs` milliseconds, at most 2^31 - 1, unless the incarnation has ended by then. */
  sendAfter(delayMs: number, message: unknown): Timer;
  /** Lets this actor know, by a `Down`, when another one ends; see `monitor`. */
  monitor(object: AnyReference): Monitor;
  /** Links this actor with another one; see `link`. */
  link(other: AnyReference): void;
  unlink(other: AnyReference): void;
  /** Whether exit signals to this actor become messages (`Exit`); see `trapExit`. They do not, unless this is called. */
  trapExit(traps: boolean): void;
}

/** What `init` gives to say that the actor is not needed. That is no failure; it does not start. */
export const IGNORE: unique symbol = Symbol('ignore');

/** An actor as callbacks. No two of them run at once in one incarnation, nor in two of the same actor. */
export interface Behaviour<State, Message> {
  /**
   * Gives the first state, or {@link IGNORE}. Messages that arrive meanwhile wait, in their order. When it throws or
   * rejects, the actor has not started. It may take any time, as in OTP, unless `startMs` limits it.
   */
  init(context: ActorContext): State | typeof IGNORE | Promise<State | typeof IGNORE>;
  /** Handles a message, and gives the next state. When it throws or rejects, the actor crashes. */
  receive(state: State, message: Message, context: ActorContext): State | Promise<State>;
  /**
   * Cleans up, whatever the reason, with the last state that the incarnation had while it was alive; only after the signal
   * `kill` it is not called. It may still send, unless the actor has crashed. What it throws is reported and changes nothing.
   * Only if a handler in flight outlasts the limit for its shutdown may it run beside one.
   */
  terminate?(state: State, reason: ExitReason, context: ActorContext): void | Promise<void>;
  /** What `inspect` shows of the state: OTP's `format_status`. Without it, nothing. */
  inspect?(state: State): unknown;
  /** How `inspect` calls such an actor. Default `worker`. */
  readonly kind?: 'worker' | 'gen-server';
}

/** A behaviour of some state and some messages. A supervisor never looks at either. */
export interface AnyBehaviour {
  init(context: ActorContext): unknown;
  receive(state: never, message: never, context: ActorContext): unknown;
  terminate?(state: never, reason: ExitReason, context: ActorContext): void | Promise<void>;
  inspect?(state: never): unknown;
  readonly kind?: 'worker' | 'gen-server';
}
