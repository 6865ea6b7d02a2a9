/** The children of one supervisor: started in order, each when the one before is ready, and stopped in reverse. */

import type { Running } from '../actor/running.js';
import { SupervisorError } from '../errors.js';
import { detach } from '../promises.js';
import { type Child, newChild, restartOf, shutdownOf, significanceOf } from './child.js';
import type { Significance } from './strategy.js';
import type { ChildCounts } from './supervision.js';
import { checkChild } from './supervisor-check.js';
import type { ChildSpec, SupervisorSpec } from './supervisor-spec.js';

/** What starting and stopping children needs of their supervisor. */
export interface ChildrenHooks {
  /** Starts an incarnation. May throw. */
  readonly launch: (child: Child) => Running;
  /** When its place is free, if one that has ended has it still. */
  readonly placeLeft: (child: Child) => Promise<void> | undefined;
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
  readonly #owner: string;
  readonly #spec: SupervisorSpec;
  readonly #hooks: ChildrenHooks;
  readonly #children = new Map<string, Child>();
  /** What those that have ended still do, beside all that is done to others. */
  readonly #cleaning = new Set<Promise<void>>();
  /** The child whose start is awaited. */
  #starting: Child | undefined;

  /** Numbers the children of a `simple_one_for_one` supervisor. */
  #born = 0;

  constructor(owner: string, spec: SupervisorSpec, hooks: ChildrenHooks) {
    this.#owner = owner;
    this.#spec = spec;
    this.#hooks = hooks;
    if (spec.strategy !== 'simple_one_for_one') for (const child of spec.children) this.add(newChild(child));
  }

  /**
   * A new child, which is not among them yet.
   *
   * @throws RangeError, SupervisorError; see `startChild`.
   */
  childOf(given: ChildSpec | readonly unknown[]): Child {
    const spec = this.#spec;
    if (spec.strategy === 'simple_one_for_one') {
      if (!Array.isArray(given)) {
        const message = `${this.#owner} makes its children from parameters: give an array`;
        throw new SupervisorError('simple-one-for-one', message);
      }
      this.#born += 1;
      return newChild(spec.child, `${spec.child.id}-${this.#born}`, given);
    }
    const asked = given as ChildSpec;
    checkChild(asked, spec.autoShutdown ?? 'never');
    const { id } = asked;
    const present = this.get(id);
    if (present?.state === 'stopped') {
      const message = `${this.#owner} has a stopped child ${id}: restart it, or delete it first`;
      throw new SupervisorError('already-present', message);
    }
    if (present !== undefined) throw new SupervisorError('already-started', `${this.#owner} has a child ${id} already`);
    return newChild(asked);
  }

  /** @throws SupervisorError `not-found` */
  find(id: string): Child {
    const child = this.get(id);
    if (child === undefined) throw new SupervisorError('not-found', `${this.#owner} has no child ${id}`);
    return child;
  }

  /** @throws SupervisorError when it has not stopped, or its supervisor keeps no specs. */
  findStopped(id: string): Child {
    if (this.#spec.strategy === 'simple_one_for_one') {
      throw new SupervisorError('simple-one-for-one', `the children of ${this.#owner} have no specs of their own`);
    }
    const child = this.find(id);
    if (child.state === 'stopped') return child;
    const code = child.state === 'restarting' ? 'restarting' : 'running';
    throw new SupervisorError(code, `child ${id} of ${this.#owner} is ${child.state}: terminate it first`);
  }

  get all(): Child[] {
    return [...this.#children.values()];
  }

  /** Given one by one, as there may be very many, and one may do. */
  *significances(): Iterable<Significance> {
    for (const child of this.#children.values()) yield significanceOf(child);
  }

  counts(): ChildCounts {
    const all = this.all;
    const supervisors = all.filter(({ spec }) => 'supervisor' in spec).length;
    const active = all.filter(({ state }) => state === 'running').length;
    return { specs: all.length, active, supervisors, workers: all.length - supervisors };
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

  /** Starts some, one after the other; gives the one that failed, if one did. What is left of it is still to be halted. */
  async start(some: readonly Child[], onStarted: (child: Child) => void): Promise<Failure | undefined> {
    for (const child of some) {
      if (this.#hooks.isEnding()) return undefined;
      const left = this.#hooks.placeLeft(child);
      if (left !== undefined) await left;
      if (this.#hooks.isEnding()) return undefined;
      this.#starting = child;
      try {
        const running = this.#hooks.launch(child);
        child.running = running;
        child.incarnation = running.process.number;
        if ((await running.started) === 'ignored') {
          await this.halt(child);
          // As OTP: it is not needed.
          this.forget(child);
          continue;
        }
      } catch (error) {
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
    if (child?.running !== undefined) detach(child.running.halt(shutdownOf(child)));
  }

  async halt(child: Child): Promise<void> {
    await child.running?.halt(shutdownOf(child));
    child.running = undefined;
    child.state = 'stopped';
  }

  /**
   * One that has ended cleans up, for as long as it may, beside all that is done to others.
   *
   * @returns whether it is still to be dealt with: false when somebody else has done so meanwhile.
   */
  async cleanUp(child: Child): Promise<boolean> {
    const { running } = child;
    await this.#haltBeside(child);
    if (child.running !== running) return false;
    child.running = undefined;
    return true;
  }

  /** One that has ended, and does not come back, cleans up by itself. */
  leave(child: Child): void {
    detach(this.#haltBeside(child));
    child.running = undefined;
    child.state = 'stopped';
  }

  /** Resolves when none cleans up beside any more. */
  async cleanedUp(): Promise<void> {
    await Promise.all(this.#cleaning);
  }

  async #haltBeside(child: Child): Promise<void> {
    if (child.running === undefined) return;
    const halting = child.running.halt(shutdownOf(child));
    this.#cleaning.add(halting);
    await halting;
    this.#cleaning.delete(halting);
  }

  /** As OTP: a child that has stopped, and that nobody could start anew, is forgotten. */
  forget(child: Child): void {
    if (restartOf(child) === 'temporary' || this.#spec.strategy === 'simple_one_for_one') this.remove(child);
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
      if (child.running !== undefined) detach(child.running.halt('brutal_kill'));
      child.state = 'stopped';
    }
  }
}
