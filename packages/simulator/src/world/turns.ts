/** When the members of a world act: later, in their present life, and not while they stand still. */

import type { MemberId } from '@parliament/synod';
import type { EventQueue } from './queue.js';

/** What turns need to know of the members. */
export type LifeOf = (member: MemberId) => number;

export class Turns {
  readonly #queue: EventQueue;
  readonly #lifeOf: LifeOf;
  /** By member: what came while it was paused. */
  readonly #paused = new Map<MemberId, (() => void)[]>();

  constructor(queue: EventQueue, lifeOf: LifeOf) {
    this.#queue = queue;
    this.#lifeOf = lifeOf;
  }

  /** Does something at a member a little later, in its present life, when it does not stand still. */
  soon(member: MemberId, delayMs: number, action: () => void): void {
    const life = this.#lifeOf(member);
    const inThisLife = (): void => {
      const waiting = this.#waitingOf(member);
      if (waiting !== undefined) waiting.push(inThisLife);
      else if (this.#lifeOf(member) === life) action();
    };
    this.#queue.schedule(delayMs, inThisLife);
  }

  whenRunning(member: MemberId, action: () => void): void {
    const waiting = this.#waitingOf(member);
    if (waiting === undefined) action();
    else waiting.push(action);
  }

  /** A member's process stands still; what comes meanwhile waits. Its clock goes on. */
  pause(member: MemberId): void {
    if (!this.#paused.has(member)) this.#paused.set(member, []);
  }

  resume(member: MemberId): void {
    const waiting = this.#paused.get(member) ?? [];
    this.#paused.delete(member);
    for (const action of waiting) this.#queue.schedule(0, action);
  }

  resumeAll(): void {
    for (const member of [...this.#paused.keys()]) this.resume(member);
  }

  /** What waits for a member to go on; undefined where it does not stand still. */
  #waitingOf(member: MemberId): (() => void)[] | undefined {
    return this.#paused.size > 0 ? this.#paused.get(member) : undefined;
  }

  isPaused(member: MemberId): boolean {
    return this.#paused.has(member);
  }
}
