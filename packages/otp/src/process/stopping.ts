/**
 * Being told that nact stopped an actor. nact tells nobody but the actor itself, stops no child with its parent (trap p01),
 * and leaves those below unreachable: so the end of an actor counts as the end of all below it.
 */

import type { ConcreteActor, ConcreteSystem } from '../nact.js';

/** How an actor came to its end. */
interface Stop {
  /** It was stopped because its handler failed, with this. */
  readonly fault?: { readonly error: unknown };
  /** Not it itself was stopped, but something above it. */
  readonly above: boolean;
}

type Listener = (how: Stop) => void;

/** What is known about the end of one actor or system. */
class Ending {
  readonly #listeners = new Set<Listener>();
  #how: Stop | undefined;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  come(how: Stop): void {
    if (this.#how !== undefined) return;
    this.#how = how;
    // Whoever listens takes itself off, or adds others below: a copy is walked through.
    for (const listener of [...this.#listeners]) listener(how);
    this.#listeners.clear();
  }
}

const endings = new WeakMap<ConcreteActor | ConcreteSystem, Ending>();

function endingOf(actor: ConcreteActor | ConcreteSystem): Ending {
  const known = endings.get(actor);
  if (known !== undefined) return known;
  const ending = new Ending();
  endings.set(actor, ending);
  let fault: { readonly error: unknown } | undefined;
  let leaveParent = (): void => {};
  const stop = actor.stop.bind(actor);
  actor.stop = () => {
    stop();
    leaveParent();
    ending.come(fault === undefined ? { above: false } : { fault, above: false });
  };
  if ('mailbox' in actor) {
    const { parent } = actor;
    const handleFault = actor.handleFault.bind(actor);
    actor.handleFault = async (message, sender, error, child) => {
      fault = { error };
      await handleFault(message, sender, error, child);
      // Its policy did not stop it.
      fault = undefined;
    };
    if (parent !== undefined) {
      leaveParent = endingOf(parent).listen((how) => ending.come({ ...how, above: true }));
    }
  }
  return ending;
}

/** Calls back, once, when the actor or the system was stopped, or something above it was; until the returned function is called. */
export function onStop(actor: ConcreteActor | ConcreteSystem, listener: Listener): () => void {
  return endingOf(actor).listen(listener);
}
