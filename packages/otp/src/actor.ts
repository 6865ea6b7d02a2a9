/**
 * The wrapper around every actor. To nact it is an actor whose handler never fails. A throw or a rejection ends the
 * incarnation: from that moment it can send nothing, no late result becomes state, and its supervisor is told.
 */

import type { ActorContext, AnyBehaviour, Behaviour, ExitReason, Incarnation } from './behaviour.js';
import { announceEnd } from './callers.js';
import { addressOf, dispatch, type HandlerContext, isCutOff, type Reference, spawnBare, stopTree } from './nact.js';
import { isPromise, within } from './promises.js';

/** How an incarnation ended by itself. */
export interface ActorExit {
  readonly incarnation: Incarnation;
  readonly reason: ExitReason;
  /** What was thrown, for a crash. */
  readonly error?: unknown;
}

/** An incarnation, as its supervisor holds it. */
export interface Running {
  readonly incarnation: Incarnation;
  /** Resolves when it has started. Rejects with what kept it from that; it must be halted all the same. */
  readonly started: Promise<void>;
  /**
   * Fences the incarnation, waits for a handler in flight and then for `terminate`, each at most `limitMs` milliseconds,
   * and takes the actor out of the tree. Once is enough; never rejects.
   */
  halt(limitMs: number): Promise<void>;
}

/** Who is told about an actor. None of these may throw. */
export interface ActorWatcher {
  /** The incarnation, which had started, ended by itself. Called once, and not after `halt`. */
  readonly onExit: (exit: ActorExit) => void;
  /** The incarnation tried to send after its end. */
  readonly onFenced: () => void;
  /** Something failed after the end of the incarnation, or took too long. */
  readonly onTrouble: (message: string, error?: unknown) => void;
  /** Something above the actor was stopped behind the supervisor's back, by nact's own `stop`. */
  readonly onOrphan: () => void;
}

/** The first message of an incarnation. A class, so that no message from elsewhere can pass for one. */
class Start {}

let incarnations = 0;

/** Numbers a new incarnation. */
export function newIncarnation(): { readonly number: number; alive: boolean } {
  incarnations += 1;
  return { number: incarnations, alive: true };
}

/**
 * Starts an actor; its `init` runs as its first message, so that those which follow wait.
 *
 * @throws Error when there is no parent, or the name is taken or not legal.
 */
export function startActor(
  parent: Reference,
  name: string,
  anyBehaviour: AnyBehaviour,
  watcher: ActorWatcher,
): Running & { readonly reference: Reference } {
  // It is only ever given states that it has itself returned, and messages that were sent to it.
  const behaviour = anyBehaviour as Behaviour<unknown, unknown>;
  const incarnation = newIncarnation();
  let state: unknown;
  let hasState = false;
  let ending: ExitReason | undefined;
  let sender: Reference | undefined;
  let inFlight: Promise<undefined> | undefined;
  let halting: Promise<void> | undefined;
  /** Set when `halt` has stopped waiting for `init`. */
  let lateLimitMs: number | undefined;

  let startedWell: () => void = () => {};
  let startedBadly: (error: unknown) => void = () => {};
  const started = new Promise<void>((resolve, reject) => {
    startedWell = resolve;
    startedBadly = reject;
  });

  const context: ActorContext = {
    get self() {
      return reference;
    },
    name,
    get sender() {
      return sender;
    },
    incarnation,
    dispatch(to, message, from) {
      if (!incarnation.alive) watcher.onFenced();
      else if (isReachable()) dispatch(to, message, from);
    },
    fail: (error) => end('crash', error),
    exit: (reason = 'normal') => end(reason),
  };

  function end(reason: ExitReason, error?: unknown): void {
    if (!incarnation.alive) return;
    incarnation.alive = false;
    ending = reason;
    announceEnd(address);
    if (!hasState) startedBadly(reason === 'crash' ? error : new Error('it ended itself before it had started'));
    else watcher.onExit({ incarnation, reason, ...(reason === 'crash' ? { error } : {}) });
  }

  /** False, with consequences, when nact's `stop` was called on this actor or on one above it. */
  function isReachable(): boolean {
    if (actor.stopped) end('crash', new Error(`${name} was stopped by other means than its supervisor`));
    else if (isCutOff(actor)) watcher.onOrphan();
    else return true;
    return false;
  }

  /** Invariant: state changes only while the incarnation is alive, or in the handler in which it ended itself well. */
  function take(next: unknown): void {
    if (incarnation.alive || ending === 'normal' || ending === 'shutdown') state = next;
    sender = undefined;
  }

  function failed(error: unknown): void {
    if (!incarnation.alive) watcher.onTrouble(`a handler of ${name} failed after the end of its incarnation`, error);
    else end('crash', error);
    sender = undefined;
  }

  // The hot path: a handler that gives no promise costs no microtask beyond nact's own.
  function handle(message: unknown, { sender: from }: HandlerContext): undefined | Promise<undefined> {
    if (message instanceof Start) {
      inFlight = begin();
      return inFlight;
    }
    if (!incarnation.alive || !isReachable()) {
      // Whoever calls between the end of an incarnation and the next one is told so, too.
      announceEnd(address);
      return undefined;
    }
    sender = from?.type === 'nobody' ? undefined : from;
    try {
      const next = behaviour.receive(state, message, context);
      if (isPromise(next)) {
        inFlight = settle(next);
        return inFlight;
      }
      take(next);
    } catch (error) {
      failed(error);
    }
    return undefined;
  }

  async function settle(next: PromiseLike<unknown>): Promise<undefined> {
    try {
      take(await next);
    } catch (error) {
      failed(error);
    }
    inFlight = undefined;
    return undefined;
  }

  async function begin(): Promise<undefined> {
    try {
      if (incarnation.alive) {
        state = await behaviour.init(context);
        hasState = true;
        if (lateLimitMs !== undefined) await terminate(lateLimitMs);
        else startedWell();
      }
    } catch (error) {
      if (incarnation.alive) end('crash', error);
      else watcher.onTrouble(`init of ${name} failed after the end of its incarnation`, error);
    }
    inFlight = undefined;
    return undefined;
  }

  async function terminate(limitMs: number): Promise<void> {
    try {
      const work: unknown = behaviour.terminate?.(state, ending ?? 'shutdown');
      if (!isPromise(work) || (await within(limitMs, work))) return;
      watcher.onTrouble(`terminate of ${name} did not end within ${limitMs} ms`);
    } catch (error) {
      watcher.onTrouble(`terminate of ${name} failed`, error);
    }
  }

  async function wind(limitMs: number): Promise<void> {
    incarnation.alive = false;
    announceEnd(address);
    startedBadly(new Error('it was stopped before it had started'));
    const isIdle = await within(limitMs, inFlight);
    if (!isIdle) watcher.onTrouble(`a handler of ${name} did not end within ${limitMs} ms; it is fenced`);
    if (hasState) await terminate(limitMs);
    else lateLimitMs = limitMs;
    stopTree(actor);
    // For what came in meanwhile.
    announceEnd(address);
  }

  const { reference, actor } = spawnBare(parent, name, handle);
  const address = addressOf(reference);
  dispatch(reference, new Start());
  // nact's `stop` in this very turn would take that message back, and nothing else would tell of it.
  setImmediate(isReachable);
  return {
    reference,
    incarnation,
    started,
    halt(limitMs) {
      halting ??= wind(limitMs);
      return halting;
    },
  };
}
