/**
 * The wrapper around every actor of this package: one incarnation, from its start to its end. When it ends, from that moment it
 * can send nothing, no late result becomes state, and whoever watches is told; its place is free when it has cleaned up.
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
  type Reference,
  spawnBare,
  stopTree,
} from '../nact.js';
import { messageTypeOf } from '../process/crash-reports.js';
import { noteDeadLetter, officeOf } from '../process/dead-letters.js';
import { enqueue, haltBelow, killBelow, knownProcess, Process, type ProcessKind } from '../process/process.js';
import { registerProcess } from '../process/registry.js';
import { onStop } from '../process/stopping.js';
import { detach, within } from '../promises.js';
import type { ActorContext, AnyBehaviour } from './behaviour.js';
import { type Acting, IncarnationContext } from './context.js';
import { type Ending, Handlers, type Life, type Phase, Start } from './handlers.js';
import { bound } from './mailbox.js';
import { EndOrder } from './owed.js';
import {
  DEFAULT_SHUTDOWN_MS,
  type Running,
  type Shutdown,
  type WorkerSettings,
  type WorkerWatcher,
} from './running.js';

/** One incarnation of an actor. The README of this package draws its life. */
export class Worker implements Running, Acting, Life {
  readonly process: Process;
  readonly context: ActorContext;
  readonly name: string;
  readonly started: Promise<'started' | 'ignored'>;
  readonly shutdown: Shutdown;
  /** Resolves when it is out of the tree, and its place is free. */
  readonly gone: Promise<void>;
  phase: Phase = 'starting';
  readonly #watcher: WorkerWatcher;
  readonly #actor: ConcreteActor;
  readonly #handlers: Handlers;
  /** Why it is to stop, from when it is asked to. */
  #stopReason: ExitReason | undefined;
  #isHalting = false;
  #halting: Promise<void> | undefined;
  /** Called when it handles no more messages. */
  #onLastHandled: (() => void) | undefined;
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
    const actor = spawnBare(parent, name, (message, context) => this.#handlers.handle(message, context));
    this.#actor = actor;
    this.#handlers = new Handlers(actor, behaviour, this);
    officeOf(actor.system);
    this.process = new Process(actor, new WorkerKind(this));
    this.context = new IncarnationContext(this);
    onStop(actor, ({ above }) => this.#noteStop(above));
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
      const late = (): void => this.end({ crash: new Error(`init took longer than ${startMs} ms`) });
      this.#startTimer = setTimeout(late, startMs);
    }
    dispatch(actor.reference, new Start());
  }

  get sender(): Reference | undefined {
    return this.#handlers.sender;
  }

  get endReason(): ExitReason | undefined {
    return this.process.reason ?? this.#stopReason;
  }

  /** What `inspect` shows of it. */
  inspect(): { readonly kind: string; readonly state?: unknown } {
    return this.#handlers.inspect();
  }

  noteFenced(): void {
    this.#watcher.onFenced();
  }

  noteTrouble(message: string, error?: unknown): void {
    this.#watcher.onTrouble(message, error);
  }

  /** `init` has come to its end in time. */
  begun(how: 'started' | 'ignored'): void {
    clearTimeout(this.#startTimer);
    if (how === 'started') this.phase = 'running';
    else {
      this.phase = 'ended';
      this.#fence('normal');
    }
    this.#startedWell(how);
  }

  /** A message was handled: what has waited for that comes now. */
  handled(): void {
    if (this.#hasEnded) this.#cleanUp();
    else if (this.#stopReason !== undefined && this.phase === 'running') detach(this.#comeToStop(this.#stopReason));
  }

  /** Ends at once, fenced; what cleans up comes after, unless it must not (`kill`). */
  end(reason: ExitReason, { cleansUp = true, isSignal = false, atHand = this.#handlers.atHand }: Ending = {}): void {
    if (!cleansUp) this.#handlers.skipTerminate();
    if (this.#hasEnded) return;
    const hadStarted = this.phase !== 'starting';
    this.phase = 'ended';
    this.#onLastHandled?.();
    clearTimeout(this.#startTimer);
    this.#fence(reason);
    if (hadStarted) {
      this.#cleanUp();
      if (!this.#isHalting) {
        const messageType = atHand === undefined ? {} : { messageType: messageTypeOf(atHand) };
        this.#watcher.onExit(reason, { isSignal, ...messageType });
      }
    } else this.#startedBadly(startFailure(reason));
  }

  /** Ends by itself, in order: as soon as no message is at hand. */
  stop(reason: ExitReason): void {
    if (this.phase === 'starting') this.end(reason);
    else if (this.phase === 'running') {
      this.#stopReason ??= reason;
      if (!this.#handlers.isHandling) detach(this.#comeToStop(this.#stopReason));
    }
  }

  /** The same, but after the messages that wait already. One that has not started ends at once. */
  stopInTurn(reason: ExitReason): void {
    if (this.phase === 'starting') this.end(reason);
    else enqueue(this.process, new EndOrder(reason));
  }

  halt(shutdown: Shutdown): Promise<void> {
    this.#isHalting = true;
    if (shutdown === 'brutal_kill') {
      this.end('killed', { cleansUp: false });
      this.#remove();
      return Promise.resolve();
    }
    this.#halting ??= this.#haltWithin(shutdown === 'infinity' ? undefined : shutdown);
    return this.#halting;
  }

  get #hasEnded(): boolean {
    return this.phase === 'ended' || this.phase === 'removed';
  }

  /** As soon as no handler is at work, even one that is still on the stack; or when `halt` waits no longer. */
  #cleanUp(): void {
    if (!this.#handlers.isHandling) this.#handlers.terminate();
  }

  async #comeToStop(reason: ExitReason): Promise<void> {
    this.phase = 'stopping';
    this.#onLastHandled?.();
    // Those below end first.
    if (this.#actor.children.size > 0) await haltBelow(this.#actor);
    this.#handlers.terminate();
    await this.#handlers.terminated;
    this.end(reason);
  }

  async #haltWithin(limitMs: number | undefined): Promise<void> {
    // One that has not started has nothing to bring to its end.
    if (this.phase === 'starting') this.end('shutdown');
    const lastHandled = this.#handleLast();
    // A handler that is on the stack has not given its promise yet.
    if (this.#handlers.isHandling && this.#handlers.inFlight === undefined) await undefined;
    if (!(await within(limitMs, lastHandled ?? this.#handlers.inFlight))) {
      const what = lastHandled === undefined ? 'a handler of' : 'what waited for';
      this.noteTrouble(`${what} ${this.name} did not end within ${limitMs} ms; it is fenced`);
      this.end('killed');
    }
    if (this.#actor.children.size > 0) await haltBelow(this.#actor);
    this.#handlers.terminate();
    if (!(await within(limitMs, this.#handlers.terminated))) {
      this.noteTrouble(`terminate of ${this.name} did not end within ${limitMs} ms`);
      this.end('killed');
    }
    this.end(this.#stopReason ?? 'shutdown');
    this.#handlers.emptyMailbox();
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
    if (this.phase !== 'running') return undefined;
    if (!this.process.trapsExits || !this.#actor.busy) {
      this.phase = 'stopping';
      return undefined;
    }
    const lastHandled = new Promise<void>((resolve) => {
      this.#onLastHandled = resolve;
    });
    this.stopInTurn('shutdown');
    // When it has crashed meanwhile, one may still be at hand.
    return lastHandled.then(() => this.#handlers.inFlight);
  }

  /** Out of the tree, with all below. */
  #remove(): void {
    if (this.phase === 'removed') return;
    this.phase = 'removed';
    this.#fence('killed');
    this.#handlers.emptyMailbox();
    killBelow(this.#actor);
    stopTree(this.#actor);
    this.#leaveTree();
  }

  /** From here on nobody is there, though the place is taken until all is cleaned up: who calls learns it at once. */
  #fence(reason: ExitReason): void {
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

  /** nact has stopped it, or something above it. */
  #noteStop(above: boolean): void {
    if (this.#hasEnded) return;
    if (above) this.#watcher.onOrphan();
    else this.end({ crash: new Error(`${this.name} was stopped by other means than its supervisor`) });
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
    this.worker.end(reason, { isSignal: true });
  }

  kill(): void {
    this.worker.end('killed', { cleansUp: false, isSignal: true });
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
