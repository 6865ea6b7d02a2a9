/**
 * The wrapper around every actor. To nact it is an actor whose handler never fails. A throw or a rejection ends the
 * incarnation: from that moment it can send nothing, no late result becomes state, and its supervisor is told.
 */

import type { ActorContext, AnyBehaviour, Behaviour, ExitReason, Incarnation } from './behaviour.js';
import {
  type ConcreteActor,
  concrete,
  dispatch,
  type HandlerContext,
  type Reference,
  spawnBare,
  stop,
} from './nact.js';

/** How an incarnation ended by itself. */
export interface ActorExit {
  readonly incarnation: Incarnation;
  readonly reason: 'normal' | 'shutdown' | 'crash';
  /** What was thrown, for a crash. */
  readonly error?: unknown;
}

/** A started incarnation, as its supervisor holds it. */
export interface RunningActor {
  readonly reference: Reference;
  readonly incarnation: Incarnation;
  /**
   * Fences the incarnation, waits at most `limitMs` milliseconds for a handler in flight and for `terminate`, and takes the
   * actor out of the tree. Never rejects.
   */
  halt(reason: ExitReason, limitMs: number): Promise<void>;
}

/** Who is told about an actor. */
export interface ActorWatcher {
  /** The incarnation ended by itself; called once, and not after `halt`. */
  readonly onExit: (exit: ActorExit) => void;
  /** `terminate` failed or took too long. */
  readonly onTrouble: (message: string, error: unknown) => void;
  /** The actor's parent was stopped behind its back, by nact's own `stop`. */
  readonly onOrphan: () => void;
}

/** The first message of an incarnation. */
class Start {}

interface MutableIncarnation {
  readonly number: number;
  alive: boolean;
}

let incarnations = 0;

/** Numbers a new incarnation. */
export function newIncarnation(): { readonly number: number; alive: boolean } {
  incarnations += 1;
  return { number: incarnations, alive: true };
}

/**
 * Starts an actor and resolves when its `init` has given a state.
 *
 * @throws whatever `init` throws; then nothing is left of the actor.
 */
export async function startActor(
  parent: Reference,
  name: string,
  anyBehaviour: AnyBehaviour,
  watcher: ActorWatcher,
): Promise<RunningActor> {
  // It is only ever given states that it has itself returned, and messages that were sent to it.
  const behaviour = anyBehaviour as Behaviour<unknown, unknown>;
  const incarnation: MutableIncarnation = newIncarnation();
  const parentActor: ConcreteActor | undefined = concrete(parent);
  let state: unknown;
  let isStarted = false;
  let inFlight: Promise<undefined> | undefined;
  let sender: Reference | undefined;

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
      if (incarnation.alive) dispatch(to, message, from);
    },
    fail: (error) => end('crash', error),
    exit: (reason = 'normal') => end(reason),
  };

  function end(reason: ActorExit['reason'], error?: unknown): void {
    if (!incarnation.alive) return;
    incarnation.alive = false;
    watcher.onExit({ incarnation, reason, ...(reason === 'crash' ? { error } : {}) });
  }

  function handle(message: unknown, { sender: from }: HandlerContext): undefined | Promise<undefined> {
    if (message instanceof Start) return begin();
    if (!incarnation.alive) return undefined;
    if (parentActor?.stopped === true) {
      watcher.onOrphan();
      return undefined;
    }
    sender = from?.type === 'nobody' ? undefined : from;
    try {
      const next = behaviour.receive(state, message, context);
      if (!isPromise(next)) {
        // The last step of an actor that ended itself counts; one of an actor that was ended by others does not.
        state = next;
        return undefined;
      }
      inFlight = settle(next);
      return inFlight;
    } catch (error) {
      end('crash', error);
      return undefined;
    }
  }

  async function settle(next: Promise<unknown>): Promise<undefined> {
    try {
      const settled = await next;
      if (incarnation.alive) state = settled;
    } catch (error) {
      end('crash', error);
    } finally {
      inFlight = undefined;
    }
    return undefined;
  }

  let startedWell: () => void = () => {};
  let startedBadly: (error: unknown) => void = () => {};
  const started = new Promise<void>((resolve, reject) => {
    startedWell = resolve;
    startedBadly = reject;
  });

  function begin(): Promise<undefined> {
    const running = (async (): Promise<undefined> => {
      try {
        state = await behaviour.init(context);
        isStarted = true;
        if (incarnation.alive) startedWell();
        else startedBadly(new Error('it ended itself before it had started'));
      } catch (error) {
        incarnation.alive = false;
        startedBadly(error);
      } finally {
        inFlight = undefined;
      }
      return undefined;
    })();
    inFlight = running;
    return running;
  }

  const reference = spawnBare(parent, name, handle);
  const running: RunningActor = {
    reference,
    incarnation,
    async halt(reason, limitMs) {
      incarnation.alive = false;
      const isDone = await within(limitMs, inFlight);
      if (!isDone) watcher.onTrouble(`a handler of ${name} did not end within ${limitMs} ms; it is fenced`, undefined);
      if (isStarted && behaviour.terminate !== undefined) {
        try {
          const isEnded = await within(limitMs, Promise.resolve(behaviour.terminate(state, reason)));
          if (!isEnded) watcher.onTrouble(`terminate of ${name} did not end within ${limitMs} ms`, undefined);
        } catch (error) {
          watcher.onTrouble(`terminate of ${name} failed`, error);
        }
      }
      // Only this incarnation's own actor: by now the name may be another's.
      if (concrete(reference) === own) stop(reference);
    },
  };
  const own = concrete(reference);
  dispatch(reference, new Start());
  try {
    await started;
  } catch (error) {
    await running.halt('crash', 0);
    throw error;
  }
  return running;
}

/** Waits for `work`, at most `limitMs`. False when it took longer. Rejects as `work` does. */
async function within(limitMs: number, work: Promise<unknown> | undefined): Promise<boolean> {
  if (work === undefined) return true;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
