/**
 * A remote node as nact sees it: an entry in its table of systems whose `find` gives forwarders instead of actors. With it
 * nact's own `dispatch`, `query` and `stop`, and everything of @parliament/otp, work on actors of the other node.
 */

import { DISTRIBUTION, type Distribution } from '@parliament/otp';
import { type Border, peerSystemName, placeOf } from './border.js';
import { NodeError } from './errors.js';
import type { Destination } from './frame.js';
import {
  type ActorReference,
  type ActorSystem,
  type Deferral,
  enterSystem,
  type Recipient,
  type Reference,
  type Sender,
} from './nact.js';
import { isActorPath } from './names.js';
import { RemoteTemporaryReference } from './temporary.js';

/** Sends to the peer. Throws when the message cannot travel; a message that finds no link is dropped. */
export type Send = (to: Destination, message: unknown, sender: Sender | undefined) => void;

export interface PeerSystem {
  readonly name: string;
  /** Who waits for this peer. */
  readonly waiting: ReadonlyMap<number | string, Deferral>;
  /** Fails every query and call that waits for this peer. */
  rejectAll(error: Error): void;
  /** Fails the one that waits under `id`; nothing if it no longer waits. */
  reject(id: number | string, error: Error): void;
  /** Asks the node itself, or an actor of it. */
  query(to: Destination, message: unknown, timeoutMs: number): Promise<unknown>;
  /** Takes the peer out of nact's table. */
  leave(): void;
}

/** The longest time that a timer can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

// nact draws the ids of its queries at random from 31 bits, and calls of @parliament/otp count from 2^32.
let queries = 2 ** 48;

/** Enters `peer` into nact's table. */
export function enterPeerSystem(border: Border, peer: string, send: Send, distribution: Distribution): PeerSystem {
  const name = peerSystemName(border, peer);
  const unsupported = (): never => {
    throw new NodeError(
      'not-supported',
      `Actors of node ${peer} are spawned on ${peer}: give it a behaviour to spawn, and see spawnAt`,
    );
  };
  let entered: ActorSystem | undefined;
  const { leave } = enterSystem(name, (system) => {
    entered = system;
    const findWaiting = system.find.bind(system);
    const forwarders = new WeakMap<object, RemoteActor>();
    system.find = (reference: Reference) => {
      const known = forwarders.get(reference);
      if (known !== undefined) return known;
      if (reference.type === 'system') return system;
      if (reference.type === 'temp' && !(reference instanceof RemoteTemporaryReference)) return findWaiting(reference);
      if (reference.type === 'actor' && !isActorPath(reference.path?.parts)) return undefined;
      const to: Destination =
        reference.type === 'actor'
          ? placeOf(border, reference)
          : { kind: 'temporary', node: peer, place: (reference as RemoteTemporaryReference).place };
      const forwarder = new RemoteActor(system, peer, reference, to, send, distribution, unsupported);
      forwarders.set(reference, forwarder);
      return forwarder;
    };
    // nact's `spawn` and `stop` on the system itself: neither crosses to the other node, nor may it touch this entry.
    system.assertNotStopped = unsupported;
    system.stop = () => {};
    Object.assign(system, { [DISTRIBUTION]: distribution });
  });
  const system = entered as unknown as ActorSystem;
  const waiting = system.tempReferences;
  return {
    name,
    waiting,
    rejectAll(error) {
      const deferrals = [...waiting.values()];
      waiting.clear();
      for (const deferral of deferrals) deferral.reject?.(error);
    },
    reject(id, error) {
      const deferral = waiting.get(id);
      waiting.delete(id);
      deferral?.reject?.(error);
    },
    query: (to, message, timeoutMs) => queryThrough(system, peer, to, send, message, timeoutMs),
    leave,
  };
}

/** Stands for one actor, or one waiting query, of another node. */
class RemoteActor implements Recipient {
  readonly #system: ActorSystem;
  readonly #peer: string;
  readonly #reference: Reference;
  readonly #to: Destination;
  readonly #send: Send;
  readonly #distribution: Distribution;
  /** What nact's `spawn` asks of a parent. */
  readonly assertNotStopped: () => never;

  constructor(
    system: ActorSystem,
    peer: string,
    reference: Reference,
    to: Destination,
    send: Send,
    distribution: Distribution,
    unsupported: () => never,
  ) {
    this.#system = system;
    this.#peer = peer;
    this.#reference = reference;
    this.#to = to;
    this.#send = send;
    this.#distribution = distribution;
    this.assertNotStopped = unsupported;
  }

  dispatch(message: unknown, sender?: Sender): void {
    this.#send(this.#to, message, sender);
  }

  /** nact's `query`: `message` may be a function that makes the message from the reference that awaits the reply. */
  query(message: unknown, timeoutMs: number): Promise<unknown> {
    return queryThrough(this.#system, this.#peer, this.#to, this.#send, message, timeoutMs);
  }

  /** nact's `stop`: an exit signal, as a supervisor sends it. */
  stop(): void {
    if (this.#to.kind === 'actor')
      this.#distribution.exit(this.#reference as ActorReference, 'shutdown', undefined, false);
  }
}

function queryThrough(
  system: ActorSystem,
  peer: string,
  to: Destination,
  send: Send,
  message: unknown,
  timeoutMs: number,
): Promise<unknown> {
  queries += 1;
  const waiting = { type: 'temp', system: { name: system.name }, id: queries } as const;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reply = new Promise<unknown>((resolve, reject) => {
    system.addTempReference(waiting, { resolve, reject });
    const pause = Math.min(Math.max(Math.trunc(Number(timeoutMs)) || 0, 0), LONGEST_TIMEOUT_MS);
    timer = setTimeout(() => {
      reject(new NodeError('timeout', `Query Timeout: no reply from node ${peer} within ${pause} ms`));
    }, pause);
    send(to, typeof message === 'function' ? message(waiting) : message, waiting);
  });
  const settle = (): void => {
    clearTimeout(timer);
    system.removeTempReference(waiting);
  };
  // As with nact's own, a query that nobody looks at may fail without harm to the process.
  reply.then(settle, settle);
  return reply;
}
