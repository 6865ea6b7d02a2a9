/**
 * The supervisor, after OTP's `supervisor`: starts children in order, restarts them when they end, and gives up when that
 * happens too often.
 *
 * It is a nact actor whose children are nact actors below it. What follows from the end of a child, or from what it is asked
 * for, is done strictly one after the other, beside its mailbox, which goes on being read.
 */

import type { EndedBy, Running, Shutdown } from '../actor/running.js';
import { placeLeft, startWorker } from '../actor/worker.js';
import { refuse } from '../call/answering.js';
import { CallError, StartError, SupervisorError } from '../errors.js';
import { errorOf, type ExitReason, isAbnormal, reasonText } from '../exit-reason.js';
import {
  type ActorReference,
  type AnyReference,
  type ConcreteActor,
  childReference,
  type HandlerContext,
  type Reference,
  type Sender,
  spawnBare,
  stopTree,
} from '../nact.js';
import { noteDeadLetter, officeOf } from '../process/dead-letters.js';
import { Exit, haltBelow, killBelow, Process, type ProcessKind, processAt } from '../process/process.js';
import { type CrashReport, messageTypeOf, reportCrash } from '../process/crash-reports.js';
import { registerProcess } from '../process/registry.js';
import { onStop } from '../process/stopping.js';
import { checkOpen } from '../process/systems.js';
import { detach, guard, within } from '../promises.js';
import { textOf } from '../text-of.js';
import { type Child, type ChildStatus, restartOf, significanceOf, statusOf } from './child.js';
import { Children } from './children.js';
import { Restarting } from './restarting.js';
import { comesBack, endsWith } from './strategy.js';
import type { ChildCounts, Supervisor, SupervisorExit, SupervisorStatus } from './supervision.js';
import { checkBehaviour, checkSpec } from './supervisor-check.js';
import type { ChildSpec, SupervisorEvent, SupervisorSpec } from './supervisor-spec.js';

/** Who is told about a supervisor below another one. */
interface ParentWatcher {
  readonly onExit: (reason: ExitReason, how?: EndedBy) => void;
}

const NO_PARENT: ParentWatcher = { onExit: () => {} };

/**
 * Starts a supervisor as actor `name` below `parent`, and its children below it, each when the one before has started.
 *
 * @throws RangeError when the spec is not sound, before anything is started.
 * @throws StartError when a child does not start; those before it are stopped again, in reverse order. Or when there is no
 *   actor at `parent`, or the name is taken or not legal.
 * @example
 * ```ts
 * import { genServer, startSupervisor, startSystem } from '@parliament/otp';
 *
 * const worker = genServer({ init: () => ({ state: 0 }) });
 * const supervisor = await startSupervisor(startSystem(), 'workers', {
 *   strategy: 'one_for_one',
 *   intensity: 3,
 *   periodMs: 5000,
 *   children: [
 *     { id: 'first', start: worker },
 *     { id: 'second', start: worker, restart: 'transient' },
 *   ],
 *   onEvent: (event) => console.log(event.type), // exited and restarted, when one has crashed
 * });
 * console.log(supervisor.whichChildren().map(({ id, state }) => `${id}: ${state}`)); // [ 'first: running', 'second: running' ]
 * await supervisor.shutdown();
 * ```
 */
export async function startSupervisor(parent: AnyReference, name: string, spec: SupervisorSpec): Promise<Supervisor> {
  checkSpec(spec);
  try {
    const left = placeLeft(childReference(parent, name));
    if (left !== undefined) await left;
    checkOpen(parent);
  } catch (error) {
    throw new StartError(name, error);
  }
  const supervisor = new SupervisorActor(parent, name, spec, NO_PARENT);
  await supervisor.started;
  return supervisor;
}

/** The supervisor that runs at a reference of this process, if there is one. */
export function supervisorAt(reference: AnyReference): Supervisor | undefined {
  const process = processAt(reference);
  return process === undefined ? undefined : supervisorOf(process);
}

/** The supervisor of a process, if it is one. */
export function supervisorOf({ kind }: Process): SupervisorActor | undefined {
  return kind instanceof SupervisorKind ? kind.supervisor : undefined;
}

/** A supervisor, from its start to its end. */
export class SupervisorActor implements Supervisor, Running {
  readonly ref: ActorReference;
  readonly process: Process;
  readonly started: Promise<'started'>;
  readonly finished: Promise<SupervisorExit>;
  readonly #name: string;
  readonly #spec: SupervisorSpec;
  readonly #parent: ParentWatcher;
  readonly #actor: ConcreteActor;
  readonly #children: Children;
  readonly #restarting: Restarting;
  /** All that is done to children, one after the other. Never rejects. */
  #work: Promise<unknown> = Promise.resolve();
  #hasStarted = false;
  #isEnding = false;
  #isHalting = false;
  #ending: Promise<void> | undefined;
  #finish: (exit: SupervisorExit) => void = () => {};

  constructor(parent: AnyReference, name: string, spec: SupervisorSpec, watcher: ParentWatcher) {
    this.#name = name;
    this.#spec = spec;
    this.#parent = watcher;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#children = new Children(name, spec, {
      launch: (child) => this.#launch(child),
      placeLeft: ({ id }) => placeLeft(childReference(this.ref, id)),
      isEnding: () => this.#isEnding,
    });
    this.#restarting = new Restarting(spec, this.#children, {
      isEnding: () => this.#isEnding,
      later: (task) => this.#later(task),
      tell: (event) => this.#tell(event),
      startFailed: (child, error) => this.#report('start-failed', child, { crash: error }),
      giveUp: (message, error) => this.#giveUp(message, error),
    });
    const actor = spawn(parent, name, (message, context) => this.#handle(message, context));
    this.#actor = actor;
    this.ref = actor.reference;
    officeOf(actor.system);
    this.process = new Process(actor, new SupervisorKind(this));
    this.process.trapsExits = true;
    onStop(actor, () => this.#stoppedByNact());
    try {
      if (spec.registeredName !== undefined) registerProcess(spec.registeredName, this.process);
    } catch (error) {
      // It never was: nobody is told of its end.
      this.#isEnding = true;
      this.process.die({ crash: error });
      stopTree(actor);
      throw new StartError(name, error);
    }
    const starts = this.#startAll();
    this.#work = starts.catch(() => {});
    // Whoever waits for the start finds, when it fails, nothing left.
    this.started = starts.catch(async (error: unknown) => {
      await this.#ending;
      throw error;
    });
  }

  // What it is asked for.

  child(id: string): ActorReference {
    if (this.#children.get(id) !== undefined) return childReference(this.ref, id);
    throw new RangeError(`${this.#name} has no child ${id}`);
  }

  startChild(child: ChildSpec | readonly unknown[]): Promise<Reference | undefined> {
    return this.#inTurn(() => this.#startOne(this.#children.childOf(child)));
  }

  terminateChild(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const child = this.#children.find(id);
      await this.#children.halt(child);
      this.#children.forget(child);
    });
  }

  restartChild(id: string): Promise<Reference | undefined> {
    return this.#inTurn(async () => {
      const child = this.#children.findStopped(id);
      child.state = 'starting';
      return this.#startAsked(child);
    });
  }

  deleteChild(id: string): Promise<void> {
    return this.#inTurn(async () => this.#children.remove(this.#children.findStopped(id)));
  }

  whichChildren(): readonly ChildStatus[] {
    return this.#children.all.map((child) => statusOf(child, childReference(this.ref, child.id)));
  }

  countChildren(): ChildCounts {
    return this.#children.counts();
  }

  status(): SupervisorStatus {
    const { intensity, periodMs, restarts } = this.#restarting;
    return { strategy: this.#spec.strategy, intensity, periodMs, restarts, children: this.whichChildren() };
  }

  shutdown(): Promise<void> {
    return this.#end({ how: 'told', reason: 'shutdown', message: `${this.#name} was told to shut down` });
  }

  /** As a child of another supervisor. */
  async halt(shutdown: Shutdown): Promise<void> {
    this.#isHalting = true;
    const isInTime =
      shutdown !== 'brutal_kill' && (await within(shutdown === 'infinity' ? undefined : shutdown, this.shutdown()));
    if (!isInTime) this.kill();
  }

  /** Ends at once, with all that is below; nothing of it cleans up. */
  kill(): void {
    if (!this.process.alive) return;
    this.#isEnding = true;
    this.#children.kill();
    this.#close({ how: 'killed', reason: 'killed', message: `${this.#name} was killed` });
  }

  /** nact calls this for each message to the supervisor itself. */
  #handle(message: unknown, { sender: from }: HandlerContext): undefined {
    // It traps exits, and as in OTP those which are not its children's do not concern it.
    if (message instanceof Exit) return;
    const { onMessage } = this.#spec;
    if (onMessage === undefined || this.#isEnding) {
      this.#refuse(message, from);
      return;
    }
    const sender = from?.type === 'nobody' ? undefined : from;
    const fail = (error: unknown): void => {
      // Others may have failed before, or it was told to end.
      if (this.#isEnding) return;
      const text = `onMessage of ${this.#name} failed: ${textOf(error)}`;
      detach(this.#end({ how: 'failed', reason: { crash: error }, message: text, error }));
      // Of one that is a child, the one above it tells.
      if (this.#parent !== NO_PARENT) return;
      const incarnation = this.process.number;
      const messageType = messageTypeOf(message);
      reportCrash({ type: 'crashed', actor: this.ref, incarnation, reason: text, error, messageType });
    };
    guard(() => onMessage(message, { self: this.ref, sender }), fail);
  }

  /** Nobody is there who takes messages. Who waits for a reply learns it, now or when this has ended. */
  #refuse(message: unknown, sender: Sender): void {
    noteDeadLetter(this.ref, message, sender, this.#isEnding ? 'ended' : 'not-understood');
    if (this.#isEnding) return;
    const text = `${this.#name} is a supervisor without onMessage: it takes none`;
    refuse(this.#actor.system, sender, new CallError('unknown-request', text));
  }

  // Children start.

  #launch(child: Child): Running {
    const { spec, id, parameters } = child;
    const watcher = {
      onExit: (reason: ExitReason, how?: EndedBy) => {
        this.#reportEnd(child, reason, how);
        this.#noteExit(child, reason);
      },
    };
    if ('supervisor' in spec) {
      const { supervisor } = spec;
      if (typeof supervisor !== 'function') return new SupervisorActor(this.ref, id, supervisor, watcher);
      const made = supervisor(...(parameters as readonly never[]));
      checkSpec(made);
      return new SupervisorActor(this.ref, id, made, watcher);
    }
    const { start } = spec;
    const behaviour = typeof start === 'function' ? start(...(parameters as readonly never[])) : start;
    checkBehaviour(`child ${id}: start`, behaviour);
    const onTrouble = (message: string, error?: unknown): void => {
      this.#tell({ type: 'trouble', message, ...(error === undefined ? {} : { error }) });
    };
    const onFenced = (): void => {
      child.fencedMessages += 1;
    };
    // Whatever was stopped above it, its supervisor hears of it, too, and sees to it.
    return startWorker(this.ref, id, behaviour, { ...watcher, onTrouble, onFenced, onOrphan: () => {} }, spec);
  }

  async #startAll(): Promise<'started'> {
    const failure = await this.#children.start(this.#children.all, () => {});
    if (failure !== undefined) {
      const { child, error } = failure;
      const cause = new StartError(child.id, error);
      detach(this.#end({ how: 'failed', reason: { crash: error }, message: cause.message, error }));
      throw cause;
    }
    if (this.#isEnding)
      throw new StartError(this.#name, new Error('it was stopped before all its children had started'));
    this.#hasStarted = true;
    return 'started';
  }

  async #startOne(child: Child): Promise<Reference | undefined> {
    this.#children.add(child);
    try {
      return await this.#startAsked(child);
    } catch (error) {
      this.#children.remove(child);
      throw error;
    }
  }

  async #startAsked(child: Child): Promise<Reference | undefined> {
    const failure = await this.#children.start([child], () => {});
    if (failure !== undefined) {
      await this.#children.halt(child);
      throw new StartError(child.id, failure.error);
    }
    // Its place was not free yet, and now it is too late.
    if (child.state === 'starting' && child.running === undefined) throw this.#shuttingDown();
    return child.running?.process.reference;
  }

  // Children end.

  #reportEnd(child: Child, reason: ExitReason, how: EndedBy | undefined): void {
    // One that is a supervisor, and gave up, has said so itself.
    if (isAbnormal(reason)) this.#report('crashed', child, reason, how);
  }

  #report(type: CrashReport['type'], child: Child, reason: ExitReason, how?: EndedBy): void {
    const { messageType } = how ?? {};
    reportCrash({
      type,
      actor: childReference(this.ref, child.id),
      incarnation: child.incarnation,
      reason: reasonText(reason),
      ...errorOf(reason),
      ...(messageType === undefined ? {} : { messageType }),
      ...(comesBack(restartOf(child), reason) ? { restarts: this.#restarting.state() } : {}),
    });
  }

  #noteExit(child: Child, reason: ExitReason): void {
    child.state = comesBack(restartOf(child), reason) ? 'restarting' : 'stopped';
    const incarnation = child.running;
    // An exit of an incarnation that was stopped or replaced meanwhile changes nothing.
    this.#later(async () => {
      if (child.running === incarnation && this.#children.has(child)) await this.#takeExit(child, reason);
    });
  }

  async #takeExit(child: Child, reason: ExitReason): Promise<void> {
    child.lastExit = reason;
    const text = reasonText(reason);
    this.#tell({ type: 'exited', id: child.id, reason: text, ...errorOf(reason) });
    if (comesBack(restartOf(child), reason)) {
      await this.#restarting.restart(child, text, errorOf(reason).error);
      return;
    }
    this.#children.leave(child);
    this.#children.forget(child);
    const { autoShutdown = 'never' } = this.#spec;
    if (endsWith(autoShutdown, significanceOf(child), this.#children.significances())) {
      const message = `${this.#name} shuts down, as its significant child ${child.id} has ended`;
      detach(this.#end({ how: 'auto-shutdown', reason: 'shutdown', message }));
      this.#tell({ type: 'auto-shutdown', id: child.id });
    }
  }

  // The end.

  #giveUp(message: string, error: unknown): void {
    detach(this.#end({ how: 'intensity', reason: { shutdown: message }, message, error }));
    this.#tell({ type: 'gave-up', reason: message, error });
    const incarnation = this.process.number;
    reportCrash({ type: 'gave-up', actor: this.ref, incarnation, reason: message, error });
  }

  #stoppedByNact(): void {
    if (this.#isEnding) return;
    const message = `${this.#name} was stopped by other means than shutdown`;
    detach(this.#end({ how: 'stopped', reason: 'shutdown', message }));
  }

  /** Ends the supervisor, once. */
  #end(exit: SupervisorExit): Promise<void> {
    this.#isEnding = true;
    this.#ending ??= this.#comeToEnd(exit);
    return this.#ending;
  }

  async #comeToEnd(exit: SupervisorExit): Promise<void> {
    // What else is being done to children is seen to its end.
    this.#children.breakOff();
    this.#restarting.stop();
    await this.#work;
    await this.#children.cleanedUp();
    if (this.#spec.strategy === 'simple_one_for_one') await this.#children.haltAtOnce();
    else await this.#children.haltInReverse(this.#children.all);
    // Others may have been started below it.
    await haltBelow(this.#actor);
    if (!this.process.alive) return;
    guard(
      () => this.#spec.onEnd?.(),
      () => {},
    );
    this.#close(exit);
  }

  #close(exit: SupervisorExit): void {
    if (!this.process.alive) return;
    this.#restarting.stop();
    this.process.die(exit.reason);
    killBelow(this.#actor);
    stopTree(this.#actor);
    this.#finish(exit);
    // One that has not started ends by a failure of its start.
    if (this.#hasStarted && !this.#isHalting) this.#parent.onExit(exit.reason);
  }

  // Small things.

  /** Does something to children after all that came before. */
  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(() => {
      if (this.#isEnding) throw this.#shuttingDown();
      return task();
    });
    this.#work = done.catch(() => {});
    return done;
  }

  #shuttingDown(): SupervisorError {
    return new SupervisorError('shutting-down', `${this.#name} has ended, or is about to`);
  }

  /** The same, and nobody waits for it. That the supervisor ends first is no failure. */
  #later(task: () => Promise<void>): void {
    detach(
      this.#inTurn(task).catch((error: unknown) => {
        if (!this.#isEnding) throw error;
      }),
    );
  }

  #tell(event: SupervisorEvent): void {
    // A listener's fault is its own: it must not disturb the tree.
    guard(
      () => this.#spec.onEvent?.(event),
      () => {},
    );
  }
}

/** What exit signals do to a supervisor: it traps them all, but for `kill`. */
class SupervisorKind implements ProcessKind {
  readonly name = 'supervisor';
  readonly supervisor: SupervisorActor;

  constructor(supervisor: SupervisorActor) {
    this.supervisor = supervisor;
  }

  end(): void {}

  kill(): void {
    this.supervisor.kill();
  }

  halt(): Promise<void> {
    return this.supervisor.shutdown();
  }
}

function spawn(parent: AnyReference, name: string, handle: Parameters<typeof spawnBare>[2]): ConcreteActor {
  try {
    return spawnBare(parent, name, handle);
  } catch (error) {
    throw new StartError(name, error);
  }
}
