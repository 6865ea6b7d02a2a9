/** What the tests of nact's own behaviour share. */

import type { Behaviour } from '../src/index.js';
import { type Gate, type Inside, inside } from './support.js';

/** What nact offers to a policy of faults, by name. */
export type Decisions = Readonly<Record<string, symbol>>;

/** A policy for faults that always decides the same. */
export function decide(decision: string): (message: unknown, error: unknown, decisions: Decisions) => unknown {
  return (_message, _error, decisions) => decisions[decision];
}

/** A handler that fails, of nact and of ours. */
export function throws(): never {
  throw new Error('boom');
}

/** A handler of nact that does nothing. */
export function idle(state: unknown): unknown {
  return state;
}

/** A behaviour that crashes with any message. */
export const crashing: Behaviour<number, unknown> = { init: () => 0, receive: throws };

/** What nact keeps of an actor that exists. */
export function actorAt(reference: object): Inside {
  const found = inside(reference);
  if (found === undefined) throw new Error('no actor is there');
  return found;
}

/** Counts how many handlers run at once. */
export class Meter {
  now = 0;
  most = 0;

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    try {
      return await work();
    } finally {
      this.now -= 1;
    }
  }
}

/** A handler that counts its messages: each of them is a gate that it waits for. */
export function counter(meter: Meter): (count: number, gate: Gate) => Promise<number> {
  return (count, { opened }) =>
    meter.during(async () => {
      await opened;
      return count + 1;
    });
}
