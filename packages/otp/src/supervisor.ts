/**
 * The supervisor, after OTP's `supervisor`: starts children in order, restarts them when they end, and gives up when that
 * happens too often.
 *
 * It is a nact actor whose children are nact actors below it. Exits reach it as messages; what follows from them is done
 * strictly one after the other, beside its mailbox, which goes on being read.
 */

import { type ActorExit, newIncarnation, type RunningActor, startActor } from './actor.js';
import type { ExitReason, Incarnation } from './behaviour.js';
import { StartError, textOf } from './errors.js';
import { childReference, concrete, dispatch, type HandlerContext, type Reference, spawnBare, stop } from './nact.js';
import { countRestart, type RestartCount } from './restart-intensity.js';
import {
  type ChildSpec,
  type ChildStatus,
  checkSpec,
  DEFAULT_INTENSITY,
  DEFAULT_PERIOD_MS,
  DEFAULT_SHUTDOWN_MS,
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

interface Child {
  readonly spec: ChildSpec;
  running: RunningActor | undefined;
  state: ChildStatus['state'];
  incarnation: number;
  starts: number;
  lastExit: string | undefined;
}

/**
 * Starts a supervisor as actor `name` below `parent`, and its children below it, each when the one before has started.
 *
 * @throws RangeError when the spec is not sound, before anything is started.
 * @throws StartError when a child does not start; those before it are stopped again, in reverse order.
 */
export async function startSupervisor(parent: Reference, name: string, spec: SupervisorSpec): Promise<Supervisor> {
  checkSpec(spec);
  const { strategy, intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS } = spec;
  const children: Child[] = spec.children.map((child) => {
    return { spec: child, running: undefined, state: 'restarting', incarnation: 0, starts: 0, lastExit: undefined };
  });
  const count: RestartCount = { intensity, periodMs, recent: [] };
  let restarts = 0;
  let ending: Promise<void> | undefined;
  let work: Promise<void> = Promise.resolve();
  let finish: (exit: SupervisorExit) => void = () => {};
  const finished = new Promise<SupervisorExit>((resolve) => {
    finish = resolve;
  });

  function tell(event: SupervisorEvent): void {
    try {
      spec.onEvent?.(event);
    } catch {
      // A listener's fault is its own: it must not disturb the tree.
    }
  }

  function handle(message: unknown, { sender }: HandlerContext): undefined {
    if (ending !== undefined) return;
    if (message instanceof Exit) {
      work = work.then(() => takeExit(message));
      return;
    }
    try {
      spec.onMessage?.(message, { sender: sender?.type === 'nobody' ? undefined : sender });
    } catch (error) {
      const failure = `the supervisor's own onMessage failed: ${textOf(error)}`;
      void end({ reason: 'crash', message: failure, error });
    }
  }

  const ref = spawnBare(parent, name, handle);
  const actor = concrete(ref);

  async function start(child: Child): Promise<void> {
    const { spec: childSpec } = child;
    const { id } = childSpec;
    const watcher = {
      onExit: (exit: ActorExit) => dispatch(ref, new Exit(child, exit)),
      onTrouble: (message: string, error: unknown) => tell({ type: 'trouble', message, error }),
      onOrphan: () => void end({ reason: 'shutdown', message: 'it was stopped by other means than shutdown' }),
    };
    if ('supervisor' in childSpec) {
      child.running = await startSubtree(childSpec.supervisor, id, watcher.onExit);
    } else {
      const behaviour = typeof childSpec.start === 'function' ? childSpec.start() : childSpec.start;
      child.running = await startActor(ref, id, behaviour, watcher);
    }
    child.incarnation = child.running.incarnation.number;
    child.starts += 1;
    child.state = 'running';
  }

  async function startSubtree(
    subtree: SupervisorSpec,
    id: string,
    onExit: (exit: ActorExit) => void,
  ): Promise<RunningActor> {
    const incarnation: { readonly number: number; alive: boolean } = newIncarnation();
    const supervisor = await startSupervisor(ref, id, subtree);
    void supervisor.finished.then(({ reason, message, error }) => {
      if (!incarnation.alive) return;
      incarnation.alive = false;
      onExit({ incarnation, reason, error: error ?? new Error(message) });
    });
    return {
      reference: supervisor.ref,
      incarnation: incarnation as Incarnation,
      async halt() {
        incarnation.alive = false;
        await supervisor.shutdown();
      },
    };
  }

  async function halt(child: Child, reason: ExitReason): Promise<void> {
    const { running } = child;
    child.running = undefined;
    await running?.halt(reason, child.spec.shutdownMs ?? DEFAULT_SHUTDOWN_MS);
  }

  async function haltAll(set: readonly Child[], reason: ExitReason): Promise<void> {
    for (const child of [...set].reverse()) await halt(child, reason);
  }

  async function takeExit({ child, exit }: Exit): Promise<void> {
    // An exit of an incarnation that was stopped or replaced meanwhile changes nothing.
    if (ending !== undefined || child.running?.incarnation !== exit.incarnation) return;
    const reason = exit.reason === 'crash' ? textOf(exit.error) : exit.reason;
    child.lastExit = reason;
    tell({ type: 'exited', id: child.spec.id, reason, ...('error' in exit ? { error: exit.error } : {}) });
    const restart = child.spec.restart ?? 'permanent';
    if (restart === 'temporary' || (restart === 'transient' && exit.reason !== 'crash')) {
      await halt(child, exit.reason);
      child.state = 'stopped';
      return;
    }
    await restartFrom(child, reason, exit.error);
  }

  async function restartFrom(first: Child, reason: string, error: unknown): Promise<void> {
    let child = first;
    for (;;) {
      restarts += 1;
      if (!countRestart(count, performance.now())) {
        const message = `${child.spec.id} ended once too often (${count.recent.length} times in ${periodMs} ms): ${reason}`;
        tell({ type: 'gave-up', reason: message, error });
        void end({ reason: 'crash', message, error });
        return;
      }
      const index = children.indexOf(child);
      const set = strategy === 'one_for_one' ? [child] : strategy === 'one_for_all' ? children : children.slice(index);
      for (const affected of set) affected.state = 'restarting';
      await haltAll(set, 'shutdown');
      const failed = await startInOrder(set, (child) => child === first || child.spec.restart !== 'temporary', reason);
      if (failed === undefined) return;
      // As in OTP, a child that does not come back up is one more restart: it is tried again until that is too many.
      child = failed.child;
      error = failed.error;
      reason = textOf(failed.error);
      child.lastExit = reason;
    }
  }

  /** Starts children one after the other; gives the one that failed, if one did. */
  async function startInOrder(
    set: readonly Child[],
    isWanted: (child: Child) => boolean,
    reason: string | undefined,
  ): Promise<{ readonly child: Child; readonly error: unknown } | undefined> {
    for (const child of set) {
      if (ending !== undefined) return undefined;
      if (!isWanted(child)) {
        child.state = 'stopped';
        continue;
      }
      try {
        await start(child);
      } catch (error) {
        return { child, error };
      }
      if (reason !== undefined) {
        tell({ type: 'restarted', id: child.spec.id, incarnation: child.incarnation, reason });
      }
    }
    return undefined;
  }

  /** Ends the supervisor, once. A restart that is going on is seen to its end first. */
  function end(exit: SupervisorExit): Promise<void> {
    ending ??= work
      .catch(() => {})
      .then(async () => {
        await haltAll(children, 'shutdown');
        for (const child of children) child.state = 'stopped';
        if (actor !== undefined && concrete(ref) === actor) stop(ref);
        finish(exit);
      });
    return ending;
  }

  const supervisor: Supervisor = {
    ref,
    child: (id) => childReference(ref, id),
    shutdown: () => end({ reason: 'shutdown', message: 'it was told to' }),
    finished,
    status: () => ({
      strategy,
      intensity,
      periodMs,
      restarts,
      children: children.map((child) => ({
        id: child.spec.id,
        reference: childReference(ref, child.spec.id),
        state: child.state,
        incarnation: child.incarnation,
        restarts: Math.max(0, child.starts - 1),
        ...(child.lastExit === undefined ? {} : { lastExit: child.lastExit }),
      })),
    }),
  };

  const starting = startInOrder(children, () => true, undefined);
  // An exit that arrives meanwhile is looked at when all have started.
  work = starting.then(() => {});
  const failed = await starting;
  if (failed === undefined) return supervisor;
  await end({ reason: 'crash', message: textOf(failed.error), error: failed.error });
  throw new StartError(failed.child.spec.id, failed.error);
}
