/** The children of one supervisor: started in order, each when the one before is ready, and stopped in reverse. */

import { type Child, restartOf, shutdownOf } from './child.js';
import type { ExitReason } from './exit-reason.js';
import type { Running } from './running.js';

/** What starting and stopping children needs of their supervisor. */
export interface ChildrenHooks {
  /** Starts an incarnation. May throw. */
  readonly launch: (child: Child) => Running;
  /** Whether the supervisor is ending: then nothing more is started. */
  readonly isEnding: () => boolean;
}

/** The child of some that did not start, and why. */
export interface Failure {
  readonly child: Child;
  readonly error: unknown;
}

/** The children, by id, in the order of their starts. */
export class Children {
  readonly #hooks: ChildrenHooks;
  readonly #children = new Map<string, Child>();
  /** The child whose start is awaited. */
  #starting: Child | undefined;

  constructor(hooks: ChildrenHooks) {
    this.#hooks = hooks;
  }

  get all(): Child[] {
    return [...this.#children.values()];
  }

  get(id: string): Child | undefined {
    return this.#children.get(id);
  }

  add(child: Child): void {
    this.#children.set(child.id, child);
  }

  remove(child: Child): void {
    this.#children.delete(child.id);
  }

  has(child: Child): boolean {
    return this.#children.get(child.id) === child;
  }

  /** Starts some, one after the other; gives the one that failed, if one did, with nothing left of it. */
  async start(some: readonly Child[], onStarted: (child: Child) => void): Promise<Failure | undefined> {
    for (const child of some) {
      if (this.#hooks.isEnding()) return undefined;
      this.#starting = child;
      try {
        const running = this.#hooks.launch(child);
        child.running = running;
        child.incarnation = running.process.number;
        if ((await running.started) === 'ignored') {
          await this.halt(child);
          continue;
        }
      } catch (error) {
        await this.halt(child);
        child.lastExit = { crash: error };
        return { child, error };
      } finally {
        this.#starting = undefined;
      }
      child.starts += 1;
      child.upSince = performance.now();
      // It may have ended since; what becomes of it is written down already then.
      if (child.running.process.alive) child.state = 'running';
      onStarted(child);
    }
    return undefined;
  }

  /** Breaks off the start that is awaited: it may take any time. */
  breakOff(): void {
    const child = this.#starting;
    if (child?.running !== undefined) void child.running.halt(shutdownOf(child));
  }

  async halt(child: Child): Promise<void> {
    await child.running?.halt(shutdownOf(child));
    child.running = undefined;
    child.state = 'stopped';
  }

  /** As OTP: a temporary child that was stopped is forgotten. */
  async haltInReverse(some: readonly Child[]): Promise<void> {
    for (const child of [...some].reverse()) {
      await this.halt(child);
      if (restartOf(child) === 'temporary') this.remove(child);
    }
  }

  async haltAtOnce(): Promise<void> {
    await Promise.all(this.all.map((child) => this.halt(child)));
  }

  /** Nothing of them may do anything more. */
  kill(): void {
    for (const child of this.all.reverse()) {
      void child.running?.halt('brutal_kill');
      child.running = undefined;
      child.state = 'stopped';
    }
  }
}

/** Of a crash, what was thrown: for events. */
export function errorOf(reason: ExitReason): { readonly error?: unknown } {
  return typeof reason === 'object' && 'crash' in reason ? { error: reason.crash } : {};
}
