/**
 * What a node answers itself: who has a name, and the spawning of behaviours that its program offers. Requests are plain data
 * that is checked here; a refusal is a reply that is a {@link NodeError}.
 */

import { startActor, textOf, whenDown, whereis } from '@parliament/otp';
import { NodeError } from '../errors.js';
import type { Reference, SystemReference } from '../nact.js';
import { detach } from '../platform/unattended.js';
import type { Offers } from '../references/openings.js';

export type Request =
  | { readonly type: 'whereis'; readonly name: string }
  | {
      readonly type: 'spawn';
      readonly behaviour: string;
      readonly argument: unknown;
      /** Of the actor, under the system; absent: any. */
      readonly name?: string;
    };

export interface Service {
  /** Answers a request of another node, now or later. Never throws. `reply` may: then it is called once more, with a refusal. */
  handle(request: unknown, reply: (answer: unknown) => void): void;
}

/** How long an actor may take to start. */
const START_MS = 30_000;

/** A refusal fits into the smallest message that a node may take. */
const REFUSAL_LENGTH_MAX = 500;

let spawned = 0;

export function createService(system: SystemReference, offers: Offers, spawnedMax: number): Service {
  let alive = 0;

  async function spawn(behaviour: string, argument: unknown, name: string | undefined): Promise<Reference> {
    const offer = Object.hasOwn(offers, behaviour) ? offers[behaviour] : undefined;
    if (offer === undefined) {
      throw new NodeError('spawn-failed', `no behaviour ${JSON.stringify(behaviour)} is offered: see the option spawn`);
    }
    if (alive >= spawnedMax) {
      throw new NodeError('overloaded', `${spawnedMax} actors that other nodes have spawned live: stop some`);
    }
    alive += 1;
    spawned += 1;
    let reference: Reference | undefined;
    try {
      const actor = await startActor(system, name ?? `spawned-${spawned}`, offer(argument), { startMs: START_MS });
      reference = actor;
      return actor;
    } finally {
      if (reference === undefined) alive -= 1;
      else {
        detach(whenDown(reference), () => {
          alive -= 1;
        });
      }
    }
  }

  async function answer(request: unknown): Promise<unknown> {
    const { type, name, behaviour, argument } = (request ?? {}) as Record<string, unknown>;
    if (type === 'whereis' && typeof name === 'string') return whereis(system, name);
    if (type === 'spawn' && typeof behaviour === 'string' && (name === undefined || typeof name === 'string')) {
      return await spawn(behaviour, argument, name);
    }
    throw new NodeError('not-supported', 'this node knows no such request: bring it to a newer release');
  }

  async function settle(request: unknown, reply: (answer: unknown) => void): Promise<void> {
    try {
      // Throws when the answer cannot travel, such as a reference that is too deep.
      reply(await answer(request));
    } catch (error) {
      const code = error instanceof NodeError ? error.code : 'spawn-failed';
      reply(new NodeError(code, textOf(error).slice(0, REFUSAL_LENGTH_MAX)));
    }
  }

  return {
    handle(request, reply) {
      detach(settle(request, reply));
    },
  };
}
