/** What an actor is given to act with: everything in it ends with the incarnation. */

import { callFor } from '../call/call.js';
import type { CallSettings } from '../call/protocol.js';
import { CallError, FencedError } from '../errors.js';
import { type ExitReason, exitReason } from '../exit-reason.js';
import { type AnyReference, actorAt, dispatch, own, type Reference } from '../nact.js';
import { noteDeadLetter } from '../process/dead-letters.js';
import { link, unlink } from '../process/link.js';
import { Monitor } from '../process/monitor.js';
import { enqueue, type Process } from '../process/process.js';
import { isPromise, LONGEST_TIMEOUT_MS } from '../promises.js';
import type { ActorContext, Incarnation, Timer } from './behaviour.js';
import { Due } from './owed.js';

/** What a context needs of its actor. */
export interface Acting {
  readonly process: Process;
  readonly name: string;
  readonly sender: Reference | undefined;
  noteFenced(): void;
  /** At once. */
  end(reason: ExitReason): void;
  /** As soon as no message is at hand. */
  stop(reason: ExitReason): void;
}

/** The context of one incarnation. */
export class IncarnationContext implements ActorContext {
  readonly #acting: Acting;
  readonly #process: Process;
  #timers: Set<NodeJS.Timeout> | undefined;
  readonly incarnation: Incarnation;

  constructor(acting: Acting) {
    this.#acting = acting;
    this.#process = acting.process;
    // Not the process itself, which can do more than tell.
    const { process } = acting;
    this.incarnation = {
      number: process.number,
      get alive() {
        return process.alive;
      },
    };
  }

  get self(): Reference {
    return this.#process.reference;
  }

  get name(): string {
    return this.#acting.name;
  }

  get sender(): Reference | undefined {
    return this.#acting.sender;
  }

  dispatch(to: AnyReference, message: unknown, sender?: AnyReference): boolean {
    if (this.#process.alive) return dispatch(to, message, sender);
    this.#acting.noteFenced();
    noteDeadLetter(own(to), message, sender && own(sender), 'fenced', this.#process.actor.system);
    return false;
  }

  call<Reply>(to: AnyReference, request: unknown, settings: CallSettings): Promise<Reply> {
    if (!this.#process.alive) {
      return Promise.reject(new CallError('fenced', `the incarnation of ${this.name} that calls has ended`));
    }
    if (this.#isSelf(to)) {
      return Promise.reject(new CallError('calling-self', `${this.name} would wait for itself for ever`));
    }
    return callFor(this.#process, to, request, settings) as Promise<Reply>;
  }

  #isSelf(reference: AnyReference): boolean {
    try {
      return actorAt(reference) === this.#process.actor;
    } catch {
      // No reference at all: the call says so.
      return false;
    }
  }

  fail(error: unknown): void {
    this.#acting.end({ crash: error });
  }

  exit(given: ExitReason = 'normal'): void {
    const reason = exitReason(given);
    if (typeof reason === 'object' && 'crash' in reason) this.#acting.end(reason);
    else this.#acting.stop(reason);
  }

  fenced<Parameters extends readonly unknown[], Result>(
    act: (...parameters: Parameters) => Result,
  ): (...parameters: Parameters) => Result {
    const check = (): void => {
      if (!this.#process.alive) throw new FencedError(`the incarnation of ${this.name} that acts has ended`);
    };
    return (...parameters) => {
      check();
      const result = act(...parameters);
      if (!isPromise(result)) return result;
      const settled = Promise.resolve(result).finally(check);
      return settled as Result;
    };
  }

  sendAfter(delayMs: number, message: unknown): Timer {
    if (!(delayMs >= 0) || delayMs > LONGEST_TIMEOUT_MS) {
      throw new RangeError(`delayMs: ${delayMs} is not between 0 and ${LONGEST_TIMEOUT_MS}`);
    }
    const timers = this.#ownTimers();
    const timer = setTimeout(() => {
      timers.delete(timer);
      enqueue(this.#process, new Due(message));
    }, delayMs);
    // Of one that has ended, it is gone before it begins.
    if (this.#process.alive) timers.add(timer);
    else clearTimeout(timer);
    return {
      cancel() {
        clearTimeout(timer);
        return timers.delete(timer);
      },
    };
  }

  #ownTimers(): Set<NodeJS.Timeout> {
    if (this.#timers !== undefined) return this.#timers;
    const timers = new Set<NodeJS.Timeout>();
    this.#timers = timers;
    this.#process.listen({
      ended() {
        for (const timer of timers) clearTimeout(timer);
        timers.clear();
      },
    });
    return timers;
  }

  monitor(object: AnyReference): Monitor {
    return new Monitor(this.#process, object);
  }

  link(other: AnyReference): void {
    this.#live(() => link(this.self, other));
  }

  unlink(other: AnyReference): void {
    this.#live(() => unlink(this.self, other));
  }

  trapExit(traps: boolean): void {
    this.#process.trapsExits = traps;
  }

  /** The path is another incarnation's once this one has ended. */
  #live(act: () => void): void {
    if (this.#process.alive) act();
  }
}
