/**
 * Who watches whom across one link: monitors, links, and those who wait for the reply of an actor. What a peer asks for is
 * bounded; everything ends with the link.
 */

import { type Distribution, type ExitReason, loseLinks, onEnd, type Reference } from '@parliament/otp';
import { NodeError } from '../errors.js';
import { BadFrameError } from '../wire/frame-validator.js';

/** How many monitors one node may have of another's actors. */
const WATCHES_MAX = 65_536;
/** Of so many calls of a peer it is remembered whom they wait for; past it, the oldest have only their time limit. */
const OWED_MAX = 65_536;

/** Those who wait for the replies of one local actor. */
interface Callee {
  readonly ids: Set<number>;
  readonly stopWatching: () => void;
}

export class Watches {
  /** Monitors that actors of this node have of the peer's, by their numbers. */
  readonly #outgoing: Map<number, (reason: ExitReason) => void> = new Map();
  /** How to stop the peer's monitors of actors of this node, by the peer's numbers. */
  readonly #incoming: Map<number, () => void> = new Map();
  /** Who owes the reply to a call of the peer, by the id under which it waits there. The oldest is first. */
  readonly #owed: Map<number, Callee> = new Map();
  readonly #callees: Map<string, Callee> = new Map();
  readonly #onOwed: (id: number, reason: ExitReason) => void;
  #number = 0;

  /** `onOwed`: the actor that a call of the peer waits for has ended. */
  constructor(onOwed: (id: number, reason: ExitReason) => void) {
    this.#onOwed = onOwed;
  }

  /** An actor of this node watches one of the peer's. @returns the number to tell the peer. @throws NodeError `overloaded` */
  watch(ended: (reason: ExitReason) => void): number {
    if (this.#outgoing.size >= WATCHES_MAX) {
      throw new NodeError('overloaded', `${WATCHES_MAX} monitors of actors of one node are the most: demonitor some`);
    }
    this.#number += 1;
    this.#outgoing.set(this.#number, ended);
    return this.#number;
  }

  /** @returns whether the peer has to be told. */
  unwatch(number: number): boolean {
    return this.#outgoing.delete(number);
  }

  /** The peer says that what was watched under the number has ended. */
  down(number: number, reason: ExitReason): void {
    const ended = this.#outgoing.get(number);
    this.#outgoing.delete(number);
    ended?.(reason);
  }

  /**
   * The peer watches an actor of this node, or nobody. `ended` is called once.
   *
   * @throws BadFrameError when it watches more than {@link WATCHES_MAX}, or twice under one number.
   */
  watched(number: number, object: Reference | undefined, ended: (reason: ExitReason) => void): void {
    if (this.#incoming.has(number)) throw new BadFrameError('two monitors under one number');
    if (this.#incoming.size >= WATCHES_MAX) throw new BadFrameError(`more than ${WATCHES_MAX} monitors`);
    const stopWatching =
      object === undefined
        ? undefined
        : onEnd(object, (reason) => {
            this.#incoming.delete(number);
            ended(reason);
          });
    if (stopWatching === undefined) ended('noproc');
    else this.#incoming.set(number, stopWatching);
  }

  /** The peer watches no more under the number. */
  unwatched(number: number): void {
    this.#incoming.get(number)?.();
    this.#incoming.delete(number);
  }

  /** A call of the peer, which waits there under `id`, is to be handed to an actor of this node. False: it has ended. */
  owe(id: number, parts: readonly string[], actor: Reference): boolean {
    const path = parts.join('/');
    const callee = this.#callees.get(path) ?? this.#newCallee(path, actor);
    if (callee === undefined) return false;
    // A peer that uses a number twice must not have it remembered twice.
    this.settle(id);
    if (this.#owed.size >= OWED_MAX) {
      for (const oldest of this.#owed.keys()) {
        this.settle(oldest);
        break;
      }
    }
    callee.ids.add(id);
    this.#owed.set(id, callee);
    return true;
  }

  /** The reply is on its way. */
  settle(id: number): void {
    const callee = this.#owed.get(id);
    if (callee === undefined) return;
    this.#owed.delete(id);
    callee.ids.delete(id);
  }

  /** The link is lost. */
  lose(distribution: Distribution): void {
    for (const stopWatching of this.#incoming.values()) stopWatching();
    this.#incoming.clear();
    for (const { stopWatching } of this.#callees.values()) stopWatching();
    this.#callees.clear();
    this.#owed.clear();
    const watching = [...this.#outgoing.values()];
    this.#outgoing.clear();
    for (const ended of watching) ended('noconnection');
    loseLinks(distribution);
  }

  #newCallee(path: string, actor: Reference): Callee | undefined {
    const stopWatching = onEnd(actor, (reason) => {
      this.#callees.delete(path);
      for (const id of callee.ids) {
        this.#owed.delete(id);
        this.#onOwed(id, reason);
      }
    });
    if (stopWatching === undefined) return undefined;
    const callee: Callee = { ids: new Set(), stopWatching };
    this.#callees.set(path, callee);
    return callee;
  }
}
