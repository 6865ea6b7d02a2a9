/**
 * The wrapper around every actor of this package. To nact it is an actor whose handler never fails. A throw or a rejection
 * ends the incarnation: from that moment it can send nothing, no late result becomes state, and whoever watches is told.
 */

import { nextTurn } from '#platform';
import { refuse } from '../call/answering.js';
import { CallError } from '../errors.js';
import { type ExitReason, reasonText } from '../exit-reason.js';
import {
  type AnyReference,
  actorAt,
  addressOf,
  type ConcreteActor,
  dispatch,
  type HandlerContext,
  type Reference,
  type Sender,
  spawnBare,
  stopTree,
} from '../nact.js';
import { noteDeadLetter, officeOf } from '../process/dead-letters.js';
import { enqueue, haltBelow, killBelow, knownProcess, Process, type ProcessKind } from '../process/process.js';
import { registerProcess } from '../process/registry.js';
import { onStop } from '../process/stopping.js';
import { detach, isPromise, within } from '../promises.js';
import type { ActorContext, AnyBehaviour, Behaviour } from './behaviour.js';
import { IGNORE } from './behaviour.js';
import { IncarnationContext } from './context.js';
import { bound } from './mailbox.js';
import { Due, EndOrder } from './owed.js';
import {
  DEFAULT_SHUTDOWN_MS,
  type Running,
  type Shutdown,
  type WorkerSettings,
  type WorkerWatcher,
} from './running.js';

/** How many messages an actor handles in one turn of the event loop. */
const DRAINED_MAX = 256;

/** The first message of an incarnation. A class, so that no message from elsewhere can pass for one. */
class Start {}

/**
 * Where an incarnation is in its life. It handles messages only while it is running; it may send until it has ended. When
 * it stops, the handler in flight and `terminate` come to their end first; when it crashes, it ends at once.
 */
type Phase = 'starting' | 'running' | 'stopping' | 'ended';

/** One incarnation of an actor. */
export class Worker implements Running {
  readonly process: Process;
  readonly context: ActorContext;
  readonly name: string;
  readonly started: Promise<'started' | 'ignored'>;
  readonly shutdown: Shutdown;
  /** Resolves when it is out of the tree, and its place is free. */
  readonly gone: Promise<void>;
  sender: Reference | undefined;
  readonly #behaviour: Behaviour<unknown, unknown>;
  readonly #watcher: WorkerWatcher;
  readonly #actor: ConcreteActor;
  #phase: Phase = 'starting';
  #state: unknown;
  #hasState = false;
  #isHandling = false;
  /** The handler at work, once it has given a promise. */
  #inFlight: Promise<undefined> | undefined;
  /** The reason that it gave for its own end, until the message at hand is handled. */
  #leaving: ExitReason | undefined;
  #terminating: Promise<void> | undefined;
  #isHalting = false;
  #halting: Promise<void> | undefined;
  #isRemoved = false;
  /** Called when it handles no more messages. */
  #onLastHandled: (() => void) | undefined;
  /** `halt` no longer waits for `init`. */
  #isLate = false;
  #startTimer: NodeJS.Timeout | undefined;
  #leaveTree: () => void = () => {};
  #startedWell: (how: 'started' | 'ignored') => void = () => {};
  #startedBadly: (error: unknown) => void = () => {};

  /** See {@link startWorker}. */
  constructor(
    parent: AnyReference,
    name: string,
    behaviour: AnyBehaviour,
    watcher: WorkerWatcher,
    { mailbox, registeredName, startMs, linked, shutdown = DEFAULT_SHUTDOWN_MS }: WorkerSettings,
  ) {
    // It is only ever given states that it has itself returned, and messages that were sent to it.
    this.#behaviour = behaviour as Behaviour<unknown, unknown>;
    this.#watcher = watcher;
    this.name = name;
    this.shutdown = shutdown;
    this.started = new Promise((resolve, reject) => {
      this.#startedWell = resolve;
      this.#startedBadly = reject;
    });
    this.gone = new Promise((resolve) => {
      this.#leaveTree = resolve;
    });
    const actor = spawnBare(parent, name, (message, context) => this.#handle(message, context));
    this.#actor = actor;
    officeOf(actor.system);
    this.process = new Process(actor, new WorkerKind(this));
    this.context = new IncarnationContext(this);
    onStop(actor, ({ above }) => this.#stoppedByNact(above));
    if (mailbox !== undefined) bound(actor, mailbox);
    try {
      if (registeredName !== undefined) registerProcess(registeredName, this.process);
    } catch (error) {
      this.#remove();
      throw error;
    }
    if (linked !== undefined) {
      linked.links.add(this.process);
      this.process.links.add(linked);
    }
    if (startMs !== undefined) {
      this.#startTimer = setTimeout(() => this.crash(new Error(`init took longer than ${startMs} ms`)), startMs);
    }
    dispatch(actor.reference, new Start());
  }

  /** What `inspect` shows of it. */
  inspect(): { readonly kind: string; readonly state?: unknown } {
    const { kind = 'worker' } = this.#behaviour;
    if (!this.#hasState || this.#behaviour.inspect === undefined) return { kind };
    return { kind, state: this.#behaviour.inspect(this.#state) };
  }

  noteFenced(): void {
    this.#watcher.onFenced();
  }

  crash(error: unknown): void {
    this.end({ crash: error });
  }

  /** Ends at once, fenced; what cleans up comes after. */
  end(reason: ExitReason): void {
    if (this.#phase === 'ended') return;
    const hadStarted = this.#phase !== 'starting';
    this.#phase = 'ended';
    this.#onLastHandled?.();
    clearTimeout(this.#startTimer);
    this.#die(reason);
    if (hadStarted) {
      this.#cleanUp();
      if (!this.#isHalting) this.#watcher.onExit(reason);
    } else this.#startedBadly(startFailure(reason));
  }

  /** As `end`, and nothing cleans up. */
  kill(): void {
    this.#terminating ??= Promise.resolve();
    this.end('killed');
  }

  /** Ends by itself, in order: as soon as no message is at hand. */
  leave(reason: ExitReason): void {
    if (this.#phase === 'starting') this.end(reason);
    else if (this.#phase === 'running') {
      this.#leaving ??= reason;
      if (!this.#isHandling) detach(this.#goByItself());
    }
  }

  /** The same, but after the messages that wait already. One that has not started ends at once. */
  leaveInTurn(reason: ExitReason): void {
    if (this.#phase === 'starting') this.leave(reason);
    else enqueue(this.process, new EndOrder(reason));
  }

  halt(shutdown: Shutdown): Promise<void> {
    this.#isHalting = true;
    if (shutdown === 'brutal_kill') {
      this.kill();
      this.#remove();
      return Promise.resolve();
    }
    this.#halting ??= this.#wind(shutdown === 'infinity' ? undefined : shutdown);
    return this.#halting;
  }

  /**
   * nact calls this for one message in each turn of the event loop. What waits behind it is taken from the mailbox here, as
   * long as handlers give no promise: a turn costs more than most handlers do. The other actors wait for {@link DRAINED_MAX}
   * messages at most.
   */
  #handle(message: unknown, context: HandlerContext): undefined | Promise<undefined> {
    const { mailbox } = this.#actor;
    let work = this.#handleOne(message, context.sender);
    for (let handled = 1; handled < DRAINED_MAX && work === undefined && this.#phase === 'running'; handled += 1) {
      const next = mailbox.shift();
      if (next === undefined) break;
      work = this.#handleOne(next.message, next.sender);
    }
    return work;
  }

  /** A handler that gives no promise costs no microtask more. */
  #handleOne(message: unknown, sender: Sender): undefined | Promise<undefined> {
    if (this.#phase !== 'running') {
      if (message instanceof Start) return this.#follow(this.#begin());
      this.#bury(message, sender);
      return undefined;
    }
    if (message instanceof EndOrder) {
      this.leave(message.reason);
      return undefined;
    }
    const own = message instanceof Due ? message.message : message;
    this.sender = sender?.type === 'nobody' ? undefined : sender;
    this.#isHandling = true;
    try {
      const next = this.#behaviour.receive(this.#state, own, this.context);
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
    this.#handled();
    if (this.#phase === 'ended') {
      this.#cleanUp();
      return;
    }
    this.#state = next;
    if (this.#leaving !== undefined && this.#phase === 'running') detach(this.#goByItself());
  }

  #failed(error: unknown): void {
    this.#handled();
    if (this.#phase === 'ended') {
      this.#trouble(`a handler of ${this.name} failed after the end of its incarnation`, error);
      this.#cleanUp();
    } else this.crash(error);
  }

  #handled(): void {
    this.#isHandling = false;
    this.#inFlight = undefined;
    this.sender = undefined;
  }

  async #begin(): Promise<undefined> {
    try {
      if (this.#phase === 'starting') {
        const state = await this.#behaviour.init(this.context);
        clearTimeout(this.#startTimer);
        this.#inFlight = undefined;
        if (state === IGNORE) this.#ignore();
        else await this.#started(state);
      }
    } catch (error) {
      this.#inFlight = undefined;
      if (this.#phase === 'starting') this.crash(error);
      else this.#trouble(`init of ${this.name} failed after the end of its incarnation`, error);
    }
    return undefined;
  }

  #ignore(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'ended';
    this.#die('normal');
    this.#startedWell('ignored');
  }

  async #started(state: unknown): Promise<void> {
    this.#state = state;
    this.#hasState = true;
    if (this.#phase === 'starting') {
      this.#phase = 'running';
      this.#startedWell('started');
    } else if (this.#isLate) {
      // It has ended meanwhile, and nobody waits: what it has opened is closed all the same.
      this.#terminating ??= this.#terminate();
      await this.#terminating;
    }
  }

  /** After a crash: as soon as no handler is at work, even one that is still on the stack; or when `halt` waits no longer. */
  #cleanUp(): void {
    if (!this.#isHandling) this.#terminating ??= this.#terminate();
  }

  async #goByItself(): Promise<void> {
    const reason = this.#leaving as ExitReason;
    this.#phase = 'stopping';
    this.#onLastHandled?.();
    // Those below end first.
    if (this.#actor.children.size > 0) await haltBelow(this.#actor);
    this.#terminating ??= this.#terminate();
    await this.#terminating;
    this.end(reason);
  }

  async #terminate(): Promise<void> {
    try {
      const reason = this.process.reason ?? this.#leaving ?? 'shutdown';
      await this.#behaviour.terminate?.(this.#state, reason, this.context);
    } catch (error) {
      this.#trouble(`terminate of ${this.name} failed`, error);
    }
  }

  async #wind(limitMs: number | undefined): Promise<void> {
    // One that has not started has nothing to bring to its end.
    if (this.#phase === 'starting') this.end('shutdown');
    const lastHandled = this.#handleLast();
    // A handler that is on the stack has not given its promise yet.
    if (this.#isHandling && this.#inFlight === undefined) await undefined;
    if (!(await within(limitMs, lastHandled ?? this.#inFlight))) {
      const what = lastHandled === undefined ? 'a handler of' : 'what waited for';
      this.#trouble(`${what} ${this.name} did not end within ${limitMs} ms; it is fenced`);
      this.end('killed');
    }
    if (this.#actor.children.size > 0) await haltBelow(this.#actor);
    if (this.#hasState) this.#terminating ??= this.#terminate();
    else this.#isLate = true;
    if (!(await within(limitMs, this.#terminating))) {
      this.#trouble(`terminate of ${this.name} did not end within ${limitMs} ms`);
      this.end('killed');
    }
    this.end(this.#leaving ?? 'shutdown');
    this.#emptyMailbox();
    // One more message may be on its way from there to the handler.
    if (this.#actor.busy) await nextTurn();
    this.#remove();
  }

  /**
   * It takes no more messages, but those that wait already if it traps exits: in OTP the order of its supervisor is a message
   * behind them then.
   *
   * @returns when these are handled, with the one at hand; undefined when none is but that.
   */
  #handleLast(): Promise<unknown> | undefined {
    if (this.#phase !== 'running') return undefined;
    if (!this.process.trapsExits || !this.#actor.busy) {
      this.#phase = 'stopping';
      return undefined;
    }
    const lastHandled = new Promise<void>((resolve) => {
      this.#onLastHandled = resolve;
    });
    this.leaveInTurn('shutdown');
    // When it has crashed meanwhile, one may still be at hand.
    return lastHandled.then(() => this.#inFlight);
  }

  /** Out of the tree, with all below. */
  #remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.#phase = 'ended';
    this.#die('killed');
    this.#emptyMailbox();
    killBelow(this.#actor);
    stopTree(this.#actor);
    this.#leaveTree();
  }

  /** What still waits goes to the dead letters. */
  #emptyMailbox(): void {
    const { mailbox } = this.#actor;
    for (const { message, sender } of mailbox.toArray()) this.#bury(message, sender);
    mailbox.clear();
  }

  #bury(message: unknown, sender: Sender): void {
    if (message instanceof EndOrder) return;
    const letter = message instanceof Due ? message.message : message;
    noteDeadLetter(this.#actor.reference, letter, sender, 'ended');
  }

  /** From here on nobody is there, though the place is taken until all is cleaned up: who calls learns it at once. */
  #die(reason: ExitReason): void {
    if (!this.process.alive) return;
    const { reference, system } = this.#actor;
    const refusal = `no actor is at ${addressOf(reference)}: it has ended, and cleans up`;
    this.#actor.dispatch = (message, sender) => {
      noteDeadLetter(reference, message, sender, 'noproc');
      refuse(system, sender, new CallError('noproc', refusal));
      return false;
    };
    this.process.die(reason);
  }

  #stoppedByNact(above: boolean): void {
    if (this.#isRemoved || this.#phase === 'ended') return;
    if (above) this.#watcher.onOrphan();
    else this.crash(new Error(`${this.name} was stopped by other means than its supervisor`));
  }

  #trouble(message: string, error?: unknown): void {
    this.#watcher.onTrouble(message, error);
  }
}

function startFailure(reason: ExitReason): unknown {
  if (typeof reason === 'object' && 'crash' in reason) return reason.crash;
  if (reason === 'shutdown') return new Error('it was stopped before it had started');
  return new Error(`it ended itself before it had started: ${reasonText(reason)}`, { cause: reason });
}

/** What exit signals do to a worker. */
class WorkerKind implements ProcessKind {
  readonly name = 'worker';
  readonly worker: Worker;

  constructor(worker: Worker) {
    this.worker = worker;
  }

  end(_: Process, reason: ExitReason): void {
    this.worker.end(reason);
  }

  kill(): void {
    this.worker.kill();
  }

  halt(): Promise<void> {
    return this.worker.halt(this.worker.shutdown);
  }
}

/** The worker of a process, if it is one. */
export function workerOf({ kind }: Process): Worker | undefined {
  return kind instanceof WorkerKind ? kind.worker : undefined;
}

/** An actor that has ended keeps its place until it has cleaned up: its successor waits for that. */
export function placeLeft(place: AnyReference): Promise<void> | undefined {
  const actor = actorAt(place);
  const process = actor && knownProcess(actor);
  return process === undefined || process.alive ? undefined : workerOf(process)?.gone;
}

/**
 * Starts an actor; its `init` runs as its first message, so that those which follow wait.
 *
 * @throws Error when there is no parent, or the name is taken or not legal; NameError when the registered name is.
 */
export function startWorker(
  parent: AnyReference,
  name: string,
  behaviour: AnyBehaviour,
  watcher: WorkerWatcher,
  settings: WorkerSettings = {},
): Worker {
  return new Worker(parent, name, behaviour, watcher, settings);
}
