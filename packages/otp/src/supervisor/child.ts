/** What a supervisor keeps of a child. */

import { DEFAULT_SHUTDOWN_MS, type Running, type Shutdown } from '../actor/running.js';
import { type ExitReason, reasonText } from '../exit-reason.js';
import type { Reference } from '../nact.js';
import type { Significance } from './strategy.js';
import type { ChildSpec, ChildTemplate, Restart } from './supervisor-spec.js';

/**
 * What a child is doing: `starting` for the first time; `restarting` when it has ended and is to come back; `stopped` when it
 * has ended, or was terminated, and is not to come back by itself.
 */
export type ChildState = 'running' | 'starting' | 'restarting' | 'stopped';

export interface Child {
  readonly spec: ChildSpec | ChildTemplate;
  readonly id: string;
  /** What `startChild` was given, for the child of a `simple_one_for_one` supervisor. */
  readonly parameters: readonly unknown[];
  /** The present incarnation, from before it has started until it is halted; alive or not. */
  running: Running | undefined;
  state: ChildState;
  /** Number of the present or last incarnation; 0 when there was none. */
  incarnation: number;
  /** How often it has started. */
  starts: number;
  /** Messages that incarnations of it tried to send after their end. */
  fencedMessages: number;
  lastExit: ExitReason | undefined;
  /** Restarts in a row, and when it last came up (monotonic milliseconds): for the back-off. */
  streak: number;
  upSince: number;
}

/** A child before its first start. */
export function newChild(
  spec: ChildSpec | ChildTemplate,
  id: string = spec.id,
  parameters: readonly unknown[] = [],
): Child {
  return {
    spec,
    id,
    parameters,
    running: undefined,
    state: 'starting',
    incarnation: 0,
    starts: 0,
    fencedMessages: 0,
    lastExit: undefined,
    streak: 0,
    upSince: 0,
  };
}

export function restartOf({ spec }: Child): Restart {
  return spec.restart ?? 'permanent';
}

/** How long stopping a child may take. */
export function shutdownOf({ spec }: Child): Shutdown {
  return spec.shutdown ?? ('supervisor' in spec ? 'infinity' : DEFAULT_SHUTDOWN_MS);
}

export function significanceOf({ spec, state }: Child): Significance {
  return { significant: spec.significant ?? false, present: state !== 'stopped' };
}

/** What is known about a child: OTP's `which_children`, and more. */
export interface ChildStatus {
  readonly id: string;
  /** The reference of the child; it stays valid across restarts. */
  readonly reference: Reference;
  readonly type: 'worker' | 'supervisor';
  readonly restart: Restart;
  readonly significant: boolean;
  readonly state: ChildState;
  /** Number of the present or last incarnation; 0 when there was none. */
  readonly incarnation: number;
  /** How often it was started anew. */
  readonly restarts: number;
  /** How many messages its incarnations tried to send after their end. */
  readonly fencedMessages: number;
  /** Why its last incarnation ended, when it did so by itself, or did not start. */
  readonly lastExit?: string;
}

/** What the public is told of a child. */
export function statusOf(child: Child, reference: Reference): ChildStatus {
  const { spec, id, state, incarnation, starts, fencedMessages, lastExit } = child;
  return {
    id,
    reference,
    type: 'supervisor' in spec ? 'supervisor' : 'worker',
    restart: restartOf(child),
    significant: spec.significant ?? false,
    state,
    incarnation,
    restarts: Math.max(0, starts - 1),
    fencedMessages,
    ...(lastExit === undefined ? {} : { lastExit: reasonText(lastExit) }),
  };
}
