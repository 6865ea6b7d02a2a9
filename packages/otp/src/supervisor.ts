/**
 * The supervisor, after OTP's `supervisor`: starts children in order, restarts them when they end, and gives up when that
 * happens too often.
 *
 * It is a nact actor whose children are nact actors below it. Exits reach it as messages; what follows from them is done
 * strictly one after the other, beside its mailbox, which goes on being read.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ActorExit, type ActorWatcher, newIncarnation, type Running, startActor } from './actor.js';
import { type Child, limitOf, newChild, statusOf } from './child.js';
import { StartError, textOf } from './errors.js';
import {
  childReference,
  dispatch,
  type HandlerContext,
  isCutOff,
  type Reference,
  spawnBare,
  stopTree,
} from './nact.js';
import { guard } from './promises.js';
import { affectedBy, comesBack, countRestart, type RestartCount } from './strategy.js';
import {
  checkSpec,
  DEFAULT_INTENSITY,
  DEFAULT_PERIOD_MS,
  type Supervisor,
  type SupervisorEvent,
  type SupervisorExit,
  type SupervisorSpec,
} from './supervisor-spec.js';

/** A child ended. A class, so that no message from elsewhere can pass for one. */
class Exit {
  readonly child: Child;
  readonly exit: ActorExit;

  constructor(child: Child, exit: ActorExit) {
    this.child = child;
    this.exit = exit;
  }
}

/** A supervisor that may still be starting its children. */
interface Launched {
  readonly supervisor: Supervisor;
  readonly started: Promise<void>;
}

/**
 * Starts a supervisor as actor `name` below `parent`, and its children below it, each when the one before has started.
 *
 * @throws RangeError when the spec is not sound, before anything is started.
 * @throws StartError when a child does not start; those before it are stopped again, in reverse order. Or when there is no
 *   actor at `parent`, or the name is taken or not legal.
 */
export async function startSupervisor(parent: Reference, name: string, spec: SupervisorSpec): Promise<Supervisor> {
  checkSpec(spec);
  const { supervisor, started } = launch(parent, name, spec);
  await started;
  return supervisor;
}

function launch(parent: Reference, name: string, spec: SupervisorSpec): Launched {
  const { strategy, intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS, onMessage, onEvent } = spec;
  const children: readonly Child[] = spec.children.map(newChild);
  const count: RestartCount = { intensity, periodMs, recent: [] };
  let restarts = 0;
  /** The child whose start is awaited. */
  let starting: Child | undefined;
  /** All that is done to children, one after the other. Never rejects. */
  let work: Promise<void> = Promise.resolve();
  let ending: Promise<void> | undefined;
  let isEnding = false;
  let finish: (exit: SupervisorExit) => void = () => {};
  const finished = new Promise<SupervisorExit>((resolve) => {
    finish = resolve;
  });

  function tell(event: SupervisorEvent): void {
    // A listener's fault is its own: it must not disturb the tree.
    guard(
      () => onEvent?.(event),
      () => {},
    );
  }

  function handle(message: unknown, { sender: from }: HandlerContext): undefined {
    if (isEnding) return;
    if (isCutOff(actor)) {
      orphaned();
    } else if (message instanceof Exit) {
      work = work.then(() => takeExit(message));
    } else {
      const sender = from?.type === 'nobody' ? undefined : from;
      guard(
        () => onMessage?.(message, { self: ref, sender }),
        (error) => void end({ reason: 'crash', message: `onMessage of ${name} failed: ${textOf(error)}`, error }),
      );
    }
  }

  function orphaned(): void {
    void end({ reason: 'shutdown', message: `${name} was stopped by other means than shutdown` });
  }

  function noteExit(child: Child, exit: ActorExit): void {
    if (child.running?.incarnation !== exit.incarnation) return;
    child.state = comesBack(child.spec.restart ?? 'permanent', exit.reason) ? 'starting' : 'stopped';
    // A supervisor that was stopped by nact's own `stop` has no mailbox any more.
    if (actor.stopped || isCutOff(actor)) orphaned();
    else dispatch(ref, new Exit(child, exit));
  }

  async function takeExit({ child, exit }: Exit): Promise<void> {
    // An exit of an incarnation that was stopped or replaced meanwhile changes nothing.
    if (isEnding || child.running?.incarnation !== exit.incarnation) return;
    const { reason, error } = exit;
    child.lastExit = reason === 'crash' ? textOf(error) : reason;
    tell({ type: 'exited', id: child.spec.id, reason: child.lastExit, ...(reason === 'crash' ? { error } : {}) });
    if (comesBack(child.spec.restart ?? 'permanent', reason)) await restart(child, child.lastExit, error);
    else await halt(child);
  }

  async function restart(child: Child, reason: string, error: unknown): Promise<void> {
    if (isEnding) return;
    if (!countRestart(count, performance.now())) {
      const times = `${count.recent.length} times within ${periodMs} ms, where ${intensity} are allowed`;
      const message = `${child.spec.id} ended once too often (${times}): ${reason}`;
      void end({ reason: 'crash', message, error });
      tell({ type: 'gave-up', reason: message, error });
      return;
    }
    restarts += 1;
    const affected = affectedBy(strategy, children, children.indexOf(child));
    await haltAll(affected);
    // As in OTP, a temporary child goes down with the others but does not come back with them.
    const returning = affected.filter(({ spec: { restart } }) => restart !== 'temporary');
    const failed = await startInOrder(returning, (up) => {
      tell({ type: 'restarted', id: up.spec.id, incarnation: up.incarnation, reason });
    });
    if (failed !== undefined) await tryAgain(failed.child, failed.error);
  }

  /**
   * As in OTP, a child that does not come back up is one more restart, and is tried again until that is too many; but not
   * before the exits that have arrived meanwhile were looked at: one of them may be what kept it from starting.
   */
  async function tryAgain(child: Child, error: unknown): Promise<void> {
    const reason = textOf(error);
    child.lastExit = reason;
    // Also, a start that fails without waiting for anything must not keep the event loop from turning.
    await nextTurn();
    work = work.then(async () => {
      // Another child's restart may have brought it back.
      if (child.running === undefined && child.state === 'starting') await restart(child, reason, error);
    });
  }

  /** Starts children one after the other; gives the one that failed, if one did, with nothing left of it. */
  async function startInOrder(
    set: readonly Child[],
    onStarted: (child: Child) => void,
  ): Promise<{ readonly child: Child; readonly error: unknown } | undefined> {
    for (const child of set) child.state = 'starting';
    for (const child of set) {
      if (isEnding) return undefined;
      try {
        child.running = startChild(child);
        child.incarnation = child.running.incarnation.number;
        starting = child;
        await child.running.started;
      } catch (error) {
        await halt(child);
        child.state = 'starting';
        return { child, error };
      } finally {
        starting = undefined;
      }
      child.starts += 1;
      // It may have ended since; what becomes of it is written down already then.
      if (child.running.incarnation.alive) child.state = 'running';
      onStarted(child);
    }
    return undefined;
  }

  function startChild(child: Child): Running {
    const { spec: childSpec } = child;
    const { id } = childSpec;
    const watcher: ActorWatcher = {
      onExit: (exit) => noteExit(child, exit),
      onFenced: () => {
        child.fencedMessages += 1;
      },
      onTrouble: (message, error) => tell({ type: 'trouble', message, ...(error === undefined ? {} : { error }) }),
      onOrphan: orphaned,
    };
    if ('supervisor' in childSpec) return startSubtree(ref, id, childSpec.supervisor, watcher);
    const behaviour = typeof childSpec.start === 'function' ? childSpec.start() : childSpec.start;
    return startActor(ref, id, behaviour, watcher);
  }

  async function halt(child: Child): Promise<void> {
    await child.running?.halt(limitOf(child));
    child.running = undefined;
    child.state = 'stopped';
  }

  async function haltAll(set: readonly Child[]): Promise<void> {
    for (const child of [...set].reverse()) await halt(child);
  }

  /** Ends the supervisor, once. */
  function end(exit: SupervisorExit): Promise<void> {
    isEnding = true;
    ending ??= wind(exit);
    return ending;
  }

  async function wind(exit: SupervisorExit): Promise<void> {
    // A start may take any time: it is broken off. What else is being done to children is seen to its end.
    if (starting !== undefined) void starting.running?.halt(limitOf(starting));
    await work;
    await haltAll(children);
    stopTree(actor);
    finish(exit);
  }

  async function startAll(): Promise<void> {
    const failed = await startInOrder(children, () => {});
    if (failed !== undefined) {
      const { child, error } = failed;
      child.lastExit = textOf(error);
      const cause = new StartError(child.spec.id, error);
      void end({ reason: 'crash', message: cause.message, error });
      throw cause;
    }
    if (isEnding) throw new StartError(name, new Error('it was stopped before all its children had started'));
  }

  const { reference: ref, actor } = spawn(parent, name, handle);
  const starts = startAll();
  work = starts.catch(() => {});
  const supervisor: Supervisor = {
    ref,
    child(id) {
      if (children.some(({ spec: child }) => child.id === id)) return childReference(ref, id);
      throw new RangeError(`${name} has no child ${id}`);
    },
    shutdown: () => end({ reason: 'shutdown', message: `${name} was told to shut down` }),
    finished,
    status: () => ({
      strategy,
      intensity,
      periodMs,
      restarts,
      children: children.map((child) => statusOf(child, childReference(ref, child.spec.id))),
    }),
  };
  // Whoever waits for the start finds, when it fails, nothing left.
  const started = starts.catch(async (error: unknown) => {
    await ending;
    throw error;
  });
  return { supervisor, started };
}

/** Starts a supervisor as a child of another one. */
function startSubtree(parent: Reference, id: string, spec: SupervisorSpec, { onExit }: ActorWatcher): Running {
  const { supervisor, started } = launch(parent, id, spec);
  const incarnation = newIncarnation();
  void supervisor.finished.then(({ reason, message, error }) => {
    if (!incarnation.alive) return;
    incarnation.alive = false;
    onExit({ incarnation, reason, error: error ?? new Error(message) });
  });
  return {
    incarnation,
    started,
    halt() {
      incarnation.alive = false;
      return supervisor.shutdown();
    },
  };
}

function spawn(parent: Reference, name: string, handle: Parameters<typeof spawnBare>[2]): ReturnType<typeof spawnBare> {
  try {
    return spawnBare(parent, name, handle);
  } catch (error) {
    throw new StartError(name, error);
  }
}
