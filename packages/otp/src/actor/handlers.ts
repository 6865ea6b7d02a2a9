/**
 * What an incarnation does with its messages: it hands them to the behaviour, one at a time, and keeps the state. To nact it is
 * a handler that never fails: a throw or a rejection is told to the {@link Life} of the incarnation, and ends that.
 */

import type { ExitReason } from '../exit-reason.js';
import type { ConcreteActor, HandlerContext, Reference, Sender } from '../nact.js';
import { noteDeadLetter } from '../process/dead-letters.js';
import { isPromise } from '../promises.js';
import type { ActorContext, AnyBehaviour, Behaviour } from './behaviour.js';
import { IGNORE } from './behaviour.js';
import { Due, EndOrder } from './owed.js';

/** How many messages an actor handles in one turn of the event loop. */
const DRAINED_MAX = 256;

/** The first message of an incarnation. A class, so that no message from elsewhere can pass for one. */
export class Start {}

/**
 * Where an incarnation is in its life. It handles messages only while it is running, and may send until it has ended. The
 * README of this package draws what leads from one to the next.
 */
export type Phase = 'starting' | 'running' | 'stopping' | 'ended' | 'removed';

/** How an incarnation comes to its end, besides the reason. */
export interface Ending {
  /** False: nothing of it cleans up. */
  readonly cleansUp?: boolean;
  /** By an exit signal. */
  readonly isSignal?: boolean;
  /** The message that was being handled, where it is no longer at hand. */
  readonly atHand?: unknown;
}

/** What handlers need to know of the incarnation, and tell it. */
export interface Life {
  readonly name: string;
  /** It is looked at with every message: a field, and no getter. */
  readonly phase: Phase;
  readonly context: ActorContext;
  /** Why it ends, or is about to; undefined while nothing is known of that. */
  readonly endReason: ExitReason | undefined;
  end(reason: ExitReason, how?: Ending): void;
  stop(reason: ExitReason): void;
  /** `init` has come to its end. */
  begun(how: 'started' | 'ignored'): void;
  /** `receive` has, and no message is at hand. */
  handled(): void;
  noteTrouble(message: string, error?: unknown): void;
}

/** The handlers of one incarnation. */
export class Handlers {
  /** Who has sent the message at hand. */
  sender: Reference | undefined;
  /** That message. Of what has been handled nothing is kept. */
  atHand: unknown;
  readonly #actor: ConcreteActor;
  readonly #behaviour: Behaviour<unknown, unknown>;
  readonly #life: Life;
  #state: unknown;
  #hasState = false;
  #isHandling = false;
  #inFlight: Promise<undefined> | undefined;
  #terminating: Promise<void> | undefined;
  /** `terminate` was called for before `init` gave a state. */
  #isLate = false;

  constructor(actor: ConcreteActor, behaviour: AnyBehaviour, life: Life) {
    this.#actor = actor;
    // It is only ever given states that it has itself returned, and messages that were sent to it.
    this.#behaviour = behaviour as Behaviour<unknown, unknown>;
    this.#life = life;
  }

  /** Whether a message is at hand; its handler may be on the stack. */
  get isHandling(): boolean {
    return this.#isHandling;
  }

  /** The handler at work, once it has given a promise. */
  get inFlight(): Promise<undefined> | undefined {
    return this.#inFlight;
  }

  /** What `inspect` shows of it. */
  inspect(): { readonly kind: string; readonly state?: unknown } {
    const { kind = 'worker' } = this.#behaviour;
    if (!this.#hasState || this.#behaviour.inspect === undefined) return { kind };
    return { kind, state: this.#behaviour.inspect(this.#state) };
  }

  /**
   * nact calls this for one message in each turn of the event loop. What waits behind it is taken from the mailbox here, as
   * long as handlers give no promise: a turn costs more than most handlers do. The other actors wait for {@link DRAINED_MAX}
   * messages at most.
   */
  handle(message: unknown, context: HandlerContext): undefined | Promise<undefined> {
    const { mailbox } = this.#actor;
    let work = this.#handleOne(message, context.sender);
    for (let handled = 1; handled < DRAINED_MAX && work === undefined && this.#life.phase === 'running'; handled += 1) {
      const next = mailbox.shift();
      if (next === undefined) break;
      work = this.#handleOne(next.message, next.sender);
    }
    return work;
  }

  /** A handler that gives no promise costs no microtask more. */
  #handleOne(message: unknown, sender: Sender): undefined | Promise<undefined> {
    if (this.#life.phase !== 'running') {
      if (message instanceof Start) return this.#follow(this.#begin());
      this.#bury(message, sender);
      return undefined;
    }
    if (message instanceof EndOrder) {
      this.#life.stop(message.reason);
      return undefined;
    }
    const own = message instanceof Due ? message.message : message;
    this.sender = sender?.type === 'nobody' ? undefined : sender;
    this.#isHandling = true;
    this.atHand = own;
    try {
      const next = this.#behaviour.receive(this.#state, own, this.#life.context);
      if (isPromise(next)) return this.#follow(this.#settle(next));
      this.#take(next);
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  #follow(work: Promise<undefined>): Promise<undefined> {
    this.#inFlight = work;
    return work;
  }

  async #settle(next: PromiseLike<unknown>): Promise<undefined> {
    try {
      this.#take(await next);
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  /** Invariant: state changes only while the incarnation is alive. */
  #take(next: unknown): void {
    this.#putDown();
    if (this.#isAlive) this.#state = next;
    this.#life.handled();
  }

  #failed(error: unknown): void {
    const { atHand } = this;
    this.#putDown();
    if (this.#isAlive) this.#life.end({ crash: error }, { atHand });
    else {
      this.#life.noteTrouble(`a handler of ${this.#life.name} failed after the end of its incarnation`, error);
      this.#life.handled();
    }
  }

  /** The message at hand. */
  #putDown(): void {
    this.#isHandling = false;
    this.atHand = undefined;
    this.#inFlight = undefined;
    this.sender = undefined;
  }

  get #isAlive(): boolean {
    return this.#life.phase !== 'ended' && this.#life.phase !== 'removed';
  }

  async #begin(): Promise<undefined> {
    try {
      if (this.#life.phase === 'starting') {
        const state = await this.#behaviour.init(this.#life.context);
        this.#inFlight = undefined;
        if (state !== IGNORE) await this.#keepFirst(state);
        else if (this.#life.phase === 'starting') this.#life.begun('ignored');
      }
    } catch (error) {
      this.#inFlight = undefined;
      if (this.#life.phase === 'starting') this.#life.end({ crash: error });
      else this.#life.noteTrouble(`init of ${this.#life.name} failed after the end of its incarnation`, error);
    }
    return undefined;
  }

  async #keepFirst(state: unknown): Promise<void> {
    this.#state = state;
    this.#hasState = true;
    if (this.#life.phase === 'starting') this.#life.begun('started');
    else if (this.#isLate) {
      // It has ended meanwhile, and nobody waits: what it has opened is closed all the same.
      this.terminate();
      await this.#terminating;
    }
  }

  /** Lets the behaviour clean up, once; of one whose `init` has not given a state yet, when it does. */
  terminate(): void {
    if (this.#hasState) this.#terminating ??= this.#callTerminate();
    else this.#isLate = true;
  }

  /** Resolves when it has; never rejects. Undefined: it has not begun to. */
  get terminated(): Promise<void> | undefined {
    return this.#terminating;
  }

  /** The behaviour is not to clean up. */
  skipTerminate(): void {
    this.#terminating ??= Promise.resolve();
  }

  async #callTerminate(): Promise<void> {
    try {
      const reason = this.#life.endReason ?? 'shutdown';
      await this.#behaviour.terminate?.(this.#state, reason, this.#life.context);
    } catch (error) {
      this.#life.noteTrouble(`terminate of ${this.#life.name} failed`, error);
    }
  }

  /** What still waits goes to the dead letters. */
  emptyMailbox(): void {
    const { mailbox } = this.#actor;
    for (const { message, sender } of mailbox.toArray()) this.#bury(message, sender);
    mailbox.clear();
  }

  #bury(message: unknown, sender: Sender): void {
    if (message instanceof EndOrder) return;
    const letter = message instanceof Due ? message.message : message;
    noteDeadLetter(this.#actor.reference, letter, sender, 'ended');
  }
}
