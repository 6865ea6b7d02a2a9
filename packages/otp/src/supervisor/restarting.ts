/** The restarts of one supervisor: counted, delayed if that is asked for, and tried until they succeed or are too many. */

import { nextTurn } from '#platform';
import { detach } from '../promises.js';
import { textOf } from '../text-of.js';
import type { Child } from './child.js';
import type { Children, Failure } from './children.js';
import type { RestartState } from '../process/crash-reports.js';
import { affectedBy, backoffMs, countedSince, countRestart, type RestartCount } from './strategy.js';
import { DEFAULT_INTENSITY, DEFAULT_PERIOD_MS } from './supervisor-check.js';
import type { Backoff, Strategy, SupervisorEvent, SupervisorSpec } from './supervisor-spec.js';

/** What restarting needs of the supervisor. */
export interface RestartingHooks {
  readonly isEnding: () => boolean;
  /** Does something to children after all that is being done to them already. */
  readonly later: (task: () => Promise<void>) => void;
  readonly tell: (event: SupervisorEvent) => void;
  /** A child did not come up again. */
  readonly startFailed: (child: Child, error: unknown) => void;
  /** One restart too many. */
  readonly giveUp: (message: string, error: unknown) => void;
}

/** One restart. The latest that affects a child is the one that brings it back: another may be waiting for its time still. */
interface Attempt {
  readonly reason: string;
  readonly delayMs: number;
}

export class Restarting {
  readonly intensity: number;
  readonly periodMs: number;
  /** Restarts so far, as the intensity counts them. */
  restarts = 0;
  readonly #strategy: Strategy;
  readonly #backoff: Backoff | undefined;
  readonly #children: Children;
  readonly #hooks: RestartingHooks;
  readonly #count: RestartCount;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #latest = new WeakMap<Child, Attempt>();

  constructor(spec: SupervisorSpec, children: Children, hooks: RestartingHooks) {
    const { strategy, backoff, intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS } = spec;
    this.intensity = intensity;
    this.periodMs = periodMs;
    this.#strategy = strategy;
    this.#backoff = backoff;
    this.#children = children;
    this.#hooks = hooks;
    this.#count = { intensity, periodMs, recent: [] };
  }

  /**
   * Stops what the end of `child` affects, and starts it anew. Runs alone: nothing else is done to children meanwhile, but for
   * waiting for what a child that concerns no other still does.
   */
  async restart(child: Child, reason: string, error: unknown): Promise<void> {
    const now = performance.now();
    if (this.#hooks.isEnding()) return;
    if (!countRestart(this.#count, now)) {
      const times = `${this.#count.recent.length} times within ${this.periodMs} ms, where ${this.intensity} are allowed`;
      this.#hooks.giveUp(`${child.id} ended once too often (${times}): ${reason}`, error);
      return;
    }
    this.restarts += 1;
    const attempt = { reason, delayMs: this.#delayOf(child, now) };
    const affected = this.#affectedBy(child);
    if (affected.length === 1) {
      this.#claim(affected, attempt);
      detach(this.#restartAlone(child, attempt));
      return;
    }
    await this.#children.haltInReverse(affected);
    // As in OTP, a temporary child goes down with the others but does not come back with them.
    const returning = affected.filter((other) => this.#children.has(other));
    this.#claim(returning, attempt);
    if (attempt.delayMs === 0) await this.#bringBack(returning, attempt);
    else this.#bringBackLater(returning, attempt);
  }

  /** For reports of crashes. */
  state(): RestartState {
    const { intensity, periodMs } = this;
    return { counted: countedSince(this.#count, performance.now()), intensity, periodMs };
  }

  #affectedBy(child: Child): readonly Child[] {
    // There may be very many others, which one restart after the other is not to go through.
    if (this.#strategy === 'one_for_one' || this.#strategy === 'simple_one_for_one') return [child];
    const all = this.#children.all;
    return affectedBy(this.#strategy, all, all.indexOf(child));
  }

  #claim(some: readonly Child[], attempt: Attempt): void {
    for (const child of some) {
      child.state = 'restarting';
      this.#latest.set(child, attempt);
    }
  }

  /** What it still does concerns nobody else: the others are not held up by it. Never rejects. */
  async #restartAlone(child: Child, attempt: Attempt): Promise<void> {
    if (!(await this.#children.cleanUp(child)) || this.#hooks.isEnding()) return;
    if (attempt.delayMs === 0) this.#hooks.later(() => this.#bringBack([child], attempt));
    else this.#bringBackLater([child], attempt);
  }

  #bringBackLater(some: readonly Child[], attempt: Attempt): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#hooks.later(() => this.#bringBack(some, attempt));
    }, attempt.delayMs);
    this.#timers.add(timer);
  }

  /** Nothing that waits is brought back any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #delayOf(child: Child, now: number): number {
    if (this.#backoff === undefined) return 0;
    // One that stayed up for a whole period begins a new row.
    child.streak = child.starts > 0 && now - child.upSince > this.periodMs ? 1 : child.streak + 1;
    return backoffMs(this.#backoff, child.streak, Math.random());
  }

  async #bringBack(some: readonly Child[], attempt: Attempt): Promise<void> {
    // During a back-off one may have been terminated, deleted, or restarted with others: then it waits for those before it.
    const failure = await this.#children.start(
      some.filter((child) => child.running === undefined && this.#isDue(child, attempt)),
      (up) => {
        this.#hooks.tell({ type: 'restarted', id: up.id, incarnation: up.incarnation, reason: attempt.reason });
      },
    );
    if (failure !== undefined) await this.#tryAgain(failure, attempt);
  }

  /**
   * As in OTP, a child that does not come back up is one more restart, and is tried again until that is too many; but not
   * before the exits that have arrived meanwhile were looked at: one of them may be what kept it from starting. What its
   * `init` still does, or cleans up, the restart waits for.
   */
  async #tryAgain({ child, error }: Failure, attempt: Attempt): Promise<void> {
    if (this.#hooks.isEnding()) return;
    const reason = textOf(error);
    child.state = 'restarting';
    this.#hooks.tell({ type: 'start-failed', id: child.id, reason, error });
    this.#hooks.startFailed(child, error);
    // Also, a start that fails without waiting for anything must not keep the event loop from turning.
    await nextTurn();
    this.#hooks.later(async () => {
      // Another child's restart may have brought it back.
      if (this.#isDue(child, attempt)) await this.restart(child, reason, error);
    });
  }

  #isDue(child: Child, attempt: Attempt): boolean {
    return child.state === 'restarting' && this.#latest.get(child) === attempt && this.#children.has(child);
  }
}
