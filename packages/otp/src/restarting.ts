/** The restarts of one supervisor: counted, delayed if that is asked for, and tried until they succeed or are too many. */

import { nextTurn } from '#platform';
import type { Child } from './child.js';
import type { Children, Failure } from './children.js';
import { detach } from './promises.js';
import { affectedBy, backoffMs, countRestart, type RestartCount } from './strategy.js';
import { DEFAULT_INTENSITY, DEFAULT_PERIOD_MS } from './supervisor-check.js';
import type { Backoff, Strategy, SupervisorEvent, SupervisorSpec } from './supervisor-spec.js';
import { textOf } from './text-of.js';

/** What restarting needs of the supervisor. */
export interface RestartingHooks {
  readonly isEnding: () => boolean;
  /** Does something to children after all that is being done to them already. */
  readonly later: (task: () => Promise<void>) => void;
  readonly tell: (event: SupervisorEvent) => void;
  /** One restart too many. */
  readonly giveUp: (message: string, error: unknown) => void;
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
    const delayMs = this.#delayOf(child, now);
    const all = this.#children.all;
    const affected = affectedBy(this.#strategy, all, all.indexOf(child));
    if (affected.length === 1) {
      child.state = 'restarting';
      detach(this.#restartAlone(child, reason, delayMs));
      return;
    }
    await this.#children.haltInReverse(affected);
    // As in OTP, a temporary child goes down with the others but does not come back with them.
    const returning = affected.filter((other) => this.#children.has(other));
    for (const other of returning) other.state = 'restarting';
    if (delayMs === 0) await this.#bringBack(returning, reason);
    else this.#bringBackAfter(delayMs, returning, reason);
  }

  /** What it still does concerns nobody else: the others are not held up by it. Never rejects. */
  async #restartAlone(child: Child, reason: string, delayMs: number): Promise<void> {
    if (!(await this.#children.cleanUp(child)) || this.#hooks.isEnding()) return;
    if (delayMs === 0) this.#hooks.later(() => this.#bringBack([child], reason));
    else this.#bringBackAfter(delayMs, [child], reason);
  }

  #bringBackAfter(delayMs: number, some: readonly Child[], reason: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#hooks.later(() => this.#bringBack(some, reason));
    }, delayMs);
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

  async #bringBack(some: readonly Child[], reason: string): Promise<void> {
    // During a back-off one may have been terminated, deleted, or brought back with others.
    const failure = await this.#children.start(
      some.filter((child) => this.#isDue(child)),
      (up) => {
        this.#hooks.tell({ type: 'restarted', id: up.id, incarnation: up.incarnation, reason });
      },
    );
    if (failure !== undefined) await this.#tryAgain(failure);
  }

  /**
   * As in OTP, a child that does not come back up is one more restart, and is tried again until that is too many; but not
   * before the exits that have arrived meanwhile were looked at: one of them may be what kept it from starting.
   */
  async #tryAgain({ child, error }: Failure): Promise<void> {
    if (this.#hooks.isEnding()) return;
    const reason = textOf(error);
    child.state = 'restarting';
    this.#hooks.tell({ type: 'start-failed', id: child.id, reason, error });
    // Also, a start that fails without waiting for anything must not keep the event loop from turning.
    await nextTurn();
    this.#hooks.later(async () => {
      // Another child's restart may have brought it back.
      if (this.#isDue(child)) await this.restart(child, reason, error);
    });
  }

  #isDue(child: Child): boolean {
    return child.state === 'restarting' && child.running === undefined && this.#children.has(child);
  }
}
