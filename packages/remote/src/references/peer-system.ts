/**
 * A remote node as nact sees it: an entry in its table of systems whose `find` gives forwarders instead of actors. With it
 * nact's own `dispatch`, `query` and `stop`, and everything of @parliament/otp, work on actors of the other node.
 */

import { DISTRIBUTION, type Distribution } from '@parliament/otp';
import { NodeError } from '../errors.js';
import {
  type ActorReference,
  type ActorSystem,
  type Deferral,
  enterSystem,
  type Recipient,
  type Reference,
  type Sender,
} from '../nact.js';
import { isActorPath } from '../names.js';
import { after, detach, type Timer } from '../platform/unattended.js';
import type { Destination } from '../wire/frame.js';
import { type Home, placeOf } from './references.js';
import { peerSystemName } from './system-names.js';
import { RemoteTemporaryReference } from './temporary.js';
import { WireIds } from './wire-ids.js';

/**
 * Sends to the peer, and says whether the message is on its way. Whoever waits for the answer to one that is not is told. Throws
 * a TypeError when the message holds what cannot travel and nobody waits. `spoken`: the sender itself has sent it.
 */
export type Send = (to: Destination, message: unknown, sender: Sender | undefined, spoken?: boolean) => boolean;

export interface PeerSystem {
  readonly name: string;
  /** How many wait for this peer. */
  readonly waiting: number;
  /** The number under which the peer knows one who waits for it under an id here. */
  numberOf(id: number | string): number;
  /** The one whom the peer knows under a number. */
  waitingUnder(number: number): Deferral | undefined;
  /** Fails every query and call that waits for this peer. */
  rejectAll(error: Error): void;
  /** Fails the one whom the peer knows under a number; says whether it still waited. */
  reject(number: number, error: Error): boolean;
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
export function enterPeerSystem(home: Home, peer: string, send: Send, distribution: Distribution): PeerSystem {
  const name = peerSystemName(home, peer);
  const unsupported = (): never => {
    throw new NodeError(
      'not-supported',
      `Actors of node ${peer} are spawned on ${peer}: give it a behaviour to spawn, and see spawnAt`,
    );
  };
  const wireIds = new WireIds();
  home.wireIds.set(peer, wireIds);
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
          ? placeOf(home, reference)
          : { kind: 'temporary', node: peer, place: (reference as RemoteTemporaryReference).place };
      const forwarder = new RemoteActor(system, peer, reference, to, send, distribution, unsupported);
      forwarders.set(reference, forwarder);
      return forwarder;
    };
    // nact's `spawn` and `stop` on the system itself: neither crosses to the other node, nor may it touch this entry.
    system.assertNotStopped = unsupported;
    system.stop = () => {};
    const { removeTempReference } = system;
    system.removeTempReference = (reference) => {
      wireIds.forget(reference.id);
      removeTempReference.call(system, reference);
    };
    Object.assign(system, { [DISTRIBUTION]: distribution });
  });
  const system = entered as unknown as ActorSystem;
  const waiting = system.tempReferences;
  const waitingUnder = (number: number): Deferral | undefined => {
    const id = wireIds.idOf(number);
    return id === undefined ? undefined : waiting.get(id);
  };
  return {
    name,
    get waiting() {
      return waiting.size;
    },
    numberOf: (id) => wireIds.numberOf(id),
    waitingUnder,
    rejectAll(error) {
      for (const [id, deferral] of [...waiting]) {
        waiting.delete(id);
        wireIds.forget(id);
        deferral.reject?.(error);
      }
    },
    reject(number, error) {
      const deferral = waitingUnder(number);
      if (deferral === undefined) return false;
      const id = wireIds.idOf(number) as number | string;
      waiting.delete(id);
      wireIds.forget(id);
      deferral.reject?.(error);
      return true;
    },
    query: (to, message, timeoutMs) => queryThrough(system, peer, to, send, message, timeoutMs),
    leave() {
      if (home.wireIds.get(peer) === wireIds) home.wireIds.delete(peer);
      leave();
    },
  };
}

/** Stands for one actor, or one waiting query, of another node. */
export class RemoteActor implements Recipient {
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

  /** Says whether it is on its way. */
  dispatch(message: unknown, sender?: Sender): boolean {
    return this.#send(this.#to, message, sender);
  }

  /** As `dispatch`, for an actor of this node that sends the message itself. */
  speak(message: unknown, speaker: ActorReference): boolean {
    return this.#send(this.#to, message, speaker, true);
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
  let timer: Timer | undefined;
  const reply = new Promise<unknown>((resolve, reject) => {
    system.addTempReference(waiting, { resolve, reject });
    const pause = Math.min(Math.max(Math.trunc(Number(timeoutMs)) || 0, 0), LONGEST_TIMEOUT_MS);
    timer = after(pause, () => {
      reject(new NodeError('timeout', `Query Timeout: no reply from node ${peer} within ${pause} ms`));
    });
    send(to, typeof message === 'function' ? message(waiting) : message, waiting);
  });
  const settle = (): void => {
    clearTimeout(timer);
    system.removeTempReference(waiting);
  };
  // As with nact's own, a query that nobody looks at may fail without harm to the process.
  detach(reply.then(settle, settle));
  return reply;
}
