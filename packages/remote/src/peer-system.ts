/**
 * A remote node as nact sees it: an entry in its table of systems whose `find` gives forwarders instead of actors. With it
 * nact's own `dispatch` and `query`, and `call` of @parliament/otp, work on actors of the other node.
 */

import { type Border, peerSystemName } from './border.js';
import { NodeError } from './errors.js';
import type { Destination } from './frame.js';
import { isActorPath } from './names.js';
import { type ActorSystem, enterSystem, type Recipient, type Reference, type Sender } from './nact.js';
import { RemoteTemporaryReference } from './temporary.js';

/** Sends to the peer. Throws when the message cannot travel; a message that finds no link is dropped. */
export type Send = (to: Destination, message: unknown, sender: Sender | undefined) => void;

export interface PeerSystem {
  /** Fails every query and call that waits for this peer. */
  rejectAll(error: Error): void;
  /** Fails the one that waits under `id`; nothing if it no longer waits. */
  reject(id: number | string, error: Error): void;
  /** Takes the peer out of nact's table. */
  leave(): void;
}

/** The longest time that a timer of Node.js can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

// nact draws the ids of its queries at random from 31 bits; these are text, so that they never meet.
let queries = 0;

/** Enters `peer` into nact's table. */
export function enterPeerSystem(border: Border, peer: string, send: Send): PeerSystem {
  let entered: ActorSystem | undefined;
  const { leave } = enterSystem(peerSystemName(border, peer), (system) => {
    entered = system;
    const findWaiting = system.find.bind(system);
    const unsupported = (): never => {
      throw new NodeError('not-supported', `Actors of node ${peer} are spawned on ${peer}: send it a message to do so`);
    };
    const forwarder = (to: Destination): RemoteActor => new RemoteActor(system, peer, to, send, unsupported);
    system.find = (reference: Reference) => {
      if (reference.type === 'system') return system;
      if (reference instanceof RemoteTemporaryReference) {
        return forwarder({ kind: 'temporary', place: reference.place });
      }
      if (reference.type === 'temp') return findWaiting(reference);
      const path: unknown = reference.path?.parts;
      return isActorPath(path) ? forwarder({ kind: 'actor', path }) : undefined;
    };
    // nact's `spawn` and `stop` on the system itself: neither crosses to the other node, nor may it touch this entry.
    system.assertNotStopped = unsupported;
    system.stop = () => {};
  });
  const waiting = (entered as unknown as ActorSystem).tempReferences;
  return {
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
    leave,
  };
}

/** Stands for one actor, or one waiting query, of another node. Without `stop`: that does not cross. */
class RemoteActor implements Recipient {
  readonly #system: ActorSystem;
  readonly #peer: string;
  readonly #to: Destination;
  readonly #send: Send;
  /** What nact's `spawn` asks of a parent. */
  readonly assertNotStopped: () => never;

  constructor(system: ActorSystem, peer: string, to: Destination, send: Send, unsupported: () => never) {
    this.#system = system;
    this.#peer = peer;
    this.#to = to;
    this.#send = send;
    this.assertNotStopped = unsupported;
  }

  dispatch(message: unknown, sender?: Sender): void {
    this.#send(this.#to, message, sender);
  }

  /** nact's `query`: `message` may be a function that makes the message from the reference that awaits the reply. */
  query(message: unknown, timeoutMs: number): Promise<unknown> {
    queries += 1;
    const system = this.#system;
    const waiting = { type: 'temp', system: { name: system.name }, id: `query-${queries}` } as const;
    let timer: NodeJS.Timeout | undefined;
    const reply = new Promise<unknown>((resolve, reject) => {
      system.addTempReference(waiting, { resolve, reject });
      const pause = Math.min(Math.max(Math.trunc(Number(timeoutMs)) || 0, 0), LONGEST_TIMEOUT_MS);
      timer = setTimeout(() => {
        reject(new NodeError('timeout', `Query Timeout: no reply from node ${this.#peer} within ${pause} ms`));
      }, pause);
      this.dispatch(typeof message === 'function' ? message(waiting) : message, waiting);
    });
    const settle = (): void => {
      clearTimeout(timer);
      system.removeTempReference(waiting);
    };
    // As with nact's own, a query that nobody looks at may fail without harm to the process.
    reply.then(settle, settle);
    return reply;
  }
}
