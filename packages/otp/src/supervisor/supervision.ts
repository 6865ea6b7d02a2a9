/** A supervisor as those see it who have one. */

import type { ExitReason } from '../exit-reason.js';
import type { Reference } from '../nact.js';
import type { ChildStatus } from './child.js';
import type { ChildSpec, Strategy } from './supervisor-spec.js';

/** How a supervisor came to its end. */
export interface SupervisorExit {
  /**
   * `told`: its `shutdown` was called. `intensity`: too many restarts. `auto-shutdown`: significant children have ended.
   * `failed`: its `onMessage` threw, or a child did not start at its own start. `stopped`: nact's own `stop` was used on it,
   * or above it. `killed`: by the signal `kill`, or because it did not stop in time.
   */
  readonly how: 'told' | 'intensity' | 'auto-shutdown' | 'failed' | 'stopped' | 'killed';
  /** What its own supervisor is told, and whoever monitors it. As in OTP, past the intensity it is a `shutdown`, too. */
  readonly reason: ExitReason;
  readonly message: string;
  readonly error?: unknown;
}

export interface SupervisorStatus {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly periodMs: number;
  /** Restarts since the supervisor started, as the intensity counts them: one for each crash, whatever it restarted. */
  readonly restarts: number;
  /** In the order of their starts. */
  readonly children: readonly ChildStatus[];
}

/** How many children there are: OTP's `count_children`. */
export interface ChildCounts {
  /** All that it has specs of, running or not; for `simple_one_for_one`, all children. */
  readonly specs: number;
  /** Those that run. */
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** A running supervisor. */
export interface Supervisor {
  readonly ref: Reference;
  /**
   * A reference to a child; it stays valid across restarts.
   *
   * @throws RangeError when there is no such child.
   */
  child(id: string): Reference;
  /**
   * Adds a child after the others, and starts it. Of a `simple_one_for_one` supervisor: makes one of its kind from these
   * parameters.
   *
   * @returns the child, once it has started; undefined when its `init` gave IGNORE.
   * @throws RangeError when the spec is not sound.
   * @throws StartError when it does not start; then it is not added.
   * @throws SupervisorError `already-started`, `already-present`, `simple-one-for-one`, `shutting-down`.
   */
  startChild(child: ChildSpec | readonly unknown[]): Promise<Reference | undefined>;
  /**
   * Stops a child, and lets it be: it can be restarted or deleted. One that is temporary, or of a `simple_one_for_one`
   * supervisor, is forgotten.
   *
   * @throws SupervisorError `not-found`, `shutting-down`.
   */
  terminateChild(id: string): Promise<void>;
  /**
   * Starts a child that has stopped.
   *
   * @returns as of `startChild`.
   * @throws StartError when it does not start; then it stays as it is.
   * @throws SupervisorError `not-found`, `running`, `restarting`, `simple-one-for-one`, `shutting-down`.
   */
  restartChild(id: string): Promise<Reference | undefined>;
  /**
   * Forgets a child that has stopped.
   *
   * @throws SupervisorError `not-found`, `running`, `restarting`, `simple-one-for-one`, `shutting-down`.
   */
  deleteChild(id: string): Promise<void>;
  whichChildren(): readonly ChildStatus[];
  countChildren(): ChildCounts;
  /** Stops the children in reverse order, each awaited, and then itself. Once is enough; never rejects. */
  shutdown(): Promise<void>;
  /** Resolves when the supervisor has ended, in whatever way. */
  readonly finished: Promise<SupervisorExit>;
  status(): SupervisorStatus;
}
